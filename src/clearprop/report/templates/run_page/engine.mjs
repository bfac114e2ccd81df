// The engine behind the studio: it trains on when asked. The recorded page has none.

import { data } from "../worked_page/numbers.mjs";
import { append, count } from "./frames.mjs";
import { say, words } from "./words.mjs";

const CURVE = 1500; // points of the loss held
const state = { over: data.stopped === "LIVE" ? null : data.stopped, asking: null };

/** Whether the run can go on. */
export const trains = () => Boolean(data.studio?.trains) && !state.over;

/** Ask the server; return its answer, or an object with what went wrong. */
export async function ask(what, body) {
  const sent = fetch(`/${what}${location.search}`, { method: "POST", body: JSON.stringify(body) });
  const answer = await sent.catch((error) => ({ failed: String(error) }));
  if (answer.failed) return { error: answer.failed };
  return answer.json().catch(() => ({ error: String(answer.status) }));
}

const tell = (text) => { document.getElementById("problem").textContent = text; };

/** Say why the run is at its end, where it is. */
export function tellTheEnd() {
  if (state.over && data.studio?.trains) tell(words.over[state.over] ?? words.over.other);
}

/** Say how many steps have a moment of their own, where not all have. */
function tellKept() {
  const [shown, steps] = [count() - 1, data.steps.at(-1) - data.steps[0]];
  document.getElementById("kept").textContent = shown < steps ? say("kept", { shown, steps }) : "";
}

function enter(news) {
  append(news);
  tellKept();
  data.curve.push(...news.curve);
  if (data.curve.length > CURVE) data.curve.splice(0, Infinity, ...data.curve.filter((_, k) => k % 2 === 0));
  data.validation.push(...news.validation);
  state.over = news.over;
}

async function more(n) {
  const news = await ask("step", { n, last: data.steps.at(-1) });
  state.asking = null;
  if (news.error) {
    tell(news.error);
    return false;
  }
  enter(news);
  if (news.over) tellTheEnd();
  return true;
}

/** Train so many steps on, or fewer in the time there is; one question at a time. Tells whether any came. */
export function trainOn(n) {
  state.asking ??= more(n);
  return state.asking;
}

export const isAsking = () => state.asking !== null;

/** Return the frame to begin at: where the reader was before the page was loaded anew; and say how the run goes on. */
export function arrived() {
  const told = new URLSearchParams(location.hash.slice(1));
  const how = told.get("how") ?? "";
  if (Object.hasOwn(words.how, how)) tell(say("went_on", { how: words.how[how], step: data.steps.at(-1) }));
  history.replaceState(null, "", location.pathname + location.search);
  return trains() ? count() - 1 : 0;
}

if (data.studio?.trains) tellKept();
