// The words of the page: all of them come from words.json.

import { data } from "../worked_page/numbers.mjs";

export const words = data.words;

/** Put values into the places {name} of a sentence. */
export const say = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
