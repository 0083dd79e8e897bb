// Pages are swapped in place: a form's answer takes the place of the page, and Back, Forward and Reload ask again.
//
// A history entry holds the path of a page as its address, and as its state three names that open nothing: of the entry,
// of the viewer and of the login to repeat. What a page was asked with (its filters) is kept in memory and, where the
// browser allows it, in the storage of this tab.
import { findHome } from "./home.js";
import { onOver, reveal, say, startLive } from "./live.js";
import * as session from "./session.js";

const MOST_ENTRIES = 60;
const UNREACHED = "The app didn’t answer, so your changes may not be saved. Check your connection, then try again.";

let entries = new Map();
let here = null; // the entry that is shown: {id, path, fields, scroll}
let asked = 0;

// --- Where we are -------------------------------------------------------------------------------------------------

const stateOf = (entry) => ({ entry: entry.id, viewer: session.viewer(), login: session.login() });
const sameFields = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const newId = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

function keepEntries() {
  const last = [...entries].slice(-MOST_ENTRIES);
  session.write(`places:${session.viewer()}`, JSON.stringify(last));
}

function readEntries() {
  try {
    entries = new Map(JSON.parse(session.read(`places:${session.viewer()}`) || "[]"));
  } catch {
    entries = new Map();
  }
}

function stand(place, { push }) {
  if (here) here.scroll = window.scrollY;
  here = { id: newId(), scroll: 0, ...place };
  entries.set(here.id, here);
  keepEntries();
  history[push ? "pushState" : "replaceState"](stateOf(here), "", here.path);
}

const placeOf = (page) =>
  page.body.dataset.place ? { path: page.body.dataset.place, fields: JSON.parse(page.body.dataset.fields || "{}") } : null;

// --- Showing a page -----------------------------------------------------------------------------------------------

// What makes a control the same one on the next page: what it is called and what it sends.
function nameOf(control) {
  if (control.id) return `#${control.id}`;
  const fields = [...(control.form?.elements ?? [])]
    .filter((each) => each.type === "hidden" && each.name !== "launch")
    .map((each) => `${each.name}=${each.value}`);
  const leads = control.getAttribute("formaction") ?? control.form?.getAttribute("action") ?? "";
  return [control.tagName, control.name, leads, control.textContent.trim(), ...fields].join("|");
}

function find(name) {
  const all = document.querySelectorAll("button, input, select, textarea, summary, a[href]");
  return [...all].find((each) => !each.disabled && each.getClientRects().length && nameOf(each) === name);
}

function replaceParts(page) {
  document.title = page.title;
  for (const part of ["header.top", "main"]) {
    document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
  }
  for (const name of ["place", "fields", "page", "viewer", "login"]) {
    if (page.body.dataset[name] === undefined) delete document.body.dataset[name];
    else document.body.dataset[name] = page.body.dataset[name];
  }
  const main = document.querySelector("main");
  reveal(document);
  findHome(main);
  startLive(main);
}

// A message above what the person sees sticks to the top edge of the view.
function keepInView(messages) {
  if (messages && messages.getBoundingClientRect().top < 0) messages.classList.add("stays-in-view");
}

// Screen readers speak what comes into a status that is there already, not one that comes with its words.
function speak(messages) {
  const words = [...messages.childNodes];
  messages.replaceChildren();
  setTimeout(() => messages.append(...words), 0);
}

function show(page, { control = "", scroll = 0, isNew = true } = {}) {
  replaceParts(page);
  const messages = document.querySelector("main > .messages");
  const wrong = document.querySelector('main [aria-invalid="true"]');
  window.scrollTo({ top: scroll, behavior: "instant" });
  keepInView(messages);
  if (wrong) wrong.focus();
  else (find(control) ?? messages ?? document.querySelector("main")).focus({ preventScroll: true });
  if (isNew) say(document.title);
  if (messages) speak(messages);
}

// What went wrong is said on the page that is there, so that nothing typed is lost.
function complain(words, reference, control = null) {
  wait(false);
  document.querySelector("main > .messages")?.remove();
  const box = document.createElement("div");
  box.className = "messages";
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  const notice = document.createElement("div");
  notice.className = "notice notice-danger";
  const text = document.createElement("p");
  text.textContent = reference ? `${words} Reference number: ${reference}` : words;
  notice.append(text);
  box.append(notice);
  document.querySelector("main").prepend(box);
  keepInView(box);
  (control ?? box).focus({ preventScroll: true });
}

// --- Asking for a page --------------------------------------------------------------------------------------------

// While an answer is on its way, nothing else of the page can be pressed; the tabs can.
const wait = (waits) => { document.querySelector("main").inert = waits; };

async function ask(path, body) {
  const number = ++asked;
  wait(true);
  const answer = await session.post(path, body, "text/html");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("main")) throw new Error("no page");
  if (answer.ok) session.adopt(page);
  if (answer.status === 401) session.end();
  return { page, ok: answer.ok, status: answer.status, isLast: number === asked };
}

function complainOf({ page }, control) {
  const part = (name) => page.querySelector(`[data-error-${name}]`)?.textContent.trim() ?? "";
  complain(part("text"), part("reference"), control);
}

function fieldsOf(body) {
  return Object.fromEntries([...body].filter(([name, value]) => name !== "launch" && typeof value === "string"));
}

function bodyOf(form, button) {
  const all = new FormData(form, button);
  all.delete("launch");
  return form.enctype === "multipart/form-data" ? all : new URLSearchParams(all);
}

// The place that an answer shows, and whether it is another one than before.
function placeAfter(path, body, page) {
  const said = placeOf(page);
  if (!said) return here;
  if (said.path === path) return { path, fields: fieldsOf(body) };
  const stays = page.body.dataset.page && page.body.dataset.page === document.body.dataset.page;
  return stays ? here : said;
}

