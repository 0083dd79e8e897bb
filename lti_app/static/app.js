// Makes pages livelier. Everything here has a button or a reload that does the same without it.
"use strict";

(() => {
  const token = () => document.querySelector('input[name="launch"]')?.value ?? "";

  // Live fragments: <div data-live="/admin/progress" data-live-every="2"> holds [data-fragment="name"] parts.
  // The answer is {"fragments": {name: html}, "stop": bool}.
  const SLOWEST = 60;

  async function ask(box) {
    const answer = await fetch(box.dataset.live, {
      method: "POST",
      headers: { Accept: "application/json", "X-Launch-Token": token() },
      body: new URLSearchParams(box.dataset.liveBody ?? ""),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  // What would do nothing without scripts is hidden until they run.
  function reveal(place) {
    place.querySelectorAll("[data-needs-js]").forEach((each) => { each.hidden = false; });
  }

  function replace(part, html) {
    if (part.dataset.shown === html) return;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    const ticked = [...part.querySelectorAll('input[type="checkbox"][id]:checked')].map((each) => each.id);
    part.innerHTML = html;
    part.dataset.shown = html;
    reveal(part);
    for (const id of ticked) {
      const box = document.getElementById(id);
      if (box) box.checked = true;
    }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
  }

  function announce(box) {
    const words = [...box.querySelectorAll("[data-say]")].map((each) => each.dataset.say).join(" ");
    if (!words || box.dataset.said === words) return;
    box.dataset.said = words;
    document.getElementById("live-words").textContent = words;
  }

  function show(box, fragments) {
    for (const [name, html] of Object.entries(fragments ?? {})) {
      const part = box.querySelector(`[data-fragment="${CSS.escape(name)}"]`);
      if (part) replace(part, html);
    }
    announce(box);
  }

  const visible = () =>
    new Promise((go) => {
      if (!document.hidden) return go();
      const back = () => {
        if (document.hidden) return;
        document.removeEventListener("visibilitychange", back);
        go();
      };
      document.addEventListener("visibilitychange", back);
    });

  const pause = (seconds) => new Promise((go) => setTimeout(go, seconds * 1000));

  async function keepLive(box) {
    const every = Number(box.dataset.liveEvery) || 2;
    let wait = every;
    while (box.isConnected) {
      await pause(wait);
      await visible();
      const began = performance.now();
      try {
        const answer = await ask(box);
        show(box, answer.fragments);
        if (answer.stop) return;
        const took = (performance.now() - began) / 1000;
        wait = Math.min(SLOWEST, Math.max(every, 4 * took));
      } catch {
        wait = Math.min(SLOWEST, wait * 2);
      }
    }
  }

  // The Acting User window closes itself and says "reload".
  function listenForReload() {
    window.addEventListener("message", (event) => {
      if (event.origin !== location.origin || event.data !== "reload") return;
      document.querySelector('.tab[aria-current="page"]')?.click();
    });
  }

  // A pressed button says what it is doing, and cannot be pressed twice.
  function settle(form, button) {
    form.dataset.sent = "yes";
    if (!button?.dataset.busy) return;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-busy", "true");
  }

  function listenForSubmits() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if ((form.target && form.target !== "_self") || form.hasAttribute("data-download")) return;
      if (form.dataset.sent) return event.preventDefault();
      setTimeout(() => settle(form, event.submitter), 0);
    });
    window.addEventListener("pageshow", () => {
      document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    });
  }

  // <input type="checkbox" data-all="name"> ticks every checkbox of that name in its form.
  function listenForAll() {
    document.addEventListener("change", (event) => {
      const name = event.target.dataset?.all;
      if (!name) return;
      for (const box of event.target.form.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(name)}"]`)) {
        if (!box.disabled) box.checked = event.target.checked;
      }
    });
  }

  // The last page of the Acting User window.
  function closeWindow() {
    if (!document.querySelector("[data-close-window]")) return;
    window.opener?.postMessage("reload", location.origin);
    window.close();
  }

  closeWindow();
  listenForReload();
  listenForSubmits();
  listenForAll();
  reveal(document);
  document.querySelectorAll("[data-live]").forEach((box) => { keepLive(box); });
  (document.querySelector('[aria-invalid="true"]') ?? document.querySelector("[data-focus]"))?.focus();
})();
