// What somebody types is kept in this browser until the server shows it as said: a page left or a session ended costs nothing.
"use strict";

(() => {
  if (window.libraDrafts) return; // a pair that htmx brings in asks for this again
  window.libraDrafts = true;
  const name = (field) => `libra-draft:${field.dataset.draft}`;
  const plain = (text) => text.replace(/\s+/g, " ").trim();

  function note(field) {
    const said = field.closest("form").querySelector("[data-draft-note]");
    if (said) said.hidden = !field.value.trim();
  }

  // A field's draft is over when the page shows the same words as said; else it comes back into the empty field.
  function restore(root) {
    for (const field of root.querySelectorAll("textarea[data-draft]")) {
      const kept = localStorage.getItem(name(field));
      if (kept === null) continue;
      const shown = [...document.querySelectorAll("[data-said]")].some((one) => plain(one.dataset.said) === plain(kept));
      if (shown) localStorage.removeItem(name(field));
      else if (!field.value) field.value = kept;
      note(field);
    }
  }

  document.addEventListener("input", (event) => {
    const field = event.target.closest("textarea[data-draft]");
    if (!field) return;
    if (field.value.trim()) localStorage.setItem(name(field), field.value);
    else localStorage.removeItem(name(field));
    note(field);
  });
  document.addEventListener("htmx:load", (event) => restore(event.detail.elt));
  restore(document);
})();
