// Deciding by keys: a letter brings what it names under the focus, Enter or the digit beside a reason does it.
// Two keys for every decision, so that one slip of a finger decides nothing.
const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable]";

const shown = (element) => element && !element.disabled && element.getClientRects().length > 0;

document.addEventListener("keydown", (event) => {
  const page = document.querySelector("[data-decide]");
  if (!page || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  const reason = page.querySelector("[data-decide-reason]");

  // Enter in the reason returns the batch; with lines chosen it only goes on to the button, which certifies the others
  if (event.key === "Enter" && event.target === reason) {
    event.preventDefault();
    const chosen = page.querySelector(".js-select-row:checked");
    const certify = page.querySelector("[data-key=a]");
    if (chosen && certify) certify.focus();
    else if (reason.value.trim()) page.querySelector("[data-decide-return]").click();
    return;
  }
  // digits count only after R: a reason that begins with a date is being typed, not chosen
  if (/^[1-9]$/.test(event.key) && event.target.closest("[data-presets]")) {
    const preset = page.querySelector(`[data-preset="${event.key}"]`);
    if (preset) { event.preventDefault(); preset.click(); }
    return;
  }
  if (event.target.closest(TYPED_IN)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.toLowerCase();
  const named = /^[a-z]$/.test(key) ? page.querySelector(`[data-key="${key}"]`) : null;
  if (!shown(named)) return;
  event.preventDefault();
  if (named.tagName === "A") named.click();
  else named.focus();
});
