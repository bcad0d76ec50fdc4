// The queue by keyboard and mouse: the pair beside its list, deciding without a new page, what is ticked added up.
"use strict";

(() => {
  const { one, all, say, press, keys } = window.libra;
  const beside = matchMedia("(min-width: 64.01rem)");
  const rows = () => all("a[data-row]");
  const isChosen = (link) => link.closest("tr").getAttribute("aria-current") === "true";
  const chosen = () => rows().find(isChosen);
  let busy = false; // the server has not answered yet: what is shown is not what stands

  // ---- The pair beside its list ----
  function step(by) {
    const links = rows();
    if (!links.length) return one(by > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
    const here = beside.matches ? links.findIndex(isChosen) : links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, here + by))];
    next.focus();
    if (beside.matches && !isChosen(next)) choose(next);
  }

  function choose(link) {
    if (!beside.matches || !window.htmx) return location.assign(link.dataset.open);
    for (const row of all("tr[aria-current]")) {
      row.removeAttribute("aria-current");
      const old = one("a[data-row]", row);
      old.href = old.dataset.choose;
    }
    link.closest("tr").setAttribute("aria-current", "true");
    link.href = link.dataset.open;
    const address = withTicks(link.dataset.choose.split("#")[0]); // with the anchor htmx would scroll the page to it
    busy = true;
    htmx.ajax("GET", address, { target: "#pair", swap: "outerHTML", source: "#pair" });
    history.replaceState(history.state, "", address);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-row]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (isChosen(link) && beside.matches) return; // its address opens it
    event.preventDefault();
    choose(link);
  });

  // ---- Keys ----
  const wait = () => {
    say("One moment: the answer is on its way.");
    return true;
  };
  const decide = (key) => () => (busy ? wait() : press(key));
  Object.assign(keys, {
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => (rows().length ? step(1) : false),
    ArrowUp: () => (rows().length ? step(-1) : false),
    x: decide("x"),
    u: decide("u"),
    m: () => (busy ? wait() : match()),
    a: () => jump("#item [name=person]"),
    c: () => jump("#item [name=text]"),
    o: () => one("#pair h2 a")?.click(),
    Enter: ({ target }) => {
      if (target.matches("a[data-row]") && (!isChosen(target) || !beside.matches)) return false; // follows the link
      const asks = ".pair details.ask[open]";
      const pressed = one(asks) || (busy ? wait() : press("Enter"));
      const open = one(asks);
      if (open) first(open).focus(); // now: what is typed next belongs in there
      return Boolean(pressed);
    },
    " ": () => {
      const box = (chosen() ?? document).closest?.("tr")?.querySelector("[data-tick]");
      if (!box) return false;
      box.click();
    },
  });

  function jump(selector) {
    const field = one(selector);
    if (!field) return say("There is nothing here to write into.");
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }

  // ---- A small form that asks why: the focus goes in, Enter decides, Escape closes ----
  const first = (ask) => {
    const fields = all("select, input:not([type=hidden]), textarea", ask).filter((field) => field.type !== "date");
    return fields.find((field) => !field.value) ?? fields.at(-1);
  };

  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.matches("details.ask") && target.open) first(target).focus();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const asked = event.target.closest(".asked");
    if (!asked) return;
    if (event.key === "Escape") {
      event.target.closest("details")?.removeAttribute("open");
      (chosen() ?? one("summary.button"))?.focus();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("select, input, textarea")) {
      event.preventDefault();
      if (!busy) (one("button", asked) ?? one("button", asked.closest("form"))).click();
    }
  });

  // ---- What is ticked: value -> its field and amounts ----
  const ticks = new Map();
  const bar = () => one("[data-ticked]");

  function remember(box) {
    if (box.type === "hidden" || box.checked)
      ticks.set(box.value, { name: box.name, alma: Number(box.dataset.alma), oracle: Number(box.dataset.oracle) });
    else ticks.delete(box.value);
  }

  function withTicks(address) {
    const url = new URL(address, location.href);
    for (const name of ["tick", "doc"]) url.searchParams.delete(name);
    for (const [value, tick] of ticks) url.searchParams.append(tick.name, value);
    return url.pathname + url.search;
  }

  const sums = () => {
    const sum = { alma: 0, oracle: 0 };
    for (const tick of ticks.values()) for (const side of ["alma", "oracle"]) sum[side] += tick[side];
    return { ...sum, difference: sum.oracle - sum.alma };
  };

  function written(amount, signed) {
    const { currency } = bar().dataset;
    const style = new Intl.NumberFormat("en-GB", { style: "currency", currency, signDisplay: "never" });
    const places = style.resolvedOptions().maximumFractionDigits;
    if (signed && !amount) return "–";
    return (amount < 0 ? "−" : signed ? "+" : "") + style.format(Math.abs(amount) / 10 ** places);
  }

  // Show the totals, and send along what is ticked in pairs and pages that are not shown.
  function showTicks() {
    if (!bar()) return;
    const visible = new Set(all("[data-tick]").map((box) => box.value));
    one("[data-elsewhere]", bar()).replaceChildren(
      ...[...ticks].filter(([value]) => !visible.has(value)).map(([value, tick]) => hidden(tick.name, value)),
    );
    one("[data-count]", bar()).textContent = `${ticks.size} ticked`;
    for (const [name, amount] of Object.entries(sums()))
      one(`[data-sum=${name}]`, bar()).textContent = written(amount, name === "difference");
    bar().classList.toggle("none", !ticks.size);
  }

  function hidden(name, value) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    return field;
  }

  function match() {
    if (!ticks.size) return press("m") || say("Tick what belongs together first.");
    const why = one("[data-why]", bar());
    if (sums().difference && !one("textarea", why).value.trim()) {
      why.open = true;
      first(why).focus();
    } else one("[data-match]", bar()).click();
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick]")) return;
    remember(event.target);
    showTicks();
    history.replaceState(history.state, "", withTicks(location.href));
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-untick]")) return;
    ticks.clear();
    for (const box of all("[data-tick]")) box.checked = false;
    showTicks();
    history.replaceState(history.state, "", withTicks(location.href));
  });

  // ---- What the server answers ----
  function begin() {
    ticks.clear();
    for (const box of all("[data-tick]:checked, [data-elsewhere] input")) remember(box);
    showTicks();
  }

  function pairCame() {
    for (const box of all("#pair [data-tick]")) box.checked = ticks.has(box.value);
    showTicks();
    const at = one("#pair [name=number]");
    if (bar() && at) one("[name=at]", bar()).value = at.value;
    say(one("#pair .why")?.textContent.replace(/\s+/g, " ").trim() ?? "");
  }

  function queueCame() {
    begin();
    const refusal = one("#queue [role=alert]");
    const open = one("details.ask[open]");
    const link = chosen();
    if (refusal && open) first(open).focus();
    else (link ?? one("#queue")).focus();
    const done = one("#queue .said p")?.textContent ?? "";
    const next = link ? `Next: ${link.textContent}.` : "Nothing waits any more.";
    say(refusal ? refusal.textContent : `${done} ${next}`.replace(/\s+/g, " "));
  }

  // A draft that came back must be seen before it is sent.
  const showDrafts = () => {
    for (const field of all("details:not([open]) textarea[data-draft]"))
      if (field.value.trim() && field.closest(".more")) field.closest("details").open = true;
  };

  document.addEventListener("htmx:beforeRequest", () => (busy = true));
  for (const kind of ["htmx:afterSettle", "htmx:responseError", "htmx:sendError"])
    document.addEventListener(kind, (event) => {
      busy = false;
      if (kind !== "htmx:afterSettle") return say("The server did not answer. Nothing was decided; try again.");
      if (event.target.id === "pair") pairCame();
      if (event.target.id === "queue") queueCame();
      setTimeout(showDrafts);
    });
  document.documentElement.classList.add("scripts");
  begin();
  setTimeout(showDrafts);
})();
