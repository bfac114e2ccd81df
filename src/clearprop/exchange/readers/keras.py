"""Keras 3: .keras (a zip of config.json and an HDF5), the older .h5, and models in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, ForeignFileError, ModelFileError, ReaderCannot
from clearprop.exchange.foreign import Array, Dropped, Foreign, Layer, Linear, affine, batch_norm
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import Archive, spelled
from clearprop.exchange.readers.hdf5 import Hdf5
from clearprop.exchange.readers.keras_activations import activation, keras_relu
from clearprop.exchange.readers.keras_config import Listed, listed
from clearprop.exchange.readers.keras_shapes import NOTHING, shape_after
from clearprop.exchange.readers.two_sided import prelu
from clearprop.files.strict_json import parse_bounded

_MAX_CONFIG_BYTES = 1 << 24
_DEEPEST, _MAX_VALUES = 64, 1_000_000
_DEEPEST_GROUP, _MOST_ARRAYS = 4, 100
_LEAST_SPREAD = 1e-7  # Normalization divides by no less

Weights = Callable[[Listed, list[str]], list[Array]]
"""From a layer and the names of what is wanted to the arrays."""


def takes(source: object) -> bool:
    """Return whether an object is a model of Keras."""
    return any(kind.__module__.startswith("keras.") and kind.__name__ == "Model" for kind in type(source).__mro__)


def read_object(source: Any, asked: Asked) -> Foreign:
    """Return the network of a model in memory."""

    def weights(layer: Listed, wanted: list[str]) -> list[Array]:
        model = source
        for name in (*layer.models, layer.name):
            model = next(one for one in model.layers if one.name == name)
        return [np.asarray(array) for array in model.get_weights()]

    return _network({"class_name": type(source).__name__, "config": source.get_config()}, weights)


def read_archive(archive: Archive, asked: Asked) -> Foreign:
    """Return the network of a .keras file."""
    config = _json(archive.read("config.json", _MAX_CONFIG_BYTES))
    file = Hdf5(archive.read("model.weights.h5"))

    def weights(layer: Listed, wanted: list[str]) -> list[Array]:
        return [file.numbers(f"{layer.place}/vars/{k}") for k in range(len(wanted))]

    return _network(config, weights)


def read_h5(data: bytes, asked: Asked) -> Foreign:
    """Return the network of an older .h5 file."""
    file = Hdf5(data)
    text = file.text("model_config")
    if text is None or len(text) > _MAX_CONFIG_BYTES:
        raise ReaderCannot("this HDF5 file holds no model_config, so it is weights alone; save the whole model.")
    config = _json(text)

    def weights(layer: Listed, wanted: list[str]) -> list[Array]:
        group = f"model_weights/{(*layer.models, layer.name)[0]}"
        found = {name: array for of, name, array in _arrays(file, group, 0) if not layer.models or of == layer.name}
        missing = [one for one in wanted if one not in found]
        if missing:
            raise ForeignFileError(f"the layer {layer.name[:80]!r} has no {missing[0]!r} in the file.")
        return [found[one] for one in wanted]

    return _network(config, weights)


def _json(text: str | bytes) -> Any:
    try:
        return parse_bounded(text, "the configuration of Keras", _DEEPEST, _MAX_VALUES)
    except ModelFileError as error:
        raise ForeignFileError(str(error)) from None


def _arrays(file: Hdf5, path: str, depth: int) -> Iterator[tuple[str, str, Array]]:
    """Yield the group, the last name and the data of all data sets below a group."""
    names = file.names(path)
    if depth > _DEEPEST_GROUP or len(names) > _MOST_ARRAYS:
        raise ForeignFileError(f"the group {path[:80]!r} of the HDF5 file holds more than a layer does.")
    for name in names:
        inner = f"{path}/{name}"
        if file.is_group(inner):
            yield from _arrays(file, inner, depth + 1)
        else:
            yield path.rpartition("/")[2], name.partition(":")[0], file.numbers(inner)


def _network(config: Any, weights: Weights) -> Foreign:
    layers: list[Layer] = []
    shape: tuple[int, ...] | None = None
    dtypes: set[str] = set()
    for k, layer in enumerate(listed(config), start=1):
        said = spelled(f'layer {k} ({layer.kind[:60]}, "{layer.name[:60]}")')
        try:
            shape = shape_after(said, layer.kind, layer.options, shape)
            made = _layers(said, layer, shape, weights, dtypes)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, ClearpropError):
                raise
            raise ForeignFileError(f"{said} has an option of another kind than Keras's: {str(error)[:100]}.") from None
        layers += made
        width = next((one.W.shape[1] for one in reversed(made) if isinstance(one, Linear)), None)
        shape = shape if width is None else (width,)
    return Foreign("Keras", tuple(layers), np.float64 if dtypes == {"float64"} else np.float32)


def _layers(said: str, layer: Listed, shape: tuple[int, ...] | None, weights: Weights, dtypes: set[str]) -> list[Layer]:
    kind, options = layer.kind, layer.options
    if kind == "Dense":
        arrays = weights(layer, ["kernel", "bias"][: 2 if options.get("use_bias", True) else 1])
        W = _shaped(said, arrays, 0, 2)
        if options.get("units") != W.shape[1]:
            raise ForeignFileError(
                f"{said} has {options.get('units')!r} units by its config, and weights of {W.shape[1]}."
            )
        dtypes.add(W.dtype.name)
        b = _shaped(said, arrays, 1, 1) if len(arrays) > 1 else np.zeros(W.shape[1])
        return [Linear(W, b, said), *activation(options.get("activation"), W.shape[1], said)]
    n = 1 if shape is None else math.prod(shape)
    if kind == "Activation":
        return activation(options.get("activation"), n, said)
    if kind == "BatchNormalization":
        return [_batch_norm(said, layer, weights)]
    if kind == "Normalization":
        return [_normalization(said, layer, n, weights)]
    if kind == "PReLU":
        return prelu(np.broadcast_to(_shaped(said, weights(layer, ["alpha"]), 0, 1), (n,)).astype(float), n, said)
    if kind == "Dropout":
        return [Dropped(float(options.get("rate", 0.0)), said)]
    if kind == "Rescaling":
        scale, offset = (np.asarray(options.get(key, default), float) for key, default in (("scale", 1), ("offset", 0)))
        return [affine(scale, offset, n, said)]
    if kind in NOTHING:
        return []
    return keras_relu(kind, options, n, said)


def _shaped(said: str, arrays: list[Array], k: int, ndim: int) -> Array:
    if len(arrays) <= k or arrays[k].ndim != ndim:
        raise ForeignFileError(f"{said} must have {ndim}-dimensional weights at place {k}.")
    return arrays[k]


def _batch_norm(said: str, layer: Listed, weights: Weights) -> Layer:
    options = layer.options
    if options.get("axis") not in (-1, 1, [-1], [1]):
        raise ReaderCannot(f"{said} normalises along axis {options.get('axis')!r}; -1 can be read.")
    wanted = [key for key, flag in (("gamma", "scale"), ("beta", "center")) if options.get(flag, True)]
    wanted += ["moving_mean", "moving_variance"]
    arrays = weights(layer, wanted)
    found = {key: _shaped(said, arrays, k, 1).astype(np.float64) for k, key in enumerate(wanted)}
    if len({len(array) for array in found.values()}) != 1:
        raise ForeignFileError(f"{said} must have as many numbers of each kind.")
    return batch_norm(
        found["moving_mean"], found["moving_variance"], found.get("gamma", 1.0), found.get("beta", 0.0),
        float(options.get("epsilon", 1e-3)), said,
    )  # fmt: skip


def _normalization(said: str, layer: Listed, n: int, weights: Weights) -> Layer:
    options = layer.options
    if options.get("mean") is not None:
        mean, variance = (
            np.broadcast_to(np.asarray(options[key], float).ravel(), (n,)) for key in ("mean", "variance")
        )
    else:
        arrays = weights(layer, ["mean", "variance"])
        mean, variance = (np.asarray(array, float).ravel() for array in arrays[:2])
    if len(mean) != len(variance) or np.any(variance < 0):
        raise ForeignFileError(f"{said} must have as many means as variances, and none below 0.")
    spread = np.maximum(np.sqrt(variance), _LEAST_SPREAD)
    if options.get("invert"):
        return affine(spread, mean, len(mean), said)
    return affine(1 / spread, -mean / spread, len(mean), said)
