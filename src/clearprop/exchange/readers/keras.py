"""Keras 3: .keras (a zip of config.json and an HDF5), the older .h5, and models in memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, ForeignFileError, ModelFileError, ReaderCannot
from clearprop.exchange.foreign import Array, Dropped, Foreign, Layer, Linear, affine, batch_norm
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_COLUMNS, MAX_LAYERS, Archive, spelled
from clearprop.exchange.readers.hdf5 import Hdf5
from clearprop.exchange.readers.keras_activations import activation, keras_relu
from clearprop.exchange.readers.torch import prelu
from clearprop.files.strict_json import parse_bounded

_MAX_CONFIG_BYTES = 1 << 24
_DEEPEST, _MAX_VALUES = 64, 1_000_000
_DEEPEST_GROUP, _MOST_ARRAYS = 4, 100
_NOTHING = (
    "InputLayer",
    "Flatten",
    "Identity",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
)
_LEAST_SPREAD = 1e-7  # Normalization divides by no less

Weights = Callable[[str, str, list[str]], list[Array]]
"""From a layer's class, its name and the names of what is wanted to the arrays."""


def takes(source: object) -> bool:
    """Return whether an object is a model of Keras."""
    return any(kind.__module__.startswith("keras.") and kind.__name__ == "Model" for kind in type(source).__mro__)


def read_object(source: Any, asked: Asked) -> Foreign:
    """Return the network of a model in memory."""
    layers = {layer.name: layer for layer in source.layers}

    def weights(kind: str, name: str, wanted: list[str]) -> list[Array]:
        return [np.asarray(array) for array in layers[name].get_weights()]

    return _network({"class_name": type(source).__name__, "config": source.get_config()}, weights)


def read_archive(archive: Archive, asked: Asked) -> Foreign:
    """Return the network of a .keras file."""
    config = _json(archive.read("config.json", _MAX_CONFIG_BYTES))
    file = Hdf5(archive.read("model.weights.h5"))
    seen: Counter[str] = Counter()

    def weights(kind: str, name: str, wanted: list[str]) -> list[Array]:
        snake = _snake(kind)
        place = f"layers/{snake}_{seen[snake]}" if seen[snake] else f"layers/{snake}"
        seen[snake] += 1
        return [file.numbers(f"{place}/vars/{k}") for k in range(len(wanted))]

    return _network(config, weights)


def read_h5(data: bytes, asked: Asked) -> Foreign:
    """Return the network of an older .h5 file."""
    file = Hdf5(data)
    text = file.text("model_config")
    if text is None or len(text) > _MAX_CONFIG_BYTES:
        raise ReaderCannot("this HDF5 file holds no model_config, so it is weights alone; save the whole model.")
    config = _json(text)

    def weights(kind: str, name: str, wanted: list[str]) -> list[Array]:
        found = dict(_arrays(file, f"model_weights/{name}", 0))
        missing = [one for one in wanted if one not in found]
        if missing:
            raise ForeignFileError(f"the layer {name[:80]!r} has no {missing[0]!r} in the file.")
        return [found[one] for one in wanted]

    return _network(config, weights)


def _json(text: str | bytes) -> Any:
    try:
        return parse_bounded(text, "the configuration of Keras", _DEEPEST, _MAX_VALUES)
    except ModelFileError as error:
        raise ForeignFileError(str(error)) from None


def _arrays(file: Hdf5, path: str, depth: int) -> Iterator[tuple[str, Array]]:
    """Yield the last name and the data of all data sets below a group."""
    names = file.names(path)
    if depth > _DEEPEST_GROUP or len(names) > _MOST_ARRAYS:
        raise ForeignFileError(f"the group {path[:80]!r} of the HDF5 file holds more than a layer does.")
    for name in names:
        inner = f"{path}/{name}"
        if file.is_group(inner):
            yield from _arrays(file, inner, depth + 1)
        else:
            yield name.partition(":")[0], file.numbers(inner)


