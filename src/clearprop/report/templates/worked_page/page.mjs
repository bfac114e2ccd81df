// The start of the page.

import { fitEquations, keepMatrices, listen, pin, pinned } from "./hands.mjs";
import { layerSection } from "./matrices.mjs";
import { drawNetwork, lightNetwork, picture } from "./network.mjs";
import { data } from "./numbers.mjs";

const layers = document.getElementById("layers");
layers.append(...data.layers.map(layerSection));
listen(layers);
drawNetwork(pin);
new ResizeObserver(() => {
  drawNetwork(pin);
  keepMatrices();
  fitEquations();
  lightNetwork(...pinned());
}).observe(picture.parentElement);
keepMatrices();
fitEquations();
pin(...pinned());
document.documentElement.dataset.ready = "yes";
