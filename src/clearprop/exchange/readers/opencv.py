"""OpenCV's ANN_MLP: a FileStorage in yml, xml or json, read by three small parsers into plain dicts and lists.

Weights are (n_in + 1, n_out), the bias row last. Scales are pairs (factor, shift) for each column. Every layer, the
last too, has the activation; SIGMOID_SYM is β tanh(α z / 2).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ModelFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Affine, Array, Foreign, Layer, Linear, affine
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_LAYERS, MAX_NUMBERS, floats, text_of, whole_number
from clearprop.exchange.readers.xml import Element, parse_xml
from clearprop.files.strict_json import parse_bounded

ROOT = "opencv_ml_ann_mlp"
_MAX_VALUES = 4_000_000
_DEEPEST = 8
_ITEM = re.compile(r"^( *)(-|[A-Za-z_]\w*:)(?: +(.*?))? *$")

Tree = dict[str, Any]


def is_json(data: bytes) -> bool:
    """Return whether bytes begin like a FileStorage in JSON that holds an ANN_MLP."""
    return data[:1] == b"{" and ROOT.encode() in data[:200]


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of an ANN_MLP file."""
    text = text_of(data, "the OpenCV file")
    if text.startswith("%YAML"):
        tree = _from_yaml(text)
    elif text.startswith("{"):
        tree = _from_json(text)
    else:
        tree = _from_xml(parse_xml(data))
    network = tree.get(ROOT)
    if not isinstance(network, dict):
        raise ReaderCannot(f"this file of OpenCV holds no {ROOT}; of its models only ANN_MLP is a network.")
    return _network(network)


def _network(tree: Tree) -> Foreign:
    sizes = [whole_number(str(size), 1, MAX_NUMBERS, "layer_sizes") for size in _list(tree, "layer_sizes")]
    if not 2 <= len(sizes) <= MAX_LAYERS:
        raise ForeignFileError(f"layer_sizes must name 2 to {MAX_LAYERS} layers, got {len(sizes)}.")
    weights = _list(tree, "weights")
    if len(weights) != len(sizes) - 1:
        raise ForeignFileError(f"weights must be {len(sizes) - 1} lists, got {len(weights)}.")
    layers: list[Layer] = [_scale(tree, "input_scale", sizes[0])]
    for l, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        W = _numbers(weights[l - 1], (n_in + 1) * n_out, f"weights of layer {l}").reshape(n_in + 1, n_out)
        layers += [Linear(W[:-1], W[-1], f"layer {l} of OpenCV"), *_activation(tree, n_out, f"layer {l} of OpenCV")]
    output = _scale(tree, "output_scale", sizes[-1])
    return Foreign("OpenCV", (*layers, output), np.float64, "numbers")


def _activation(tree: Tree, n: int, name: str) -> list[Layer]:
    kind = str(tree.get("activation_function"))
    alpha, beta = (_number(tree.get(key, 0.0), key) for key in ("f_param1", "f_param2"))
    if kind == "SIGMOID_SYM":
        return [affine(alpha / 2, 0, n, name), Activated("tanh", name), affine(beta, 0, n, name)]
    if kind == "GAUSSIAN":
        return [affine(alpha, 0, n, name), Activated("gaussian", name), affine(beta, 0, n, name)]
    if kind == "LEAKYRELU":
        return [Activated(f"leaky_relu:slope={alpha!r}", name)]
    if kind in ("RELU", "IDENTITY"):
        return [Activated({"RELU": "relu", "IDENTITY": "identity"}[kind], name)]
    known = "SIGMOID_SYM, GAUSSIAN, RELU, LEAKYRELU and IDENTITY"
    raise ForeignFileError(f"activation_function must be one of {known}, got {kind[:40]!r}.")


def _scale(tree: Tree, name: str, n: int) -> Affine:
    pairs = _numbers(tree.get(name), 2 * n, name, finite=False).reshape(n, 2)
    if not np.all(np.isfinite(pairs)):
        raise ReaderCannot(
            f"{name} is not finite, so OpenCV itself answers NaN: train RELU, LEAKYRELU and IDENTITY with "
            "NO_OUTPUT_SCALE."
        )
    return Affine(pairs[:, 0], pairs[:, 1], name)


def _list(tree: Tree, name: str) -> list[Any]:
    value = tree.get(name)
    if isinstance(value, str):
        return value.split()
    if not isinstance(value, list):
        raise ForeignFileError(f"an ANN_MLP must have a list {name!r}.")
    return value


