// The network as a picture: discs are units, lines are weights.

import { drawLines, onScheme, sized } from "./canvas.mjs";
import { L, data } from "./numbers.mjs";
import { clipped, drawn, largest, short, tint } from "./pieces.mjs";

export const picture = document.getElementById("network");
const edges = document.createElement("canvas"); // the lines, under the discs: there may be many hundred
edges.setAttribute("aria-hidden", "true");
picture.before(edges);
const nodes = new Map();
const state = { context: null, width: 0, height: 0, lines: [], lit: new Set() };

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
  Object.assign(state, { context: sized(edges, width, height), width, height });
  state.lines = data.layers.map(({ l, W }) => W.map((row, i) => row.map((_, j) => [...at(l - 1, i), ...at(l, j)])));
  data.units.forEach((units, l) => {
    const values = l === 0 ? data.input[data.row] : data.layers[l - 1].a[data.row];
    units.forEach((name, k) => drawNode(l, k, name, values[k], largest([values]), at(l, k), onUnit));
  });
  drawEdges();
}

function drawEdges() {
  const { context, width, height, lines, lit } = state;
  context.clearRect(0, 0, width, height);
  for (const { l, W } of data.layers) {
    const own = W.flatMap((row, i) => row.map((w, j) => [...lines[l - 1][i][j], w, lit.has(`${l}.${i}.${j}`)]));
    drawLines(context, own, largest(W), lit.size > 0);
  }
}

onScheme(drawEdges);

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

/** Show the numbers as they are now, in the picture as it stands; in passing, without the words on the units. */
export function refreshNetwork(passing = false) {
  drawEdges();
  for (const layer of data.layers) {
    const values = layer.a[data.row];
    const strongest = largest([values]);
    values.forEach((v, k) => {
      const { node, label, name, text } = nodes.get(`${layer.l}.${k}`);
      node.style.fill = tint(v, strongest);
      if (text) text[0].firstChild.data = `${text[1]}: ${short(v, 2)}`;
      if (!passing) label.textContent = `${name}: ${short(v)}`;
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
  state.lit = new Set(used[kind]);
  drawEdges();
  if (digits && !["W", "dW"].includes(kind)) nodes.get(`${l}.${j}`)?.node.classList.add("on");
}
