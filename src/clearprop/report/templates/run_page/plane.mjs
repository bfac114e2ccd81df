// What the network answers over one or two columns of the table: a decision boundary, or a curve. The studio alone has it.

import { onScheme, sized } from "../worked_page/canvas.mjs";
import { data } from "../worked_page/numbers.mjs";
import { clipped, element, short } from "../worked_page/pieces.mjs";
import { ask } from "./engine.mjs";
import { now } from "./frames.mjs";
import { say, words } from "./words.mjs";

const [LEFT, BOTTOM, TOP, HEIGHT] = [54, 36, 10, 300];
const HUES = [210, 25, 140, 300, 55, 0, 180, 260]; // of the classes, in turn
const MARKS = [
  (c, x, y) => c.arc(x, y, 3, 0, 7), (c, x, y) => c.rect(x - 2.6, y - 2.6, 5.2, 5.2),
  (c, x, y) => { c.moveTo(x, y - 3.6); c.lineTo(x + 3.4, y + 2.6); c.lineTo(x - 3.4, y + 2.6); c.closePath(); },
  (c, x, y) => { c.moveTo(x, y - 3.8); c.lineTo(x + 3.8, y); c.lineTo(x, y + 3.8); c.lineTo(x - 3.8, y); c.closePath(); },
];
const PAUSE = 100; // milliseconds between two questions while the run plays
const SHAPES = ["\u25cf", "\u25a0", "\u25b2", "\u25c6"];
const state = { asking: false, found: null, asked: "", choice: [], due: 0 };
const parts = {};

const own = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const dark = matchMedia("(prefers-color-scheme: dark)");
const hue = (k, alpha = 1) => `hsl(${HUES[k % HUES.length]} 75% ${dark.matches ? 66 : 30}% / ${alpha})`;
const numbers = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

/** A place on the canvas for a number between two ends. */
const between = (ends, from, to) => (v) => from + ((to - from) * (v - ends[0])) / (ends[1] - ends[0] || 1);
const endsOf = (axis) => [axis[0], axis.at(-1)];

