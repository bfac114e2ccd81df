"""The catalogue of classic mistakes in hand-written backpropagation, each a small change of one step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.penalties import penalty_gradient
from clearprop.proofs.mistaken import Mistake, Where

Array = NDArray[Any]

BP1 = "BP1: delta[L] = scale_n ∂ℓ_n/∂z[L], scale_n = w_n / Σ w (or w_n)"
BP2 = "BP2: delta[l] = f′(z[l]) ⊙ (delta[l+1] W[l+1]ᵀ)"
BP3 = "BP3: dW[l] = a[l-1]ᵀ delta[l] + ∂R/∂W[l]"
BP4 = "BP4: db[l] = Σ_rows delta[l] + ∂R/∂b[l]"
PENALTY = "∂R/∂W[l] = l2 W[l] + l1 sign(W[l])"


def _rows(where: Where) -> float:
    return float(np.sum(where.trace.weights))


def _outputs(where: Where) -> int:
    return where.trace.network.n_out


def _without_scale(scales: Array, where: Where) -> Array:
    return where.trace.weights if where.trace.network.objective.reduction == "mean" else scales


def _unweighted(scales: Array, where: Where) -> Array:
    mean = where.trace.network.objective.reduction == "mean"
    return np.full_like(scales, 1 / len(scales) if mean else 1.0)


def _no_output_derivative(delta: Array, where: Where) -> Array:
    network = where.trace.network
    if network.objective.loss.canonical == network.f[-1].name:
        return delta
    gradient: Array = where.upstream[:, None] * network.objective.loss.gradient(where.trace.a[-1], where.trace.Y)
    return gradient


def _output_derivative_on_top(delta: Array, where: Where) -> Array:
    trace = where.trace
    pulled: Array = trace.network.f[-1].pullback(trace.z[-1], trace.a[-1], delta)
    return pulled


def _at(where: Where, z: Any, f_layer: int | None = None) -> Array:
    """Return upstream ⊙ f′ evaluated at the given z."""
    f = where.trace.network.f[where.l if f_layer is None else f_layer]
    pulled: Array = f.pullback(z, f.forward(z), where.upstream)
    return pulled


def _derivative_in_z(delta: Array, where: Where) -> Array:
    """Return upstream ⊙ g(z), where f′(z) = g(a)."""
    z = where.trace.z[where.l]
    pulled: Array = where.trace.network.f[where.l].pullback(z, z, where.upstream)
    return pulled


def _neighbour(delta: Array, where: Where, l: int) -> Array:
    z = where.trace.z[l]
    return delta if z is None or z.shape != delta.shape else _at(where, z, l)


def _if_square(W: Array) -> Array:
    return W.T if W.shape[0] == W.shape[1] else W


def _next_input(x: Array, where: Where) -> Array:
    a = where.trace.a[where.l]
    return a if a.shape == x.shape else x


def _z_as_input(x: Array, where: Where) -> Array:
    z = where.trace.z[where.l - 1]
    return x if z is None else z


def _bias_penalty(penalty: Array, where: Where) -> Array:
    """Return the bias's penalty where it should have none, and none where it should have one."""
    assert where.slot is not None
    if where.slot.kind != "bias":
        return penalty
    objective = where.trace.network.objective
    if objective.penalize_bias:
        return np.zeros_like(penalty)
    strengths = objective.strengths(where.trace.weights)
    wrong: Array = penalty_gradient(where.trace.parameters[where.slot.name], *strengths)
    return wrong


