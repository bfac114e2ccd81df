"""scikit-learn: MLPClassifier and MLPRegressor, alone or behind scalers in a Pipeline, by their fitted attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Affine, Asks, Foreign, Layer, Linear, affine
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import spelled

_NETWORKS = ("MLPClassifier", "MLPRegressor")
_OURS = {"logistic": "sigmoid"}
_KEPT = (
    "alpha", "solver", "learning_rate_init", "batch_size", "momentum", "nesterovs_momentum", "beta_1", "beta_2",
    "epsilon", "max_iter", "tol", "learning_rate", "power_t", "shuffle", "n_iter_no_change",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Thing:
    """An object of scikit-learn: its class's name and its attributes, however they were read."""

    kind: str
    attributes: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        if name not in self.attributes:
            raise ForeignFileError(f"the {self.kind} has no attribute {name!r}; fit it first.")
        return self.attributes[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.attributes.get(name, default)

    def numbers(self, name: str) -> Any:
        """Return an attribute that is a row of numbers."""
        return one_row(self[name], f"{name} of {self.kind}")


def one_row(value: Any, what: str) -> Any:
    """Return an array of one dimension as float64; ForeignFileError if it is none."""
    row = np.asarray(value)
    if row.ndim != 1 or row.dtype.kind not in "biuf":
        raise ForeignFileError(f"{what} must be a row of numbers, got {row.dtype} of shape {row.shape}.")
    return row.astype(np.float64)


def takes(source: object) -> bool:
    """Return whether an object is one of scikit-learn's."""
    return any(kind.__module__.partition(".")[0] == "sklearn" for kind in type(source).__mro__[:-1])


def read_object(source: Any, asked: Asked) -> Foreign:
    """Return the network of an estimator or a pipeline."""
    if type(source).__name__ == "Pipeline":
        steps = [(name, _thing(step)) for name, step in source.steps]
        return from_things(steps)
    return from_things([("", _thing(source))])


def _thing(source: Any) -> Thing:
    return Thing(source if isinstance(source, str) else type(source).__name__, getattr(source, "__dict__", {}))


def from_things(steps: list[tuple[str, Thing]]) -> Foreign:
    """Return the network of the steps of a pipeline; the last is the network.

    Raises
    ------
    ReaderCannot
        If a step is no scaling that can be folded, or the last no MLP.
    """
    layers: list[Layer] = []
    columns = None
    for k, (name, thing) in enumerate(steps[:-1], start=1):
        columns = columns or thing.get("feature_names_in_")
        layers += _scaling(spelled(f"step {k} of the pipeline, {name[:60]!r} ({thing.kind})"), thing)
    last = steps[-1][1]
    if last.kind not in _NETWORKS:
        raise ReaderCannot(f"{last.kind} is not a network; of scikit-learn {' and '.join(_NETWORKS)} are read.")
    columns = columns if columns is not None or len(steps) > 1 else last.get("feature_names_in_")
    weights = _weights(last)
    asks, labels = _answer(last)
    return Foreign(
        "scikit-learn",
        (*layers, *_network(last, weights)),
        weights[0][0].dtype,
        asks,
        labels,
        None if columns is None else tuple(map(str, columns)),
        {name: last.get(name) for name in _KEPT if _plain(last.get(name))},
    )


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _weights(mlp: Thing) -> list[tuple[Any, Any]]:
    W, b = ([np.asarray(array) for array in mlp[name]] for name in ("coefs_", "intercepts_"))
    kinds = {array.dtype.name for array in (*W, *b)}
    if len(W) != len(b) or not W or kinds not in ({"float32"}, {"float64"}):
        raise ForeignFileError("coefs_ and intercepts_ must be as many arrays each, all float32 or all float64.")
    return list(zip(W, b, strict=True))


def _network(mlp: Thing, weights: list[tuple[Any, Any]]) -> list[Layer]:
    hidden, output = mlp["activation"], mlp["out_activation_"]
    layers: list[Layer] = []
    for l, (W, b) in enumerate(weights, start=1):
        f = output if l == len(weights) else hidden
        layers += [Linear(W, b, f"layer {l}"), Activated(_OURS.get(str(f), str(f)), f"layer {l}")]
    return layers


def _answer(mlp: Thing) -> tuple[Asks, tuple[Any, ...] | None]:
    if mlp.kind == "MLPRegressor":
        return "numbers", None
    labels = tuple(np.asarray(mlp["classes_"]).tolist())
    several = mlp["out_activation_"] == "logistic" and len(np.asarray(mlp["intercepts_"][-1])) > 1
    return ("labels" if several else "class"), labels


def _scaling(name: str, thing: Thing) -> list[Layer]:
    """Return what a transformer does to each column."""
    if thing.kind == "passthrough" or thing.kind == "str":
        return []
    if thing.kind == "StandardScaler":
        n = int(thing["n_features_in_"])
        scale = 1 / thing.numbers("scale_") if thing.get("scale_") is not None else np.ones(n)
        mean = thing.numbers("mean_") if thing.get("with_mean", True) else np.zeros(n)
        return [Affine(scale, -mean * scale, name)]
    if thing.kind == "MinMaxScaler" and not thing.get("clip", False):
        return [Affine(thing.numbers("scale_"), thing.numbers("min_"), name)]
    if thing.kind == "MaxAbsScaler" and not thing.get("clip", False):
        scale = 1 / thing.numbers("scale_")
        return [affine(scale, 0.0, len(scale), name)]
    if thing.kind == "RobustScaler":
        n = int(thing["n_features_in_"])
        scale = 1 / thing.numbers("scale_") if thing.get("scale_") is not None else np.ones(n)
        centre = thing.numbers("center_") if thing.get("center_") is not None else np.zeros(n)
        return [Affine(scale, -centre * scale, name)]
    raise ReaderCannot(
        f"{name} cannot be folded into weights: StandardScaler, MinMaxScaler and MaxAbsScaler without clip, and "
        "RobustScaler can; adopt the network behind it, and give it rows that are transformed already."
    )
