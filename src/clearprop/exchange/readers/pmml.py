"""PMML 4.x: a NeuralNetwork, its derived fields folded into the first layer."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Affine, Array, Foreign, Layer, Linear, affine, shares_of_sigmoids
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_LAYERS, MAX_NUMBERS
from clearprop.exchange.readers.pmml_fields import Fields, Straight, number
from clearprop.exchange.readers.xml import Element, parse_xml

_ACTIVATIONS = {
    "logistic": "sigmoid", "tanh": "tanh", "identity": "identity", "exponential": "exp", "rectifier": "relu",
    "Gauss": "gaussian", "Elliott": "softsign", "sine": "sin", "cosine": "sin",
}  # fmt: skip
_CUT = "R's pmml writes logistic for nnet's sigmoid, which is cut at ±15: it is taken as nnet has it."
_SURE = "the PMML ends in a threshold, so its tools say 0 and 1; the probabilities before it are kept."


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a PMML file."""
    root = parse_xml(data)
    networks = [element for element in root.walk() if element.name == "NeuralNetwork"]
    if root.name != "PMML" or len(networks) != 1:
        kinds = ", ".join(sorted({child.name for child in root.children}))[:200]
        raise ReaderCannot(f"a PMML file with one NeuralNetwork can be read, this one holds {kinds}.")
    return _Reader(root, networks[0]).foreign()


