"""Trials: short runs that show what a fit could do, and the losses they are judged by."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.records import Fit
from clearprop.engines import Order, Session, open_session
from clearprop.equations.objective import row_scales
from clearprop.equations.optimizers import SGD, Rule, get_rule
from clearprop.equations.philox import PURPOSE_SHUFFLE, PURPOSE_SPLIT, generator
from clearprop.equations.targets import as_rows
from clearprop.model import Network, Parameters, without_dropout
from clearprop.training import Rows, evaluate, outputs

Array = NDArray[Any]

PLAIN = SGD()
REFIT_STEPS, REFIT_ROWS, REFIT_RATE = 1000, 20_000, 0.003
CERTAIN = 3.0
_SMALLEST = 1e-6


def bare(network: Network) -> Network:
    """Return the network without dropout and penalty."""
    return replace(without_dropout(network), objective=replace(network.objective, l1=0.0, l2=0.0))


def open_at(network: Network, parameters: Parameters, rule: Rule = PLAIN) -> Session:
    """Open a session on the fastest engine."""
    return open_session(network, parameters, rule)


def run_steps(session: Session, rows: Rows, batch_size: int, n_steps: int, learning_rate: float) -> int:
    """Take n_steps in shuffled epochs, fewer where one would diverge; return how many were taken."""
    taken, epoch = 0, 0
    while taken < n_steps:
        order = Order.of(generator(0, PURPOSE_SHUFFLE, epoch).permutation(len(rows)), batch_size)
        order = order.steps(0, min(len(order), n_steps - taken))
        done = len(session.run(rows.X, rows.Y, rows.weights, order, np.full(len(order), learning_rate)))
        taken, epoch = taken + done, epoch + 1
        if done < len(order):
            break
    return taken


def loss_of(network: Network, parameters: Parameters, rows: Rows) -> float:
    """Return D of these parameters on these rows."""
    with np.errstate(all="ignore"):
        return evaluate(open_at(network, parameters), network, rows)[0]


def constant_loss(network: Network, rows: Rows) -> float:
    """Return D of the best constant answer: the mean target, or the median where that is better."""
    Y = as_rows(rows.Y, network.n_out, np.float64, network.takes_classes)
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights.astype(np.float64)
    positive = network.objective.loss.domain == "positive"
    answers = [np.average(Y, axis=0, weights=weights)]
    if network.objective.loss.domain == "real":
        answers.append(np.median(Y, axis=0))
    scales = row_scales(weights, network.objective.reduction)
    constants = [np.broadcast_to(np.maximum(c, _SMALLEST) if positive else c, Y.shape) for c in answers]
    return min(float(np.sum(scales * network.objective.loss.value(a, Y))) for a in constants)


@dataclass(frozen=True)
class Trial:
    """Two refits of a net on the same rows, and what each has on rows it was not fitted on.

    Attributes
    ----------
    before, after : float
        Mean loss of a held-out row.
    better : bool
        Whether `after` is lower by more than chance would have it: by `CERTAIN` standard errors of the difference.
    n_rows : int
        Held-out rows.
    """

    before: float
    after: float
    better: bool
    n_rows: int


def compare_refits(fit: Fit, before: Rows, after: Rows) -> Trial:
    """Refit the net to two versions of its rows, with the same steps from the same start, and compare row by row."""
    order = generator(0, PURPOSE_SPLIT, 3).permutation(len(before))
    held, known = np.sort(order[: len(order) // 4]), np.sort(order[len(order) // 4 :])
    one, other = (_losses_after(fit, rows.take(known), rows.take(held)) for rows in (before, after))
    gain = one - other
    error = float(gain.std()) / math.sqrt(len(gain))
    better = bool(gain.mean() > CERTAIN * error and gain.mean() > 0)
    return Trial(float(one.mean()), float(other.mean()), better, len(held))


def _losses_after(fit: Fit, known: Rows, held: Rows) -> Array:
    """Return the loss of every held row after a short training on the known ones."""
    network, rule = bare(fit.network), get_rule("adam")
    session = open_at(network, fit.start, rule)
    run_steps(session, known, fit.plan.batch_size, REFIT_STEPS, REFIT_RATE)
    Y = as_rows(held.Y, network.n_out, np.float64, network.takes_classes)
    losses = np.asarray(network.objective.loss.value(outputs(session, held), Y))
    return np.asarray(losses.reshape(len(held), -1).sum(axis=1))


def rounded(value: float) -> float:
    """Return the value to one digit, as a person would set it."""
    return float(f"{value:.0e}")