MISTAKES = (
    Mistake("not_averaged", "the division by the number of rows is missing", BP1, "scales", _without_scale),
    Mistake(
        "averaged_again",
        "it is divided by the number of rows once too often",
        BP1,
        "scales",
        lambda scales, where: scales / _rows(where),
    ),
    Mistake("weights_ignored", "the sample weights are ignored", BP1, "scales", _unweighted),
    Mistake("wrong_sign", "the error is y − a where it should be a − y", BP1, "output", lambda delta, where: -delta),
    Mistake(
        "averaged_over_outputs",
        "it is divided by the number of outputs",
        BP1,
        "output",
        lambda delta, where: delta / _outputs(where),
    ),
    Mistake(
        "times_outputs",
        "it is multiplied by the number of outputs",
        BP1,
        "output",
        lambda delta, where: delta * _outputs(where),
    ),
    Mistake(
        "twice",
        "everything is doubled",
        BP1,
        "output",
        lambda delta, where: 2 * delta,
        with_half="the ½ of the loss is missing: everything is doubled",
    ),
    Mistake("halved", "everything is halved: there is a ½ too many", BP1, "output", lambda delta, where: delta / 2),
    Mistake("output_derivative_missing", "f′ of the output layer is missing", BP1, "output", _no_output_derivative),
    Mistake(
        "output_derivative_on_top",
        "the output's derivative is applied on top of a − y, which contains it already",
        BP1,
        "output",
        _output_derivative_on_top,
    ),
    Mistake(
        "transposed_weights",
        "W is used where its transpose belongs",
        BP2,
        "weights above",
        lambda W, where: _if_square(W),
    ),
    Mistake(
        "derivative_missing", "f′ of the hidden layers is missing", BP2, "delta", lambda delta, where: where.upstream
    ),
    Mistake(
        "derivative_at_a",
        "f′ is taken at a where it should be taken at z",
        BP2,
        "delta",
        lambda delta, where: _at(where, where.trace.a[where.l]),
    ),
    Mistake(
        "derivative_in_z",
        "z is put into the f′ that is written in a, as 1 − z² for tanh or z (1 − z) for sigmoid",
        BP2,
        "delta",
        _derivative_in_z,
    ),
    Mistake(
        "derivative_twice",
        "f′ is multiplied twice",
        BP2,
        "delta",
        lambda delta, where: where.trace.network.f[where.l].pullback(
            where.trace.z[where.l], where.trace.a[where.l], delta
        ),
    ),
    Mistake(
        "derivative_of_layer_above",
        "f′ is that of the layer above: one layer off",
        BP2,
        "delta",
        lambda delta, where: _neighbour(delta, where, where.l + 1),
    ),
    Mistake(
        "derivative_of_layer_below",
        "f′ is that of the layer below: one layer off",
        BP2,
        "delta",
        lambda delta, where: _neighbour(delta, where, where.l - 1),
    ),
    Mistake("input_one_layer_off", "a[l] is used where a[l-1] belongs", BP3, "input", _next_input),
    Mistake("z_for_a", "z[l-1] is used where a[l-1] belongs", BP3, "input", _z_as_input),
    Mistake(
        "dW_transposed",
        "dW is transposed: deltaᵀ a where aᵀ delta belongs",
        BP3,
        "dW",
        lambda dW, where: _if_square(dW),
    ),
    Mistake(
        "db_averaged",
        "db is averaged over the rows where it should be summed",
        BP4,
        "db",
        lambda db, where: np.mean(where.delta, axis=0),
    ),
    Mistake(
        "db_of_one_row",
        "db is not summed over the rows: it is that of the last one",
        BP4,
        "db",
        lambda db, where: where.delta[-1],
    ),
    Mistake("penalty_missing", "the penalty is missing from the gradient", PENALTY, "penalty", lambda p, where: 0 * p),
    Mistake("penalty_sign", "the penalty has the wrong sign", PENALTY, "penalty", lambda p, where: -p),
    Mistake("penalty_doubled", "the penalty is doubled: its ½ is missing", PENALTY, "penalty", lambda p, where: 2 * p),
    Mistake(
        "penalty_halved",
        "the penalty is halved: ½ belongs to R, not to its derivative",
        PENALTY,
        "penalty",
        lambda p, where: p / 2,
    ),
    Mistake(
        "penalty_averaged",
        "the penalty is divided by the number of rows",
        PENALTY,
        "penalty",
        lambda p, where: p / _rows(where),
    ),
    Mistake(
        "penalty_times_rows",
        "the penalty is multiplied by the number of rows",
        PENALTY,
        "penalty",
        lambda p, where: p * _rows(where),
    ),
    Mistake("bias_penalty", "whether the bias is penalised is the wrong way round", PENALTY, "penalty", _bias_penalty),
)
