// The functions of the exports in JavaScript; a program gets those it calls.

function number(cell) {
  return cell === null || cell === undefined ? NaN : Number(cell);
}


function text(cell) {
  return cell === null || cell === undefined || Number.isNaN(cell) ? "" : String(cell);
}


function fill(x, value) {
  return Number.isNaN(x) ? value : x;
}


function missing(x) {
  return Number.isNaN(x) ? 1 : 0;
}


function clip(x, low, high) {
  return Math.min(Math.max(x, low), high);
}


// The place of x in bins between edges: b + t in bin b, t of the way through it.
function inBins(x, edges) {
  const n = edges.length - 1;
  if (x <= edges[0]) return 0;
  if (x >= edges[n]) return n;
  let [low, high] = [0, n];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= x) low = middle;
    else high = middle;
  }
  return low + (x - edges[low]) / (edges[high] - edges[low]);
}


function signedLog(x, middle, unit) {
  const distance = x - middle;
  return Math.sign(distance) * Math.log1p(Math.abs(distance) / unit);
}


function turn(x, start, period) {
  const rest = (x + start) % period;
  return (2 * Math.PI * (rest < 0 ? rest + period : rest)) / period;
}


// The place of a text among the labels; one more for any other text, and one more for a missing one.
function code(cell, labels) {
  if (cell === "") return labels.size + 1;
  return labels.has(cell) ? labels.get(cell) : labels.size;
}


function oneHot(place, n) {
  return Array.from({ length: n }, (_, i) => (i === place ? 1 : 0));
}


function look(table, place, width) {
  return Array.from(table.subarray(place * width, (place + 1) * width));
}


function mean(...values) {
  return values[0].map((_, i) => values.reduce((total, value) => total + value[i], 0) / values.length);
}


// x W + b, with W row after row; b may be null.
function dense(x, W, b, n) {
  const z = b === null ? new Array(n).fill(0) : Array.from(b);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < n; j++) z[j] += x[i] * W[i * n + j];
  }
  return z;
}


function relu(z) {
  return z > 0 ? z : 0;
}


function leaky_relu_with(z, slope, threshold, largest) {
  return z > threshold ? Math.min(z, largest) : slope * (z - threshold);
}


function sigmoid(z) {
  const e = Math.exp(-Math.abs(z));
  return (z < 0 ? e : 1) / (1 + e);
}


function elu(z) {
  return z > 0 ? z : Math.expm1(z);
}


function elu_with(z, alpha) {
  return z > 0 ? z : alpha * Math.expm1(z);
}


function selu(z) {
  return 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z));
}


function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}


function softplus_with(z, threshold) {
  return z > threshold ? z : softplus(z);
}


function softsign(z) {
  return z / (1 + Math.abs(z));
}


function gaussian(z) {
  return Math.exp(-z * z);
}


function cut_sigmoid(z) {
  return z < -15 ? 0 : z > 15 ? 1 : sigmoid(z);
}


function gelu_tanh(z) {
  return 0.5 * z * (1 + Math.tanh(0.7978845608028654 * (z + 0.044715 * (z * z * z))));
}


function hard_tanh(z, low, high) {
  return Math.min(Math.max(z, low), high);
}


function hard_silu(z) {
  return z * Math.min(Math.max(z / 6 + 0.5, 0), 1);
}


function tanh_shrink(z) {
  return z - Math.tanh(z);
}


// Straight lines between points (v, r): the lowest before the first, 1 from the last.
function lines(z, low, v, r) {
  if (z < v[0]) return low;
  for (let k = 1; k < v.length; k++) {
    if (z < v[k]) return r[k - 1] + ((r[k] - r[k - 1]) / (v[k] - v[k - 1])) * (z - v[k - 1]);
  }
  return 1;
}


function stepwise(z) {
  const v = [
    -2.6466524600982666, -1.4722194671630859, -0.5493061542510986, 0.5493061542510986, 1.4722193479537964,
    2.646652936935425,
  ];
  return lines(z, 0, v, [0.004999999888241291, 0.05000000074505806, 0.25, 0.75, 0.949999988079071, 0.9950000047683716]);
}


function stepwise_tanh(z) {
  const v = [0.5493061542510986, 1.4722193479537964, 2.646652936935425];
  const r = [0.5, 0.8999999761581421, 0.9900000095367432];
  const negative = (values) => values.map((one) => -one).reverse();
  return lines(z, -1, [...negative(v), ...v], [...negative(r), ...r]);
}


// The error function: its series of positive terms near 0, the continued fraction of its complement further out.
function erf(x) {
  const size = Math.abs(x);
  const bell = Math.exp(-x * x);
  if (size < 2) {
    let term = x;
    let total = 0;
    for (let n = 0; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
      total += term;
      term *= (2 * x * x) / (2 * n + 3);
    }
    return (2 / Math.sqrt(Math.PI)) * bell * total;
  }
  let fraction = size;
  for (let k = 60; k > 0; k--) fraction = size + k / 2 / fraction;
  return Math.sign(x) * (1 - bell / (Math.sqrt(Math.PI) * fraction));
}


function gelu(z) {
  return z * (0.5 * (1 + erf(z / Math.SQRT2)));
}


function silu(z) {
  return z * sigmoid(z);
}


function mish(z) {
  return z * Math.tanh(softplus(z));
}


function step(z) {
  return z > 0 ? 1 : 0;
}


function softmax(z) {
  const largest = Math.max(...z);
  const e = z.map((one) => Math.exp(one - largest));
  const total = e.reduce((sum, one) => sum + one, 0);
  return e.map((one) => one / total);
}


function largest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
