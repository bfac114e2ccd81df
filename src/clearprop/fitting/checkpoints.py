"""Checkpoints: a listener that writes where training stands, and the way back.

``last.safetensors`` is the newest state, ``best.safetensors`` the one after the best epoch so far. Each is written in
full beside the old one and takes its place at once, so a kill at any moment leaves both readable.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import State
from clearprop.equations.optimizers import Rule
from clearprop.errors import DataError, ModelFileError, UsageError, WriteError
from clearprop.files import Checkpoint, load_checkpoint, save_checkpoint
from clearprop.fitting.averaging import Average
from clearprop.fitting.fitted import Standing
from clearprop.model import Network
from clearprop.paths import fault_of
from clearprop.training import EpochEnded, Event, Plan, Progress, Rows, Running, RunStopped, StepsDone, TrainingStarted
from clearprop.training.resume import progress_from_plain, progress_to_plain

Array = NDArray[np.floating[Any]]

LAST, BEST = "last.safetensors", "best.safetensors"


@dataclass(frozen=True)
class CheckpointPlan:
    """Where and how often checkpoints are written, and which of them to go on from.

    Attributes
    ----------
    folder : Path, optional
        Made if it does not exist. Nothing is written if left out.
    epochs : int or None
        Write after every so many epochs.
    seconds : float or None
        Write when so much time has passed since the last one, in the middle of an epoch if need be.
    about : dict
        Plain data to keep with them, such as the configuration of the run.
    pause_at : int or None
        Number of steps after which to stop as if interrupted, and write.
    resume : Resumption, optional
        What `read_resumption` found; training goes on from there, to the bit, on the same data and settings. A batch
        solver begins anew at the weights it had reached.
    """

    folder: Path | None = None
    epochs: int | None = 1
    seconds: float | None = None
    about: dict[str, Any] = field(default_factory=dict)
    pause_at: int | None = None
    resume: Resumption | None = None


class Checkpoints:
    """A listener that writes checkpoints; also when a signal ends the run."""

    def __init__(
        self,
        folder: Path,
        plan: CheckpointPlan,
        network: Network,
        rule: Rule,
        rows: Rows,
        average: Average | None = None,
    ) -> None:
        self._folder = folder
        self._plan, self._network, self._rule, self._average = plan, network, rule, average
        self._about = plan.about | {"rows_sha256": fingerprint(rows)}
        self._written = time.perf_counter()

    def __call__(self, event: Event) -> None:
        if isinstance(event, TrainingStarted):
            self._make_folder()
        elif isinstance(event, EpochEnded):
            if event.improved:
                self._write(event.training, BEST)
            every = self._plan.epochs
            if (every is not None and event.record.epoch % every == 0) or self._is_time():
                self._write(event.training, LAST)
        elif isinstance(event, RunStopped) or (isinstance(event, StepsDone) and self._is_time()):
            self._write(event.training, LAST)

    def _make_folder(self) -> None:
        folder = self._folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = fault_of(folder) or f"{folder} cannot be made a folder: {error.strerror}; name another one."
            raise WriteError(f"no checkpoints can be written: {reason}") from error

    def _is_time(self) -> bool:
        seconds = self._plan.seconds
        return seconds is not None and time.perf_counter() - self._written >= seconds

    def _write(self, training: Running, name: str) -> None:
        progress, vectors, records = progress_to_plain(training.progress)
        state = training.session.get_state()
        vectors |= self._average.vectors() if self._average else {}
        checkpoint = Checkpoint(self._network, self._rule, state, progress, vectors, None, self._about, records)
        save_checkpoint(self._folder / name, checkpoint)
        if name == LAST:  # the best epochs do not put off the newest state: it is the one to go on from
            self._written = time.perf_counter()


@dataclass(frozen=True, eq=False)
class Resumption:
    """What a checkpoint hands to the run that goes on."""

    state: State
    progress: Progress
    about: dict[str, Any]
    vectors: dict[str, Array] = field(default_factory=dict)

    def standing(self, averaging: float) -> Standing:
        """Return where the run stood, with the mean of its weights where one is kept."""
        average = Average.of(averaging, self.vectors, self.progress.epoch) if averaging else None
        return Standing(self.state, self.progress, average, cut=True)

    def check(self, rows: Rows, plan: Plan) -> None:
        """Check that the training rows are still the same, and in as many shards.

        Raises
        ------
        DataError
            If a number has changed.
        UsageError
            If the batches were cut otherwise.
        """
        before = self.about.get("shards")
        if before != plan.shards:
            raise UsageError(
                f"the training began with shards={before}, and cannot go on with shards={plan.shards}: other rows would"
                f" make a batch. Pass shards={before}" + ("." if before else ", and go on in one process.")
            )
        if fingerprint(rows) != self.about.get("rows_sha256"):
            raise DataError(
                "the training rows are not those the checkpoint was written for; a run can only be continued on the "
                "same data. Put the old data back, or train anew."
            )


def read_resumption(folder: str | Path) -> Resumption:
    """Return the newest state a folder of checkpoints holds.

    Raises
    ------
    ModelFileError
        If there is none, or it is not sound.
    """
    path = Path(folder) / LAST
    fault = fault_of(path)
    if fault is not None:
        raise ModelFileError(fault)
    if not path.exists():
        raise ModelFileError(
            f"{path} does not exist; name the folder that was given as the checkpoint folder of a training."
        )
    checkpoint = load_checkpoint(path)
    progress = progress_from_plain(checkpoint.progress, checkpoint.vectors, checkpoint.records)
    return Resumption(checkpoint.state, progress, checkpoint.facts, checkpoint.vectors)


def about_shards(plan: Plan) -> dict[str, int]:
    """Return what a checkpoint says of the shards of a plan: nothing where there are none."""
    return {} if plan.shards is None else {"shards": plan.shards}


def fingerprint(rows: Rows) -> str:
    """Return the SHA-256 of all numbers of the rows."""
    digest = hashlib.sha256()
    digest.update(f"{rows.X.dtype}{rows.X.shape}".encode())
    for chunk in rows.blocks():
        digest.update(chunk.X.tobytes())
    for array in (rows.Y, rows.weights):
        if array is not None:
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()
