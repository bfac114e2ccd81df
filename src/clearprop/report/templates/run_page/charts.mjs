// Charts over time: the loss, and what the layers do.

import { L, data } from "../worked_page/numbers.mjs";
import { drawn, element, short } from "../worked_page/pieces.mjs";
import { now, through } from "./frames.mjs";
import { say } from "./words.mjs";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [272, 140, 52, 24, 10];
const cursors = []; // elements that lie over the charts, so that time moves without painting a chart anew
const charts = []; // functions that draw a chart's lines anew
const states = []; // [the element, layer, column of the states]

const ends = () => [data.steps[0], data.steps.at(-1)];
const layers = Array.from({ length: L }, (_, k) => k + 1);
const column = (name) => data.states.indexOf(name);

function across(step) {
  const [first, last] = ends();
  return LEFT + ((WIDTH - LEFT - 8) * (step - first)) / Math.max(1, last - first);
}

/** Return the place of a value, on a logarithmic axis where all are above 0, and the two ends of the axis. */
function scale(values) {
  const all = values.filter((v) => v !== null && Number.isFinite(v));
  const log = all.every((v) => v > 0);
  const f = log ? Math.log10 : (v) => v;
  const [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const span = f(high) - f(low) || 1;
  return { at: (v) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * (f(v) - f(low))) / span, low, high };
}

const places = (points, at) => points.map(([s, v]) => `${across(s).toFixed(1)},${at(v).toFixed(1)}`).join(" ");

/** A plot whose lines are drawn anew as the run grows; `series` returns them, each with its class and its points. */
function plotOf(what, series, dots = () => []) {
  const label = (x, y, anchor) => drawn("text", { x, y, "text-anchor": anchor });
  const plot = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "chart" });
  const cursor = element("div", { class: "cursor" });
  cursors.push(cursor);
  const labels = [
    label(LEFT - 5, TOP + 8, "end"), label(LEFT - 5, HEIGHT - BOTTOM, "end"),
    label(LEFT, HEIGHT - 6, "start"), label(WIDTH - 8, HEIGHT - 6, "end"),
  ];
  const lines = drawn("g", {});
  plot.append(drawn("path", { d: `M${LEFT},${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 8}`, class: "axis" }), ...labels, lines);
  charts.push(() => {
    const shown = series().map(([kind, points]) => [kind, points.filter(([, v]) => v !== null)]);
    const held = dots();
    const { at, low, high } = scale([...shown.flatMap(([, points]) => points), ...held].map(([, v]) => v));
    [short(high, 2), short(low, 2), ...ends()].forEach((text, k) => { labels[k].textContent = text; });
    plot.setAttribute("aria-label", `${say(what)}: ${say(`${what}_of`)}; ${short(low, 2)} \u2013 ${short(high, 2)}`);
    lines.replaceChildren(
      ...shown.map(([kind, points]) => drawn("polyline", { class: kind, points: places(points, at) })),
      ...held.map(([s, v]) => drawn("circle", { cx: across(s), cy: at(v), r: 1.8, class: "held" })));
  });
  return element("div", { class: "plot" }, plot, cursor);
}

function figure(what, plot, now_) {
  const caption = element("figcaption", {}, element("b", {}, say(what)), element("small", {}, say(`${what}_of`) + (what === "losses" && data.before ? say("before") : "")));
  return element("figure", {}, caption, plot, now_);
}

const text = { losses: element("p", { class: "now" }), dead: element("ul", { class: "now" }) };

function lossChart() {
  const before = () => data.before?.filter(([s]) => s <= ends()[1]) ?? [];
  const series = () => [...(data.before ? [["before", before()]] : []), ["series", data.curve]];
  return figure("losses", plotOf("losses", series, () => data.validation.filter(([, v]) => v !== null)), text.losses);
}

/** A line for every layer. */
function layerChart(name) {
  const points = (l) => through("states", l - 1, column(name)).map((v, k) => [data.steps[k], v > 0 ? v : null]);
  const plot = plotOf(name, () => layers.map((l) => [`series layer${(l - 1) % 4}`, points(l)]));
  const legend = element("ul", { class: "legend" });
  for (const l of layers) {
    const key = drawn("svg", { viewBox: "0 0 24 8", class: "key", "aria-hidden": "true" });
    key.append(drawn("path", { d: "M0,4H24", class: `series layer${(l - 1) % 4}` }));
    const holder = element("b", { "data-state": `${name}.${l}` });
    states.push([holder, l, column(name)]);
    legend.append(element("li", {}, key, `${say("layer", { l })} `, holder));
  }
  return figure(name, plot, legend);
}

function lossNow() {
  const step = data.steps[now.k];
  const at = data.curve.findLast(([s]) => s <= step) ?? [step, null];
  const told = { loss: at[1] === null ? "\u2013" : short(at[1]), step, J: short(now.J) };
  return say("losses_now", told);
}

const write = (holder, text) => { if (holder.textContent !== text) holder.textContent = text; };

/** Show where the moment is, and its numbers. */
export function refreshCharts() {
  const x = across(data.steps[now.k]);
  for (const cursor of cursors) cursor.style.transform = `translateX(${((100 * x) / WIDTH).toFixed(3)}%)`;
  write(text.losses, lossNow());
  for (const [holder, l, k] of states) {
    const v = now.states[l - 1][k];
    write(holder, v === null ? "\u2013" : short(v, 2));
  }
  const share = (l, name) => `${Math.round(100 * (now.states[l - 1][column(name)] ?? 0))} %`;
  layers.forEach((l, k) => {
    write(text.dead.children[k], say("dead_row", { l, dead: share(l, "dead"), saturated: share(l, "saturated") }));
  });
}

/** Draw the lines anew, of a run that has grown. */
export function redrawCharts() {
  for (const draw of charts) draw();
}

export function drawCharts(holder) {
  text.dead.append(...layers.map(() => element("li", {})));
  const caption = element("figcaption", {}, element("b", {}, say("dead")), element("small", {}, say("dead_of")));
  holder.append(lossChart(), layerChart("gradient_norm"), layerChart("change"), element("figure", {}, caption, text.dead));
  redrawCharts();
}
