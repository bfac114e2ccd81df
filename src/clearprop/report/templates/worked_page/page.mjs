// The start of the page.

import { fitEquations, keepMatrices, listen, pin, pinned } from "./hands.mjs";
import { layerSection, placeMatrices } from "./matrices.mjs";
import { drawNetwork, lightNetwork, picture } from "./network.mjs";
import { data } from "./numbers.mjs";

const layers = document.getElementById("layers");
layers.append(...data.layers.map(layerSection));
listen(layers);
drawNetwork(pin);
keepMatrices();
fitEquations();
placeMatrices();
pin(...pinned());
let width = picture.clientWidth;
new ResizeObserver(() => {
  if (picture.clientWidth === width) return;
  width = picture.clientWidth;
  drawNetwork(pin);
  keepMatrices();
  fitEquations();
  placeMatrices();
  lightNetwork(...pinned());
}).observe(picture.parentElement);
document.documentElement.dataset.ready = "yes";
