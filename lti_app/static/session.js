// Who the person of this page is: the launch token, and where it is kept over a reload.
//
// The token lives in memory, in hidden fields of forms and, where the browser allows it, in the storage of this tab. It
// never stands in an address or a history entry. It is kept by viewer, a name for person and context that opens nothing:
// so a page of one course is never filled for another, and a new person's launch throws away what others left.

const KEPT = "launch:";
const now = { token: "", viewer: "", login: "" };

function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null; // the browser keeps nothing for a frame of another site
  }
}

export function read(key) {
  try {
    return storage()?.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function write(key, value) {
  try {
    storage()?.setItem(key, value);
  } catch {
    // Full or refused: memory has it as long as the page lives.
  }
}

export const token = () => now.token;
export const viewer = () => now.viewer;
export const login = () => now.login;

const person = (of) => of.split(".")[0];

function forgetOthers() {
  const kept = storage();
  if (!kept) return;
  const keys = Array.from({ length: kept.length }, (_, each) => kept.key(each));
  for (const key of keys) {
    if (key.startsWith(KEPT) && person(key.slice(KEPT.length)) === person(now.viewer)) continue;
    if (key.startsWith("places:") && person(key.slice(7)) === person(now.viewer)) continue;
    kept.removeItem(key);
  }
}

// Takes over what a page says about itself; pages that say nothing (errors, shells) change nothing.
export function adopt(page) {
  const { viewer: of, login: repeat } = page.body.dataset;
  const found = page.querySelector('input[name="launch"]')?.value;
  if (!of || !found) return;
  Object.assign(now, { token: found, viewer: of, login: repeat ?? "" });
  forgetOthers();
  write(KEPT + of, found);
}

// The session of a history entry; false when this tab does not know it anymore.
export function resume(of) {
  const found = of === now.viewer ? now.token : read(KEPT + of);
  if (!of || !found) return false;
  Object.assign(now, { token: found, viewer: of });
  return true;
}

export function end() {
  try {
    storage()?.removeItem(KEPT + now.viewer);
  } catch {
    // It was never kept.
  }
  now.token = "";
}

export function post(path, body, accept) {
  return fetch(path, {
    method: "POST",
    headers: { Accept: accept, "X-Launch-Token": now.token },
    referrerPolicy: "same-origin",
    body,
  });
}
