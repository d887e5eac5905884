// Runs in the frame page, on the host of packages: gives the parts of a package the API they look for, and sends what they report.
// Everything here may be tampered with by the package; the server believes it no more than it believes the package.

const RETRY_MS = 5000;
const AUTOCOMMIT_SECONDS = 10;
const UNLOAD_LIMIT = 60000; // bytes a browser still sends for a page that is going away

export function run({ make, name, restrict }) {
  const settings = document.body.dataset;
  const part = document.getElementById("part");
  const player = window.parent;
  // Parts look for the API from window to window up to the topmost. What lies above this page is another origin, which they
  // would stumble over: for them, this is the top.
  window.parent = window;

  let api = null;
  let launch = 0;
  let revision = 0;
  let isOver = false; // opened elsewhere: nothing is reported any more
  let isLeaving = false;
  let unsent = null; // the last report, where the server has not said that it has it: { isFinished }

  const tell = (what, facts = {}) => player.postMessage({ scorm: what, ...facts }, settings.origin);
  const isRunning = () => api !== null && api.isInitialized();

  function body(isFinished) {
    revision += 1;
    return JSON.stringify({ launch, revision, is_finished: isFinished, data: api.renderCMIToJSONObject().cmi });
  }

  // While a page or a part goes away nobody may wait for an answer: what it says then is handed to the browser.
  const isGoing = (error) => isLeaving || document.visibilityState === "hidden" || /dismissal/i.test(error.message);

  function handOver(text) {
    if (text.length < UNLOAD_LIMIT && navigator.sendBeacon(settings.report, text)) return true;
    fetch(settings.report, { method: "POST", body: text, keepalive: text.length < UNLOAD_LIMIT }).catch(() => {});
    return true;
  }

  function send(isFinished) {
    if (isOver || launch === 0) return true; // a preview keeps nothing
    const text = body(isFinished);
    unsent = { isFinished };
    if (isLeaving) return handOver(text);
    const request = new XMLHttpRequest();
    try {
      request.open("POST", settings.report, false); // parts expect the answer when the call returns
      request.send(text);
    } catch (error) {
      if (isGoing(error)) return handOver(text);
      tell("unsaved");
      return false;
    }
    return answered(request);
  }

  function answered(request) {
    if (request.status === 200) {
      unsent = null;
      tell("saved", JSON.parse(request.responseText));
      return true;
    }
    let detail = "";
    try { detail = JSON.parse(request.responseText).detail; } catch (error) { /* a proxy's page */ }
    if (request.status >= 500 || request.status === 0) {
      tell("unsaved");
    } else {
      unsent = null;
      isOver = request.status === 409;
      tell("refused", { detail });
    }
    return false;
  }

  const service = {
    processHttpRequest(url, params, immediate, log, notify, metadata, onSettled) {
      const isDone = send(Boolean(metadata && metadata.isTerminateCommit));
      if (onSettled) onSettled();
      return isDone ? { result: "true", errorCode: 0 } : { result: "false", errorCode: 101 };
    },
    updateSettings() {},
  };

  // Old parts call with nothing or null where the standard asks for an empty text.
  function forgive(one) {
    for (const act of ["Initialize", "Terminate", "Commit", "LMSInitialize", "LMSFinish", "LMSCommit"]) {
      if (typeof one[act] !== "function") continue;
      const call = one[act].bind(one);
      one[act] = (argument) => call(argument === null || argument === undefined ? "" : argument);
    }
  }

  function open(answer) {
    launch = answer.launch;
    api = make({
      autocommit: true,
      autocommitSeconds: AUTOCOMMIT_SECONDS,
      autoCompleteLessonStatus: true,
      lmsCommitUrl: settings.report,
      httpService: service,
      logLevel: 5,
    });
    api.loadFromJSON(answer.data, "cmi");
    restrict(api);
    forgive(api);
    api.on(name === "API" ? "LMSFinish" : "Terminate", () => tell("finished"));
    api.on("SequenceNext", () => tell("next"));
    api.on("SequencePrevious", () => tell("previous"));
    window[name] = api;
    part.src = settings.start;
    tell("ready");
  }

  fetch(settings.begin, { method: "POST" })
    .then((response) => response.json().then((answer) => (response.ok ? open(answer) : tell("refused", answer))))
    .catch(() => tell("unopened"));

  const sendAgain = () => { if (unsent) send(unsent.isFinished); };
  setInterval(sendAgain, RETRY_MS);
  window.addEventListener("online", sendAgain);

  // The player asks before it goes elsewhere: the part is taken away while its last words can still be waited for.
  window.addEventListener("message", (event) => {
    if (event.source !== player || event.origin !== settings.origin || !event.data || event.data.scorm !== "close") return;
    const done = () => {
      if (isRunning()) send(false);
      else sendAgain();
      tell("closed");
    };
    part.addEventListener("load", done, { once: true });
    part.src = "about:blank";
  });

  window.addEventListener("pageshow", () => { isLeaving = false; });
  window.addEventListener("pagehide", () => {
    isLeaving = true;
    if (isRunning()) send(false);
  });
}
