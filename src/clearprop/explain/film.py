"""Film: a recorded run as the frames of a page, every number of some rows at some of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.explain.camera import Camera, Layout, Numbers, flat, layout_of, standing
from clearprop.explain.worked_numbers import Data, Most, Shown, choose_units
from clearprop.model import Trace, without_dropout
from clearprop.recording import Recording, Replay
from clearprop.training import Rows, thinned

Array = NDArray[Any]

MEGABYTE = 1 << 20
LARGEST = 4.0  # megabytes of frames in a page, as text
MOST_FRAMES = 400
FEWEST_FRAMES = 12
LAST_STEPS = 12  # shown one by one before a divergence
CURVE_POINTS = 600
_TEXT = 4 / 3 * 4  # characters of a number: four bytes in base64
_MOST = Most()


@dataclass(frozen=True, eq=False)
class Film:
    """A recorded run, ready for a page.

    Attributes
    ----------
    data : dict
        What stays, and the numbers of the first frame, as plain data.
    layout : list of (layer or 0, name, shape)
        See `clearprop.explain.camera.layout_of`.
    frames : float32 array (n_frames, n_numbers)
    """

    data: Data
    layout: Layout
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
    chosen = np.array([recording.row(n) for n in rows]) if len(rows) else some_rows(recording.rows, most.rows)
    last = replay.trace_rows(recording.last, chosen)
    camera = Camera(recording.rows, Shown(0, choose_units(last, most.units)))
    first = camera.numbers(replay.trace_rows(recording.first, chosen), None)
    steps = choose_steps(recording, frames_within(megabytes, sum(array.size for array in first.values())))
    frames = np.stack([flat(numbers) for numbers in _all_numbers(replay, chosen, camera, steps)])
    of_frames = {
        "steps": steps, "epochs": [step // recording.steps_per_epoch + 1 for step in steps], "mostUnits": most.units,
    }  # fmt: skip
    data = _data(replay, replay.trace_rows(steps[0], chosen), camera.shown, notation) | of_frames
    return Film(data, layout_of(first), frames)


def frames_within(megabytes: float, n_numbers: int) -> int:
    """Return how many frames of so many numbers a page holds."""
    return int(np.clip(megabytes * MEGABYTE / (n_numbers * _TEXT), FEWEST_FRAMES, MOST_FRAMES))


def some_rows(rows: Rows, n: int) -> Array:
    """Return the places of some rows, the same number of every class where there are classes."""
    Y = rows.Y
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
    return spread(first, last, n_frames, LAST_STEPS if recording.stopped == "DIVERGED" else 0)


def spread(first: int, last: int, n: int, ending: int = 0) -> list[int]:
    """Return about n steps of a run, dense early; the last one and so many before it are among them."""
    if last - first < n:
        return list(range(first, last + 1))
    ends = list(range(max(first, last - ending), last + 1))
    half = max(2, (n - len(ends)) // 2)
    even = np.linspace(first, last, half).round()
    early = first + np.geomspace(1, last - first + 1, half).round() - 1
    return sorted({int(step) for step in (*even, *early, *ends)})


def _place_in_class(Y: Array) -> Array:
    places = np.empty(len(Y), np.int64)
    for label in np.unique(Y):
        of_class = np.flatnonzero(Y == label)
        places[of_class] = np.arange(len(of_class))
    return places


def _all_numbers(replay: Replay, rows: Array, camera: Camera, steps: Sequence[int]) -> Iterator[Numbers]:
    recording = replay.recording
    for step in steps:
        before = None
        if recording.whole and step > recording.first:
            before = replay.parameters(step - 1)
        yield camera.numbers(replay.trace_rows(step, rows), before)


def _data(replay: Replay, trace: Trace, shown: Shown, notation: str) -> Data:
    recording = replay.recording
    return {
        **standing(trace, shown, notation),
        "dropout": recording.network != without_dropout(recording.network),
        "perEpoch": recording.steps_per_epoch,
        "curve": thinned_curve(recording.run.curve),
        "validation": _validation(recording),
        "stopped": recording.stopped,
        "rule": recording.run.rule.name,
        "rate": recording.plan.learning_rate,
        "batch": recording.plan.batch_size,
        "trainingRows": recording.n_rows,
    }


def thinned_curve(curve: Array) -> list[list[float | None]]:
    """Return steps and J of the batches, the first two columns, thinned."""
    kept = thinned(list(range(len(curve))), CURVE_POINTS)
    return [[float(curve[k, 0]), _number(curve[k, 1])] for k in kept]


def _validation(recording: Recording) -> list[list[float | None]]:
    records = thinned([r for r in recording.records if r.validation_loss is not None], CURVE_POINTS)
    return [[float(r.epoch * recording.steps_per_epoch), _number(r.validation_loss or 0.0)] for r in records]


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None
