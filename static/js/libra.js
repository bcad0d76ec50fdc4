// What scripts add to pages that work without them: single keys, explanations, files dropped on a form.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const boxes = "[type=checkbox], [type=radio]";
  const typing = (target) => target.closest(`input:not(${boxes}), select, textarea, [contenteditable], dialog[open]`);
  // Where Enter, space and the arrows have no meaning of their own.
  const free = (target) => target.matches("body, main, #queue, a[data-row]");

  function say(text) {
    one("[data-say]").textContent = text;
  }

  // ---- Single keys; a person may switch them off ----
  const keysOn = () => localStorage.getItem("libra-keys") !== "off";
  const help = one("dialog[data-keys]");
  // Returns whether there was anything to press.
  function press(key) {
    const found = all(`[data-key="${CSS.escape(key)}"]`).find((element) => element.checkVisibility());
    found?.click();
    return Boolean(found);
  }

  const keys = {
    "/": () => one("input[type=search]")?.focus(),
    "?": () => help?.showModal(),
    j: () => one("a[rel=next]")?.click(),
    k: () => one("a[rel=prev]")?.click(),
  };
  const needsFree = ["Enter", " ", "ArrowUp", "ArrowDown"];
  const moves = ["j", "k", "ArrowUp", "ArrowDown"];
  window.libra = { one, all, say, press, keys };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.body.classList.add("tips-off");
    if (event.ctrlKey || event.metaKey || event.altKey || !keysOn() || typing(event.target)) return;
    if (needsFree.includes(event.key) && !free(event.target)) return;
    if (event.repeat && !moves.includes(event.key)) return event.preventDefault(); // held down, it decides once
    const done = keys[event.key] ? keys[event.key](event) : press(event.key);
    if (done !== false) event.preventDefault();
  });

  if (help) {
    const opener = one("[data-keys-help]");
    const box = one("[data-keys-on]", help);
    opener.hidden = false;
    opener.addEventListener("click", () => help.showModal());
    box.checked = keysOn();
    box.addEventListener("change", () => localStorage.setItem("libra-keys", box.checked ? "on" : "off"));
  }

  // Escape hides an explanation; moving on shows the next one again.
  for (const kind of ["mouseover", "focusin"])
    document.addEventListener(kind, (event) => {
      if (event.target.closest?.(".term")) document.body.classList.remove("tips-off");
    });

  // ---- Files dropped on the form ----
  for (const zone of all("[data-drop]")) {
    const field = one("input[type=file]", zone);
    const list = one("[data-dropped]", zone);
    const told = () => {
      list.replaceChildren(
        ...[...field.files].map((file) => {
          const item = document.createElement("li");
          item.textContent = `${file.name}, ${Math.max(1, Math.round(file.size / 1024)).toLocaleString("en-GB")} kB`;
          return item;
        }),
      );
    };
    field.addEventListener("change", told);
    for (const kind of ["dragenter", "dragover"])
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.add("over");
      });
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      const together = new DataTransfer();
      for (const file of [...field.files, ...event.dataTransfer.files]) together.items.add(file);
      field.files = together.files;
      told();
    });
  }

  // Reading large files takes a moment: say so, and do not send them twice.
  for (const form of all("form[data-once]"))
    form.addEventListener("submit", () => {
      for (const button of all("button", form)) setTimeout(() => (button.disabled = true));
      const note = one("[data-sending]", form);
      if (note) note.hidden = false;
    });
})();
