"""A graph of ONNX, as it is being written: nodes, constants, inputs and outputs, and at the end the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.exchange.scribes.protobuf import each, held, real, whole

OPSET, IR = 19, 9  # the first that compares text with Equal, and the version of the file that came with it

_TYPES = {"float32": 1, "int64": 7, "text": 8, "bool": 9, "float64": 11}


def type_of(array: NDArray[Any]) -> str:
    """Return ONNX's type of an array, as a key of its table of types."""
    return "text" if array.dtype.kind in "OU" else array.dtype.name


class Graph:
    """Nodes in order. Every method that adds one returns the name of what it makes; none can be a column's name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []

    def add(self, op: str, *inputs: str, **attributes: int | float) -> str:
        """Add a node of the default domain."""
        made = f"/{len(self._nodes)}"
        self._node(op, inputs, made, attributes)
        return made

    def constant(self, values: Any, kind: str | None = None) -> str:
        """Add a constant, in NumPy's type of it or the one that is asked for."""
        array = np.asarray(values, dtype=object if kind == "text" else kind)
        name = f"/constant/{len(self._constants)}"
        self._constants.append(_tensor(name, array))
        return name

    def take(self, name: str, kind: str, width: int) -> str:
        """Declare an input (n, width)."""
        self._inputs.append(_value(name, kind, [width]))
        return name

    def give(self, name: str, value: str, kind: str, *columns: int) -> None:
        """Declare an output (n, *columns) that is this value."""
        self._node("Identity", (value,), name, {})
        self._outputs.append(_value(name, kind, list(columns)))

    def model(self, version: str, about: str, metadata: Mapping[str, str]) -> bytes:
        """Return the file."""
        graph = b"".join([
            each(1, self._nodes), held(2, self._name), each(5, self._constants), each(11, self._inputs),
            each(12, self._outputs),
        ])  # fmt: skip
        return b"".join([
            whole(1, IR), held(2, "clearprop"), held(3, version), held(6, about), held(7, graph),
            held(8, held(1, "") + whole(2, OPSET)),
            each(14, (held(1, key) + held(2, text) for key, text in metadata.items())),
        ])  # fmt: skip

    def _node(self, op: str, inputs: tuple[str, ...], made: str, attributes: Mapping[str, int | float]) -> None:
        named = (_attribute(key, value) for key, value in attributes.items())
        self._nodes.append(each(1, inputs) + held(2, made) + held(3, made) + held(4, op) + each(5, named))


def _attribute(name: str, value: int | float) -> bytes:
    typed = whole(3, value) + whole(20, 2) if isinstance(value, int) else real(2, value) + whole(20, 1)
    return held(1, name) + typed


def _tensor(name: str, array: NDArray[Any]) -> bytes:
    kind = type_of(array)
    head = b"".join(whole(1, n) for n in array.shape) + whole(2, _TYPES[kind])
    little = array.astype(array.dtype.newbyteorder("<"))
    data = each(6, array.ravel().tolist()) if kind == "text" else held(9, little.tobytes())
    return head + held(8, name) + data


def _value(name: str, kind: str, columns: list[int]) -> bytes:
    sizes = [held(1, held(2, "n")), *(held(1, whole(1, n)) for n in columns)]
    return held(1, name) + held(2, held(1, whole(1, _TYPES[kind]) + held(2, b"".join(sizes))))
