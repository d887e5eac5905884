// Answering by keys: a letter chooses the option beside it, Enter answers, and once more goes on.
const TYPED_IN = "input:not([type=checkbox]):not([type=radio]), textarea, select, button, a, summary";

document.addEventListener("keydown", (event) => {
  const page = document.querySelector("[data-practice]");
  if (!page || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  if (event.target.closest(TYPED_IN)) return;
  if (event.key === "Enter") {
    const act = page.querySelector("[data-answer]") || page.querySelector("[data-next]");
    if (act) { event.preventDefault(); act.click(); }
    return;
  }
  const letter = event.key.length === 1 ? event.key.toUpperCase() : "";
  const option = /^[A-Z]$/.test(letter) ? page.querySelector(`[data-letter="${letter}"]`) : null;
  if (option) { event.preventDefault(); option.click(); option.focus(); }
});