class _Reader:
    def __init__(self, root: Element, network: Element) -> None:
        self.root, self.network = root, network
        self.fields = Fields(root, network)
        self.notes: list[str] = []
        self.of_nnet = any(
            (element.get("name") or "").startswith("R PMML Generator")
            for element in root.walk()
            if element.name == "Application"
        )
        if self.of_nnet:
            self.notes.append(_CUT)

    def foreign(self) -> Foreign:
        """Return the network, its inputs the fields its layers need."""
        inputs, names = self._inputs()
        columns = tuple(dict.fromkeys(name for line in inputs for name in line.weights))
        if not columns:
            raise ForeignFileError("no input of the network depends on a field.")
        if len(columns) * len(inputs) > MAX_NUMBERS:
            raise ForeignFileError(f"the network has {len(columns)} fields and {len(inputs)} inputs; that is too many.")
        W = np.array([[line.weights.get(column, 0.0) for line in inputs] for column in columns])
        layers: list[Layer] = [Linear(W, np.array([line.shift for line in inputs]), "the derived fields")]
        for l, element in enumerate(self._layers(), start=1):
            made, names = self._layer(element, names, f"layer {l} of PMML")
            layers += made
        outputs, labels = self._outputs(names)
        asks: Any = "class" if labels is not None else "numbers"
        filled = self.fields.fillings()
        return Foreign(
            f"PMML {self.root.get('version', '')}".strip(), (*layers, *outputs), np.float64, asks, labels,
            columns, notes=(*self.notes, *filled, *self.fields.marks(columns)),
        )  # fmt: skip

    def _inputs(self) -> tuple[list[Straight], dict[str, int]]:
        elements = [one for group in self.network.all("NeuralInputs") for one in group.all("NeuralInput")]
        lines, names = [], {}
        for k, element in enumerate(elements):
            derived = element.one("DerivedField")
            if derived is None:
                raise ForeignFileError("a NeuralInput must have a DerivedField.")
            lines.append(self.fields.expression(derived))
            names[element.need("id")] = k
        _check_names(names, len(elements))
        return lines, names

    def _layers(self) -> list[Element]:
        layers = self.network.all("NeuralLayer")
        if not 1 <= len(layers) <= MAX_LAYERS:
            raise ForeignFileError(f"a NeuralNetwork must have 1 to {MAX_LAYERS} layers, got {len(layers)}.")
        return layers

    def _layer(self, element: Element, before: dict[str, int], name: str) -> tuple[list[Layer], dict[str, int]]:
        neurons = element.all("Neuron")
        if len(before) * len(neurons) > MAX_NUMBERS:
            raise ForeignFileError(f"{name} has {len(before)} times {len(neurons)} weights; that is too many.")
        W, b = np.zeros((len(before), len(neurons))), np.zeros(len(neurons))
        for j, neuron in enumerate(neurons):
            b[j] = number(neuron.get("bias", "0"), "a bias")
            for link in neuron.all("Con"):
                source = link.need("from")
                if source not in before:
                    raise ReaderCannot(
                        f"{name} takes {source[:40]!r}, which is not of the layer before; clearprop has dense layers "
                        "only."
                    )
                W[before[source], j] += number(link.need("weight"), "a weight")
        names = {neuron.need("id"): j for j, neuron in enumerate(neurons)}
        _check_names(names, len(neurons))
        return [Linear(W, b, name), *self._activation(element, len(neurons), name)], names

    def _activation(self, element: Element, n: int, name: str) -> list[Layer]:
        kind = element.get("activationFunction") or self.network.get("activationFunction") or ""
        last = element is self.network.all("NeuralLayer")[-1]
        how = (
            element.get("normalizationMethod") or (self.network.get("normalizationMethod") if last else None) or "none"
        )
        if how == "simplemax" and kind == "logistic":
            return list(shares_of_sigmoids(n, name))
        if how not in ("none", "softmax"):
            raise ReaderCannot(f"{name} is normalised by {how[:40]!r} after {kind[:40]!r}; softmax can be read.")
        if kind == "threshold":
            return self._threshold(element, n, name, last)
        if kind not in _ACTIVATIONS:
            raise ReaderCannot(
                f"{name} has the activation {kind[:40]!r}; clearprop has what PMML calls {', '.join(_ACTIVATIONS)}."
            )
        f = "cut_sigmoid" if kind == "logistic" and self.of_nnet else _ACTIVATIONS[kind]
        before = [affine(1, math.pi / 2, n, name)] if kind == "cosine" else []
        return [*before, Activated(f, name), *([Activated("softmax", name)] if how == "softmax" else [])]

    def _threshold(self, element: Element, n: int, name: str, last: bool) -> list[Layer]:
        """Return a step; behind a probability, whose class it says, it is left out."""
        level = number(element.get("threshold") or self.network.get("threshold") or "0", "a threshold")
        if last and level == 0.5 and self.network.get("functionName") == "classification":
            self.notes.append(_SURE)
            return []
        return [affine(1, -level, n, name), Activated("step", name)]

    def _outputs(self, names: dict[str, int]) -> tuple[list[Layer], tuple[Any, ...] | None]:
        """Return what comes after the last layer: outputs in their order, numbers in their units; and the classes."""
        elements = [one for group in self.network.all("NeuralOutputs") for one in group.all("NeuralOutput")]
        chosen, scales, shifts, labels = [], [], [], []
        for element in elements:
            source, derived = element.need("outputNeuron"), element.one("DerivedField")
            if source not in names or derived is None:
                raise ForeignFileError("a NeuralOutput must have a DerivedField, and be of a neuron of the last layer.")
            chosen.append(names[source])
            mark = derived.one("NormDiscrete")
            if mark is not None:
                labels.append(mark.need("value"))
                continue
            line = self.fields.expression(derived, of_target=True)
            (slope,) = line.weights.values() if len(line.weights) == 1 else (0.0,)
            if slope == 0:
                raise ReaderCannot(
                    "an output of PMML depends on no field, or on several; one field for each can be read."
                )
            scales.append(1 / slope)
            shifts.append(-line.shift / slope)
        if not chosen or (labels and scales):
            raise ForeignFileError("NeuralOutputs must be all classes or all numbers, and one at least.")
        order = _permutation(chosen, len(names))
        if labels:
            return [order], tuple(map(self.fields.typed_label, labels))
        return [order, Affine(np.array(scales), np.array(shifts), "the outputs")], None


def _check_names(names: dict[str, int], n: int) -> None:
    if len(names) != n or n == 0:
        raise ForeignFileError("every layer must have neurons, each with a name of its own; the file is damaged.")


def _permutation(chosen: list[int], n: int) -> Linear | Affine:
    if chosen == list(range(n)):
        return affine(1, 0, n, "the outputs")
    W: Array = np.zeros((n, len(chosen)))
    W[chosen, range(len(chosen))] = 1
    return Linear(W, np.zeros(len(chosen)), "the outputs")


def is_pmml(data: bytes) -> bool:
    """Return whether bytes begin like PMML."""
    return re.search(rb"<(\w+:)?PMML[\s>]", data[:2000]) is not None
