// The frames of the film: numbers of every moment, put in the place of those before.

import { data } from "../worked_page/numbers.mjs";

const holder = document.getElementById("frames");
const { layout, size, text } = JSON.parse(holder.textContent);
holder.remove();

export const numbers = floats(text);
export const n_frames = numbers.length / size;

/** What is of no layer, as it is now: J, its parts, and the states of the layers. */
export const now = { k: 0, J: null, D: null, R: null, losses: [], states: [] };

function floats(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return new Float32Array(bytes.buffer);
}

const finite = (v) => (Number.isFinite(v) ? v : null);

function taken(at, shape) {
  if (shape.length === 0) return finite(numbers[at]);
  if (shape.length === 1) return Array.from(numbers.subarray(at, at + shape[0]), finite);
  return Array.from({ length: shape[0] }, (_, i) => taken(at + i * shape[1], [shape[1]]));
}

/** Overwrite an array's entries: the matrices on the page hold the very arrays. */
function put(old, fresh) {
  fresh.forEach((v, i) => {
    if (Array.isArray(v)) put((old[i] ??= []), v);
    else old[i] = v;
  });
  return old;
}

export function goTo(k) {
  now.k = k;
  let at = k * size;
  for (const [l, name, shape] of layout) {
    const fresh = taken(at, shape);
    const owner = l === 0 ? now : data.layers[l - 1];
    owner[name] = Array.isArray(fresh) ? put((owner[name] ??= []), fresh) : fresh;
    at += shape.reduce((product, n) => product * n, 1);
  }
  data.losses = now.losses;
}

/** One number of every frame: entry (l, i) of the states, or of J. */
export function through(name, i = 0, j = 0) {
  let at = 0;
  for (const [, own, shape] of layout) {
    if (own === name) {
      const place = at + (shape.length === 2 ? i * shape[1] + j : i);
      return Array.from({ length: n_frames }, (_, k) => finite(numbers[k * size + place]));
    }
    at += shape.reduce((product, n) => product * n, 1);
  }
  return [];
}
