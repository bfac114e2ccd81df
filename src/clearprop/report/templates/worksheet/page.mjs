// Check what was filled in, and name the mistake in it.

const { right, variants, tolerance, words } = JSON.parse(document.getElementById("answers").textContent);
const fields = [...document.querySelectorAll("input[data-cell]")];
const verdict = document.getElementById("verdict");

const say = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));

/** A number as people write it: with a comma or a point, a minus of either kind, or as a fraction. */
function read(text) {
  const plain = text.trim().replaceAll("\u2212", "-").replace(",", ".");
  if (plain === "") return null;
  const [, over, under] = /^(-?[\d.]+)\s*\/\s*(\d+)$/.exec(plain) ?? [];
  return over === undefined ? Number(plain) : Number(over) / Number(under);
}

const close = (given, number) => Math.abs(given - number) <= tolerance * Math.max(1, Math.abs(number) * 1e-3);

function mark(field, state) {
  field.classList.remove("right", "wrong");
  field.removeAttribute("aria-invalid");
  const told = field.nextElementSibling;
  told.textContent = state === null ? "" : state ? "\u2713" : "\u2717";
  told.title = state === null ? "" : state ? words.right_mark : words.wrong_mark;
  if (state !== null) field.classList.add(state ? "right" : "wrong");
  if (state === false) field.setAttribute("aria-invalid", "true");
}

/** Return the sentences on wrong answers: the simplest mistake that leads to all of them, and its twins. */
function named(given) {
  const fitting = variants.filter(({ numbers }) => given.every((v, k) => v === null || close(v, numbers[k])));
  if (fitting.length === 0) return [[words.unknown, ""]];
  const [first, ...rest] = fitting;
  const twins = rest.filter(({ n, layer }) => n === first.n && layer === first.layer).map(({ says }) => says);
  return [
    [say("mistake", { says: first.says }), first.name],
    ...[...new Set(twins)].map((says) => [say("or", { says }), ""]),
    ...first.equations.map((equation) => [equation, ""]),
  ];
}

function sentences(given, states) {
  const count = (wanted) => states.filter((state) => state === wanted).length;
  if (count(false)) return [[say("wrong", { n: count(false) }), ""], ...named(given)];
  if (count(null) === states.length) return [[words.nothing, ""]];
  return [[count(null) ? say("so_far", { n: count(true), empty: count(null) }) : say("all", { n: states.length }), ""]];
}

function check() {
  const given = fields.map((field) => read(field.value));
  const odd = fields.find((_, k) => Number.isNaN(given[k]));
  if (odd) {
    verdict.replaceChildren(paragraph([say("no_number", { cell: odd.dataset.cell }), ""]));
    return odd.focus();
  }
  const states = given.map((v, k) => (v === null ? null : close(v, right[k])));
  fields.forEach((field, k) => mark(field, states[k]));
  verdict.replaceChildren(...sentences(given, states).map(paragraph));
}

function paragraph([text, name]) {
  const made = document.createElement("p");
  made.textContent = text;
  if (name) made.dataset.mistake = name;
  return made;
}

document.getElementById("check").addEventListener("click", check);
document.documentElement.dataset.ready = "yes";
