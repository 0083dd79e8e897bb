// Makes pages livelier. Everything here has a button or a reload that does the same without it.
import { startLists } from "./lists.js";
import { startLive, reveal } from "./live.js";
import { startPages } from "./pages.js";

// The Acting User window closes itself and says "reload".
function listenForReload() {
  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin || event.data !== "reload") return;
    document.querySelector('[data-after-consent], .tab[aria-current="page"]')?.click();
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
listenForAll();
startLists();
startPages();
reveal(document);
startLive(document);
(document.querySelector('[aria-invalid="true"]') ?? document.querySelector("[data-focus]"))?.focus();
