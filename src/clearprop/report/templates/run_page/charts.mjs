// Charts over time: the loss, and what the layers do.

import { L, data } from "../worked_page/numbers.mjs";
import { drawn, element, short } from "../worked_page/pieces.mjs";
import { now, through } from "./frames.mjs";
import { say } from "./words.mjs";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [272, 140, 52, 24, 10];
const last = data.steps.at(-1) || 1;
const first = data.steps[0];
const cursors = [];

const across = (step) => LEFT + ((WIDTH - LEFT - 8) * (step - first)) / Math.max(1, last - first);
const layers = Array.from({ length: L }, (_, k) => k + 1);
const column = (name) => data.states.indexOf(name);

/** Return the place of a value, on a logarithmic axis where all are above 0, and the two ends of the axis. */
function scale(values) {
  const all = values.filter((v) => v !== null && Number.isFinite(v));
  const log = all.every((v) => v > 0);
  const f = log ? Math.log10 : (v) => v;
  const [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const span = f(high) - f(low) || 1;
  return { at: (v) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * (f(v) - f(low))) / span, low, high };
}

const line = (points, at, attributes) => drawn("polyline", {
  ...attributes, points: points.map(([s, v]) => `${across(s).toFixed(1)},${at(v).toFixed(1)}`).join(" "),
});

function frame(what, { low, high }) {
  const plot = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "chart" });
  plot.setAttribute("aria-label", `${say(what)}: ${say(`${what}_of`)}; ${short(low, 2)} \u2013 ${short(high, 2)}`);
  const cursor = drawn("line", { y1: TOP - 6, y2: HEIGHT - BOTTOM, class: "cursor" });
  cursors.push(cursor);
  const label = (x, y, text, anchor) => drawn("text", { x, y, "text-anchor": anchor }, text);
  plot.append(
    drawn("path", { d: `M${LEFT},${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 8}`, class: "axis" }),
    label(LEFT - 5, TOP + 8, short(high, 2), "end"), label(LEFT - 5, HEIGHT - BOTTOM, short(low, 2), "end"),
    label(LEFT, HEIGHT - 6, first, "start"), label(WIDTH - 8, HEIGHT - 6, last, "end"), cursor);
  return plot;
}

function figure(what, plot, now_) {
  const caption = element("figcaption", {}, element("b", {}, say(what)), element("small", {}, say(`${what}_of`) + (what === "losses" && data.before ? say("before") : "")));
  return element("figure", {}, caption, plot, now_);
}

const text = { losses: element("p", { class: "now" }), dead: element("ul", { class: "now" }) };

function lossChart() {
  const points = data.curve.filter(([, v]) => v !== null);
  const held = data.validation.filter(([, v]) => v !== null);
  const range = scale([...points, ...held, ...(data.before ?? [])].map(([, v]) => v));
  const plot = frame("losses", range);
  const before = data.before?.filter(([s]) => s <= last) ?? [];
  if (before.length) plot.append(line(before, range.at, { class: "before" }));
  plot.append(line(points, range.at, { class: "series" }));
  for (const [s, v] of held) plot.append(drawn("circle", { cx: across(s), cy: range.at(v), r: 1.8, class: "held" }));
  return figure("losses", plot, text.losses);
}

/** A line for every layer. */
function layerChart(name) {
  const series = layers.map((l) => through("states", l - 1, column(name)).map((v, k) => [data.steps[k], v]));
  const shown = series.map((points) => points.filter(([, v]) => v !== null && v > 0));
  const range = scale(shown.flat().map(([, v]) => v));
  const plot = frame(name, range);
  const legend = element("ul", { class: "legend" });
  shown.forEach((points, k) => {
    plot.append(line(points, range.at, { class: `series layer${k % 4}` }));
    const key = drawn("svg", { viewBox: "0 0 24 8", class: "key", "aria-hidden": "true" });
    key.append(drawn("path", { d: "M0,4H24", class: `series layer${k % 4}` }));
    legend.append(element("li", {}, key, `${say("layer", { l: k + 1 })} `, element("b", { "data-state": `${name}.${k + 1}` })));
  });
  return figure(name, plot, legend);
}

function lossNow() {
  const step = data.steps[now.k];
  const at = data.curve.findLast(([s]) => s <= step) ?? [step, null];
  return say("losses_now", { loss: short(at[1]), step, J: short(now.J) });
}

export function refreshCharts() {
  const x = across(data.steps[now.k]);
  for (const cursor of cursors) {
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  }
  text.losses.textContent = lossNow();
  for (const holder of document.querySelectorAll("[data-state]")) {
    const [name, l] = holder.dataset.state.split(".");
    const v = now.states[l - 1][column(name)];
    holder.textContent = v === null ? "\u2013" : short(v, 2);
  }
  const share = (l, name) => `${Math.round(100 * (now.states[l - 1][column(name)] ?? 0))} %`;
  layers.forEach((l, k) => {
    text.dead.children[k].textContent = say("dead_row", { l, dead: share(l, "dead"), saturated: share(l, "saturated") });
  });
}

export function drawCharts(holder) {
  text.dead.append(...layers.map(() => element("li", {})));
  const caption = element("figcaption", {}, element("b", {}, say("dead")), element("small", {}, say("dead_of")));
  holder.append(lossChart(), layerChart("gradient_norm"), layerChart("change"), element("figure", {}, caption, text.dead));
}
