"""ONNX: a chain of dense layers, scalings and activations, opset 7 to 28. The onnx package reads the file.

The graph is gone through once; each value is a constant, a column, or what the inputs become on the way to it.
Activations that are written out (x σ(x), z Φ(z) by Erf) are recognised by what they compute: see `onnx_pointwise.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, ForeignFileError, ReaderCannot, UsageError
from clearprop.exchange.foreign import Array, Foreign, Linear
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_COLUMNS, MAX_NUMBERS, spelled
from clearprop.exchange.readers.onnx_fused import DOMAIN, unfused
from clearprop.exchange.readers.onnx_nodes import Reading, Way, apply
from clearprop.exchange.readers.onnx_pointwise import OPERATIONS, shortest

_MOST_NODES = 20_000
_FLOATS = {1: np.float32, 10: np.float16, 11: np.float64, 16: np.float32}
_WHOLE = {6: np.int32, 7: np.int64}


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of an ONNX file."""
    model = _parsed(data)
    if len(model.graph.node) > _MOST_NODES:
        raise ForeignFileError(f"the graph has {len(model.graph.node)} nodes; at most {_MOST_NODES} are read.")
    return _Graph(model).foreign()


def is_onnx(data: bytes) -> bool:
    """Return whether bytes begin as a ModelProto does: its ir_version, or another of its first fields."""
    return data[:1] in (b"\x08", b"\x12", b"\x3a", b"\x42") and b"\x00" not in data[:1] and len(data) > 20


def _parsed(data: bytes) -> Any:
    try:
        import onnx
    except ImportError:
        raise UsageError(
            "ONNX is read with its own package, which is not installed: pip install clearprop[onnx]."
        ) from None
    try:
        return onnx.ModelProto.FromString(data)
    except Exception as error:  # protobuf's
        raise ForeignFileError(f"this should be an ONNX file, and is damaged: {str(error)[:120]}.") from None