function axes(context, width, [x, y], names) {
  context.fillStyle = own("--soft");
  context.strokeStyle = own("--soft");
  context.font = "12px system-ui, sans-serif";
  context.strokeRect(LEFT, TOP, width - LEFT - 8, HEIGHT - TOP - BOTTOM);
  context.textAlign = "start";
  context.fillText(short(x[0], 3), LEFT, HEIGHT - BOTTOM + 15);
  context.textAlign = "end";
  context.fillText(short(x[1], 3), width - 8, HEIGHT - BOTTOM + 15);
  context.fillText(short(y[1], 3), LEFT - 5, TOP + 10);
  context.fillText(short(y[0], 3), LEFT - 5, HEIGHT - BOTTOM);
  context.textAlign = "center";
  context.fillText(clipped(names[0], 40), (LEFT + width) / 2, HEIGHT - 5);
  context.save();
  context.translate(14, (TOP + HEIGHT - BOTTOM) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(clipped(names[1], 30), 0, 0);
  context.restore();
}

function dot(context, k, x, y, fill) {
  context.beginPath();
  MARKS[k % MARKS.length](context, x, y);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = own("--paper");
  context.stroke();
}

/** The class that is likeliest, the more so the stronger; or the number, orange above the middle and blue below. */
function surface(context, found, at, cell) {
  const { values, labels, dots, axes: [xs, ys] } = found;
  const k = values.length / (xs.length * ys.length);
  const targets = dots.map((one) => one[2]);
  const [low, high] = [Math.min(...targets), Math.max(...targets)];
  const middle = (low + high) / 2;
  const tone = (v) => `rgb(${own(v < middle ? "--below" : "--above")} / ${Math.min(0.9, (1.6 * Math.abs(v - middle)) / (high - low || 1))})`;
  ys.forEach((y, i) => xs.forEach((x, j) => {
    const here = values.subarray((i * xs.length + j) * k, (i * xs.length + j + 1) * k);
    const best = here.indexOf(Math.max(...here));
    if (!here.every(Number.isFinite)) return; // of a run that diverged
    context.fillStyle = labels.length > 1 ? hue(best, 0.08 + (0.5 * (here[best] - 1 / k)) / (1 - 1 / k)) : tone(here[0]);
    const [left, top] = [Math.round(at.x(x) - cell[0] / 2), Math.round(at.y(y) - cell[1] / 2)];
    context.fillRect(left, top, Math.round(at.x(x) + cell[0] / 2) - left, Math.round(at.y(y) + cell[1] / 2) - top);
  }));
  for (const [x, y, c] of dots) dot(context, labels.length > 1 ? c : 0, at.x(x), at.y(y), labels.length > 1 ? hue(c) : tone(c));
}

function curves(context, found, at) {
  const { values, labels, dots, axes: [xs] } = found;
  const k = labels.length;
  for (let c = 0; c < k; c += 1) {
    context.beginPath();
    xs.forEach((x, j) => context[j ? "lineTo" : "moveTo"](at.x(x), at.y(values[j * k + c])));
    context.strokeStyle = k > 1 ? hue(c) : `rgb(${own("--below")})`;
    context.lineWidth = 2;
    context.setLineDash(k > 1 ? [[], [7, 3], [2, 3], [9, 3, 2, 3]][c % 4] : []);
    context.stroke();
  }
  context.setLineDash([]);
  for (const [x, c] of dots) dot(context, k > 1 ? c : 0, at.x(x), at.y(k > 1 ? (c + 0.5) / k : c), k > 1 ? hue(c, 0.6) : own("--soft"));
}

function paint() {
  const { found } = state;
  if (!found) return;
  const width = Math.max(220, Math.min(520, parts.figure.clientWidth));
  const context = sized(parts.canvas, width, HEIGHT);
  const two = found.columns.length === 2;
  const heights = two ? endsOf(found.axes[1]) : found.labels.length > 1 ? [0, 1] : spanOf(found);
  const ends = [endsOf(found.axes[0]), heights];
  const at = { x: between(ends[0], LEFT, width - 8), y: between(ends[1], HEIGHT - BOTTOM, TOP) };
  context.save();
  context.beginPath();
  context.rect(LEFT, TOP, width - LEFT - 8, HEIGHT - TOP - BOTTOM);
  context.clip();
  if (two) surface(context, found, at, found.axes.map((axis, k) => (k ? HEIGHT - TOP - BOTTOM : width - LEFT - 8) / (axis.length - 1)));
  else curves(context, found, at);
  context.restore();
  axes(context, width, ends, [found.columns[0], two ? found.columns[1] : found.labels.length > 1 ? say("plane_probability") : found.labels[0]]);
}

/** The ends of an axis that holds a curve and the rows. */
function spanOf({ values, dots }) {
  const all = [...values, ...dots.map((one) => one[1])].filter(Number.isFinite);
  return [Math.min(...all), Math.max(...all)];
}

function describe() {
  const { found } = state;
  const told = { columns: found.columns.join(" \u00d7 "), row: data.rows[data.row ?? 0], target: found.labels.length > 1 ? found.labels.join(", ") : found.labels[0] };
  parts.canvas.setAttribute("aria-label", say("plane_of", told));
  const keys = found.labels.map((label, c) => element("li", { style: `color:${hue(c)}` }, `${SHAPES[c % SHAPES.length]} `, element("span", { class: "ink" }, clipped(label, 24))));
  parts.legend.replaceChildren(...(found.labels.length > 1 ? keys : [element("li", {}, say("plane_number", { target: found.labels[0] }))]));
}

/** Ask for what is to be seen at this moment, and draw it; one question at a time, the last one counts. */
export async function refreshPlane(passing = false) {
  if (!parts.canvas || state.asking || (passing && performance.now() < state.due)) return;
  state.due = performance.now() + PAUSE;
  const body = { step: data.steps[now.k], columns: state.choice, row: data.row ?? 0 };
  const wanted = JSON.stringify(body);
  if (wanted === state.asked) return;
  state.asking = true;
  const answer = await ask("plane", body);
  state.asking = false;
  state.asked = wanted;
  parts.problem.textContent = answer.error ?? "";
  if (answer.error) return;
  state.found = { ...answer, values: numbers(answer.values) };
  parts.canvas.dataset.step = body.step;
  describe();
  paint();
  refreshPlane(passing);
}

function choice(name, options, chosen, which) {
  const select = element("select", { id: `plane-${name}` }, ...options.map(([value, text]) => element("option", { value }, text)));
  select.value = chosen;
  select.addEventListener("change", () => {
    state.choice[which] = select.value;
    state.choice = state.choice.filter((one, k, all) => one && all.indexOf(one) === k);
    refreshPlane();
  });
  return element("label", {}, words[`plane_${name}`], " ", select);
}

/** Draw the figure, where there is an engine and a column of numbers. */
export function drawPlane(holder) {
  const columns = data.studio?.columns ?? [];
  if (!columns.length) return;
  state.choice = columns.slice(-2);
  Object.assign(parts, {
    canvas: element("canvas", { role: "img", id: "plane", "aria-label": say("plane") }), legend: element("ul", { class: "legend" }),
    problem: element("p", { class: "quiet", role: "status" }),
  });
  const named = columns.map((one) => [one, clipped(one, 28)]);
  const caption = element("figcaption", {}, element("b", {}, say("plane")), element("small", {}, say("plane_is")));
  const choices = element("p", { class: "choices" }, choice("across", named, state.choice[0], 0), choice("up", [["", say("plane_alone")], ...named], state.choice[1] ?? "", 1));
  parts.figure = element("figure", { class: "plane" }, caption, choices, parts.canvas, parts.legend, parts.problem);
  holder.append(parts.figure);
  onScheme(() => { if (state.found) { describe(); paint(); } });
  new ResizeObserver(paint).observe(parts.figure);
}
