"""FANN 2.x: a text of `name=value` lines, the neurons, and the connections.

Each layer counts a bias neuron, whose value is 1; where there are shortcuts, only the first does. A neuron lists what
it takes in any order. Steepness s scales every function's argument. Constants of the scaling are float32 in FANN,
whatever the precision of its weights. A file does not say which library wrote it, that of floats or of doubles: it is
read in float64, which is near to both.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Affine, Array, Foreign, Layer, Linear, affine, require_room
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_LAYERS, MAX_NUMBERS, floats, text_of, whole_number

BEGINS = b"FANN_F"

_CUT = 150.0  # |z| times steepness beyond which FANN cuts z

# code: (name there, ours or None, α, β, γ) of β f(α s z) + γ; a cosine is a sine of π/2 more
_FUNCTIONS: dict[int, tuple[str, str | None, float, float, float]] = {
    0: ("LINEAR", "identity", 1, 1, 0),
    1: ("THRESHOLD", "step", -1, -1, 1),  # 1 at 0, where step is 0
    2: ("THRESHOLD_SYMMETRIC", "step", -1, -2, 1),
    3: ("SIGMOID", "sigmoid", 2, 1, 0),
    4: ("SIGMOID_STEPWISE", "stepwise", 1, 1, 0),
    5: ("SIGMOID_SYMMETRIC", "tanh", 1, 1, 0),
    6: ("SIGMOID_SYMMETRIC_STEPWISE", "stepwise:low=-1", 1, 1, 0),
    7: ("GAUSSIAN", "gaussian", 1, 1, 0),
    8: ("GAUSSIAN_SYMMETRIC", "gaussian", 1, 2, -1),
    9: ("GAUSSIAN_STEPWISE", None, 1, 1, 0),
    10: ("ELLIOT", "softsign", 1, 0.5, 0.5),
    11: ("ELLIOT_SYMMETRIC", "softsign", 1, 1, 0),
    12: ("LINEAR_PIECE", "hard_tanh:low=0,high=1", 1, 1, 0),
    13: ("LINEAR_PIECE_SYMMETRIC", "hard_tanh", 1, 1, 0),
    14: ("SIN_SYMMETRIC", "sin", 1, 1, 0),
    15: ("COS_SYMMETRIC", "sin", 1, 1, 0),
    16: ("SIN", "sin", 1, 0.5, 0.5),
    17: ("COS", "sin", 1, 0.5, 0.5),
}
_SMOOTH = {4: 3, 6: 5}  # what the straight lines follow
_NEURON = re.compile(r"\((\d{1,10}), (\d{1,10}), ([^)\s]{1,40})\)")
_CONNECTION = re.compile(r"\((\d{1,10}), ([^)\s]{1,40})\)")


@dataclass(frozen=True, eq=False)
class _Text:
    """The lines of a file by their names, and the precision that its numbers have."""

    version: str
    lines: dict[str, str]

    def __getitem__(self, name: str) -> str:
        if name not in self.lines:
            raise ForeignFileError(f"this file of {self.version} has no line {name!r}; it is damaged.")
        return self.lines[name]

    def whole(self, name: str, high: int) -> int:
        return whole_number(self[name], 0, high, name)


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a FANN file."""
    text = _lines(text_of(data, "the FANN file"))
    sizes = [whole_number(word, 1, MAX_NUMBERS, "layer_sizes") for word in text["layer_sizes"].split()]
    if not 2 <= len(sizes) <= MAX_LAYERS or text.whole("num_layers", MAX_LAYERS) != len(sizes):
        raise ForeignFileError("layer_sizes must name as many layers as num_layers, 2 at least.")
    shortcuts = text.whole("network_type", 1) == 1  # then only the first layer counts a bias neuron
    neurons, connections = _NEURON.findall(text["neurons"]), _CONNECTION.findall(text["connections"])
    if sum(sizes) != len(neurons):
        raise ForeignFileError(f"layer_sizes add up to {sum(sizes)} neurons, but {len(neurons)} follow.")
    layers = [
        *_scaling(text, "in", sizes[0] - 1),
        *(_shortcuts if shortcuts else _dense)(sizes, neurons, connections, asked),
        *_unscaling(text, sizes[-1] if shortcuts else sizes[-1] - 1),
    ]
    return Foreign(text.version, tuple(layers), np.float64, "numbers", notes=_notes(sizes, neurons, asked))


