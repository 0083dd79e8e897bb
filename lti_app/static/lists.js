// Long lists on one page: a search box that hides rows, headings that sort, and boxes that are chosen together.
//
// <input type="search" data-filter="id"> hides what doesn't match among the rows or [data-row] of the element of
// that id; <button data-choose="all|none" data-boxes="name"> sets the boxes of that name which are shown.

const rowsOf = (list) => [...list.querySelectorAll("tbody > tr, [data-row]")];

function textOf(row) {
  const chosen = [...row.querySelectorAll("select")].map((each) => each.selectedOptions[0]?.textContent ?? "");
  const copy = row.cloneNode(true);
  copy.querySelectorAll("select").forEach((each) => each.remove());
  return [copy.textContent, ...chosen].join(" ").toLocaleLowerCase();
}

function filter(box) {
  const words = box.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const rows = rowsOf(document.getElementById(box.dataset.filter));
  for (const row of rows) {
    const text = textOf(row);
    row.hidden = !words.every((word) => text.includes(word));
  }
  const shown = rows.filter((row) => !row.hidden).length;
  const said = document.getElementById(`${box.id}-shown`);
  if (said) said.textContent = words.length ? `${shown} of ${rows.length} shown` : "";
}

const cell = (row, place) => (row.children[place]?.innerText ?? "").trim().replace(/(\d),(?=\d)/g, "$1");
const compare = new Intl.Collator("en-US", { numeric: true, sensitivity: "base" }).compare;

function sort(button) {
  const heading = button.closest("th");
  const place = [...heading.parentElement.children].indexOf(heading);
  const body = heading.closest("table").tBodies[0];
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const each of heading.parentElement.children) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const sorted = [...body.rows].sort((one, other) => compare(cell(one, place), cell(other, place)));
  body.append(...(down ? sorted.reverse() : sorted));
}

// Headings that can be pressed exist only where a script can do what they say.
export function makeSortable(place) {
  for (const heading of place.querySelectorAll("th[data-sort]")) {
    if (heading.querySelector("button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort-button";
    button.dataset.sorts = "yes";
    button.append(...heading.childNodes);
    heading.append(button);
  }
}

function choose(button) {
  const boxes = button.form.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(button.dataset.boxes)}"]`);
  for (const box of boxes) {
    if (!box.disabled && !box.closest("[hidden]")) box.checked = button.dataset.choose === "all";
  }
}

export function startLists() {
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.filter) filter(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.sorts) sort(button);
    if (!button?.dataset.choose) return;
    event.preventDefault();
    choose(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset?.filter) event.preventDefault();
  });
}
