"""A state_dict of PyTorch in safetensors: tensors by name, without activations, options or an order of use."""

from __future__ import annotations

import math
import re
from itertools import pairwise, permutations
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from clearprop.errors import ForeignFileError, ReaderCannot, UsageError
from clearprop.exchange.foreign import Activated, Affine, Array, Foreign, Layer, Linear, batch_norm
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_LAYERS, spelled
from clearprop.exchange.readers.torch_activations import activation
from clearprop.exchange.readers.two_sided import prelu

_TORCH_EPSILON = 1e-5  # BatchNorm1d's default, which the file does not hold
_MOST_ORDERS = 7  # dense layers whose orders are tried
_DTYPES = {"F32": np.float32, "F64": np.float64, "F16": np.float16}


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a state_dict, with the activations that were given."""
    tensors, dtype = _tensors(data)
    groups: dict[str, dict[str, Array]] = {}
    for name, tensor in tensors.items():
        prefix, _, part = name.rpartition(".")
        groups.setdefault(prefix, {})[part] = tensor
    groups = dict(sorted(groups.items(), key=lambda item: _natural(item[0])))
    dense = {prefix: parts for prefix, parts in groups.items() if _is_dense(parts)}
    if not dense:
        raise ReaderCannot(
            f"the file holds no dense layer (a tensor `weight` of two dimensions), only {_some(tensors)}."
        )
    if len(groups) > MAX_LAYERS:
        raise ForeignFileError(f"the file holds {len(groups)} layers; at most {MAX_LAYERS} are read.")
    order = _order(dense, asked)
    activations = asked.activations_of(len(dense))
    between = {prefix: parts for prefix, parts in groups.items() if prefix not in dense}
    layers = _layers(order, dense, between, activations)
    norms = any(isinstance(layer, Affine) for layer in layers)
    notes = (f"the epsilon of batch norms is not in the file; {_TORCH_EPSILON:g}, PyTorch's default, was taken.",)
    return Foreign("PyTorch (safetensors)", tuple(layers), dtype, notes=notes if norms else ())


def _tensors(data: bytes) -> tuple[dict[str, Array], Any]:
    try:
        entries: Any = deserialize(data)  # type: ignore[no-untyped-call]  # it has no types
    except SafetensorError as error:
        raise ForeignFileError(f"this should be a safetensors file: {error}.") from None
    kinds = {entry["dtype"] for name, entry in entries if not name.endswith("num_batches_tracked")}
    if not all(kind in _DTYPES or _is_short(kind) for kind in kinds):
        raise ReaderCannot(f"the tensors are {', '.join(sorted(kinds))}; F64, F32, F16 and bfloat are read.")
    made = {name: _array(entry, name) for name, entry in entries if not name.endswith("num_batches_tracked")}
    return made, np.float64 if kinds == {"F64"} else np.float32


def _is_short(kind: str) -> bool:
    """Whether a number is the upper half of a float32."""
    return kind[:2] == "BF"


def _array(entry: dict[str, Any], name: str) -> Array:
    raw, shape = bytes(entry["data"]), tuple(entry["shape"])
    if _is_short(entry["dtype"]):
        flat = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        flat = np.frombuffer(raw, np.dtype(_DTYPES[entry["dtype"]]).newbyteorder("<"))
    if flat.size != math.prod(shape):
        raise ForeignFileError(f"the tensor {name[:80]!r} does not hold what its shape says.")
    return flat.astype(np.float64).reshape(shape)


def _is_dense(parts: dict[str, Array]) -> bool:
    return "weight" in parts and parts["weight"].ndim == 2 and set(parts) <= {"weight", "bias"}


def _natural(prefix: str) -> list[tuple[int, int | str]]:
    """Return what sorts 2 before 10."""
    words = re.split(r"(\d{1,9})", prefix)
    return [(0, int(word)) if word.isdecimal() else (1, word) for word in words if word]


def _order(dense: dict[str, dict[str, Array]], asked: Asked) -> list[str]:
    """Return the dense layers in the order of use: as given, by their numbers, or the only one whose shapes fit.

    Raises
    ------
    ReaderCannot
        If the file leaves it open.
    """
    names = list(dense)
    if asked.order is not None:
        if sorted(asked.order) != sorted(names):
            raise ReaderCannot(f"order must name the dense layers of the file, {', '.join(names)}, each once.")
        return list(asked.order)
    if all(re.fullmatch(r"(.*\.)?\d+", name) for name in names) and _chains(names, dense):
        return names
    fitting = [list(way) for way in permutations(names) if _chains(way, dense)] if len(names) <= _MOST_ORDERS else []
    if len(fitting) != 1:
        raise ReaderCannot(
            f"the file does not say in which order its layers are used, and {len(fitting) or 'no'} orders fit their "
            f"shapes; give it, such as order={names!r}."
        )
    return fitting[0]


def _chains(names: Any, dense: dict[str, dict[str, Array]]) -> bool:
    shapes = [dense[name]["weight"].shape for name in names]
    return all(before[0] == after[1] for before, after in pairwise(shapes))


def _layers(
    order: list[str], dense: dict[str, dict[str, Array]], between: dict[str, dict[str, Array]], activations: Any
) -> list[Layer]:
    layers: list[Layer] = []
    for k, (name, f) in enumerate(zip(order, activations, strict=True), start=1):
        W = dense[name]["weight"].T
        said = spelled(f'layer {k} ("{name[:80]}")')
        layers.append(Linear(W, dense[name].get("bias", np.zeros(W.shape[1])), said))
        mine = _mine(name, order, between)
        for other in [other for other in mine if _number(other) == _number(name) + 1]:
            layers += _other(other, between[other], W.shape[1])
            mine.remove(other)
        layers += _activated(f, W.shape[1], said)
        for other in mine:
            layers += _other(other, between[other], W.shape[1])
    return layers


def _activated(f: str, width: int, said: str) -> list[Layer]:
    """Return an activation by clearprop's name, or by PyTorch's, with its options: Softplus:beta=2,threshold=5."""
    if not f[:1].isupper():
        return [Activated(f, said)]
    kind, _, rest = f.partition(":")
    if kind == "PReLU":
        return []  # its slopes are in the file
    options: dict[str, float | str] = {}
    for part in rest.split(",") if rest else []:
        name, sign, value = part.partition("=")
        try:
            options[name] = value if name == "approximate" else float(value)
        except ValueError:
            sign = ""
        if not sign:
            raise UsageError(f"options follow a name of PyTorch as in Softplus:beta=2,threshold=5, got {f[:80]!r}.")
    return activation(kind, options, width, said)


def _mine(name: str, order: list[str], between: dict[str, dict[str, Array]]) -> list[str]:
    """Return what lies between this dense layer and the next, by their numbers."""
    if not between:
        return []
    if not all(re.search(r"\d+$", other) for other in (*order, *between)):
        raise ReaderCannot(
            f"the file holds {_some(between)} beside its dense layers, and names do not say where they are used; give "
            "the module itself, as an nn.Sequential."
        )
    last = _number(order[order.index(name) + 1]) if name != order[-1] else math.inf
    early = [other for other in between if _number(other) < _number(order[0])]
    if early:
        raise ReaderCannot(f"{early[0][:80]!r} comes before the first dense layer; give the module itself.")
    return [other for other in between if _number(name) < _number(other) < last]


def _number(name: str) -> int:
    found = re.search(r"\d{1,9}$", name)
    return int(found[0]) if found else -1


def _other(name: str, parts: dict[str, Array], width: int) -> list[Layer]:
    said = spelled(f'layer "{name[:80]}"')
    if set(parts) == {"weight"} and parts["weight"].ndim == 1:
        return prelu(parts["weight"], width, said)
    if {"running_mean", "running_var"} <= set(parts) and all(part.ndim == 1 for part in parts.values()):
        gamma, beta = parts.get("weight", np.ones(width)), parts.get("bias", np.zeros(width))
        if {len(part) for part in (gamma, beta, *parts.values())} != {width}:
            raise ForeignFileError(f"{said} must have {width} numbers of each kind.")
        return [batch_norm(parts["running_mean"], parts["running_var"], gamma, beta, _TORCH_EPSILON, said)]
    raise ReaderCannot(f"{said} holds {_some(parts)}, which is no dense layer, batch norm or PReLU.")


def _some(names: Any) -> str:
    listed = [repr(name[:60]) for name in names]
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")
