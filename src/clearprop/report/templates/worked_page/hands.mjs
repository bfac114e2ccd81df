// Pointer and keyboard on the matrices, and what keeps them within their place.

import { matrices } from "./matrices.mjs";
import { data } from "./numbers.mjs";
import { show } from "./panel.mjs";

const state = { pinned: ["z1", data.row, 0] };

export const pinned = () => state.pinned;

const cellAt = (event) => event.target.closest?.("td[data-name]");
const entry = (cell) => [cell.dataset.name, Number(cell.dataset.i), Number(cell.dataset.j)];

export function pin(name, i, j) {
  state.pinned = [name, i, j];
  for (const old of document.querySelectorAll(".pinned")) old.classList.remove("pinned");
  for (const cell of matrices.get(name).cells[i][j]) cell.classList.add("pinned");
  show(name, i, j);
}

function move(cell, key) {
  const bodies = [...cell.closest("table").tBodies];
  const rows = bodies.flatMap((body) => [...body.rows]).map((row) => [...row.querySelectorAll("td")]);
  const r = rows.findIndex((row) => row.includes(cell));
  const c = rows[r].indexOf(cell);
  const steps = {
    ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0],
    Home: [0, -c], End: [0, rows[r].length - 1 - c],
  };
  const [dr, dc] = steps[key];
  const next = rows[r + dr]?.[c + dc];
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** Let a matrix keep its width where an equation beside it wants more: equations can be made smaller. */
export function keepMatrices() {
  const figures = [...document.querySelectorAll(".pass figure")];
  const widths = figures.map((made) => made.querySelector("table").offsetWidth + 6); // all reading before all writing
  figures.forEach((made, k) => made.style.setProperty("--table", `${widths[k]}px`));
}

/** Make an equation that is wider than its place small enough to stand there. */
export function fitEquations() {
  const holders = [...document.querySelectorAll("figcaption .math, .objective .math")];
  for (const holder of holders) holder.style.fontSize = "";
  const ratios = holders.map((holder) => holder.clientWidth / holder.scrollWidth);
  holders.forEach((holder, k) => {
    if (ratios[k] < 1) holder.style.fontSize = `${Math.max(0.68, 0.97 * ratios[k])}rem`;
  });
}

function onKey(event) {
  const cell = cellAt(event);
  if (!cell) return;
  const moves = event.key.startsWith("Arrow") || ["Home", "End"].includes(event.key);
  const holds = ["Enter", " "].includes(event.key);
  if (moves || holds) event.preventDefault();
  if (moves) move(cell, event.key);
  if (holds) pin(...entry(cell));
}

export function listen(main) {
  const on = (kind, act) => main.addEventListener(kind, (event) => {
    const cell = cellAt(event);
    if (cell) act(cell, event);
  });
  on("click", (cell) => { cell.focus({ preventScroll: true }); pin(...entry(cell)); });
  on("pointerover", (cell, event) => { if (event.pointerType === "mouse") show(...entry(cell)); });
  on("focusin", (cell) => show(...entry(cell)));
  main.addEventListener("pointerleave", () => show(...state.pinned));
  main.addEventListener("keydown", onKey);
}
