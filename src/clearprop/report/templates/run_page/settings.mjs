// The form of the studio: what to train next. The recorded page has none.

import { data } from "../worked_page/numbers.mjs";
import { element } from "../worked_page/pieces.mjs";
import { ask } from "./engine.mjs";
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

/** Ask for something that makes another run of it, and load the page of that. */
async function send(what, body, problem, form) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  problem.textContent = words.training;
  const answer = await ask(what, body);
  if (!answer.error) {
    location.hash = answer.how ? `how=${answer.how}` : "";
    return location.reload();
  }
  problem.textContent = answer.error;
  for (const button of buttons) button.disabled = false;
}

/** Draw the form; `shown` tells the step that is shown, and lets time stand still. */
export function drawSettings(form, problem, shown) {
  const goOn = element("button", { type: "submit", id: "go-on" }, words.go_on);
  const whole = element("button", { type: "button", id: "train" }, words.train);
  const fields = Object.entries(data.studio.asked).map(([name, value]) => field(name, value));
  form.append(...fields, goOn, whole, element("p", { class: "quiet" }, words.applies));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("change", { ...asked(form), at: shown() }, problem, form);
  });
  whole.addEventListener("click", () => { shown(); send("train", asked(form), problem, form); });
}
