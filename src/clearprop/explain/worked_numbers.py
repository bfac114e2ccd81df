"""Worked numbers: everything the worked page shows of one row, as plain data ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.engines.tracing import trace
from clearprop.equations import backprop
from clearprop.errors import DataError, UsageError
from clearprop.explain.derivation import Derivation, derive
from clearprop.explain.nudges import nudged_biases, nudged_weights
from clearprop.model.names import Names
from clearprop.model.network import Network, without_dropout
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace
from clearprop.notation.loss_formulas import LOSS_FORMULAS, residual

Array = NDArray[Any]
Data = dict[str, Any]

DIGITS = 8
STEPS = 9


@dataclass(frozen=True)
class Shown:
    """What of a trace is shown: the chosen row, and the units of every layer.

    Attributes
    ----------
    row : int
        Position of the chosen row in the trace.
    units : list of int array
        units[l] are those of layer l, in their order.
    """

    row: int
    units: list[Array]

    def hidden(self, l: int, n: int) -> Array:
        """Return the units of layer l that are left out."""
        return np.setdiff1d(np.arange(n), self.units[l])


@dataclass(frozen=True)
class Most:
    """How much is shown.

    Attributes
    ----------
    rows, units : int
        Of the data, and of each layer.

    Raises
    ------
    UsageError
        If there is to be no row or no unit.
    """

    rows: int = 6
    units: int = 12

    def __post_init__(self) -> None:
        if self.rows < 1 or self.units < 1:
            raise UsageError(f"rows and units to show must be 1 or more, got {self.rows!r} and {self.units!r}.")


def worked_numbers(
    network: Network,
    parameters: Parameters,
    X: ArrayLike,
    Y: ArrayLike,
    weights: ArrayLike | None = None,
    row: int = 0,
    names: Names | None = None,
    most: Most = Most(),
) -> Data:
    """Return the numbers of one row and its neighbours, forward and backward, with every term of every sum.

    The objective is taken over the rows that are shown and over nothing else, so that every sum can be followed to
    its end. Dropout is off, as in prediction. Of a wide layer the units that matter most to these rows are shown
    (largest |a| times the norm of their weights); what the others add is given as one number.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    X : array (n, n_columns)
    Y : array (n, n_out), or (n,) class indices
    weights : array (n,), optional
    row : int
        The row to explain.
    names : Names, optional
        Of the columns of a[0], the outputs and the rows of X.
    most : Most, optional
        How many rows and units to show; the rows after the chosen one, or before it at the end of the data.

    Returns
    -------
    dict
        Strings, numbers and lists; made for the page, not a stable format.

    Raises
    ------
    DataError
        If there is no such row.
    """
    X, Y = np.asarray(X), np.asarray(Y)
    if not 0 <= row < len(X):
        raise DataError(f"row {row}: expected 0 to {len(X) - 1}, the data have {len(X)} rows.")
    rows = neighbours(row, len(X), most.rows)
    predicting = without_dropout(network)
    w = None if weights is None else np.asarray(weights)[rows]
    found = trace(predicting, parameters, X[rows], Y[rows], w, names=_names_of(rows, names or Names()))
    shown = Shown(int(np.flatnonzero(rows == row)[0]), choose_units(found, most.units))
    derivation = derive(predicting, weighted=weights is not None)
    return {
        **overview(found, shown, derivation),
        "layers": [_layer(found, shown, l) for l in range(1, network.L + 1)],
        "dropout": any(layer.dropout for layer in network.layers),
        "mostUnits": most.units,
    }


def neighbours(row: int, n: int, n_rows: int) -> Array:
    """Return the chosen row and those after it, as many as wanted and there are."""
    start = max(0, min(row, n - n_rows))
    return np.arange(start, min(start + n_rows, n))


def choose_units(found: Trace, max_units: int) -> list[Array]:
    """Return for every layer the units to show, those that matter most to these rows, in their order."""
    network, chosen = found.network, []
    for l in range(network.L + 1):
        if l < network.L:
            importance = np.abs(found.a[l]).mean(axis=0) * np.linalg.norm(found.parameters[f"W{l + 1}"], axis=1)
        else:
            importance = np.abs(found.a[l]).mean(axis=0) + found.Y.max(axis=0)
        order = np.argsort(-importance, kind="stable")[:max_units]
        chosen.append(np.sort(order))
    return chosen


def _names_of(rows: Array, names: Names) -> Names:
    labels = [names.rows[i] for i in rows] if len(names.rows) else [f"row {i}" for i in rows]
    return replace(names, rows=tuple(labels))


def overview(found: Trace, shown: Shown, derivation: Derivation) -> Data:
    """Return what is told of all layers: sizes, names, J and its parts, targets and inputs, the equations."""
    network = found.network
    l1, l2 = network.objective.strengths(found.weights)
    return {
        "sizes": list(network.sizes),
        "J": _number(found.J), "D": _number(found.D), "R": _number(found.R),
        "lossName": network.objective.loss.name,
        "l1": l1, "l2": l2,
        "takesClasses": network.takes_classes,
        "penalizeBias": network.objective.penalize_bias,
        "rows": found.names.samples(len(found.X)), "row": shown.row,
        "scales": _list(found.scales), "losses": _list(found.losses),
        "Y": _list(found.Y[:, shown.units[network.L]]),
        "units": [_picked(found.names.units(network, l), shown.units[l]) for l in range(network.L + 1)],
        "input": _list(found.a[0][:, shown.units[0]]),
        "equations": written(derivation),
    }  # fmt: skip


def _layer(found: Trace, shown: Shown, l: int) -> Data:
    """Return layer l: its matrices cut to the shown units, and what the cut sums leave out."""
    network, W = found.network, found.parameters[f"W{l}"]
    i, j, steps = shown.units[l - 1], shown.units[l], _steps(W)
    data = {name: _list(array) for name, array in layer_arrays(found, shown, l).items()}
    data |= {"steps": _list(steps), "nudgeW": _list(nudged_weights(found, l, i, j, steps))}
    if network.layers[l - 1].bias:
        data |= {"nudgeB": _list(nudged_biases(found, l, j, steps))}
    return layer_facts(network, l) | data


def written(derivation: Derivation) -> dict[str, str]:
    """Return every equation as MathML, by clearprop's name for its left side."""
    return {
        equation.target.name: f"<math>{equation.write(derivation.glyphs).mathml()}</math>"
        for equation in derivation.equations
    }


