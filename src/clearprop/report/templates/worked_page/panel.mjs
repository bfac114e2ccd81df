// The panel: the sum behind the entry that is asked for, and the nudge.

import { matrices } from "./matrices.mjs";
import { lightNetwork } from "./network.mjs";
import { data } from "./numbers.mjs";
import { after, clipped, drawn, element, largest, mathematics, short, tint } from "./pieces.mjs";
import { calculate, total } from "./sums.mjs";

const panel = document.getElementById("panel");

function termChip(part, most) {
  const chip = element("li", { "data-product": part.product, title: part.label }, element("b", {}, clipped(part.label, 20)));
  if (part.x !== undefined) chip.append(element("span", {}, `${short(part.x)} \u00d7 ${after(part.w)}`));
  chip.append(element("i", {}, short(part.product)));
  chip.style.backgroundColor = tint(part.product, most, 0.4);
  return chip;
}

export function show(name, i, j) {
  const m = matrices.get(name);
  const found = calculate(name, i, j);
  const result = found?.result ?? m.values[i][j];
  const cell = element("output", { "data-sum": result }, short(result));
  const names = [m.rows[i], m.columns[j]].filter((part) => part !== "b" && part !== "db");
  if (found && found.name !== name) names.push(`${found.kind}[${found.l}] here is ${short(m.values[i][j])}`);
  const where = element("span", { class: "where" }, names.join(" \u00b7 "));
  const heading = found ? mathematics(data.equations[found.name] ?? "") : m.head.cloneNode(true);
  panel.replaceChildren(element("header", {}, heading, where, cell));
  if (!found) {
    panel.append(element("p", { class: "quiet" }, "Given, not computed here."));
    return light(name, i, j, []);
  }
  const most = largest([found.parts.map((part) => part.product)]);
  const sum = element("p", { class: "sum" });
  if (found.parts.length) {
    panel.append(element("ol", { class: "terms" }, ...found.parts.map((part) => termChip(part, most))));
    sum.append(`sum ${short(total(found.parts))}${found.line ? "; " : ""}`);
  }
  if (found.line) sum.append(found.before ?? "", element("b", {}, found.line));
  panel.append(sum);
  if (found.nudge) panel.append(nudge(found));
  light(name, i, j, [...found.parts.flatMap((part) => part.cells), ...(found.cells ?? [])]);
}

function light(name, i, j, sources) {
  for (const old of document.querySelectorAll(".lit, .asked")) old.classList.remove("lit", "asked");
  const lit = sources.flatMap(([source, r, c]) => matrices.get(source)?.cells[r]?.[c] ?? []);
  for (const cell of lit) cell.classList.add("lit");
  for (const cell of matrices.get(name).cells[i][j]) cell.classList.add("asked");
  lightNetwork(name, i, j);
}

/** The slider: what the gradient predicts for a moved weight, beside what J really does. */
function nudge(found) {
  const steps = data.layers[found.l - 1].steps;
  const middle = (steps.length - 1) / 2;
  const slider = element("input", { type: "range", min: 0, max: steps.length - 1, value: middle + 1 });
  slider.setAttribute("aria-label", "move the weight by");
  const text = element("p", { "aria-live": "polite" });
  const plot = drawn("svg", { viewBox: "0 0 150 64", class: "curve", role: "img" });
  plot.setAttribute("aria-label", "J against the nudge, and its tangent");
  const update = () => {
    const k = Number(slider.value);
    const predicted = found.slope * steps[k];
    const moved = `${found.name[1]}[${found.l}]`;
    text.replaceChildren(
      `Move this entry of ${moved} by ${short(steps[k], 3)}: J is predicted to change by `,
      element("b", { class: "predicted" }, short(predicted)), ", and changes by ",
      element("b", { class: "true" }, short(found.nudge[k])), ".");
    curve(plot, steps, found, k);
  };
  slider.addEventListener("input", update);
  update();
  return element("div", { class: "nudge" }, plot, element("div", {}, slider, text));
}

function curve(plot, steps, { nudge: change, slope }, k) {
  const line = steps.map((step) => slope * step);
  const all = [...change, ...line].filter((v) => v !== null);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (n) => 6 + (138 * n) / (steps.length - 1);
  const y = (v) => 58 - (52 * (v - low)) / (high - low || 1);
  const path = (values) => values.map((v, n) => `${x(n).toFixed(1)},${y(v ?? 0).toFixed(1)}`).join(" ");
  plot.replaceChildren(
    drawn("polyline", { points: path(line), class: "predicted" }),
    drawn("polyline", { points: path(change), class: "true" }),
    drawn("circle", { cx: x(k), cy: y(line[k]), r: 3, class: "predicted" }),
    drawn("circle", { cx: x(k), cy: y(change[k] ?? 0), r: 3, class: "true" }),
  );
}
