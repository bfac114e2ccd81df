"""adopt: a network of another tool as a fitted estimator."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clearprop.equations import get_loss
from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.regressor import MLPRegressor
from clearprop.exchange.adopted import Adopted, adopt_foreign
from clearprop.exchange.readers import Asked, read
from clearprop.files import ModelFile
from clearprop.fitting.plain import to_plain
from clearprop.model import Dense, Inputs, Network, Objective, Parameters
from clearprop.model.parameters import from_arrays

_SEED = 0


class AdoptedWarning(UserWarning):
    """Something that whoever adopts a network is to know of it."""


def adopt(
    source: Any,
    *,
    classes: Sequence[Any] | None = None,
    task: str | None = None,
    activations: str | Sequence[str] | None = None,
    order: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    ranges: Any = None,
    nearest: bool = False,
) -> MLPClassifier | MLPRegressor:
    """Return a network of another tool as a fitted estimator, which answers as the tool does.

    Scalings and batch norms are folded into weights. What cannot be folded is refused with its layer. The estimator has
    ``warm_start=True``: `fit` and `partial_fit` go on from these weights. See docs/how-to/move-your-network.md.

    Parameters
    ----------
    source : path or object
        A file (safetensors, .skops, .keras, .onnx, PMML, FANN, OpenCV, .rds, Weka's text), or in memory an
        nn.Sequential of PyTorch, a model of Keras, or an MLP of scikit-learn, alone or in a Pipeline.
    classes : sequence, optional
        The class of each output, or the two of a single output, where the tool does not say them.
    task : {"class", "labels", "numbers"}, optional
        What the outputs are, where the tool does not say: one class of several, several labels each for itself, or
        numbers as they are.
    activations : str or sequence of str, optional
        One for each dense layer, for files without them; a single name is that of the hidden layers.
    order : sequence of str, optional
        The dense layers of a state_dict whose names do not say in which order they are used.
    columns : sequence of str, optional
        The names of the inputs.
    ranges : path, mapping or array, optional
        For Weka's text: the table it was trained on (.arff), or a pair (smallest, largest) by column.
    nearest : bool, default=False
        Whether a function that clearprop lacks may be taken for the nearest one it has; a warning says how far it is.

    Returns
    -------
    MLPClassifier or MLPRegressor
        In the precision of the weights.

    Raises
    ------
    ReaderCannot
        If clearprop cannot do what the network does; the message names the layer, and what would help.
    ForeignFileError
        If the file is damaged.

    Warns
    -----
    AdoptedWarning
        What is to be known, such as that a normalisation's epsilon is not in the file.
    """
    asked = Asked(activations, order, ranges, nearest)
    foreign = read(Path(source) if isinstance(source, str) else source, asked)
    adopted = adopt_foreign(foreign, task, classes)
    for note in adopted.notes:
        warnings.warn(note, AdoptedWarning, stacklevel=2)
    return estimator_of(adopted, columns)


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
        "activation": tuple(layer.f for layer in hidden),
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
        "_output": output,
        "_seed": _SEED,
    }


def _labels(adopted: Adopted) -> Any:
    if adopted.asks == "numbers":
        return None
    several = adopted.asks == "labels"
    kind = "multilabel-indicator" if several else ("binary" if len(adopted.labels) == 2 else "multiclass")
    return {"classes": list(adopted.labels), "kind": kind}


__all__ = ["AdoptedWarning", "adopt", "estimator_of"]
