// Where a number comes from: the equations, with the numbers put in.

import { matrices } from "./matrices.mjs";
import { data } from "./numbers.mjs";
import { MINUS, after, short } from "./pieces.mjs";

const value = (name, i, j) => matrices.get(name)?.values[i]?.[j] ?? 0;
export const total = (parts) => parts.reduce((sum, part) => sum + part.product, 0);

/** One product of a sum: its two factors, and the cells they stand in. */
function product(label, left, right) {
  const [x, w] = [value(...left), value(...right)];
  return { label, x, w, product: x * w, cells: [left, right] };
}

const plain = (label, number, cells = []) => ({ label, product: number, cells });
const rest = (n, what, number) => plain(`${n} more ${what}${n === 1 ? "" : "s"}`, number);

function ofZ(layer, n, j) {
  const { l } = layer;
  const parts = data.units[l - 1].map((name, k) => product(name, [`a${l - 1}`, n, k], [`W${l}`, k, j]));
  if (layer.b) parts.push(plain("bias", layer.b[j], [[`b${l}`, 0, j]]));
  if (layer.restZ) parts.push(rest(layer.nIn - data.units[l - 1].length, "input", layer.restZ[n][j]));
  return { parts, result: total(parts) };
}

function ofA(layer, n, j) {
  const { l, activation } = layer;
  const z = value(`z${l}`, n, j);
  const line = `${activation}(${short(z)}) = ${short(value(`a${l}`, n, j))}`;
  const whole = data.units[l].map((_, k) => [`z${l}`, n, k]);
  return { parts: [], line, cells: activation === "softmax" ? whole : [[`z${l}`, n, j]], result: value(`a${l}`, n, j) };
}

function ofDelta(layer, n, j) {
  const { l } = layer;
  const [a, z] = [[`a${l}`, n, j], [`z${l}`, n, j]];
  if (layer.short) {
    const [out, y, s] = [value(...a), layer.short[n][j], data.scales[n]];
    const result = s * (out - y);
    const line = `${short(s)} \u00d7 (${short(out)} ${MINUS} ${after(y)}) = ${short(result)}`;
    const before = "weight of the row \u00d7 (output \u2212 target): ";
    return { parts: [], line, before, cells: [a, ["Y", n, j]], result };
  }
  const above = data.layers[l];
  const parts = above
    ? data.units[l + 1].map((name, k) => product(name, [`delta${l + 1}`, n, k], [`W${l + 1}`, j, k]))
    : [plain("\u2202J/\u2202a from the loss", layer.u[n][j], [a, ["Y", n, j]])];
  if (layer.restU) parts.push(rest(above.nOut - parts.length, "unit", layer.restU[n][j]));
  return throughActivation(layer, n, j, parts, [a, z]);
}

/** Take u = dJ/da, the sum of the parts, back through the activation. */
function throughActivation(layer, n, j, parts, [a, z]) {
  const u = total(parts);
  if (layer.slope) {
    const slope = layer.slope[n][j];
    const line = `${short(u)} \u00d7 ${after(slope)} = ${short(u * slope)}`;
    return { parts, line, before: `times f\u2032(z) of ${layer.activation}: `, cells: [z], result: u * slope };
  }
  const [out, mean] = [value(...a), layer.mean[n]];
  const result = out * (u - mean);
  const line = `${short(out)} \u00d7 (${short(u)} ${MINUS} ${after(mean)}) = ${short(result)}`;
  return { parts, line, before: "a \u00d7 (u \u2212 \u03a3 a u), softmax: ", cells: [a], result };
}

function penaltyParts(value, cell, counted) {
  const part = (label, x, w) => ({ label, x, w, product: x * w, cells: [cell] });
  const parts = [part("l2 penalty", data.l2, value), part("l1 penalty", data.l1, Math.sign(value))];
  return counted ? parts.filter(({ x }) => x > 0) : [];
}

function ofDW(layer, i, j) {
  const { l } = layer;
  const parts = data.rows.map((name, n) => product(name, [`a${l - 1}`, n, i], [`delta${l}`, n, j]));
  parts.push(...penaltyParts(layer.W[i][j], [`W${l}`, i, j], true));
  return { parts, result: total(parts), nudge: layer.nudgeW?.[i][j], slope: layer.dW[i][j] };
}

function ofDb(layer, _, j) {
  const { l } = layer;
  const parts = data.rows.map((name, n) => plain(name, value(`delta${l}`, n, j), [[`delta${l}`, n, j]]));
  parts.push(...penaltyParts(layer.b[j], [`b${l}`, 0, j], data.penalizeBias));
  return { parts, result: total(parts), nudge: layer.nudgeB?.[j], slope: layer.db[j] };
}

const RULES = { z: ofZ, a: ofA, delta: ofDelta, dW: ofDW, db: ofDb, W: ofDW, b: ofDb };
const GRADIENT_OF = { W: "dW", b: "db" };

/** Return how the entry (i, j) of a matrix comes about, or null for what is simply given. */
export function calculate(name, i, j) {
  const [, kind, l] = /^([a-zA-Z]+?)(\d*)$/.exec(name);
  if (!RULES[kind] || l === "0") return null;
  const shown = (GRADIENT_OF[kind] ?? kind) + l;
  return { ...RULES[kind](data.layers[l - 1], i, j), name: shown, kind, l: Number(l) };
}
