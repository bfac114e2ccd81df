// The frames of the film: numbers of every moment, put in the place of those before.

import { data } from "../worked_page/numbers.mjs";

const holder = document.getElementById("frames");
const { layout, size, text } = JSON.parse(holder.textContent);
holder.remove();

const MOST = 1200; // frames held; of more, every other one is dropped, but for those at either end
const KEPT = 12;
let frames = cut(floats(text));

/** What is of no layer, as it is now: J, its parts, and the states of the layers. */
export const now = { k: 0, J: null, D: null, R: null, losses: [], states: [] };

export const count = () => frames.length;

function floats(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return new Float32Array(bytes.buffer);
}

function cut(numbers) {
  return Array.from({ length: numbers.length / size }, (_, k) => numbers.subarray(k * size, (k + 1) * size));
}

/** Append frames that have come of training on. */
export function append(news) {
  frames.push(...cut(floats(news.text)));
  data.steps.push(...news.steps);
  data.epochs.push(...news.epochs);
  if (frames.length > MOST) thin();
}

function thin() {
  const step = data.steps[now.k];
  const kept = (_, k) => k % 2 === 0 || k < KEPT || k >= frames.length - KEPT || k === now.k;
  const [steps, epochs] = [data.steps, data.epochs].map((of) => of.filter(kept));
  frames = frames.filter(kept);
  data.steps.splice(0, Infinity, ...steps);
  data.epochs.splice(0, Infinity, ...epochs);
  now.k = data.steps.indexOf(step);
}

const finite = (v) => (Number.isFinite(v) ? v : null);

/** Overwrite an array's entries: the matrices on the page hold the very arrays. */
function put(old, frame, at, n) {
  for (let i = 0; i < n; i++) old[i] = finite(frame[at + i]);
}

export function goTo(k) {
  now.k = k;
  const frame = frames[k];
  let at = 0;
  for (const [l, name, shape] of layout) {
    const owner = l === 0 ? now : data.layers[l - 1];
    const [n, m] = shape;
    if (shape.length === 0) owner[name] = finite(frame[at]);
    else if (shape.length === 1) put((owner[name] ??= []), frame, at, n);
    else for (let i = 0; i < n; i++) put(((owner[name] ??= [])[i] ??= []), frame, at + i * m, m);
    at += (n ?? 1) * (m ?? 1);
  }
  [data.losses, data.l1, data.l2] = [now.losses, now.l1, now.l2];
}

/** One number of every frame: entry (i, j) of an array of no layer. */
export function through(name, i, j) {
  let at = 0;
  for (const [, own, [n, m]] of layout) {
    if (own === name) return frames.map((frame) => finite(frame[at + i * m + j]));
    at += (n ?? 1) * (m ?? 1);
  }
  return [];
}
