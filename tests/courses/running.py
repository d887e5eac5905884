"""Parts that run: pages as authoring tools write them, which find the API the standard way and report."""

# the search of the standard's own examples: up the parents, then from the opener
FIND = """
function scan(win, name) {
  var tries = 0;
  while (win[name] == null && win.parent != null && win.parent != win) { if (++tries > 500) return null; win = win.parent; }
  return win[name];
}
function find(name) {
  var api = null;
  if (window.parent && window.parent != window) api = scan(window.parent, name);
  if (api == null && window.top.opener) api = scan(window.top.opener, name);
  if (api == null && window.opener) api = scan(window.opener, name);
  return api;
}
"""

PART_12 = f"""<!doctype html><html><head><meta charset="utf-8"><title>讲</title><script>{FIND}
var api = find("API"), found = [];
function get(name) {{ return api.LMSGetValue(name); }}
function set(name, value) {{ return api.LMSSetValue(name, String(value)); }}
window.onload = function () {{
  api.LMSInitialize("");
  document.getElementById("seen").textContent = [
    get("cmi.core.entry"), get("cmi.core.lesson_status"), get("cmi.core.lesson_location"), get("cmi.suspend_data"),
    get("cmi.core.student_name"), get("cmi.core.total_time"), get("cmi.student_data.mastery_score"), get("cmi.launch_data")
  ].join("|");
}};
function suspend() {{
  set("cmi.core.lesson_location", "p3"); set("cmi.suspend_data", "第三页"); set("cmi.core.lesson_status", "incomplete");
  set("cmi.core.session_time", "00:01:05"); set("cmi.core.exit", "suspend"); api.LMSCommit(""); api.LMSFinish("");
}}
function finish(score) {{
  set("cmi.core.score.raw", score); set("cmi.core.score.min", 0); set("cmi.core.score.max", 100);
  set("cmi.interactions.0.id", "q1"); set("cmi.interactions.0.type", "choice"); set("cmi.interactions.0.student_response", "a");
  set("cmi.interactions.0.result", "correct"); set("cmi.core.lesson_status", "completed"); set("cmi.core.session_time", "00:02:00");
  document.getElementById("said").textContent = api.LMSCommit("") + api.LMSFinish("");
}}
window.onunload = function () {{ if (window.late) {{ set("cmi.core.lesson_location", "last"); api.LMSCommit(""); }} }};
</script></head><body><p id="seen"></p><p id="said"></p>
<button onclick="suspend()">suspend</button><button onclick="finish(85)">finish</button><button onclick="finish(60)">fail</button>
<a href="two.html?from=one" target="_blank">window</a></body></html>"""

# the fewest calls there are: begun when it opens, ended when it goes, never a word of its status
LEAST_12 = f"""<!doctype html><html><head><script>{FIND}
var api = find("API"), ended = false;
function end() {{ if (!ended) {{ ended = true; api.LMSFinish(""); }} }}
window.onload = function () {{ document.getElementById("seen").textContent = api.LMSInitialize(""); }};
window.onbeforeunload = end; window.onunload = end;
</script></head><body><p id="seen"></p></body></html>"""

PART_2004 = f"""<!doctype html><html><head><meta charset="utf-8"><title>讲</title><script>{FIND}
var api = find("API_1484_11");
function get(name) {{ return api.GetValue(name); }}
function set(name, value) {{ return api.SetValue(name, String(value)); }}
window.onload = function () {{
  api.Initialize("");
  document.getElementById("seen").textContent = [
    get("cmi.entry"), get("cmi.completion_status"), get("cmi.location"), get("cmi.suspend_data"), get("cmi.learner_name"),
    get("cmi.total_time"), get("cmi.scaled_passing_score"), get("cmi.launch_data")
  ].join("|");
}};
function suspend() {{
  set("cmi.location", "p3"); set("cmi.suspend_data", "第三页"); set("cmi.completion_status", "incomplete");
  set("cmi.session_time", "PT1M5S"); set("cmi.exit", "suspend"); api.Commit(""); api.Terminate("");
}}
function finish(scaled) {{
  set("cmi.score.scaled", scaled); set("cmi.score.raw", scaled * 100); set("cmi.score.min", 0); set("cmi.score.max", 100);
  set("cmi.objectives.0.id", "o1"); set("cmi.objectives.0.score.scaled", scaled);
  set("cmi.completion_status", "completed"); set("cmi.session_time", "PT2M"); set("cmi.exit", "normal");
  document.getElementById("said").textContent = api.Commit("") + api.Terminate("");
}}
</script></head><body><p id="seen"></p><p id="said"></p>
<button onclick="suspend()">suspend</button><button onclick="finish(0.85)">finish</button><button onclick="finish(0.6)">fail</button>
</body></html>"""

