import "./decide.js";
import "./practice.js";
import "./scorm.js";
import "./tables.js";

// What every page does by script; each part works on what htmx swaps in, too.
const menu = () => document.getElementById("menu");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (!button || !menu()) return;
  const open = menu().classList.toggle("is-open");
  button.setAttribute("aria-expanded", String(open));
});

// what is chosen belongs to the form, also from outside it (rows of a table whose cells hold forms of their own)
const boxes = (form, css) => [...form.elements].filter((element) => element.classList.contains(css));

function recount(form) {
  const rows = boxes(form, "js-select-row");
  const chosen = rows.filter((row) => row.checked).length;
  form.querySelectorAll(".js-select-count").forEach((place) => { place.textContent = `${chosen} / ${rows.length}`; });
  form.querySelectorAll(".js-select-act").forEach((act) => { act.disabled = chosen === 0; });
  boxes(form, "js-select-all").forEach((all) => {
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  });
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form || !form.classList.contains("js-select-many")) return;
  if (event.target.classList.contains("js-select-all")) {
    boxes(form, "js-select-row").forEach((row) => { row.checked = event.target.checked; });
  }
  recount(form);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// what must not be done by accident names itself first; browsers before Chromium 81 do not say which button submits
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-confirm]");
  if (!button || (button.form && !button.form.checkValidity())) return; // the browser then says what is missing
  if (!window.confirm(button.dataset.confirm)) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  const text = event.target.dataset.confirm;
  if (text && !window.confirm(text)) event.preventDefault();
});

const recountAll = () => document.querySelectorAll(".js-select-many").forEach(recount);
document.addEventListener("DOMContentLoaded", recountAll);
document.addEventListener("htmx:load", recountAll);
