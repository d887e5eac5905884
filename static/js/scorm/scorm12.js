import { Scorm12API } from "scorm-again/scorm12/min";
import { run } from "./runtime.js";

const LONGEST = 4096; // of suspend_data; the library allows more than the standard does

run({
  name: "API",
  make: (settings) => new Scorm12API(settings),
  restrict: (api) => {
    const set = api.LMSSetValue.bind(api);
    api.LMSSetValue = (element, value) => {
      if (element === "cmi.suspend_data" && String(value).length > LONGEST) {
        api.throwSCORMError(element, 405);
        return "false";
      }
      return set(element, value);
    };
  },
});
