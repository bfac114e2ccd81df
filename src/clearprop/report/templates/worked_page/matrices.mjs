// The matrices, drawn as grids: forward row, and the gradients in the row under it.

import { fillCells, onScheme, sized } from "./canvas.mjs";
import { L, data } from "./numbers.mjs";
import { clipped, element, largest, mathematics, short, symbol, tint } from "./pieces.mjs";

export const matrices = new Map(); // name -> {head, values, rows, columns, cells: [[the elements of an entry]]}
const drawings = []; // of the grids: {numbers, section, parts: [{name, cells: [[one element]]}], table, canvas, place}

const HEAD = 11; // characters of a name beside a matrix
const FEW = 6; // columns whose numbers have room beside three other matrices

/** Enter a matrix under its name; one that is drawn twice, as a[1] is, is entered once and has two cells an entry. */
function enter(name, head, values, rows, columns) {
  const known = matrices.get(name) ?? { head, values, rows, columns, cells: values.map((row) => row.map(() => [])) };
  matrices.set(name, known);
  return known;
}

/** Show the numbers as they are now; in passing, only those in view, and without the words that are read aloud. */
export function refreshMatrices(inView = null) {
  const most = new Map([...matrices].map(([name, { values }]) => [name, largest(values)]));
  for (const drawing of drawings) {
    if (inView && !inView.has(drawing.section)) continue;
    if (drawing.numbers) for (const part of drawing.parts) refreshCells(part, most.get(part.name));
    else paint(drawing, most);
    if (!inView) for (const part of drawing.parts) tellCells(part);
  }
}

function refreshCells({ name, cells }, most) {
  matrices.get(name).values.forEach((row, i) => row.forEach((v, j) => {
    const cell = cells[i][j];
    const colour = tint(v, most);
    if (cell.colour !== colour) cell.style.backgroundColor = cell.colour = colour;
    const text = inCell(v);
    if (cell.firstChild.data !== text) cell.firstChild.data = text;
  }));
}

function tellCells({ name, cells }) {
  const { values, rows, columns } = matrices.get(name);
  values.forEach((row, i) => row.forEach((v, j) => {
    cells[i][j].dataset.value = v;
    cells[i][j].setAttribute("aria-label", `${name}, ${rows[i]}, ${columns[j]}: ${short(v)}`);
  }));
}

/** Fill the cells of a grid without numbers, on the canvas that lies under it. */
function paint(drawing, most) {
  const { width, height, context } = (drawing.place ??= placeOf(drawing));
  context.clearRect(0, 0, width, height);
  for (const part of drawing.parts) fillCells(context, matrices.get(part.name).values, most.get(part.name), drawing.place.at.get(part));
}

/** Return where the cells are; asked for once, until the page is laid out anew. */
function placeOf({ canvas, table, parts }) {
  const ofCell = (cell, along, size) => [cell[along] + 1, cell[size] - 2];
  const at = new Map(parts.map((part) => [part, {
    columns: part.cells[0].map((cell) => ofCell(cell, "offsetLeft", "offsetWidth")),
    rows: part.cells.map(([cell]) => ofCell(cell, "offsetTop", "offsetHeight")),
  }]));
  const [left, top, width, height] = [table.offsetLeft, table.offsetTop, table.offsetWidth, table.offsetHeight];
  canvas.style.translate = `${left}px ${top}px`;
  return { at, width, height, context: sized(canvas, width, height) };
}

/** Lay the canvases anew, where the page has another width. */
export function placeMatrices() {
  for (const drawing of drawings) drawing.place = null;
  refreshColours();
}

/** Fill every grid again, as it is. */
function refreshColours() {
  const most = new Map([...matrices].map(([name, { values }]) => [name, largest(values)]));
  const grids = drawings.filter(({ numbers }) => !numbers);
  for (const drawing of grids) drawing.place ??= placeOf(drawing); // all reading before all writing, as far as it goes
  for (const drawing of grids) paint(drawing, most);
}

onScheme(refreshColours);

/** Forget what was drawn, for another notation or another row. */
export function clearMatrices() {
  matrices.clear();
  drawings.length = 0;
}

const inCell = (v) => short(v, Math.abs(v ?? 0) < 0.01 ? 1 : 2);

function cellOf(known, name, i, j, most, numbers) {
  const v = known.values[i][j];
  const cell = element("td", { tabindex: "-1", "data-name": name, "data-i": i, "data-j": j, "data-value": v });
  if (numbers) cell.style.backgroundColor = cell.colour = tint(v, most);
  cell.setAttribute("aria-label", `${name}, ${known.rows[i]}, ${known.columns[j]}: ${short(v)}`);
  if (numbers) cell.append(inCell(v));
  known.cells[i][j].push(cell);
  return cell;
}

function bodyOf(known, name, numbers, own) {
  const body = element("tbody");
  const most = largest(known.values);
  known.values.forEach((row, i) => {
    const chosen = known.rows === data.rows && i === data.row ? { class: "chosen" } : {};
    const cells = row.map((_, j) => cellOf(known, name, i, j, most, numbers));
    own.cells.push(cells);
    body.append(element("tr", chosen, element("th", { scope: "row", title: known.rows[i] }, clipped(known.rows[i], HEAD)), ...cells));
  });
  return body;
}