def _lines(text: str) -> _Text:
    first, *rest = text.splitlines() or [""]
    if not re.fullmatch(r"FANN_FLO_2\.\d", first):
        advice = (
            "save it with fann_save, in floating point" if first.startswith("FANN_FIX") else "only FANN 2.x is read"
        )
        raise ReaderCannot(f"this file begins with {first[:20]!r}, expected FANN_FLO_2.1; {advice}.")
    pairs = (line.partition("=") for line in rest)
    return _Text(first.replace("FANN_FLO_", "FANN "), {name.partition(" (")[0]: value for name, _, value in pairs})


def _dense(
    sizes: list[int], neurons: list[tuple[str, str, str]], connections: list[tuple[str, str]], asked: Asked
) -> list[Layer]:
    layers: list[Layer] = []
    before, start, at = 0, sizes[0], 0
    for l, n in enumerate(sizes[1:], start=1):
        own = neurons[start : start + n - 1]
        name = f"layer {l} of FANN"
        W = _weights(name, own, connections[at:], (before, sizes[l - 1]))
        at += sum(int(count) for count, _, _ in own)
        layers += [Linear(W[:-1], W[-1], name), *_activation(name, own, asked)]
        before, start = start, start + n
    return layers


def _shortcuts(
    sizes: list[int], neurons: list[tuple[str, str, str]], connections: list[tuple[str, str]], asked: Asked
) -> list[Layer]:
    """Return layers that take all before them, as FANN's cascade training makes: each passes on what it takes."""
    layers: list[Layer] = []
    order, start, at, total = list(range(sizes[0] - 1)), sizes[0], 0, 0
    for l, n in enumerate(sizes[1:], start=1):
        own, name, last = neurons[start : start + n], f"layer {l} of FANN", l == len(sizes) - 1
        passing = 0 if last else len(order)
        total += start * n + len(order) * (n + passing)
        require_room(name, total, 1)
        W = _weights(name, own, connections[at:], (0, start))
        at += sum(int(count) for count, _, _ in own)
        wide = np.hstack([W[order], np.eye(len(order), passing)])
        layers.append(Linear(wide, np.concatenate([W[sizes[0] - 1], np.zeros(passing)]), name))
        layers += [_beside(layer, passing) for layer in _activation(name, own, asked)]
        order, start = [*range(start, start + n), *order], start + n
    return layers


def _beside(layer: Layer, passing: int) -> Layer:
    """Return a scaling or an activation beside units that pass z on."""
    if isinstance(layer, Affine):
        scale, shift = np.ones(passing), np.zeros(passing)
        return Affine(np.concatenate([layer.scale, scale]), np.concatenate([layer.shift, shift]), layer.name)
    if passing and isinstance(layer, Activated) and layer.f != "identity":
        return Activated(f"{layer.f}{',' if ':' in layer.f else ':'}passing={passing}", layer.name)
    return layer


