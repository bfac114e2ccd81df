"""From the settings of an MLP estimator to the network, its update rule and its first weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state

from clearprop.equations import RULES, Loss, Rule, Schedule, get_schedule
from clearprop.errors import UsageError
from clearprop.estimators.mlp.settings import SKLEARN_RATES, activations, hidden_sizes
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial, parameter_shapes

SKLEARN_NAMES = {"sigmoid": "logistic"}
"""Activations that scikit-learn calls otherwise."""

_SKLEARN_ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")


def describe(mlp: Any, n_in: int, n_out: int, output: str, loss: Loss) -> Network:
    """Return the network the settings stand for.

    alpha is scikit-learn's: J = (Σ_n w_n ℓ_n + ½ alpha Σ W²) / Σ_n w_n over the rows of each batch.

    Raises
    ------
    UsageError
        If activation or dropout has not one entry per layer.
    """
    sizes = hidden_sizes(mlp.hidden_layer_sizes)
    names = [our_name(name) for name in (*activations(mlp.activation, len(sizes)), output)]
    if len(names) != len(sizes) + 1:
        raise UsageError(
            f"activation must have one entry per hidden layer ({len(sizes)}), got {len(names) - 1}; "
            "one name alone stands for all of them."
        )
    layers = tuple(
        Dense(units, name, dropout=dropout, init=_initializer(mlp.initializer, names, l), max_norm=mlp.max_norm)
        for l, (units, name, dropout) in enumerate(
            zip((*sizes, n_out), names, _dropouts(mlp.dropout, len(names)), strict=True), start=1
        )
    )
    objective = Objective(loss, l1=mlp.alpha_l1, l2=mlp.alpha, penalty_per_row=True)
    return Network(Inputs(n_in), layers, objective)


def our_name(activation: str) -> str:
    """Return clearprop's name of an activation."""
    return "sigmoid" if activation == "logistic" else activation


def choose_rule(mlp: Any) -> Rule:
    """Return the update rule the solver stands for, with the options that settings give it."""
    limits = {"clip_norm": mlp.clip_norm, "clip_value": mlp.clip_value}
    limits = {name: limit for name, limit in limits.items() if limit is not None}
    if isinstance(mlp.solver, Rule):
        return replace(mlp.solver, **limits)
    kind = RULES[("nesterov" if mlp.nesterovs_momentum else "momentum") if mlp.solver == "sgd" else mlp.solver]
    given = {
        "learning_rate": mlp.learning_rate_init,
        "momentum": mlp.momentum,
        "beta1": mlp.beta_1,
        "beta2": mlp.beta_2,
        "epsilon": mlp.epsilon,
    }
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in given.items() if name in known}, **limits)


def choose_schedule(mlp: Any) -> Schedule:
    """Return the schedule; scikit-learn's three are a constant that `Referee` changes between epochs."""
    if isinstance(mlp.learning_rate, Schedule):
        return mlp.learning_rate
    return get_schedule("constant" if mlp.learning_rate in SKLEARN_RATES else mlp.learning_rate)


def first_parameters(mlp: Any, network: Network, dtype: DTypeLike) -> tuple[Parameters, int]:
    """Return initial parameters, and the seed of the orders and dropout masks to come.

    Layers with scikit-learn's four activations are drawn as scikit-learn draws them, so that the same random_state
    gives the very same weights *and biases*: uniform within ±√(6 / (n_in + n_out)) (Glorot and Bengio 2010), or
    ±√(2 / (n_in + n_out)) for logistic. The others have clearprop's own initializers.
    """
    rng = check_random_state(mlp.random_state)
    given: dict[str, Any] = {}
    for l in range(1, network.L + 1):
        name = _hidden_activation(network, l)
        if mlp.initializer == "auto" and name in _SKLEARN_ACTIVATIONS:
            n_in, n_out = network.sizes[l - 1 : l + 1]
            bound = np.sqrt((2 if name == "sigmoid" else 6) / (n_in + n_out))
            given[f"W{l}"] = rng.uniform(-bound, bound, (n_in, n_out))
            given[f"b{l}"] = rng.uniform(-bound, bound, n_out)
    whole = isinstance(mlp.random_state, int | np.integer)
    seed = int(mlp.random_state) if whole else int(rng.randint(2**31 - 1))
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


def _initializer(initializer: str, names: Sequence[str], l: int) -> str:
    """Return the name of layer l's initializer."""
    judged = names[min(l, max(len(names) - 1, 1)) - 1]
    return "glorot_uniform" if initializer == "auto" and judged in _SKLEARN_ACTIVATIONS else initializer


def _dropouts(dropout: Any, n_layers: int) -> tuple[float, ...]:
    """Return each layer's dropout of its input; one number leaves the first layer's input, the data, whole."""
    if isinstance(dropout, int | float):
        return (0.0,) + (float(dropout),) * (n_layers - 1)
    rates = tuple(float(rate) for rate in dropout)
    if len(rates) != n_layers:
        raise UsageError(f"dropout must be one number or one per layer's input ({n_layers}), got {len(rates)}.")
    return rates
