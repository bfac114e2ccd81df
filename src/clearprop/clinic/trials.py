"""Trials: short runs that show what a fit could do, and the losses they are judged by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clearprop.engines import Order, Session, open_session
from clearprop.equations.objective import row_scales
from clearprop.equations.optimizers import SGD, Rule
from clearprop.equations.philox import PURPOSE_SHUFFLE, generator
from clearprop.equations.targets import as_rows
from clearprop.model import Network, Parameters, without_dropout
from clearprop.training import Rows, evaluate

PLAIN = SGD()
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


def rounded(value: float) -> float:
    """Return the value to one digit, as a person would set it."""
    return float(f"{value:.0e}")
