"""From an adopted network to an estimator: a model file of it in memory, which the estimator loads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from clearprop.equations import get_loss
from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.regressor import MLPRegressor
from clearprop.exchange.adopted import Adopted
from clearprop.files import ModelFile
from clearprop.fitting.plain import to_plain
from clearprop.model import Dense, Inputs, Network, Objective, Parameters
from clearprop.model.parameters import from_arrays

_SEED = 0


def estimator_of(adopted: Adopted, columns: Sequence[str] | None = None) -> MLPClassifier | MLPRegressor:
    """Return the estimator of an adopted network."""
    kind = MLPRegressor if adopted.asks == "numbers" else MLPClassifier
    network, parameters = _network(adopted)
    names = list(columns if columns is not None else adopted.columns or ())
    facts: dict[str, Any] = {
        "estimator": kind.__name__,
        "settings": {name: to_plain(value) for name, value in _settings(kind, adopted).items()},
        "learned": _learned(network),
        "labels": _labels(adopted),
        "feature_names": [str(name) for name in names],
    }
    return kind.from_model(ModelFile(network, parameters, None, facts))


def _network(adopted: Adopted) -> tuple[Network, Parameters]:
    layers = tuple(Dense(len(layer.b), layer.f, dropout=layer.dropout, frozen=layer.frozen) for layer in adopted.layers)
    loss = {"numbers": "squared_error", "labels": "binary_cross_entropy"}.get(adopted.asks)
    if loss is None:
        loss = "binary_cross_entropy" if layers[-1].units == 1 else "cross_entropy"
    if adopted.asks == "numbers" and layers[-1].activation == "exp":
        loss = "poisson"
    network = Network(Inputs(len(adopted.layers[0].W)), layers, Objective(get_loss(loss), penalty_per_row=True))
    arrays = {f"{name}{l}": getattr(layer, name) for l, layer in enumerate(adopted.layers, start=1) for name in "Wb"}
    return network, from_arrays(network, arrays, adopted.layers[0].W.dtype)


def _settings(kind: Any, adopted: Adopted) -> dict[str, Any]:
    """Return settings under which the estimator describes the network that it was given."""
    *hidden, last = adopted.layers
    settings: dict[str, Any] = {
        "hidden_layer_sizes": tuple(len(layer.b) for layer in hidden),
        "activation": tuple(layer.f for layer in (*hidden, last)),
        "alpha": 0.0,
        "warm_start": True,
        "precision": last.W.dtype.name,
        "random_state": _SEED,
        **adopted.settings,
    }
    if any(layer.dropout for layer in adopted.layers):
        settings["dropout"] = tuple(layer.dropout for layer in adopted.layers)
    if any(layer.frozen for layer in adopted.layers):
        settings["frozen"] = tuple(l for l, layer in enumerate(adopted.layers, start=1) if layer.frozen)
    if adopted.asks == "numbers" and last.f == "exp":
        settings["loss"] = "poisson"
    estimator = kind(**settings)
    return dict(estimator.get_params())


def _learned(network: Network) -> dict[str, Any]:
    output = network.layers[-1].activation
    return {
        "n_outputs_": network.n_out,
        "n_layers_": network.L + 1,
        "out_activation_": {"sigmoid": "logistic"}.get(output, output),
        "n_features_in_": network.inputs.width,
        "history_": to_plain({}),
        "n_iter_": 0,
        "t_": 0,
        "loss_curve_": [],
        "best_loss_": to_plain(math.inf),
        "validation_scores_": None,
        "best_validation_score_": None,
        "_epochs": 0,
        "_no_improvement_count": 0,
        "_seed": _SEED,
    }


def _labels(adopted: Adopted) -> Any:
    if adopted.asks == "numbers":
        return None
    several = adopted.asks == "labels"
    kind = "multilabel-indicator" if several else ("binary" if len(adopted.labels) == 2 else "multiclass")
    return {"classes": list(adopted.labels), "kind": kind}
