// The page around a package: says what became of its reports, keeps the menu up to date, and lets the part finish before leaving.
// The package is a stranger: its messages only choose among the page's own sentences; figures come from the server.

const WAIT_MS = 3000;
const player = document.querySelector("[data-scorm]");

if (player) {
  const frame = player.querySelector("iframe");
  const state = player.querySelector("[data-scorm-state]");
  let closed = null;

  const say = (what, detail) => {
    const text = detail || state.dataset[what];
    if (!text) return;
    state.textContent = text;
    state.classList.toggle("scorm-state-bad", ["unsaved", "unopened", "refused"].includes(what));
  };

  const refresh = () => {
    const menu = document.getElementById("scorm-menu");
    if (menu && menu.dataset.href) window.htmx.ajax("GET", menu.dataset.href, { target: "#scorm-menu", swap: "outerHTML" });
  };

  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== player.dataset.origin || !event.data) return;
    const what = String(event.data.scorm);
    if (what === "closed") {
      if (closed) closed();
      return;
    }
    if (what === "next" || what === "previous") {
      if (player.dataset[what]) goTo(player.dataset[what]);
      return;
    }
    say(what, what === "refused" ? String(event.data.detail || "").slice(0, 300) : "");
    if (["ready", "saved", "finished"].includes(what)) refresh();
    document.dispatchEvent(new CustomEvent("scorm", { detail: what }));
  });

  const close = () => new Promise((resolve) => {
    closed = resolve;
    setTimeout(resolve, WAIT_MS);
    frame.contentWindow.postMessage({ scorm: "close" }, player.dataset.origin);
  });

  const goTo = (address) => close().then(() => { window.location.assign(address); });

  player.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-scorm-leave]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    goTo(link.href);
  });
}