# a frameset of old: the API is found two windows up, the inner page speaks to the outer one, and a third opens in a window
FRAMES = """<!doctype html><html><head><meta charset="utf-8"><title>框架</title></head>
<frameset rows="40,*"><frame name="bar" src="bar.html"><frame name="main" src="Inner/Page.HTML?x=%E5%AD%A6"></frameset></html>"""
BAR = "<!doctype html><meta charset='utf-8'><script>var counted = 0; function count(n) { counted += n; return counted; }</script>"
INNER = f"""\ufeff<!doctype html><html><head><meta charset="utf-8"><script src="../Scripts/LIB.js"></script><script>{FIND}
window.onload = function begin() {{
  if (!parent.frames["bar"].count) {{ setTimeout(begin, 50); return; }}  // frames load in no order
  var api = find("API"); api.LMSInitialize("");
  document.getElementById("seen").textContent = [parent.frames["bar"].count(2), fromLibrary, location.search].join("|");
  api.LMSSetValue("cmi.core.lesson_status", "completed"); api.LMSCommit("");
}};
function openWindow() {{ window.open("../pop.html", "pop", "width=300,height=200"); }}
</script></head><body><p id="seen"></p><button onclick="openWindow()">open</button></body></html>"""
POP = f"""<!doctype html><meta charset="utf-8"><script>{FIND}
window.onload = function () {{
  var api = find("API"); api.LMSSetValue("cmi.core.lesson_location", "popup"); api.LMSCommit("");
  document.body.textContent = api.LMSGetValue("cmi.core.lesson_location");
}};</script><body></body>"""

# tries everything that must not work, and says what came of it
SPY = f"""<!doctype html><html><head><meta charset="utf-8"><script>{FIND}
var seen = {{}};
function attempt(name, act) {{
  try {{ var answer = act(); seen[name] = answer === undefined ? "undefined" : String(answer); }} catch (error) {{ seen[name] = error.name; }}
}}
async function attemptLater(name, act) {{
  try {{ seen[name] = String(await act()); }} catch (error) {{ seen[name] = error.name; }}
}}
window.onload = async function () {{
  var home = new URLSearchParams(location.search).get("home") || document.referrer;
  home = MAIN;
  attempt("cookie", function () {{ return document.cookie; }});
  attempt("top document", function () {{ return window.top.document.title; }});
  attempt("top location", function () {{ return window.top.location.href; }});
  attempt("top api", function () {{ return window.top.API; }});
  attempt("navigate", function () {{ window.top.location = home + "/account/"; return "went"; }});
  await attemptLater("fetch", async function () {{ return (await fetch(home + "/api/v1/", {{ credentials: "include" }})).status; }});
  await attemptLater("fetch blind", async function () {{
    return (await fetch(home + "/account/", {{ credentials: "include", mode: "no-cors" }})).type;
  }});
  await attemptLater("own fetch", async function () {{ return (await fetch("/api/v1/", {{ credentials: "include" }})).status; }});
  await attemptLater("own pages", async function () {{ return (await fetch("/me/")).status; }});
  await attemptLater("own file", async function () {{ return (await fetch("data.json")).status; }});
  await attemptLater("worker", async function () {{ return (await navigator.serviceWorker.register("worker.js")).scope; }});
  await attemptLater("image", function () {{
    return new Promise(function (done) {{
      var image = new Image(); image.onload = function () {{ done("loaded"); }}; image.onerror = function () {{ done("blocked"); }};
      image.src = home + "/static/icon.svg";
    }});
  }});
  await attemptLater("form", function () {{
    var form = document.createElement("form"); form.method = "post"; form.action = home + "/sign-out/"; form.target = "sink";
    var sink = document.createElement("iframe"); sink.name = "sink"; document.body.append(sink, form); form.submit();
    return new Promise(function (done) {{ setTimeout(function () {{ done("submitted"); }}, 500); }});
  }});
  document.getElementById("seen").textContent = JSON.stringify(seen);
  document.title = "done";
}};
</script></head><body><pre id="seen"></pre></body></html>"""
