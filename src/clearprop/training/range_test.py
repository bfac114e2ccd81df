"""Learning-rate range test: raise the rate exponentially, a little every step, and watch J (Smith 2017)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.engines import Order, Session
from clearprop.errors import UsageError
from clearprop.training.order import Epochs
from clearprop.training.plan import Plan
from clearprop.training.rows import Array, Rows

SMOOTHING = 0.95  # of J, as an exponential mean without bias
BLOWN_UP = 4.0  # times the smallest smoothed J: the test is over
MARGIN = 10.0  # the rate of the smallest J is on the edge already


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What a range test found.

    Attributes
    ----------
    learning_rates, losses, smoothed : array (n_steps,)
        Of every step: its rate, J before it, and the mean of J up to it, weighted towards the last ones.
    suggested : float
        A tenth of the rate at which the smoothed J was smallest.
    steepest : float
        The rate at which the smoothed J fell fastest per factor of the rate.
    """

    learning_rates: Array
    losses: Array
    smoothed: Array
    suggested: float
    steepest: float


def range_test(
    session: Session,
    rows: Rows,
    plan: Plan,
    n_steps: int = 200,
    lowest: float = 1e-6,
    highest: float = 10.0,
) -> RangeTest:
    """Take steps at growing learning rates until J blows up; the session ends in the state it came in.

    Parameters
    ----------
    session : Session
        At the weights training is to start from.
    plan : Plan
        The one training is to have: its batches and their order count, and the best rate depends on their size.
    n_steps : int
        From the lowest to the highest rate.

    Raises
    ------
    UsageError
        If the range is empty, or J is not finite before the first step.
    """
    if not 0 < lowest < highest or n_steps < 10:
        raise UsageError(
            f"a range test needs 0 < lowest < highest and 10 steps or more, got {lowest}, {highest}, {n_steps}."
        )
    rates = np.geomspace(lowest, highest, n_steps)
    state = session.get_state()
    try:
        losses = _climb(session, rows, _order(len(rows), plan, n_steps), rates)
    finally:
        session.set_state(state)
    if len(losses) == 0:
        raise UsageError("J or its gradient is not finite before the first step; scale the data.")
    return _judge(rates[: len(losses)], losses)


def _order(n_rows: int, plan: Plan, n_steps: int) -> Order:
    """Return an order of that many steps: the epochs of the training, one after the other."""
    per_epoch = -(-n_rows // plan.batch_size)
    epochs, rows, cuts = Epochs(n_rows, plan), [], [np.zeros(1, np.int64)]
    for epoch in range(-(-n_steps // per_epoch)):
        order = epochs.of(epoch)
        rows.append(order.rows)
        cuts.append(order.cuts[1:] + epoch * n_rows)
    return Order(np.concatenate(rows), np.concatenate(cuts)).steps(0, n_steps)


def _climb(session: Session, rows: Rows, order: Order, rates: Array) -> Array:
    """Return J of every step, until one is not finite or J has blown up."""
    losses: list[float] = []
    for step in range(len(order)):
        batch, of_batch = rows.for_steps(order.steps(step, step + 1))
        found = session.run(batch.X, batch.Y, batch.weights, of_batch, rates[step : step + 1])
        if len(found) == 0:
            break
        losses.append(float(found.losses[0]))
        smooth = smoothed(np.array(losses))
        if smooth[-1] > BLOWN_UP * smooth.min():
            break
    return np.array(losses)


def _judge(rates: Array, losses: Array) -> RangeTest:
    smooth = smoothed(losses)
    slopes = np.gradient(smooth, np.log(rates)) if len(rates) > 1 else np.zeros(1)
    lowest = int(np.argmin(smooth))
    steepest = float(rates[int(np.argmin(slopes[: lowest + 1]))])
    return RangeTest(rates, losses, smooth, float(rates[lowest]) / MARGIN, steepest)


def smoothed(losses: Array) -> Array:
    """Return the exponential means m ← β m + (1 − β) J, m / (1 − βᵗ), of the losses up to each (n,)."""
    ages = np.arange(len(losses))
    kernel = SMOOTHING ** np.clip(ages[:, None] - ages, 0, None) * (ages[:, None] >= ages)
    means: Array = kernel @ losses / kernel.sum(axis=1)
    return means
