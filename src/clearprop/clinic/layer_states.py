"""Inside a network: weights, gradients and units of every layer, now and over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import REFERENCE, open_session
from clearprop.equations import get_rule
from clearprop.equations.activations import Activation
from clearprop.model import Network, Parameters, Trace, parameter_shapes, without_dropout
from clearprop.training import EpochEnded, Event, Rows, Running, TrainingStarted

Array = NDArray[Any]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
ROWS = 256
FLAT = 0.01  # f′ below this share of f′(0) counts as flat
MOSTLY = 0.95  # share of the rows on which a saturated unit is flat
MOST_RECORDS = 100
_FAR = 30.0


@dataclass(frozen=True)
class LayerState:
    """One layer on given rows.

    Attributes
    ----------
    layer, units : int
    activation : str
    weight_norm, gradient_norm : float
        ‖W[l]‖ and ‖dW[l]‖.
    change : float or None
        ‖W[l] now − W[l] at the last look‖ / ‖W[l]‖; None at the first look.
    dead, saturated : float
        Share of the units whose f′ is 0 on every row; and, where f is flat on both sides, of those whose f′ is below a
        hundredth of f′(0) on 95 % of the rows.
    z : tuple of float
        Quantiles of z[l] over rows and units, at `QUANTILES`.
    """

    layer: int
    units: int
    activation: str
    weight_norm: float
    gradient_norm: float
    change: float | None
    dead: float
    saturated: float
    z: tuple[float, ...]


def look_inside(network: Network, parameters: Parameters, rows: Rows) -> tuple[LayerState, ...]:
    """Return the state of layers 1 .. L on the first rows, without dropout.

    Parameters
    ----------
    rows : Rows
        At most `ROWS` of them are looked at, evenly spaced.
    """
    return layer_states(trace_rows(network, parameters, rows))


def trace_rows(network: Network, parameters: Parameters, rows: Rows, n_rows: int = ROWS) -> Trace:
    """Return the trace of up to n_rows rows, evenly spaced, without dropout."""
    sample = thinned(rows, n_rows)
    session = open_session(without_dropout(network), parameters, get_rule("sgd"), 0, engine=REFERENCE)
    with np.errstate(all="ignore"):
        return session.trace(sample.X, sample.Y, sample.weights)


def thinned(rows: Rows, n_rows: int) -> Rows:
    """Return at most n_rows rows, evenly spaced."""
    if len(rows) <= n_rows:
        return rows
    return rows.take(np.linspace(0, len(rows) - 1, n_rows).astype(np.int64))


def layer_states(trace: Trace, before: Parameters | None = None) -> tuple[LayerState, ...]:
    """Return the state of every layer of a trace; with `before`, how far its weights have come since."""
    return tuple(_layer_state(trace, l, before) for l in range(1, trace.network.L + 1))


def unit_shares(f: Activation, z: Array, a: Array) -> tuple[float, float]:
    """Return the shares of dead and of saturated units of a layer; (0, 0) where f is not elementwise."""
    if not f.elementwise:
        return 0.0, 0.0
    slope = np.abs(f.derivative(z, a))
    dead = (slope == 0).all(axis=0)
    limit = _flat_below(f)
    saturated = (slope < limit).mean(axis=0) >= MOSTLY if limit else np.zeros_like(dead)
    return float(dead.mean()), float((saturated & ~dead).mean())


class InsideRecorder:
    """A listener that looks inside after each epoch (of long runs, after some) and keeps what it saw.

    Of several trainings it looks into the first.
    """

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.states: list[tuple[LayerState, ...]] = []
        self._before: Parameters | None = None
        self._every = 1
        self._first: Running | None = None

    def __call__(self, event: Event) -> None:
        self._first = self._first or event.training
        if event.training is not self._first:
            return
        if isinstance(event, TrainingStarted):
            self._every = max(1, event.training.plan.n_epochs // MOST_RECORDS)
            self._look(event, event.training.progress.epoch)
        elif isinstance(event, EpochEnded) and event.record.epoch % self._every == 0:
            self._look(event, event.record.epoch)

    def as_dict(self) -> dict[str, Any]:
        """Return what was seen as plain data for the model file."""
        return {"epochs": self.epochs, "states": [[asdict(state) for state in states] for states in self.states]}

    def _look(self, event: TrainingStarted | EpochEnded, epoch: int) -> None:
        training = event.training
        vector = training.session.get_state().parameters
        parameters = Parameters(parameter_shapes(training.network), np.array(vector))
        states = layer_states(trace_rows(training.network, parameters, training.rows), self._before)
        if all(np.isfinite(state.gradient_norm) for state in states):
            self.epochs.append(epoch)
            self.states.append(states)
        self._before = parameters


def states_from(records: Sequence[Sequence[dict[str, Any]]]) -> list[tuple[LayerState, ...]]:
    """Return what `InsideRecorder.as_dict` wrote as records again."""
    return [tuple(LayerState(**{**record, "z": tuple(record["z"])}) for record in states) for states in records]


def _layer_state(trace: Trace, l: int, before: Parameters | None) -> LayerState:
    layer, z, a, dW = trace.network.layers[l - 1], trace.z[l], trace.a[l], trace.dW[l]
    assert z is not None
    assert dW is not None
    W = trace.parameters[f"W{l}"]
    norm = float(np.linalg.norm(W))
    moved = None if before is None or not norm else float(np.linalg.norm(W - before[f"W{l}"])) / norm
    dead, saturated = unit_shares(layer.f, z, a)
    quantiles = tuple(float(q) for q in np.quantile(z, QUANTILES))
    return LayerState(
        l, layer.units, layer.activation, norm, float(np.linalg.norm(dW)), moved, dead, saturated, quantiles
    )


def _flat_below(f: Activation) -> float:
    """Return the slope under which f counts as flat; 0 where it is not flat on both sides."""
    z = np.array([-_FAR, 0.0, _FAR])
    left, middle, right = np.abs(f.derivative(z, f.forward(z)))
    return FLAT * float(middle) if max(left, right) < FLAT * middle else 0.0
