// Live refresh. Without this script every page works by reloading.
"use strict";
(() => {
  const main = () => document.getElementById("main");
  const byId = (id) => document.getElementById(id);
  const live = byId("live");
  if (!live) return;

  const parts = (root) => new Map([...root.querySelectorAll("[data-part]")].map((e) => [e.dataset.part, e]));
  const texts = (map) => new Map([...map].map(([key, e]) => [key, e.outerHTML]));
  let served = texts(parts(document));
  let source = null, stale = false, fetching = false, again = false, pressed = false, timer = 0;

  // Never under somebody's finger, pen or selection.
  function busy() {
    const at = document.activeElement;
    if (pressed || (at && at.matches("#main input, #main textarea"))) return true;
    if ([...document.querySelectorAll("#main input[type=text], #main textarea")].some((e) => e.value !== e.defaultValue)) return true;
    const picked = getSelection();
    return !picked.isCollapsed && main().contains(picked.anchorNode);
  }

  // Replaces the parts that differ; keeps what is open, the focus, and what is read where it is.
  function swap(doc) {
    const next = parts(doc), nextTexts = texts(next), old = parts(document);
    const open = new Map([...document.querySelectorAll("details[id]")].map((e) => [e.id, e.open]));
    const scrolled = [...document.querySelectorAll(".text-block")].map((e) => e.scrollTop);
    const focus = document.activeElement && document.activeElement.id;
    const anchor = [...main().querySelectorAll("[id]")].find((e) => e.getBoundingClientRect().top >= 0);
    const place = anchor && [anchor.id, anchor.getBoundingClientRect().top];
    if ([...next.keys()].join() === [...old.keys()].join()) {
      for (const [key, part] of next) if (served.get(key) !== nextTexts.get(key)) old.get(key).replaceWith(part);
    } else {
      main().replaceWith(doc.getElementById("main"));
      byId("banner").replaceWith(doc.getElementById("banner") || byId("banner"));
    }
    served = nextTexts;
    for (const [id, was] of open) if (byId(id)) byId(id).open = was;
    const blocks = [...document.querySelectorAll(".text-block")];
    if (blocks.length === scrolled.length) blocks.forEach((e, i) => { e.scrollTop = scrolled[i]; });
    if (focus && byId(focus) && document.activeElement.id !== focus) byId(focus).focus({ preventScroll: true });
    if (place && byId(place[0])) scrollBy(0, byId(place[0]).getBoundingClientRect().top - place[1]);
    const said = doc.getElementById("main").dataset.announce;
    if (said && said !== main().dataset.announce) byId("announce").textContent = said;
    main().dataset.announce = said;
    document.title = doc.title;
    offerCopy();
  }

  async function refresh(now) {
    if (!now && busy()) { stale = true; byId("stale").hidden = false; return; }
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return;
      const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!now && busy()) { stale = true; byId("stale").hidden = false; return; }
      if (doc.getElementById("main")) swap(doc);
      stale = false; byId("stale").hidden = true;
    } catch { say(false); } finally {
      fetching = false;
      if (again) { again = false; soon(); }
    }
  }
  function soon() { clearTimeout(timer); timer = setTimeout(refresh, 150); }
  function say(on) { live.textContent = on ? "● Live. Times are UTC." : "○ Not live: trying again. Reload to see what is new. Times are UTC."; }

  function connect() {
    if (source) source.close();
    source = new EventSource("/events");
    source.onopen = () => { say(true); soon(); };
    source.onerror = () => { say(false); if (source.readyState === EventSource.CLOSED) { source = null; setTimeout(() => { if (!source && !document.hidden) { soon(); connect(); } }, 15000); } };
    source.addEventListener("change", (event) => {
      const wanted = main().dataset.listens.split(" "), words = event.data.split(" ");
      if (wanted.includes("*") || words.some((w) => wanted.includes(w) || w === "pause" || w === "all")) soon();
    });
  }
  // A hidden page gives its connection back: browsers allow few to one server.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (source) source.close(); source = null; } else connect();
  });
  addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { setTimeout(() => { pressed = false; }, 400); });
  setInterval(() => { if (stale && !busy()) soon(); }, 1000);
  byId("show-now").addEventListener("click", () => refresh(true));
  addEventListener("submit", (event) => setTimeout(() => event.target.querySelectorAll("button").forEach((b) => { b.disabled = true; })));
  addEventListener("pageshow", () => document.querySelectorAll("button:disabled").forEach((b) => { b.disabled = false; }));

  const offerCopy = () => document.querySelectorAll("[data-copy]").forEach((b) => { b.hidden = !navigator.clipboard; });
  addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
    byId("announce").textContent = button.textContent = "Copied";
  });
  offerCopy();
  connect();
})();