def _numbers(value: Any, n: int, what: str, finite: bool = True) -> Array:
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or len(words) != n:
        raise ForeignFileError(f"{what} must be {n} numbers, got {len(words) if isinstance(words, list) else 'none'}.")
    made = floats([_spelled(word) for word in words], what)
    if finite and not np.all(np.isfinite(made)):
        raise ForeignFileError(f"{what} must be finite numbers.")
    return made


def _number(value: Any, what: str) -> float:
    return float(_numbers([value], 1, what)[0])


def _spelled(word: Any) -> str:
    text = str(word) if isinstance(word, str | int | float) else ""
    return text.strip().lower().replace(".inf", "inf").replace(".nan", "nan")


def _from_json(text: str) -> Tree:
    try:
        tree = parse_bounded(text, "the OpenCV file", _DEEPEST + 8, _MAX_VALUES)
    except ModelFileError as error:
        if ".Inf" in text or ".Nan" in text or "NaN" in text or "Infinity" in text:
            raise ReaderCannot(
                "the file holds numbers that are not finite, so OpenCV itself answers NaN: train RELU, LEAKYRELU and "
                "IDENTITY with NO_OUTPUT_SCALE."
            ) from None
        raise ForeignFileError(str(error)) from None
    return tree if isinstance(tree, dict) else {}


def _from_xml(root: Element) -> Tree:
    if root.name != "opencv_storage":
        raise ForeignFileError(f"the root of an OpenCV file must be <opencv_storage>, got <{root.name[:40]}>.")
    made = _element(root)
    return made if isinstance(made, dict) else {}


def _element(element: Element) -> Any:
    """Return an element as a dict, as a list where its children are all <_>, or as text."""
    if not element.children:
        return element.text.strip()
    if all(child.name == "_" for child in element.children):
        return [_element(child) for child in element.children]
    return {child.name: _element(child) for child in element.children}


def _from_yaml(text: str) -> Tree:
    """Return the dicts and lists of the YAML that OpenCV writes: blocks by indentation, and lists in brackets."""
    lines = [line for line in _joined(text) if line.strip() and not line.startswith(("%", "---", "..."))]
    if len(lines) > _MAX_VALUES:
        raise ForeignFileError(f"the file has {len(lines)} lines; at most {_MAX_VALUES} are read.")
    tree, at = _block(lines, 0, 0, 0)
    if at != len(lines) or not isinstance(tree, dict):
        raise ForeignFileError("the file is not in the YAML that OpenCV writes.")
    return tree


def _joined(text: str) -> list[str]:
    """Return the lines, those of a list in brackets made one."""
    made: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside:
            made[-1] += " " + line.strip()
        else:
            made.append(line)
        inside = (inside or "[" in line) and "]" not in line
        if inside and len(made[-1]) > 1 << 26:
            raise ForeignFileError("a list of the file is longer than is read.")
    return made


def _block(lines: list[str], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """Return what stands at this indentation from a line on, and the line after it."""
    if depth > _DEEPEST:
        raise ForeignFileError(f"the file is nested more than {_DEEPEST} deep.")
    mapping: Tree = {}
    listed: list[Any] = []
    while at < len(lines):
        match = _ITEM.match(lines[at])
        if match is None:
            raise ForeignFileError(f"{lines[at].strip()[:40]!r} is not in the YAML that OpenCV writes.")
        spaces, key, value = len(match[1]), match[2], match[3]
        if spaces < indent:
            break
        if spaces > indent:
            raise ForeignFileError("a line of the file stands where none is expected.")
        at += 1
        made: Any = _inline(value or "")
        if not value:
            after = _ITEM.match(lines[at]) if at < len(lines) else None
            deeper = len(after[1]) if after is not None else 0
            made, at = _block(lines, at, deeper, depth + 1) if deeper > spaces else ("", at)
        if key == "-":
            listed.append(made)
        else:
            mapping[key[:-1]] = made
    if mapping and listed:
        raise ForeignFileError("the file mixes a list and names at one place.")
    return (listed if listed else mapping), at


def _inline(value: str) -> Any:
    if value.startswith("["):
        return [word.strip() for word in value.strip("[] ").split(",")] if value.endswith("]") else ""
    return value.strip('"')
