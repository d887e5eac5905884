// Lists: rows by keys, columns chosen and remembered in this browser, headings that stay in sight.
const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

function hiddenColumns(name) {
  try {
    const kept = JSON.parse(window.localStorage.getItem(`columns:${name}`));
    return Array.isArray(kept) ? kept : [];
  } catch (error) {
    return []; // storage is forbidden, or holds something else
  }
}

function keepHidden(name, columns) {
  try {
    window.localStorage.setItem(`columns:${name}`, JSON.stringify(columns));
  } catch (error) {
    // the choice then lasts as long as the page
  }
}

function showColumns(list, hidden) {
  list.querySelectorAll("table[data-table] [data-col]").forEach((cell) => { cell.hidden = hidden.includes(cell.dataset.col); });
  list.querySelectorAll("[data-columns] input").forEach((box) => { box.checked = !hidden.includes(box.value); });
  list.querySelectorAll("[data-export]").forEach((link) => {
    const address = new URL(link.href);
    address.searchParams.delete("hide");
    if (hidden.length) address.searchParams.set("hide", hidden.join(","));
    link.href = address.href;
  });
}

// a table wider than its place scrolls in a frame of its own; any other keeps its headings under the bar of the page
function fit(list) {
  list.querySelectorAll(".table-wrap").forEach((wrap) => {
    const table = wrap.querySelector("table[data-table]");
    if (table) wrap.classList.toggle("is-wide", table.offsetWidth > wrap.clientWidth + 1);
  });
}

// a card leaves out what is not known; a table shows its dash
function markEmpty(list) {
  list.querySelectorAll("table[data-table] td").forEach((cell) => {
    if (cell.textContent.trim() === "—") cell.classList.add("cell-empty");
  });
}

function prepare(list) {
  markEmpty(list);
  list.querySelectorAll("[data-columns]").forEach((chooser) => { chooser.hidden = false; });
  showColumns(list, hiddenColumns(list.dataset.list));
  fit(list);
}

const prepareAll = () => document.querySelectorAll("[data-list]").forEach(prepare);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", prepareAll); else prepareAll();
document.addEventListener("htmx:load", prepareAll);
window.addEventListener("resize", () => document.querySelectorAll("[data-list]").forEach(fit));

document.addEventListener("change", (event) => {
  if (!event.target.closest("[data-columns]")) return;
  const list = event.target.closest("[data-list]");
  const hidden = [...list.querySelectorAll("[data-columns] input:not(:checked)")].map((box) => box.value);
  keepHidden(list.dataset.list, hidden);
  showColumns(list, hidden);
  fit(list);
});

// an open menu of a list closes by Escape and by a click elsewhere
document.addEventListener("click", (event) => {
  document.querySelectorAll(".list-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

function focusRow(row) {
  const link = row.querySelector("th a, td a");
  const place = link || row;
  if (!link) row.tabIndex = -1;
  place.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  const menu = event.target.closest(".list-menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  if (event.target.closest(TYPED_IN) || document.querySelector("[data-decide]")) return;
  const here = event.target.closest("table[data-table] tbody tr");
  if (event.key === "x" && here) {
    const box = here.querySelector(".js-select-row");
    if (box) { event.preventDefault(); box.click(); }
    return;
  }
  const step = STEPS[event.key];
  // letters begin from anywhere that is not a control; arrows scroll the page until a row is chosen
  const isFree = event.target === document.body || event.target.id === "main";
  if (!step || !(here || (isFree && event.key.length === 1))) return;
  const body = here ? here.parentElement : document.querySelector("table[data-table] tbody");
  if (!body) return;
  const rows = [...body.rows];
  const next = rows[here ? rows.indexOf(here) + step : step > 0 ? 0 : rows.length - 1];
  if (!next) return;
  event.preventDefault();
  focusRow(next);
});
