// The start of the page: the matrices of the worked page, and time.

import { fitEquations, keepMatrices, listen, pin, pinned } from "../worked_page/hands.mjs";
import { clearMatrices, layerSection, placeMatrices, refreshMatrices } from "../worked_page/matrices.mjs";
import { drawNetwork, lightNetwork, picture, refreshNetwork } from "../worked_page/network.mjs";
import { data } from "../worked_page/numbers.mjs";
import { show } from "../worked_page/panel.mjs";
import { drawCharts, redrawCharts, refreshCharts } from "./charts.mjs";
import { arrived, isAsking, tellTheEnd, trainOn, trains } from "./engine.mjs";
import { count, goTo, now } from "./frames.mjs";
import { drawPlane, refreshPlane } from "./plane.mjs";
import { drawSettings } from "./settings.mjs";
import { say, words } from "./words.mjs";

const byId = (id) => document.getElementById(id);
const [play, slider, moment, speed] = ["play", "slider", "moment", "speed"].map(byId);
const EARLY = 4; // milliseconds: a frame of the screen a hair before its time is taken, not left out
const inView = new Set(); // the sections that are
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) inView[isIntersecting ? "add" : "delete"](target.id);
});
const clock = { running: false, due: 0, told: 0, drawn: 0, width: picture.clientWidth };

/** Show a moment; in passing, only what the eye sees. */
function look(k, passing = false) {
  goTo(Math.max(0, Math.min(count() - 1, k)));
  refreshMatrices(passing ? inView : null);
  if (!passing || inView.has("network")) refreshNetwork(passing);
  if (!passing && clock.drawn !== data.steps.at(-1)) grow();
  refreshCharts();
  refreshPlane(passing);
  slider.value = now.k;
  moment.textContent = say("moment", { step: data.steps[now.k], epoch: data.epochs[now.k] });
  if (passing) return;
  slider.setAttribute("aria-valuetext", moment.textContent);
  show(...pinned());
}

/** Take in what has been trained on. */
function grow() {
  clock.drawn = data.steps.at(-1);
  slider.max = count() - 1;
  redrawCharts();
}

const atEnd = () => now.k >= count() - 1;

function tick(time) {
  if (!clock.running) return;
  const pace = Number(speed.value);
  if (trains() && !isAsking() && count() - 1 - now.k < pace / 3) {
    trainOn(Math.max(1, Math.round(pace / 2))).then((came) => { if (!came) run(false); });
  }
  if (time > clock.due - EARLY && !atEnd()) {
    clock.due = Math.max(clock.due + 1000 / pace, time - 100);
    look(now.k + 1, true);
    if (time >= clock.told) {
      clock.told = time + 250;
      if (clock.drawn !== data.steps.at(-1)) grow();
      show(...pinned());
    }
  }
  if (atEnd() && !trains()) run(false);
  else requestAnimationFrame(tick);
}

function run(wanted) {
  if (wanted && atEnd() && !trains()) look(0);
  clock.running = wanted;
  play.textContent = wanted ? words.pause : words.play;
  moment.setAttribute("aria-live", wanted ? "off" : "polite");
  if (wanted) {
    clock.due = performance.now();
    requestAnimationFrame(tick);
  } else look(now.k);
}

const step = (by) => { run(false); look(now.k + by); };

/** Train on by so many steps from the end of the run, and go there. */
async function beyond(n) {
  const wanted = data.steps.at(-1) + n;
  while (trains() && data.steps.at(-1) < wanted && (await trainOn(wanted - data.steps.at(-1))));
  const found = data.steps.findIndex((s) => s >= wanted);
  look(found < 0 ? count() - 1 : found);
}

function forward() {
  run(false);
  if (atEnd() && trains()) return beyond(1);
  return look(now.k + 1);
}

/** The frame of so many steps later, or the nearest there is beyond; where the run ends, it is trained on. */
function epoch(by) {
  const wanted = data.steps[now.k] + by * data.perEpoch;
  const found = by > 0 ? data.steps.findIndex((s) => s >= wanted) : data.steps.findLastIndex((s) => s <= wanted);
  run(false);
  if (by > 0 && found < 0 && trains()) return beyond(wanted - data.steps.at(-1));
  return look(found < 0 ? (by > 0 ? count() - 1 : 0) : found);
}
const drag = (k) => { run(false); look(k); };

/** Draw the layers anew, for another notation or another row. */
function rebuild() {
  clearMatrices();
  byId("layers").replaceChildren(...data.layers.map(layerSection));
  watcher.disconnect();
  inView.clear();
  for (const section of [picture, ...byId("layers").children]) watcher.observe(section);
  lay();
  pin(...pinned());
}

/** Fit everything to the width there is. */
function lay() {
  drawNetwork(pin);
  keepMatrices();
  fitEquations();
  placeMatrices();
}

function choose(name) {
  const { equations, columns, scales } = data.notations[name];
  for (const key of Object.keys(data.equations)) delete data.equations[key];
  Object.assign(data.equations, equations);
  byId("lie").textContent = [columns ? say("lie") : "", scales ? "" : say("scale")].filter(Boolean).join(" ");
  const objective = ["J", "D", "R", "losses"].filter((key) => equations[key]);
  byId("objective").innerHTML = objective.map((key) => `<span class="math">${equations[key]}</span>`).join(" "); // clearprop's own
}

function onKey(event) {
  if (event.target.closest("input, select, button, td, a") && event.key === " ") return;
  const moves = { " ": () => run(!clock.running), ",": () => step(-1), ".": forward };
  if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  moves[event.key]();
}

goTo(0);
choose(data.notation);
drawCharts(byId("charts"));
drawPlane(byId("charts"));
if (byId("settings")) drawSettings(byId("settings"), byId("problem"), () => { run(false); return data.steps[now.k]; });
rebuild();
listen(byId("layers"));
slider.max = count() - 1;
clock.drawn = data.steps.at(-1);
play.addEventListener("click", () => run(!clock.running));
byId("epoch-back").addEventListener("click", () => epoch(-1));
byId("epoch-forward").addEventListener("click", () => epoch(1));
byId("back").addEventListener("click", () => step(-1));
byId("forward").addEventListener("click", forward);
slider.addEventListener("input", () => drag(Number(slider.value)));
byId("notation").addEventListener("change", (event) => { choose(event.target.value); rebuild(); });
byId("row").addEventListener("change", (event) => { data.row = Number(event.target.value); rebuild(); refreshPlane(); });
document.addEventListener("keydown", onKey);
if (matchMedia("(prefers-reduced-motion: reduce)").matches) speed.value = "2";
new ResizeObserver(() => {
  if (picture.clientWidth === clock.width) return;
  clock.width = picture.clientWidth;
  lay();
  lightNetwork(...pinned());
}).observe(picture.parentElement);
tellTheEnd();
look(data.studio ? arrived() : 0);
document.documentElement.dataset.ready = "yes";
