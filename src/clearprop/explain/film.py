"""Film: a recorded run as the frames of a page, every number of some rows at some of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.layer_states import LayerState, layer_states, trace_rows
from clearprop.explain.derivation import Derivation, derive
from clearprop.explain.derivation.notations import NOTATIONS
from clearprop.explain.worked_numbers import (
    Data,
    Most,
    Shown,
    choose_units,
    layer_arrays,
    layer_facts,
    overview,
    written,
)
from clearprop.model import Parameters, Trace, without_dropout
from clearprop.recording import Recording, Replay
from clearprop.training import thinned

Array = NDArray[Any]

MEGABYTE = 1 << 20
LARGEST = 4.0  # megabytes of frames in a page, as text
MOST_FRAMES = 400
FEWEST_FRAMES = 12
LAST_STEPS = 12  # shown one by one before a divergence
CURVE_POINTS = 600
_TEXT = 4 / 3 * 4  # characters of a number: four bytes in base64
_MOST = Most()
STATES = ("gradient_norm", "change", "dead", "saturated")


@dataclass(frozen=True, eq=False)
class Film:
    """A recorded run, ready for a page.

    Attributes
    ----------
    data : dict
        What stays, and the numbers of the first frame, as plain data.
    layout : list of (layer or 0, name, shape)
        Which numbers a frame holds, in their order; 0 for those of no layer.
    frames : float32 array (n_frames, n_numbers)
    """

    data: Data
    layout: list[tuple[int, str, list[int]]]
    frames: NDArray[np.float32]


@np.errstate(all="ignore")  # a run that diverged has numbers beyond all
def film(
    replay: Replay,
    rows: Sequence[int] = (),
    most: Most = _MOST,
    notation: str = "clearprop",
    megabytes: float = LARGEST,
) -> Film:
    """Return the frames of a recorded run.

    Parameters
    ----------
    replay : Replay
    rows : sequence of int
        The rows to show, by the numbers the user has for them; some of every class if left out.
    most : Most
        How many rows and units to show; the units that matter most at the end.
    notation : str
        Which one is shown first.
    megabytes : float
        What the frames may take in the page; of a long run fewer are shown, dense early.

    Raises
    ------
    DataError
        If a row is not in the recording.
    """
    recording = replay.recording
    chosen = np.array([recording.row(n) for n in rows]) if len(rows) else some_rows(recording, most.rows)
    last = replay.trace_rows(recording.last, chosen)
    shown = Shown(0, choose_units(last, most.units))
    first = _numbers(replay, replay.trace_rows(recording.first, chosen), shown, None)
    layout = [(l, name, list(array.shape)) for (l, name), array in first.items()]
    size = sum(array.size for array in first.values())
    n_frames = int(np.clip(megabytes * MEGABYTE / (size * _TEXT), FEWEST_FRAMES, MOST_FRAMES))
    steps = choose_steps(recording, n_frames)
    frames = np.stack([_flat(numbers) for numbers in _all_numbers(replay, chosen, shown, steps)])
    data = _data(replay, replay.trace_rows(steps[0], chosen), shown, notation) | {
        "steps": steps,
        "mostUnits": most.units,
    }
    return Film(data, layout, frames)


def some_rows(recording: Recording, n: int) -> Array:
    """Return rows of the recording, the same number of every class where there are classes."""
    Y = recording.rows.Y
    if Y.ndim == 2 or Y.dtype.kind == "f":
        return np.arange(min(n, len(Y)))
    order = np.lexsort((Y, _place_in_class(Y)))
    return np.sort(order[:n])


def choose_steps(recording: Recording, n_frames: int) -> list[int]:
    """Return the steps to show: dense early, the end, and each of the last ones where the run diverged."""
    first, last = recording.first, recording.last
    if not recording.whole:
        kept = np.array(recording.steps)
        return [int(step) for step in kept[np.unique(np.linspace(0, len(kept) - 1, n_frames).astype(int))]]
    if last - first < n_frames:
        return list(range(first, last + 1))
    ends = list(range(max(first, last - LAST_STEPS), last + 1)) if recording.stopped == "DIVERGED" else [last]
    half = max(2, (n_frames - len(ends)) // 2)
    even = np.linspace(first, last, half).round()
    early = first + np.geomspace(1, last - first + 1, half).round() - 1
    return sorted({int(step) for step in (*even, *early, *ends)})


def _place_in_class(Y: Array) -> Array:
    places = np.empty(len(Y), np.int64)
    for label in np.unique(Y):
        of_class = np.flatnonzero(Y == label)
        places[of_class] = np.arange(len(of_class))
    return places


def _all_numbers(
    replay: Replay, rows: Array, shown: Shown, steps: Sequence[int]
) -> Iterator[dict[tuple[int, str], Array]]:
    recording = replay.recording
    for step in steps:
        before = None
        if recording.whole and step > recording.first:
            before = replay.parameters(step - 1)
        yield _numbers(replay, replay.trace_rows(step, rows), shown, before)


def _numbers(replay: Replay, trace: Trace, shown: Shown, before: Parameters | None) -> dict[tuple[int, str], Array]:
    """Return every number of a frame, by layer and name."""
    found: dict[tuple[int, str], Array] = {
        (0, "J"): np.asarray(trace.J), (0, "D"): np.asarray(trace.D), (0, "R"): np.asarray(trace.R),
        (0, "losses"): trace.losses,
    }  # fmt: skip
    network = trace.network
    for l in range(1, network.L + 1):
        found |= {(l, name): array for name, array in layer_arrays(trace, shown, l).items()}
    whole = trace_rows(network, trace.parameters, replay.recording.rows)
    found[0, "states"] = np.array([_state(state) for state in layer_states(whole, before)])
    return found


def _state(state: LayerState) -> list[float]:
    values = (getattr(state, name) for name in STATES)
    return [np.nan if value is None else float(value) for value in values]


def _flat(numbers: dict[tuple[int, str], Array]) -> NDArray[np.float32]:
    return np.concatenate([np.ravel(array) for array in numbers.values()]).astype(np.float32)


def _data(replay: Replay, trace: Trace, shown: Shown, notation: str) -> Data:
    recording, network = replay.recording, trace.network
    first, *others = [notation, *(name for name in NOTATIONS if name != notation)]
    derivations = {
        name: derive(network, name, weighted=recording.rows.weights is not None) for name in (first, *others)
    }
    return {
        **overview(trace, shown, derivations[first]),
        "layers": [layer_facts(network, l) for l in range(1, network.L + 1)],
        "notations": {name: _notation(derivation) for name, derivation in derivations.items()},
        "notation": first,
        "dropout": recording.network != without_dropout(recording.network),
        "perEpoch": recording.steps_per_epoch,
        "curve": _curve(recording),
        "validation": _validation(recording),
        "stopped": recording.stopped,
        "rule": recording.run.rule.name,
        "rate": recording.plan.learning_rate,
        "batch": recording.plan.batch_size,
        "trainingRows": recording.n_rows,
        "states": list(STATES),
    }


def _notation(derivation: Derivation) -> Data:
    return {
        "title": derivation.title, "equations": written(derivation),
        "columns": derivation.orientation != "Rows", "scales": derivation.scales_delta,
    }  # fmt: skip


def _curve(recording: Recording) -> list[list[float | None]]:
    """Return steps and J of the batches, thinned."""
    curve = recording.run.curve
    kept = thinned(list(range(len(curve))), CURVE_POINTS)
    return [[float(curve[k, 0]), _number(curve[k, 1])] for k in kept]


def _validation(recording: Recording) -> list[list[float | None]]:
    records = thinned([r for r in recording.records if r.validation_loss is not None], CURVE_POINTS)
    return [[float(r.epoch * recording.steps_per_epoch), _number(r.validation_loss or 0.0)] for r in records]


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None