def _snake(kind: str) -> str:
    """Return the name a class has in the file: BatchNormalization is batch_normalization."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _network(config: Any, weights: Weights) -> Foreign:
    layers: list[Layer] = []
    width: int | None = None
    dtypes: set[str] = set()
    listed = _listed(config)
    for k, (kind, name, options) in enumerate(listed, start=1):
        said = spelled(f'layer {k} ({kind[:60]}, "{name[:60]}")')
        try:
            made = _layers(said, kind, name, options, width, weights, dtypes)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, ClearpropError):
                raise
            raise ForeignFileError(f"{said} has an option of another kind than Keras's: {str(error)[:100]}.") from None
        layers += made
        width = next((layer.W.shape[1] for layer in reversed(made) if isinstance(layer, Linear)), width)
        width = (
            options["batch_shape"][-1]
            if kind == "InputLayer" and isinstance(options.get("batch_shape"), list | tuple)
            else width
        )
        if width is not None and (not isinstance(width, int) or not 0 < width <= MAX_COLUMNS):
            raise ReaderCannot(f"layer {k} must say how many inputs there are, at most {MAX_COLUMNS}.")
    return Foreign("Keras", tuple(layers), np.float64 if dtypes == {"float64"} else np.float32)


def _listed(config: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return class, name and options of the layers in order; a functional model must be a chain."""
    kind = config.get("class_name") if isinstance(config, dict) else None
    inner = config.get("config") if isinstance(config, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else None
    if kind not in ("Sequential", "Functional", "Model") or not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        raise ReaderCannot(
            f"the model is {str(kind)[:40]!r}; Sequential and Functional models of dense layers are read."
        )
    made = []
    for k, layer in enumerate(layers, start=1):
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
            raise ForeignFileError(f"layer {k} of the configuration must have a class and a config.")
        name = layer["config"].get("name", layer.get("name", ""))
        made.append((str(layer.get("class_name")), str(name), layer["config"]))
    if kind != "Sequential":
        _check_chain(layers, made)
    return made


def _check_chain(layers: list[Any], made: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Refuse a functional model in which a layer takes something other than the one before it, or is used twice."""
    for k, (layer, before) in enumerate(zip(layers[1:], made, strict=False), start=2):
        nodes = layer.get("inbound_nodes")
        sources = set(_sources(nodes, 0))
        if not isinstance(nodes, list) or len(nodes) != 1 or sources != {before[1]}:
            raise ReaderCannot(
                f"layer {k} ({made[k - 1][0]}) takes {', '.join(sorted(sources))[:80] or 'nothing'}, or is used twice; "
                "a chain of layers can be read, without branches and shared layers."
            )


def _sources(value: Any, depth: int) -> Any:
    """Yield the names of the layers that a call of a layer takes, in Keras 3 (keras_history) and 2 (lists)."""
    if depth > 12:
        raise ForeignFileError("inbound_nodes are nested too deep.")
    if isinstance(value, dict):
        history = value.get("keras_history")
        if isinstance(history, list | tuple) and history:
            yield str(history[0])
        else:
            for inside in value.values():
                yield from _sources(inside, depth + 1)
    elif isinstance(value, list | tuple):
        if value and isinstance(value[0], str):
            yield value[0]
        else:
            for inside in value:
                yield from _sources(inside, depth + 1)


def _layers(
    said: str, kind: str, name: str, options: dict[str, Any], width: int | None, weights: Weights, dtypes: set[str]
) -> list[Layer]:
    if kind == "Dense":
        arrays = weights(kind, name, ["kernel", "bias"][: 2 if options.get("use_bias", True) else 1])
        W = _shaped(said, arrays, 0, 2)
        if options.get("units") != W.shape[1]:
            raise ForeignFileError(
                f"{said} has {options.get('units')!r} units by its config, and weights of {W.shape[1]}."
            )
        dtypes.add(W.dtype.name)
        b = _shaped(said, arrays, 1, 1) if len(arrays) > 1 else np.zeros(W.shape[1])
        return [Linear(W, b, said), *activation(options.get("activation"), W.shape[1], said)]
    n = width or 1
    if kind == "Activation":
        return activation(options.get("activation"), n, said)
    if kind == "BatchNormalization":
        return [_batch_norm(said, name, options, weights)]
    if kind == "Normalization":
        return [_normalization(said, name, options, n, weights)]
    if kind == "PReLU":
        return prelu(np.broadcast_to(_shaped(said, weights(kind, name, ["alpha"]), 0, 1), (n,)).astype(float), n, said)
    if kind == "Dropout":
        return [Dropped(float(options.get("rate", 0.0)), said)]
    if kind == "Rescaling":
        scale, offset = (np.asarray(options.get(key, default), float) for key, default in (("scale", 1), ("offset", 0)))
        return [affine(scale, offset, n, said)]
    if kind in _NOTHING:
        return []
    return keras_relu(kind, options, n, said)


def _shaped(said: str, arrays: list[Array], k: int, ndim: int) -> Array:
    if len(arrays) <= k or arrays[k].ndim != ndim:
        raise ForeignFileError(f"{said} must have {ndim}-dimensional weights at place {k}.")
    return arrays[k]


def _batch_norm(said: str, name: str, options: dict[str, Any], weights: Weights) -> Layer:
    if options.get("axis") not in (-1, 1, [-1], [1]):
        raise ReaderCannot(f"{said} normalises along axis {options.get('axis')!r}; -1 can be read.")
    wanted = [key for key, flag in (("gamma", "scale"), ("beta", "center")) if options.get(flag, True)]
    wanted += ["moving_mean", "moving_variance"]
    arrays = weights("BatchNormalization", name, wanted)
    found = {key: _shaped(said, arrays, k, 1).astype(np.float64) for k, key in enumerate(wanted)}
    if len({len(array) for array in found.values()}) != 1:
        raise ForeignFileError(f"{said} must have as many numbers of each kind.")
    return batch_norm(
        found["moving_mean"], found["moving_variance"], found.get("gamma", 1.0), found.get("beta", 0.0),
        float(options.get("epsilon", 1e-3)), said,
    )  # fmt: skip


def _normalization(said: str, name: str, options: dict[str, Any], n: int, weights: Weights) -> Layer:
    if options.get("mean") is not None:
        mean, variance = (
            np.broadcast_to(np.asarray(options[key], float).ravel(), (n,)) for key in ("mean", "variance")
        )
    else:
        arrays = weights("Normalization", name, ["mean", "variance"])
        mean, variance = (np.asarray(array, float).ravel() for array in arrays[:2])
    if len(mean) != len(variance) or np.any(variance < 0):
        raise ForeignFileError(f"{said} must have as many means as variances, and none below 0.")
    spread = np.maximum(np.sqrt(variance), _LEAST_SPREAD)
    if options.get("invert"):
        return affine(spread, mean, len(mean), said)
    return affine(1 / spread, -mean / spread, len(mean), said)