def _weights(
    name: str, own: list[tuple[str, str, str]], connections: list[tuple[str, str]], takes: tuple[int, int]
) -> Array:
    """Return W with the bias's row last: each neuron's connections, zero where it has none."""
    first, n_in = takes
    if n_in * len(own) > MAX_NUMBERS:
        raise ForeignFileError(f"{name} has {n_in} times {len(own)} weights; at most {MAX_NUMBERS} are read.")
    W, at = np.zeros((n_in, len(own))), 0
    for j, (count, _, _) in enumerate(own):
        mine = connections[at : at + int(count)]
        at += int(count)
        sources = np.array([int(source) for source, _ in mine], np.int64) - first
        if len(mine) < int(count) or (len(mine) and not (0 <= sources.min() and sources.max() < n_in)):
            raise ForeignFileError(
                f"a neuron of {name} must take {count} values of the layer before; they are not there."
            )
        np.add.at(W[:, j], sources, floats([weight for _, weight in mine], "connections"))
    return W


def _activation(name: str, own: list[tuple[str, str, str]], asked: Asked) -> list[Layer]:
    codes, steepness = {int(code) for _, code, _ in own}, floats([s for _, _, s in own], "the steepness")
    if len(codes) != 1:
        raise ReaderCannot(f"{name} mixes activations ({sorted(codes)}); clearprop has one for each layer.")
    (code,) = codes
    if code not in _FUNCTIONS:
        raise ForeignFileError(f"{name} has the activation {code}, which FANN 2.x does not have.")
    called, ours, alpha, beta, gamma = _FUNCTIONS[code]
    if code in _SMOOTH and asked.nearest:
        _, ours, alpha, beta, gamma = _FUNCTIONS[_SMOOTH[code]]
    if ours is None:
        raise ReaderCannot(
            f"{name} has the activation {called}, of which FANN 2.2 itself makes 0; train it with another, such as "
            "FANN_GAUSSIAN."
        )
    n = len(own)
    shift = np.full(n, math.pi / 2 if called.startswith("COS") else 0.0)
    return [Affine(alpha * steepness, shift, name), Activated(ours, name), affine(beta, gamma, n, name)]


def _constants(text: _Text, side: str, n: int) -> list[Array]:
    """Return mean, deviation, new minimum and factor of the scaling, as the float32 they are in FANN."""
    names = (f"scale_mean_{side}", f"scale_deviation_{side}", f"scale_new_min_{side}", f"scale_factor_{side}")
    values = [floats(text[name].split(), name) for name in names]
    if any(len(value) != n for value in values):
        raise ForeignFileError(f"{', '.join(names)} must hold {n} numbers each.")
    return [value.astype(np.float32).astype(np.float64) for value in values]


def _scaling(text: _Text, side: str, n: int) -> list[Layer]:
    """Return ((x − mean) / deviation + 1) factor + new minimum, where there is one."""
    if text.lines.get("scale_included", "0").strip() != "1":
        return []
    mean, deviation, low, factor = _constants(text, side, n)
    if np.any(deviation == 0):
        raise ForeignFileError("scale_deviation_in must not be 0.")
    return [Affine(factor / deviation, (1 - mean / deviation) * factor + low, "the scaling of the inputs")]


def _unscaling(text: _Text, n: int) -> list[Layer]:
    """Return the way back from a scaled output, ((a − new minimum) / factor − 1) deviation + mean."""
    if text.lines.get("scale_included", "0").strip() != "1":
        return []
    mean, deviation, low, factor = _constants(text, "out", n)
    if np.any(factor == 0):
        raise ForeignFileError("scale_factor_out must not be 0.")
    return [Affine(deviation / factor, mean - (low / factor + 1) * deviation, "the scaling of the outputs")]


def _notes(sizes: list[int], neurons: list[tuple[str, str, str]], asked: Asked) -> tuple[str, ...]:
    notes = [f"FANN cuts |z| times steepness at {_CUT:g} before a linear function; here it is not cut."]
    codes = {int(code) for _, code, _ in neurons[sizes[0] :]}
    linear = codes & {0}
    stepwise = codes & set(_SMOOTH) if asked.nearest else set()
    told = (
        ["SIGMOID_STEPWISE was taken for the smooth sigmoid: outputs may differ by some hundredths."]
        if stepwise
        else []
    )
    return tuple((notes if linear else []) + told)
