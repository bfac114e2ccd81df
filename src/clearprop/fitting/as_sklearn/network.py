"""From the settings of an MLP estimator to the network, its update rule and its first weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state

from clearprop.equations import Loss
from clearprop.errors import UsageError
from clearprop.fitting.recipe import Recipe
from clearprop.model import Inputs, Network, Parameters, initial, parameter_shapes

SKLEARN_NAMES = {"sigmoid": "logistic"}
"""Activations that scikit-learn calls otherwise."""

_SKLEARN_ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")


def describe(recipe: Recipe, n_in: int, n_out: int, output: str, loss: Loss) -> Network:
    """Return the network the settings stand for, with first weights as scikit-learn draws them.

    alpha is scikit-learn's: J = (Σ_n w_n ℓ_n + ½ alpha Σ W²) / Σ_n w_n over the rows of each batch.

    Raises
    ------
    UsageError
        If activation or dropout has not one entry per layer.
    """
    network = recipe.network(Inputs(n_in), n_out, loss, output=output)
    layers = tuple(
        replace(layer, init=_initializer(recipe.drawn_by, network, l))
        for l, layer in enumerate(network.layers, start=1)
    )
    return replace(network, layers=layers)


def first_parameters(network: Network, dtype: DTypeLike, random_state: Any, initializer: str) -> tuple[Parameters, int]:
    """Return initial parameters, and the seed of the orders and dropout masks to come.

    Layers with scikit-learn's four activations are drawn as scikit-learn draws them, so that the same random_state
    gives the very same weights *and biases*: uniform within ±√(6 / (n_in + n_out)) (Glorot and Bengio 2010), or
    ±√(2 / (n_in + n_out)) for logistic. The others have clearprop's own initializers.
    """
    rng = check_random_state(random_state)
    given: dict[str, Any] = {}
    for l in range(1, network.L + 1):
        name = _hidden_activation(network, l)
        if initializer == "auto" and name in _SKLEARN_ACTIVATIONS:
            n_in, n_out = network.sizes[l - 1 : l + 1]
            bound = np.sqrt((2 if name == "sigmoid" else 6) / (n_in + n_out))
            given[f"W{l}"] = rng.uniform(-bound, bound, (n_in, n_out))
            given[f"b{l}"] = rng.uniform(-bound, bound, n_out)
    whole = isinstance(random_state, int | np.integer)
    seed = int(random_state) if whole else int(rng.randint(2**31 - 1))
    return initial(network, seed, dtype, given), seed


def weights_of(parameters: Parameters) -> tuple[list[Any], list[Any]]:
    """Return scikit-learn's lists coefs_ and intercepts_: entry l − 1 is W[l], b[l]."""
    L = len(parameters) // 2
    return [parameters[f"W{l}"] for l in range(1, L + 1)], [parameters[f"b{l}"] for l in range(1, L + 1)]


def parameters_of(network: Network, coefs: Sequence[Any], intercepts: Sequence[Any]) -> Parameters:
    """Return the parameters that hold the lists coefs_ and intercepts_.

    Raises
    ------
    UsageError
        If they are not those of a network of this size.
    """
    parameters = Parameters(parameter_shapes(network), dtype=coefs[0].dtype)
    lists = {f"W{l}": W for l, W in enumerate(coefs, start=1)} | {f"b{l}": b for l, b in enumerate(intercepts, start=1)}
    wanted, given = dict(parameters.shapes), {name: np.shape(array) for name, array in lists.items()}
    if given != wanted:
        other = next(name for name in (*wanted, *given) if wanted.get(name) != given.get(name))
        raise UsageError(
            f"coefs_ and intercepts_ must be those of the network: for {other} of shape {wanted.get(other, 'none')}, "
            f"got {given.get(other, 'none')}; a network of another size than before is fitted with warm_start=False."
        )
    for name, array in lists.items():
        parameters[name][...] = array
    return parameters


def _hidden_activation(network: Network, l: int) -> str:
    """Return the activation that scikit-learn judges layer l by: its own, for the output layer the one before."""
    return network.layers[min(l, max(network.L - 1, 1)) - 1].activation


def _initializer(asked: str, network: Network, l: int) -> str:
    """Return the name of layer l's initializer."""
    return "glorot_uniform" if asked == "auto" and _hidden_activation(network, l) in _SKLEARN_ACTIVATIONS else asked
