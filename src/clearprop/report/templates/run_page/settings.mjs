// The form of the studio: what to train next. The recorded page has none.

import { data } from "../worked_page/numbers.mjs";
import { element } from "../worked_page/pieces.mjs";
import { words } from "./words.mjs";

const CHOICES = { activation: "activations", optimizer: "optimizers" };
const LISTS = ["hidden", "rows"];

function field(name, value) {
  const attributes = { name, id: `set-${name}` };
  let input;
  if (name === "mistake") {
    const options = data.studio.mistakes.map(({ name: own, says }) => element("option", { value: own }, says));
    input = element("select", attributes, element("option", { value: "" }, words.no_mistake), ...options);
  } else if (CHOICES[name]) {
    input = element("select", attributes, ...data.studio[CHOICES[name]].map((one) => element("option", {}, one)));
  } else input = element("input", { ...attributes, type: "text", autocomplete: "off", placeholder: words.suits });
  input.value = Array.isArray(value) ? value.join(", ") : value ?? "";
  return element("label", {}, words.fields[name], input);
}

/** What stands in the form, as the server takes it; a field that is empty is left to what suits. */
function asked(form) {
  const found = {};
  for (const { name, value } of form.querySelectorAll("[name]")) {
    const text = value.trim();
    if (LISTS.includes(name)) found[name] = text === "" ? [] : text.split(/[\s,;-]+/).map(Number);
    else if (name === "mistake" || CHOICES[name]) found[name] = text;
    else if (text !== "") found[name] = Number(text);
  }
  return found;
}

async function train(form, problem, button) {
  button.disabled = true;
  button.textContent = words.training;
  problem.textContent = "";
  const body = JSON.stringify(asked(form));
  const answer = await fetch(`/train${location.search}`, { method: "POST", body }).catch((error) => ({ ok: false, failed: String(error) }));
  if (answer.ok) return location.reload();
  problem.textContent = answer.failed ?? (await answer.json().catch(() => ({ error: answer.status }))).error;
  button.disabled = false;
  button.textContent = words.train;
}

export function drawSettings(form, problem) {
  const button = element("button", { type: "submit" }, words.train);
  form.append(...Object.entries(data.studio.asked).map(([name, value]) => field(name, value)), button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    train(form, problem, button);
  });
}
