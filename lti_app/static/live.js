// Live fragments: <div data-live="/admin/progress" data-live-every="2"> holds [data-fragment="name"] parts.
// The answer is {"fragments": {name: html}, "stop": bool}, or {"ended": html} once the session is over.
import { findHome } from "./home.js";
import { makeSortable } from "./lists.js";
import { post, token, viewer } from "./session.js";

const SLOWEST = 60;
let over = () => {};

// What is done once a box has nothing more to follow.
export function onOver(work) {
  over = work;
}

async function ask(box) {
  const body = new URLSearchParams(box.dataset.liveBody ?? "");
  for (const part of box.querySelectorAll("[data-fragment][data-digest]")) {
    body.append("have", `${part.dataset.fragment}:${part.dataset.digest}`);
  }
  const answer = await post(box.dataset.live, body, "application/json");
  if (!answer.ok && answer.status !== 401) throw new Error(String(answer.status));
  return answer.json();
}

// What would do nothing without scripts is hidden until they run.
export function reveal(place) {
  place.querySelectorAll("[data-needs-js]").forEach((each) => { each.hidden = false; });
  makeSortable(place);
}

function replace(part, html) {
  if (part.shown === html) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
  const ticked = [...part.querySelectorAll('input[type="checkbox"][id]:checked')].map((each) => each.id);
  part.innerHTML = html;
  part.shown = html;
  reveal(part);
  for (const id of ticked) {
    const box = document.getElementById(id);
    if (box) box.checked = true;
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
}

// Screen readers hear it, also when the same is said twice.
export function say(words) {
  const place = document.getElementById("live-words");
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 50);
}

function announce(box) {
  const words = [...box.querySelectorAll("[data-say]")].map((each) => each.dataset.say).join(" ");
  if (!words || box.dataset.said === words) return;
  box.dataset.said = words;
  say(words);
}

// Only what changed travels: the server compares the digests that it gave with those that the page sends back.
function show(box, { fragments, digests }) {
  for (const [name, html] of Object.entries(fragments ?? {})) {
    const part = box.querySelector(`[data-fragment="${CSS.escape(name)}"]`);
    if (!part) continue;
    replace(part, html);
    if (digests?.[name]) part.dataset.digest = digests[name];
  }
  if (!box.querySelector("[data-working]")) document.querySelector("main > .messages[data-passing]")?.remove();
  announce(box);
}

// The session is over: the page says so once, and nothing on it asks again.
function sayEnded(box, html) {
  if (document.querySelector("[data-ended]")) return;
  box.insertAdjacentHTML("afterbegin", html);
  findHome(box);
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
  const asker = viewer();
  let wait = every;
  while (true) {
    await pause(wait);
    await visible();
    if (!box.isConnected || !token() || viewer() !== asker) return;
    const began = performance.now();
    try {
      const answer = await ask(box);
      if (!box.isConnected) return;
      if (answer.ended) return sayEnded(box, answer.ended);
      show(box, answer);
      if (answer.stop) return over();
      const took = (performance.now() - began) / 1000;
      wait = Math.min(SLOWEST, Math.max(every, 4 * took));
    } catch {
      wait = Math.min(SLOWEST, wait * 2);
    }
  }
}

export function startLive(place) {
  place.querySelectorAll("[data-live]").forEach((box) => { keepLive(box); });
}
