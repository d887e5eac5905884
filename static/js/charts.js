// Draws every <figure class="chart" data-chart data-json>; the same figures stand in the table beside it.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colours = () => ({ met: token("--met"), pending: token("--track"), behind: token("--behind"), unmet: token("--unmet"), plain: token("--blue") });

function option(kind, data) {
  const across = kind === "bars";
  const paint = colours();
  const names = { type: "category", data: data.labels, inverse: across, axisLabel: { color: token("--ink"), width: 130, overflow: "truncate" }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line") } } };
  const values = { type: "value", max: data.max || null, axisLabel: { color: token("--ink-soft"), formatter: `{value}${data.unit || ""}` }, splitLine: { lineStyle: { color: token("--line") } } };
  return {
    animation: false,
    textStyle: { fontFamily: token("--bs-body-font-family") },
    grid: { left: 8, right: 32, top: data.series.length > 1 ? 32 : 8, bottom: 8, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, textStyle: { color: token("--ink") } } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value === null || value === undefined ? "—" : `${value}${data.unit || ""}`) },
    xAxis: across ? values : names,
    yAxis: across ? names : values,
    series: data.series.map((one) => ({
      name: one.name, type: kind === "line" ? "line" : "bar", data: one.values, barMaxWidth: 18, itemStyle: { color: paint[one.status] || paint.plain },
      label: { show: across, position: "right", color: token("--ink"), formatter: (point) => (point.value === null ? "—" : `${point.value}${data.unit || ""}`) },
    })),
  };
}

function draw(figure) {
  const source = document.getElementById(figure.dataset.json);
  if (!source || figure.dataset.drawn) return;
  const data = JSON.parse(source.textContent);
  if (!data.labels || !data.labels.length) return;
  figure.dataset.drawn = "1";
  const kind = figure.dataset.chart;
  const height = kind === "bars" ? Math.max(160, data.labels.length * 26 * Math.max(1, data.series.length * 0.75) + 60) : 280;
  const chart = echarts.init(figure, null, { renderer: "svg", height });
  chart.setOption(option(kind, data));
  if (data.links) chart.on("click", (point) => { if (data.links[point.dataIndex]) window.location.assign(data.links[point.dataIndex]); });
  window.addEventListener("resize", () => chart.resize());
}

const all = () => document.querySelectorAll("figure.chart[data-json]").forEach(draw);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all); else all();
document.addEventListener("htmx:load", all);