def layer_facts(network: Network, l: int) -> Data:
    """Return what of layer l stays the same while it learns."""
    layer = network.layers[l - 1]
    return {"l": l, "activation": layer.activation, "nIn": network.sizes[l - 1], "nOut": network.sizes[l]}


def layer_arrays(found: Trace, shown: Shown, l: int) -> dict[str, Array]:
    """Return the arrays of layer l, cut to the shown units, and what the cut sums leave out."""
    network = found.network
    i, j = shown.units[l - 1], shown.units[l]
    W, hidden = found.parameters[f"W{l}"], shown.hidden(l - 1, network.sizes[l - 1])
    arrays = {
        "W": W[np.ix_(i, j)], "z": found[f"z{l}"][:, j], "a": found.a[l][:, j],
        "delta": found[f"delta{l}"][:, j], "dW": found[f"dW{l}"][np.ix_(i, j)],
    }  # fmt: skip
    if len(hidden):
        arrays["restZ"] = found.a[l - 1][:, hidden] @ W[np.ix_(hidden, j)]
    arrays |= _pullback(found, shown, l)
    if network.layers[l - 1].bias:
        arrays |= {"b": found.parameters[f"b{l}"][j], "db": found[f"db{l}"][j]}
    return arrays


def _pullback(found: Trace, shown: Shown, l: int) -> dict[str, Array]:
    """Return what delta[l] is made of: the gradient u by a[l], and the derivative of the activation."""
    network, f, j = found.network, found.network.f[l], shown.units[l]
    if l == network.L and _is_residual(network):
        return {"short": _targets(found)[:, j]}
    u, arrays = _upstream(found, l), {}
    if l < network.L:
        hidden = shown.hidden(l + 1, network.sizes[l + 1])
        W = found.parameters[f"W{l + 1}"]
        if len(hidden):
            arrays["restU"] = found[f"delta{l + 1}"][:, hidden] @ W[np.ix_(j, hidden)].T
    if f.elementwise:
        arrays["slope"] = f.derivative(found[f"z{l}"], found.a[l])[:, j]
    else:
        arrays["mean"] = np.sum(found.a[l] * u, axis=1)
    return {**arrays, "u": u[:, j]}


def _upstream(found: Trace, l: int) -> Array:
    """Return ∂J/∂a[l]."""
    if l == found.network.L:
        upstream: Array = found.scales[:, None] * found.network.objective.loss.gradient(found.a[l], found.Y)
        return upstream
    below: Array = backprop.masked(found[f"delta{l + 1}"] @ found.parameters[f"W{l + 1}"].T, found.mask[l])
    return below


def _is_residual(network: Network) -> bool:
    """Whether delta[L] is the scaled a − y."""
    loss = network.objective.loss
    return loss.canonical == network.f[-1].name and LOSS_FORMULAS[loss.name].short is residual


def _targets(found: Trace) -> Array:
    """Return what a[L] is compared with, label smoothing included."""
    smooth = getattr(found.network.objective.loss, "label_smoothing", 0.0)
    targets: Array = (1 - smooth) * found.Y + smooth / found.network.n_out
    return targets


def _steps(W: Array) -> Array:
    """Return the nudges: from minus to plus the usual size of a weight of this layer."""
    size = float(np.sqrt(np.mean(W * W))) or 1.0
    return np.linspace(-1, 1, STEPS) * float(f"{size:.1g}")


def _picked(names: list[str], units: Array) -> list[str]:
    return [names[j] for j in units]


def _list(array: Array) -> Any:
    """Return nested lists of numbers with `DIGITS` digits; what is not finite becomes None."""
    if array.ndim == 0:
        return _number(float(array))
    return [_list(part) for part in array]


def _number(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
