// What scripts add to pages that work without them: keys, a pair that loads beside its list, files dropped on a form.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]");

  // ---- Single keys; a person may switch them off ----
  const keysOn = () => localStorage.getItem("libra-keys") !== "off";
  const help = one("dialog[data-keys]");

  const rows = () => all("a[data-row]");
  const chosenRow = () => rows().findIndex((link) => link.closest("tr").getAttribute("aria-current") === "true");

  function step(by) {
    const links = rows();
    const next = links[Math.max(0, Math.min(links.length - 1, chosenRow() + by))];
    if (!next) {
      one(by > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
      return;
    }
    next.focus();
    if (next.closest("tr").getAttribute("aria-current") !== "true") choose(next);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.body.classList.add("tips-off");
    if (event.ctrlKey || event.metaKey || event.altKey || !keysOn() || typing(event.target)) return;
    const actions = {
      "/": () => one("input[type=search]")?.focus(),
      "?": () => help?.showModal(),
      j: () => step(1),
      k: () => step(-1),
      u: () => one("a[data-up]")?.click(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
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

  // ---- The pair beside its list ----
  const beside = matchMedia("(min-width: 64.01rem)");

  function choose(link) {
    if (!beside.matches || !window.htmx) {
      location.assign(link.dataset.open);
      return;
    }
    for (const row of all("tr[aria-current]")) {
      row.removeAttribute("aria-current");
      const old = one("a[data-row]", row);
      old.href = old.dataset.choose;
    }
    link.closest("tr").setAttribute("aria-current", "true");
    link.href = link.dataset.open;
    const address = link.dataset.choose.split("#")[0]; // with the anchor htmx would scroll the page to it
    htmx.ajax("GET", address, { target: "#pair", swap: "outerHTML", source: "#pair" });
    history.replaceState(history.state, "", address);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-row]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (link.closest("tr").getAttribute("aria-current") === "true" && beside.matches) return; // its address opens it
    event.preventDefault();
    choose(link);
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