/** Draw matrices that share their columns, such as W with b under it, as one grid. */
function figure({ captions, shape, long, numbers, l }, ...parts) {
  const [columns] = parts.map(([, known]) => known.columns);
  const heads = columns.map((name) => element("th", { scope: "col", title: name }, element("span", {}, clipped(name, HEAD))));
  const head = element("thead", long ? { class: "long" } : {}, element("tr", {}, element("td"), ...heads));
  const drawing = { numbers, section: `layer${l}`, parts: parts.map(([name]) => ({ name, cells: [] })) };
  const bodies = parts.map(([name, known], k) => bodyOf(known, name, numbers, drawing.parts[k]));
  const kind = numbers ? "numbers" : "dots";
  const table = element("table", { role: "grid", "aria-label": parts[0][0], class: kind }, head, ...bodies);
  bodies[0].querySelector("td")?.setAttribute("tabindex", "0");
  drawings.push(drawing);
  const made = element("figure", {}, element("figcaption", {}, ...captions, element("small", {}, shape)), table);
  if (!numbers) {
    Object.assign(drawing, { table, canvas: element("canvas", { "aria-hidden": "true" }) });
    made.append(drawing.canvas);
  }
  return made;
}

const count = (n, thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;
const size = (n, m, rows, columns) =>
  `${n} \u00d7 ${m}${rows < n || columns < m ? `, ${rows} \u00d7 ${columns} shown` : ""}`;

/** The drawings of one layer: every value, and under it the gradient by it. */
function figuresOf(layer) {
  const { l, nIn, nOut } = layer;
  const [ins, outs, rows] = [data.units[l - 1], data.units[l], data.rows];
  const numbers = ins.length + 3 * outs.length <= 15;
  const letters = numbers ? 6 : 2;
  const long = (names) => names.some((name) => name.length > letters);
  const forward = { numbers, long: long(ins) || long(outs) };
  const given = numbers && ins.length <= FEW ? forward : { numbers: false, long: true };
  const backward = { numbers, long: long(outs) };
  const batch = size(rows.length, nOut, rows.length, outs.length);
  const weights = size(nIn, nOut, ins.length, outs.length);
  const equation = (name) => mathematics(data.equations[name]);
  const part = (name, head, values, r, c) => [name, enter(name, head, values, r, c)];
  const draw = (look, captions, shape, ...parts) => figure({ captions, shape, l, ...look }, ...parts.filter(Boolean));
  const ofBatch = (look, name, values) =>
    draw(look, [equation(name)], batch, part(name, equation(name), values, rows, outs));

  const x = l === 1 ? data.input : data.layers[l - 2].a;
  const input = part(`a${l - 1}`, symbol("a", l - 1), x, rows, ins);
  const W = part(`W${l}`, symbol("W", l), layer.W, ins, outs);
  const dW = part(`dW${l}`, equation(`dW${l}`), layer.dW, ins, outs);
  const b = layer.b && part(`b${l}`, symbol("b", l), [layer.b], ["b"], outs);
  const db = layer.db && part(`db${l}`, equation(`db${l}`), [layer.db], ["db"], outs);
  const both = element("span", {}, symbol("W", l), " over ", symbol("b", l));
  const Y = mathematics("<math><mi>Y</mi></math>");
  return {
    x: draw(given, [symbol("a", l - 1)], size(rows.length, nIn, rows.length, ins.length), input),
    W: draw(forward, [b ? both : symbol("W", l)], weights, W, b),
    z: ofBatch(forward, `z${l}`, layer.z),
    a: ofBatch(forward, `a${l}`, layer.a),
    below: l === L
      ? draw(backward, [Y], "the targets", part("Y", Y, data.Y, rows, outs))
      : layer.slope && ofBatch(backward, `slope${l}`, layer.slope),
    delta: ofBatch(backward, `delta${l}`, layer.delta),
    dW: draw(backward, [equation(`dW${l}`), ...(db ? [equation(`db${l}`)] : [])], weights, dW, db),
  };
}

export function layerSection(layer) {
  const { l, nIn, nOut, activation } = layer;
  const { x, W, z, a, below, delta, dW } = figuresOf(layer);
  const place = (made, row, column) => { made.style.setProperty("--at", `${row} / ${column}`); return made; };
  const sign = (text, row, column) => {
    return place(element("span", { class: "sign", "aria-hidden": "true" }, text), row, column);
  };
  const words = "\u2190 backward: under every value the gradient of J by it, of the same shape";
  const back = [
    element("p", { class: "way backward" }, words),
    ...(below ? [place(below, 2, 7), sign("\u2190", 2, 6)] : []),
    place(delta, 2, 5), sign("\u2190", 2, 4), place(dW, 2, 3),
  ];
  const pass = element("div", { class: "pass" },
    element("p", { class: "way forward" }, "forward \u2192"),
    place(x, 1, 1), sign("\u00d7", 1, 2), place(W, 1, 3), sign("=", 1, 4),
    place(z, 1, 5), sign("f", 1, 6), place(a, 1, 7), ...back);
  const shown = data.units[l - 1].length + 3 * data.units[l].length;
  const head = (names) => `${Math.min(92, 7 * Math.max(...names.map((name) => name.length)) + 8)}px`;
  pass.style.setProperty("--head", head([...data.units[l - 1], ...data.units[l]]));
  for (const made of [below, delta, dW]) if (made) made.style.setProperty("--head", head(data.units[l]));
  pass.style.setProperty("--fit", `${Math.max(12, Math.min(21, 780 / shown - 2)).toFixed(1)}px`);
  const what = element("small", {}, `${count(nIn, "input")} \u2192 ${count(nOut, "unit")}, ${activation}`);
  return element("section", { id: `layer${l}` }, element("h2", {}, `Layer ${l} `, what), pass);
}
