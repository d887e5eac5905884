import "./decide.js";

// What every page does by script; each part works on what htmx swaps in, too.
const menu = () => document.getElementById("menu");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (!button || !menu()) return;
  const open = menu().classList.toggle("is-open");
  button.setAttribute("aria-expanded", String(open));
});

function recount(form) {
  const rows = form.querySelectorAll(".js-select-row");
  const chosen = form.querySelectorAll(".js-select-row:checked").length;
  form.querySelectorAll(".js-select-count").forEach((place) => { place.textContent = `${chosen} / ${rows.length}`; });
  form.querySelectorAll(".js-select-all").forEach((all) => {
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  });
}

document.addEventListener("change", (event) => {
  const form = event.target.closest(".js-select-many");
  if (!form) return;
  if (event.target.classList.contains("js-select-all")) {
    form.querySelectorAll(".js-select-row").forEach((row) => { row.checked = event.target.checked; });
  }
  recount(form);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// what must not be done by accident names itself first
document.addEventListener("submit", (event) => {
  const text = event.submitter && event.submitter.dataset.confirm || event.target.dataset.confirm;
  if (text && !window.confirm(text)) event.preventDefault();
});

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".js-select-many").forEach(recount));
