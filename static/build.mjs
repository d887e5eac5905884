// Builds what the pages load into OUT (default var/build): one style sheet, one script, and the chart parts apart.
import { copyFile } from "node:fs/promises";
import { build } from "esbuild";

const out = process.env.BUILD_DIR || "var/build";
const common = { bundle: true, minify: true, sourcemap: false, target: ["chrome78"], logLevel: "warning", legalComments: "none" };

await build({ ...common, entryPoints: { app: "static/js/app.js" }, outdir: `${out}/js`, format: "iife" });
await build({ ...common, entryPoints: { charts: "static/js/charts.js" }, outdir: `${out}/js`, format: "iife" });
await build({
  ...common,
  entryPoints: { scorm12: "static/js/scorm/scorm12.js", scorm2004: "static/js/scorm/scorm2004.js" },
  outdir: `${out}/js`,
  format: "iife",
});
await build({ ...common, entryPoints: { app: "static/css/app.css", scorm: "static/css/scorm.css" }, outdir: `${out}/css` });
await copyFile("static/icon.svg", `${out}/icon.svg`);