async function submit(form, button) {
  const path = new URL(button?.getAttribute("formaction") ?? form.getAttribute("action"), location.href).pathname;
  const [body, control, before] = [bodyOf(form, button), button ? nameOf(button) : "", document.body.dataset.page];
  const settle = busy(form, button);
  let answer;
  try {
    answer = await ask(path, body);
  } catch {
    settle();
    return complain(UNREACHED, "", button);
  }
  if (!answer.isLast) return;
  if (!answer.ok && answer.status !== 401) {
    settle();
    return complainOf(answer, button);
  }
  const place = answer.ok ? placeAfter(path, body, answer.page) : here;
  const moved = !here || place.path !== here.path || !sameFields(place.fields, here.fields);
  if (moved) stand(place, { push: true });
  const samePage = before === answer.page.body.dataset.page;
  show(answer.page, { control, scroll: samePage ? window.scrollY : 0, isNew: moved || !samePage });
}

const pressed = new WeakMap(); // the form on its way, and by which of its buttons

// A pressed button says what it is doing, and cannot be pressed twice. Gives back how to undo that.
function busy(form, button) {
  const text = button?.innerHTML;
  form.dataset.sent = "yes";
  pressed.set(form, button);
  if (button?.dataset.busy) {
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-busy", "true");
  }
  return () => {
    delete form.dataset.sent;
    if (!button?.dataset.busy) return;
    button.innerHTML = text;
    button.removeAttribute("aria-busy");
  };
}

// --- Listening ----------------------------------------------------------------------------------------------------

const isWhole = (form, button) => {
  const target = button?.getAttribute("formtarget") ?? form.getAttribute("target") ?? "";
  return (target && target !== "_self") || form.hasAttribute("data-download");
};

function listenForSubmits() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (isWhole(form, event.submitter)) return;
    if (form.dataset.sent && pressed.get(form) === event.submitter) return event.preventDefault();
    if (form.hasAttribute("data-whole") || !session.token()) {
      setTimeout(() => busy(form, event.submitter), 0);
      return;
    }
    event.preventDefault();
    submit(form, event.submitter);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
}

async function load(entry, options) {
  let answer;
  try {
    answer = await ask(entry.path, new URLSearchParams(entry.fields));
  } catch {
    return complain(UNREACHED);
  }
  if (answer.isLast) show(answer.page, options);
}

function listenForHistory() {
  history.scrollRestoration = "manual";
  window.addEventListener("popstate", (event) => {
    if (!here) return;
    if (!event.state) return history.replaceState(stateOf(here), ""); // the skip link, and the like
    if (event.state.entry === here.id) return;
    if (event.state.viewer !== session.viewer()) return location.reload();
    here.scroll = window.scrollY;
    here = entries.get(event.state.entry) ?? { id: event.state.entry, path: location.pathname, fields: {}, scroll: 0 };
    load(here, { scroll: here.scroll });
  });
  window.addEventListener("pagehide", () => {
    if (!here) return;
    here.scroll = window.scrollY;
    keepEntries();
  });
}

// --- The empty shell ----------------------------------------------------------------------------------------------

function offerToOpen(shell, login) {
  shell.dataset.shown = "yes";
  shell.querySelector("[data-opening]").hidden = true;
  findHome(shell);
  const form = shell.querySelector('form[action="/lti/again"]');
  if (!login) return;
  form.elements.again.value = login;
  form.hidden = false;
  shell.querySelector("a[data-home]").hidden = true;
}

async function fill(shell) {
  const state = history.state ?? {};
  if (!session.resume(state.viewer ?? "")) return offerToOpen(shell, state.login);
  shell.querySelector("[data-opening]").hidden = false;
  readEntries();
  here = entries.get(state.entry) ?? { id: state.entry ?? newId(), fields: {}, scroll: 0, ...placeOf(document) };
  entries.set(here.id, here);
  await load(here, { scroll: here.scroll });
  if (!session.login()) return;
  history.replaceState(stateOf(here), "", here.path);
}

// --- New numbers after a job --------------------------------------------------------------------------------------

const isTouched = (part) =>
  [...part.querySelectorAll("input, select, textarea")].some((each) =>
    each.type === "checkbox" || each.type === "radio" ? each.checked !== each.defaultChecked
      : each.options ? [...each.options].some((option) => option.selected !== option.defaultSelected && option.defaultSelected)
        : each.value !== each.defaultValue);

// The parts of the page that a job changes, [data-counts="name"], as they are now; what was typed stays.
async function showNewCounts() {
  const [place, number] = [here, asked];
  const parts = [...document.querySelectorAll("main [data-counts]")];
  if (!place || !parts.length) return;
  let page;
  try {
    const answer = await session.post(place.path, new URLSearchParams(place.fields), "text/html");
    if (!answer.ok) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // the numbers stay as they were; a reload shows the new ones
  }
  if (place !== here || number !== asked) return;
  for (const part of parts) {
    const fresh = page.querySelector(`[data-counts="${CSS.escape(part.dataset.counts)}"]`);
    if (!fresh || !part.isConnected || isTouched(part)) continue;
    const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    part.replaceWith(document.adoptNode(fresh));
    if (focused) find(focused)?.focus({ preventScroll: true });
  }
  reveal(document);
}

export function startPages() {
  onOver(showNewCounts);
  listenForSubmits();
  listenForHistory();
  findHome(document);
  const shell = document.querySelector("[data-shell]");
  if (shell) return fill(shell);
  session.adopt(document);
  const place = placeOf(document);
  if (!place || !session.token()) return undefined;
  readEntries();
  return stand(place, { push: false });
}
