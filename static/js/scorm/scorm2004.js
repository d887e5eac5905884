import { Scorm2004API } from "scorm-again/scorm2004/min";
import { run } from "./runtime.js";

run({ name: "API_1484_11", make: (settings) => new Scorm2004API(settings), restrict: () => {} });
