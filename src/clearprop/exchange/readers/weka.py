"""Weka's MultilayerPerceptron, as its text: nodes with weights by the names of attributes, but without their ranges.

Weka maps x to (x − middle) / (half the range) of the training rows, with 0 and 1 for the marks of a nominal attribute;
unless the options say -I. Its distribution over classes is one sigmoid for each, divided by their sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot, UsageError
from clearprop.exchange.foreign import Activated, Affine, Foreign, Layer, Linear, shares_of_sigmoids
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_LAYERS, MAX_NUMBERS, floats, text_of
from clearprop.tables import read_table

_NODE = re.compile(r"^(Sigmoid|Linear) Node (\d{1,8})$")
_WEIGHT = re.compile(r"^ {4}(Threshold|Node \d{1,8}|Attrib .*?) {4}(\S{1,40})$")
_CLASS = re.compile(r"^Class(?: (.*))?$")
_OUTPUT = re.compile(r"^ {4}Node (\d{1,8})$")
_OPTIONS = re.compile(r"^(?:Options|Scheme): *(.*)$")


@dataclass
class _Node:
    kind: str
    number: int
    threshold: float = 0.0
    weights: dict[str, float] = field(default_factory=dict)


def is_weka(data: bytes) -> bool:
    """Return whether bytes are text that holds a node as Weka prints it."""
    return re.search(rb"^(Sigmoid|Linear) Node \d", data[:20_000], re.MULTILINE) is not None


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a text of Weka's."""
    text = text_of(data, "Weka's text")
    nodes, classes, options = _parsed(text)
    layers = _layers(nodes, [int(node) for _, node in classes])
    columns = _columns(layers[0])
    scaled = "-I" not in options
    ranges = _ranges(asked.ranges, columns, nodes[int(classes[0][1])].kind == "Linear", scaled, options)
    made: list[Layer] = [_scaling(columns, ranges)] if scaled else []
    for l, layer in enumerate(layers, start=1):
        made += _dense(layer, columns if l == 1 else [f"Node {node.number}" for node in layers[l - 2]], l)
    if nodes[int(classes[0][1])].kind == "Linear":
        return Foreign("Weka", (*made, *_numbers(ranges, options)), np.float64, "numbers", None, tuple(columns))
    made.pop()
    made += shares_of_sigmoids(len(classes), f"layer {len(layers)} of Weka")
    labels = tuple(label for label, _ in classes)
    notes = ("missing cells count 0 in Weka: give the middle of the range, and 0.5 for marks of labels.",)
    return Foreign("Weka", tuple(made), np.float64, "class", labels, tuple(columns), notes=notes)


def _parsed(text: str) -> tuple[dict[int, _Node], list[tuple[str, str]], list[str]]:
    """Return the nodes by number, the classes with their nodes, and the options that the text names."""
    nodes: dict[int, _Node] = {}
    classes: list[tuple[str, str]] = []
    options: list[str] = []
    current: _Node | None = None
    label: str | None = None
    for line in _lines(text):
        node, weight, output = _NODE.match(line), _WEIGHT.match(line), _OUTPUT.match(line)
        if node is not None:
            current, label = _Node(node[1], int(node[2])), None
            nodes[current.number] = current
        elif weight is not None and current is not None:
            (value,) = floats([weight[2]], "a weight")
            if weight[1] == "Threshold":
                current.threshold = float(value)
            else:
                current.weights[weight[1]] = float(value)
        elif output is not None and label is not None:
            classes.append((label, output[1]))
        elif (found := _OPTIONS.match(line)) is not None:
            options = found[1].split()
        elif (found := _CLASS.match(line)) is not None and not line.startswith("Class attr"):
            current, label = None, found[1] or ""
    if not nodes or not classes or any(int(node) not in nodes for _, node in classes):
        raise ForeignFileError("the text should hold the nodes of a MultilayerPerceptron and the classes they answer.")
    return nodes, classes, options


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield line.rstrip()