class _Graph:
    def __init__(self, proto: Any) -> None:
        self.proto, graph = proto, proto.graph
        self.opset = max((one.version for one in proto.opset_import if one.domain in ("", "ai.onnx")), default=1)
        self.values: dict[str, Any] = {one.name: _tensor(one) for one in graph.initializer}
        self.why: dict[str, str] = {}
        self.labels: tuple[Any, ...] | None = None
        self.dtypes: set[str] = set()
        for array in graph.initializer:
            if array.data_type in _FLOATS:
                self.dtypes.add(np.dtype(_FLOATS[array.data_type]).name)
        self.dtypes |= {np.dtype(_FLOATS[kind]).name for kind in _kinds_of_constants(graph) if kind in _FLOATS}
        self.how = Reading(self.opset, "float64" not in self.dtypes)
        self._inputs()

    def _inputs(self) -> None:
        inputs = [one for one in self.proto.graph.input if one.name not in self.values]
        if not inputs:
            raise ForeignFileError("the graph has no inputs.")
        for one in inputs:
            tensor = one.type.tensor_type
            sizes = [int(size.dim_value) for size in tensor.shape.dim]
            width = sizes[-1] if sizes and 0 < sizes[-1] <= MAX_COLUMNS else None
            alone = len(inputs) == 1
            self.values[one.name] = Way((), width, base=(one.name,)) if alone else _Columns((one.name,), width or 1)

    def foreign(self) -> Foreign:
        """Return the network that leads to the graph's outputs."""
        for k, node in enumerate(self.proto.graph.node):
            self._node(
                spelled(f'node {k} ({node.op_type[:40]}, "{(node.name or (node.output[:1] or [""])[0])[:60]}")'), node
            )
        way, notes = self._last()
        dtype = np.float64 if "float64" in self.dtypes else np.float32
        columns = way.base if len(way.base) > 1 else None
        return Foreign("ONNX", way.layers, dtype, labels=self._labels_of(way), columns=columns, notes=notes)

    def _last(self) -> tuple[Way, tuple[str, ...]]:
        """Return the output at the end of the chain, and what is to be said of others that it goes through."""
        outputs = [one.name for one in self.proto.graph.output]
        real = [one.name for one in self.proto.graph.output if one.type.tensor_type.elem_type in _FLOATS]
        outputs = real or outputs  # whole numbers are what was decided of the others
        found = {name: self.how.settle(way) for name in outputs if isinstance(way := self.values.get(name), Way)}
        if not found:
            reasons = [self.why[name] for name in outputs if name in self.why]
            raise ReaderCannot(reasons[0] if reasons else "no chain of layers leads to an output of the graph.")
        last = max(found, key=lambda name: len(found[name].layers))
        others = [name for name in found if name != last]
        if not all(found[last].goes_through(found[name]) for name in others):
            raise ReaderCannot(
                f"the graph has {len(found)} outputs that different chains of layers lead to; one can be read."
            )
        if not others:
            return found[last], ()
        said = spelled(f"of the graph's outputs {last!r} is taken; it is computed from {', '.join(others)}.")
        return found[last], (said,)

    def _labels_of(self, way: Way) -> tuple[Any, ...] | None:
        return self.labels if self.labels is not None and len(self.labels) in (way.width, 2) else None

    def _node(self, said: str, node: Any) -> None:
        """Give the node's outputs their values, or a reason why there is none."""
        if node.op_type in ("ArrayFeatureExtractor", "Gather"):
            self._note_labels(node)
        blocked = next((self.why[name] for name in node.input if name in self.why), None)
        if blocked is None:
            try:
                made = self._made(said, node)
            except ReaderCannot as error:
                made, blocked = None, str(error)
            except (TypeError, ValueError, IndexError, OverflowError) as error:
                if isinstance(error, ClearpropError):
                    raise
                raise ForeignFileError(f"{said} does not hold what its kind needs: {str(error)[:100]}.") from None
            if made is not None and node.output:
                self.values[node.output[0]] = made
                return
        for name in node.output:
            self.why[name] = blocked or f"{said} cannot be read."

    def _note_labels(self, node: Any) -> None:
        """Keep constants from which one is chosen: the classes, if they are as many."""
        chosen = self.values.get(node.input[0]) if node.input else None
        if isinstance(chosen, np.ndarray) and chosen.ndim <= 2 and chosen.size <= MAX_COLUMNS:
            self.labels = tuple(chosen.ravel().tolist())

    def _made(self, said: str, node: Any) -> Any:
        if node.domain not in ("", "ai.onnx", "ai.onnx.ml", DOMAIN):
            raise ReaderCannot(f"{said} is of the domain {node.domain[:40]!r}, which cannot be read.")
        options = {one.name: _option(one) for one in node.attribute}
        values = [self.values.get(name) if name else None for name in node.input]
        if node.domain == DOMAIN:
            first = values[0] if values else None
            for kind, more, own in unfused(said, node.op_type, values, options):
                first = self._applied(said, kind, [first, *more], own)
            return first
        if node.op_type == "Shape" or any(isinstance(value, _Shape) for value in values):
            return _of_shapes(said, node.op_type, values)
        if node.op_type in ("Constant", "ArrayFeatureExtractor", "Gather", "ZipMap", "ArgMax"):
            return self._special(said, node.op_type, values, options)
        return self._applied(said, node.op_type, values, options)

    def _applied(self, said: str, kind: str, values: list[Any], options: dict[str, Any]) -> Any:
        """Return what a node makes of values, of columns, or of constants alone."""
        if any(isinstance(value, _Columns) for value in values):
            return _of_columns(said, kind, values)
        if not any(isinstance(value, Way) for value in values):
            return self._constant(said, kind, values, options)
        if kind in ("Gemm", "MatMul"):
            return _dense(said, kind, [self._settled(value) for value in values], options)
        return apply(said, kind, values, options, self.how)

    def _settled(self, value: Any) -> Any:
        return self.how.settle(value) if isinstance(value, Way) else value

    def _special(self, said: str, kind: str, values: list[Any], options: dict[str, Any]) -> Any:
        if kind == "Constant":
            given = [options[key] for key in ("value", "value_float", "value_floats", "value_int", "value_ints")
                     if key in options]  # fmt: skip
            return np.asarray(given[0]) if given else None
        if kind == "ZipMap":
            labels = options.get("classlabels_int64s") or options.get("classlabels_strings")
            self.labels = tuple(labels) if labels else self.labels
            return values[0]
        raise ReaderCannot(f"{said} gives no numbers that a chain of layers leads to.")

    def _constant(self, said: str, kind: str, values: list[Any], options: dict[str, Any]) -> Any:
        """Return what a node makes of constants alone, where that is a matter of their shape."""
        first = values[0] if values else None
        if not isinstance(first, np.ndarray):
            raise ReaderCannot(f"{said} cannot be read.")
        if kind == "Transpose" and first.ndim == 2:
            return first.T
        if kind in ("Identity", "Cast"):
            return first
        if kind == "Unsqueeze" or (kind == "Reshape" and first.ndim <= 2):
            return first.reshape(1, -1) if first.ndim == 1 else first
        if kind in OPERATIONS and all(isinstance(value, np.ndarray) and value.dtype.kind in "fib" for value in values):
            if len({value.shape for value in values if value.size != 1}) > 1:
                raise ReaderCannot(f"{said} of constants of different shapes cannot be read.")
            with np.errstate(all="ignore"):
                return np.asarray(OPERATIONS[kind](*values))
        raise ReaderCannot(f"{said} of constants cannot be read.")


class _Shape:
    """Sizes of rows on their way, and numbers made of them: how many rows there are, which a reshape keeps."""


