// Numbers as text, and small pieces of page.

export const MINUS = "\u2212";
export const short = (v, digits = 4) => (v === null ? "not finite" : tidy(v, digits).replaceAll("-", MINUS));

/** A number after a sign, in parentheses if it has a sign of its own. */
export const after = (v) => (v < 0 ? `(${short(v)})` : short(v));

function tidy(v, digits) {
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size < 1e-3 || size >= 1e5) return v.toExponential(Math.max(digits - 2, 0));
  return Number(v.toPrecision(digits)).toString();
}

/** A name in so many characters; of "column = value" the value is what tells one unit from the next. */
export function clipped(name, room) {
  if (name.length <= room) return name;
  const [column, value] = name.split(" = ");
  if (value === undefined) return `${name.slice(0, room - 1)}\u2026`;
  const end = value.length > room - 4 ? `${value.slice(0, room - 5)}\u2026` : value;
  return `${column.slice(0, room - end.length - 2)}\u2026=${end}`;
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function mathematics(mathml) {
  const holder = element("span", { class: "math" });
  holder.innerHTML = mathml; // written by clearprop itself, never taken from data
  return holder;
}

export const symbol = (letter, l) => mathematics(
  `<math><mi>${letter}</mi><mrow><mo>[</mo><mn>${l}</mn><mo>]</mo></mrow></math>`);

export const tint = (v, largest, full = 0.72) => {
  const strength = largest > 0 && v !== null ? Math.sqrt(Math.abs(v) / largest) * full : 0;
  return `rgb(var(${v < 0 ? "--below" : "--above"}) / calc(${strength.toFixed(3)} * var(--full)))`;
};

export function largest(values) {
  let most = 0;
  for (const row of values) for (const v of row) if (Math.abs(v) > most) most = Math.abs(v);
  return most;
}