def _layers(nodes: Mapping[int, _Node], outputs: list[int]) -> list[list[_Node]]:
    """Return the layers from the first to the last, by what each takes."""
    layers: list[list[_Node]] = []
    numbers = outputs
    while True:
        layer = [nodes[number] for number in numbers]
        layers.insert(0, layer)
        sources = set(layer[0].weights)
        if any(set(node.weights) != sources for node in layer) or not sources:
            raise ReaderCannot(
                f"node {numbers[0]} and others of its layer take different values; dense layers only are read."
            )
        if all(source.startswith("Attrib ") for source in sources):
            return layers
        numbers = sorted(int(source[5:]) for source in sources if source.startswith("Node "))
        if len(numbers) < len(sources) or any(number not in nodes for number in numbers) or len(layers) > MAX_LAYERS:
            raise ReaderCannot(f"node {outputs[0]} takes attributes and nodes, or one that is not there.")


def _columns(layer: list[_Node]) -> list[str]:
    return [source[len("Attrib ") :].strip() for source in layer[0].weights]


def _dense(layer: list[_Node], sources: list[str], l: int) -> list[Layer]:
    if len(sources) * len(layer) > MAX_NUMBERS:
        raise ForeignFileError("the network is larger than is read.")
    by_name = [{name.removeprefix("Attrib ").strip(): w for name, w in node.weights.items()} for node in layer]
    W = np.array([[weights[source] for weights in by_name] for source in sources])
    kinds = {node.kind for node in layer}
    if len(kinds) != 1:
        raise ReaderCannot(f"layer {l} of Weka mixes Sigmoid and Linear nodes.")
    name = f"layer {l} of Weka"
    f = "sigmoid" if kinds == {"Sigmoid"} else "identity"
    return [Linear(W, np.array([node.threshold for node in layer]), name), Activated(f, name)]


def _ranges(
    given: Any, columns: list[str], of_numbers: bool, scaled: bool, options: list[str]
) -> dict[str, tuple[float, float]]:
    """Return smallest and largest of every column, and of the class under the name ""."""
    if not scaled and (not of_numbers or "-C" in options):
        return {}
    if given is None:
        raise UsageError(
            "Weka's text does not hold the ranges of the attributes, without which it cannot be used; give the table "
            'it was trained on, ranges="train.arff", or a pair for each, ranges={"age": (18, 77)}, and for a number '
            'to predict one under "class".'
        )
    found = _of_table(given) if isinstance(given, str | Path) else dict(given)
    made: dict[str, tuple[float, float]] = {}
    for column in columns:
        if column not in found and "=" in column:
            made[column] = (0.0, 1.0)
        elif column not in found:
            raise UsageError(f"ranges have no {column!r}; they have {', '.join(map(str, found))[:200]}.")
        else:
            made[column] = (float(found[column][0]), float(found[column][1]))
    if of_numbers and "-C" not in options:
        rest = [name for name in found if name not in columns]
        name = "class" if "class" in found else (rest[-1] if rest else None)
        if name is None:
            raise UsageError('ranges have no "class": the smallest and the largest number of the column predicted.')
        made[""] = (float(found[name][0]), float(found[name][1]))
    return made


def _of_table(path: str | Path) -> dict[str, tuple[float, float]]:
    """Return the ranges of a table's columns: of numbers their ends, of two labels 0 and 1."""
    table = read_table(path)
    made: dict[str, tuple[float, float]] = {}
    for name, column in table.columns.items():
        numbers = column.values[~column.missing] if column.kind == "number" else np.array([0.0, 1.0])
        made[name] = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 1.0)
    return made


def _scaling(columns: list[str], ranges: Mapping[str, tuple[float, float]]) -> Affine:
    ends = np.array([ranges[column] for column in columns])
    middle, half = (ends[:, 1] + ends[:, 0]) / 2, (ends[:, 1] - ends[:, 0]) / 2
    half = np.where(half == 0, 1.0, half)
    return Affine(1 / half, -middle / half, "the ranges of the attributes")


def _numbers(ranges: Mapping[str, tuple[float, float]], options: list[str]) -> list[Layer]:
    if "" not in ranges:
        return []
    low, high = ranges[""]
    half = (high - low) / 2 or 1.0
    return [Affine(np.array([half]), np.array([(high + low) / 2]), "the range of the class")]