def _of_shapes(said: str, kind: str, values: list[Any]) -> Any:
    """Return what a node makes of sizes, or of rows that are given a shape by them."""
    if kind in ("Reshape", "Expand") and isinstance(values[0], Way | _Columns):
        return values[0]
    if kind in _OF_SIZES and all(isinstance(value, _Shape | np.ndarray) or kind == "Shape" for value in values):
        return _Shape()
    raise ReaderCannot(f"{said} computes with the number of rows; what a network does to a row can be read.")


_OF_SIZES = (
    "Shape", "Gather", "Slice", "Unsqueeze", "Squeeze", "Concat", "Cast", "Identity", "Reshape", "Mul", "Div", "Add",
    "Sub", "ReduceProd",
)  # fmt: skip


@dataclass(frozen=True)
class _Columns:
    """Inputs that are columns by themselves, until they are put side by side."""

    names: tuple[str, ...]
    width: int


def _of_columns(said: str, kind: str, values: list[Any]) -> Any:
    """Return what a node makes of inputs: the same, or a row of them."""
    if kind in ("Identity", "Cast", "Reshape", "Flatten"):
        return values[0]
    if kind == "Concat" and all(isinstance(value, _Columns) for value in values):
        names = tuple(name for value in values for name in value.names)
        width = sum(value.width for value in values)
        return Way((), width, base=names if len(names) == width else (*names, "beside"))
    raise ReaderCannot(
        f"{said} works on one input by itself; what is done to columns, such as filling gaps, clipping and encoding "
        "labels, cannot be folded into weights: convert the network without its preprocessing, or use the model file "
        "that was exported."
    )


def _kinds_of_constants(graph: Any) -> list[int]:
    """Return the types of numbers of the constants that are nodes."""
    options = (one for node in graph.node if node.op_type == "Constant" for one in node.attribute)
    return [one.t.data_type for one in options if one.type == 4]


def _tensor(tensor: Any) -> Any:
    """Return an initializer; text as a list of it. What lies in another file is not fetched."""
    from onnx import numpy_helper

    if tensor.data_location == 1 or tensor.external_data:
        raise ReaderCannot(f"the weights {tensor.name[:60]!r} lie in another file; save the model with them inside.")
    count = 1
    for size in tensor.dims:
        if size < 0:
            raise ForeignFileError(f"{tensor.name[:60]!r} has a negative size.")
        count *= size
    if tensor.data_type == 8:
        if count != len(tensor.string_data):
            raise ForeignFileError(f"{tensor.name[:60]!r} does not hold the text that its shape says.")
        return np.array([text.decode("utf-8", "replace") for text in tensor.string_data], dtype=object)
    if tensor.data_type not in (*_FLOATS, *_WHOLE, 9) or count > MAX_NUMBERS or len(tensor.dims) > 8:
        return None
    try:
        made: Array = numpy_helper.to_array(tensor)
    except Exception as error:  # numpy's and onnx's
        raise ForeignFileError(f"the tensor {tensor.name[:60]!r} is damaged: {str(error)[:100]}.") from None
    return made.astype(np.float64) if tensor.data_type in _FLOATS else made


def _option(attribute: Any) -> Any:
    kind = attribute.type
    if kind == 1:
        return float(attribute.f)
    if kind == 2:
        return int(attribute.i)
    if kind == 3:
        return attribute.s.decode("utf-8", "replace")
    if kind == 4:
        return _tensor(attribute.t)
    if kind == 6:
        return list(attribute.floats)
    if kind == 7:
        return list(attribute.ints)
    return [text.decode("utf-8", "replace") for text in attribute.strings] if kind == 8 else None


def _dense(said: str, kind: str, values: list[Any], options: dict[str, Any]) -> Way:
    """Return a matrix product, and the bias of a Gemm."""
    way, W = values[0], values[1] if len(values) > 1 else None
    if not isinstance(way, Way) or not isinstance(W, np.ndarray) or W.ndim != 2 or options.get("transA", 0):
        raise ReaderCannot(f"{said} must be rows times a constant matrix.")
    if kind == "Gemm":
        W = (W.T if options.get("transB", 0) else W) * shortest(options.get("alpha", 1.0))
    b = np.zeros(W.shape[1])
    if kind == "Gemm" and len(values) > 2 and values[2] is not None:
        bias = np.asarray(values[2])
        if bias.dtype.kind != "f" or bias.size not in (1, W.shape[1]):
            raise ReaderCannot(f"{said} must have a bias for each of {W.shape[1]} outputs, got shape {bias.shape}.")
        b = np.broadcast_to(bias.ravel() * shortest(options.get("beta", 1.0)), b.shape)
    return way.then(Linear(np.asarray(W, np.float64), np.asarray(b, np.float64), said))
