// Drawing on canvas: many cells or lines of one picture, without a word to the style engine.

const LEVELS = 24; // widths of lines that are told apart
const scheme = matchMedia("(prefers-color-scheme: dark)");
let known = null;

/** The colours of the page, as its style sheet has them in the scheme of the moment. */
function colours() {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const own = (name) => style.getPropertyValue(name).trim();
  known = { above: `rgb(${own("--above")})`, below: `rgb(${own("--below")})`, full: Number(own("--full")) };
  return known;
}

/** Call when the colours have changed, so that what stands on canvas is drawn again. */
export function onScheme(redraw) {
  scheme.addEventListener("change", () => { known = null; redraw(); });
}

/** Give a canvas so many CSS pixels, sharp on this screen; its units are CSS pixels. */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Fill the cells of a matrix; `at` are the places of its columns and rows, [where, how much]. */
export function fillCells(context, values, most, at) {
  const { above, below, full } = colours();
  for (const [colour, sign] of [[above, 1], [below, -1]]) {
    context.fillStyle = colour;
    values.forEach((row, i) => row.forEach((v, j) => {
      if (!(v * sign > 0) || !(most > 0)) return;
      context.globalAlpha = 0.72 * full * Math.sqrt(Math.abs(v) / most);
      context.fillRect(at.columns[j][0], at.rows[i][0], at.columns[j][1], at.rows[i][1]);
    }));
  }
  context.globalAlpha = 1;
}

/** Draw lines [x1, y1, x2, y2, value, lit]; as wide as their values, those that are lit alone where any is. */
export function drawLines(context, lines, most, anyLit) {
  const { above, below } = colours();
  const paths = new Map();
  for (const [x1, y1, x2, y2, v, lit] of lines) {
    const level = Math.round((LEVELS * Math.abs(v ?? 0)) / (most || 1));
    const key = `${v < 0 ? "-" : "+"}${lit ? "!" : "."}${level}`;
    if (!paths.has(key)) paths.set(key, [v < 0 ? below : above, lit ? 1 : anyLit ? 0.1 : 0.5, level, new Path2D()]);
    const path = paths.get(key)[3];
    path.moveTo(x1, y1);
    path.lineTo(x2, y2);
  }
  for (const [colour, alpha, level, path] of paths.values()) {
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineWidth = 0.4 + (2.6 * level) / LEVELS;
    context.stroke(path);
  }
}
