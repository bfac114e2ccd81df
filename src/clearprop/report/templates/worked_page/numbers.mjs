// The numbers of the page, as Python computed them.

export const data = JSON.parse(document.getElementById("numbers").textContent);
export const L = data.layers.length;
