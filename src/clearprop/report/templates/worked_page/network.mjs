// The network as a picture: discs are units, lines are weights.

import { L, data } from "./numbers.mjs";
import { clipped, drawn, largest, short, tint } from "./pieces.mjs";

export const picture = document.getElementById("network");
const nodes = new Map();
const edges = new Map();

/** Draw it as wide as there is room; `onUnit` is called with the entry that a unit stands for. */
export function drawNetwork(onUnit) {
  const width = picture.clientWidth;
  const most = Math.max(...data.units.map((units) => units.length));
  const height = Math.max(150, 26 * most + 30);
  const margin = Math.min(136, width * 0.3);
  const at = (l, k) => [
    margin + ((width - 2 * margin) * l) / L,
    height / 2 + (k - (data.units[l].length - 1) / 2) * Math.min(44, (height - 30) / data.units[l].length),
  ];
  picture.replaceChildren();
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);
  for (const layer of data.layers) drawEdges(layer, at);
  data.units.forEach((units, l) => {
    const values = l === 0 ? data.input[data.row] : data.layers[l - 1].a[data.row];
    units.forEach((name, k) => drawNode(l, k, name, values[k], largest([values]), at(l, k), onUnit));
  });
}

function drawEdges(layer, at) {
  const most = largest(layer.W);
  layer.W.forEach((row, i) => row.forEach((w, j) => {
    const [[x1, y1], [x2, y2]] = [at(layer.l - 1, i), at(layer.l, j)];
    const edge = drawn("line", { x1, y1, x2, y2, class: w < 0 ? "below" : "above" });
    edge.style.strokeWidth = 0.4 + (2.6 * Math.abs(w)) / (most || 1);
    edges.set(`${layer.l}.${i}.${j}`, edge);
    picture.append(edge);
  }));
}

function drawNode(l, k, name, v, most, [x, y], onUnit) {
  const disc = drawn("circle", { cx: x, cy: y, r: 9, class: "paper" });
  const node = drawn("circle", { cx: x, cy: y, r: 9, class: "node", style: `fill: ${tint(v, most)}` });
  const label = drawn("title", {}, `${name}: ${short(v)}`);
  node.append(label);
  node.addEventListener("click", () => onUnit(l === 0 ? "a0" : `z${l}`, data.row, k));
  const drawnNode = { node, label, name, text: null };
  nodes.set(`${l}.${k}`, drawnNode);
  picture.append(disc, node);
  if (l === 0 || l === L) {
    const side = l === 0 ? { x: x - 15, "text-anchor": "end" } : { x: x + 15 };
    const room = picture.clientWidth < 500 ? 10 : 14;
    const text = clipped(name, room);
    const wanted = l === L && data.takesClasses && data.Y[data.row][k] > 0.5 ? { class: "wanted" } : {};
    const written = drawn("text", { ...side, ...wanted, y: y + 4 }, l === 0 ? text : `${text}: ${short(v, 2)}`);
    if (l === L) drawnNode.text = [written, text];
    picture.append(written);
  }
}

/** Show the numbers as they are now, in the picture as it stands. */
export function refreshNetwork() {
  for (const layer of data.layers) {
    const most = largest(layer.W) || 1;
    layer.W.forEach((row, i) => row.forEach((w, j) => {
      const edge = edges.get(`${layer.l}.${i}.${j}`);
      edge.style.strokeWidth = 0.4 + (2.6 * Math.abs(w ?? 0)) / most;
      edge.classList.toggle("below", w < 0);
      edge.classList.toggle("above", !(w < 0));
    }));
    const values = layer.a[data.row];
    const strongest = largest([values]);
    values.forEach((v, k) => {
      const { node, label, name, text } = nodes.get(`${layer.l}.${k}`);
      node.style.fill = tint(v, strongest);
      label.textContent = `${name}: ${short(v)}`;
      if (text) text[0].textContent = `${text[1]}: ${short(v, 2)}`;
    });
  }
}

export function lightNetwork(name, i, j) {
  for (const one of picture.querySelectorAll(".on")) one.classList.remove("on");
  const [, kind, digits] = /^([a-zA-Z]+?)(\d*)$/.exec(name);
  const l = Number(digits);
  const all = (layer) => data.units[layer]?.map((_, k) => k) ?? [];
  const used = {
    W: [`${l}.${i}.${j}`], dW: [`${l}.${i}.${j}`],
    z: all(l - 1).map((k) => `${l}.${k}.${j}`),
    delta: all(l + 1).map((k) => `${l + 1}.${j}.${k}`),
  };
  for (const edge of used[kind] ?? []) edges.get(edge)?.classList.add("on");
  if (digits && !["W", "dW"].includes(kind)) nodes.get(`${l}.${j}`)?.node.classList.add("on");
}
