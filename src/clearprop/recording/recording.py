"""Recording: what a run file holds, in the words of a training."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.engines import State
from clearprop.errors import DataError, ModelFileError
from clearprop.files import RunFile, load_run
from clearprop.model import Names, Network
from clearprop.paths import PathLike
from clearprop.recording.plain import plan_from_plain
from clearprop.training import EpochRecord, Plan, Rows

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Recording:
    """A recorded run, found sound.

    Attributes
    ----------
    run : RunFile
        What is on disk.
    plan : Plan
        As it was at the end: a rule of stopping may have changed its rate.
    records : tuple of EpochRecord
    steps_per_epoch : int
    n_rows : int
        Of the training; not all of them need have been kept.
    whole : bool
        Whether they were.
    """

    run: RunFile
    plan: Plan
    records: tuple[EpochRecord, ...]
    steps_per_epoch: int
    n_rows: int
    whole: bool

    @classmethod
    def of(cls, run: RunFile) -> Recording:
        """Return a run file, read as a training.

        Raises
        ------
        ModelFileError
            If what it says of the training does not hold.
        """
        about = run.about
        try:
            names = list(about["columns"])
            unknown = set(names) - {field.name for field in fields(EpochRecord)}
            if unknown or len(names) != run.epochs.shape[1]:
                raise ValueError(f"columns {names}")
            records = tuple(_record(names, row) for row in run.epochs.tolist())
            made = cls(
                run, plan_from_plain(about["plan"]), records, int(about["steps_per_epoch"]), int(about["n_rows"]),
                bool(about["whole"]),
            )  # fmt: skip
            if made.steps_per_epoch != -(-made.n_rows // made.plan.batch_size) or len(run.X) > made.n_rows:
                raise ValueError("rows and steps of an epoch do not go together")
            _ = made.names, made.title, made.engine, made.precision, made.base_rate(0)
            return made
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ModelFileError(f"the recording does not hold: {type(error).__name__}: {error}.") from None

    @property
    def network(self) -> Network:
        """The network that was trained."""
        return self.run.network

    @cached_property
    def rows(self) -> Rows:
        """The rows that were kept."""
        return Rows(self.run.X, self.run.Y, self.run.weights)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The steps whose states were kept, ascending."""
        return tuple(state.step for state in self.run.states)

    @property
    def first(self) -> int:
        """The step it begins at: 0, or that of the run it went on from."""
        return self.steps[0]

    @property
    def last(self) -> int:
        """The last step of the run."""
        return self.steps[-1]

    @cached_property
    def names(self) -> Names:
        """Of the columns of a[0] and of the outputs."""
        inputs, outputs = (tuple(map(str, self.run.about[kind])) for kind in ("inputs", "outputs"))
        network = self.network
        fits = len(inputs) in (0, network.sizes[0]) and len(outputs) in (0, network.n_out)
        if not fits:
            raise ValueError("as many names are expected as there are columns and outputs")
        return Names(inputs, outputs)

    @property
    def title(self) -> str:
        """What was trained on."""
        return str(self.run.about["title"])

    @property
    def engine(self) -> str:
        """Which engine trained it."""
        return str(self.run.about["engine"])

    @property
    def precision(self) -> str:
        """In which precision."""
        return str(self.run.about["precision"])

    @property
    def stopped(self) -> str | None:
        """Why it ended: a name of `Stopped`."""
        return self.run.about.get("stopped")

    def nearest(self, step: int) -> State:
        """Return the last state that was kept at or before a step.

        Raises
        ------
        DataError
            If the run has no such step.
        """
        if not self.first <= step <= self.last:
            raise DataError(
                f"step {step}: the run was recorded from step {self.first} to {self.last}; choose one there."
            )
        return self.run.states[bisect_right(self.steps, step) - 1]

    def base_rate(self, epoch: int) -> float:
        """Return the learning rate before the schedule, in an epoch; 0 is the first."""
        turns = self.run.about["rates"]
        return float(turns[bisect_right([int(first) for first, _ in turns], epoch) - 1][1])

    def row(self, number: int) -> int:
        """Return where the row stands that the user calls by this number.

        Raises
        ------
        DataError
            If it was not trained on, or not kept.
        """
        found = np.flatnonzero(self.run.row_numbers == number)
        if len(found) == 0:
            some = ", ".join(map(str, self.run.row_numbers[:8].tolist()))
            raise DataError(
                f"row {number} is not among the {len(self.rows)} training rows of the recording, which are {some} ...; "
                "rows held out for validation or test are not recorded."
            )
        return int(found[0])


PAGE = (
    "{path} is a page to look at; the run is in the file that `clearprop train --record RUN.safetensors` writes, "
    "and `clearprop record RUN.safetensors` makes a page of it."
)


def load_recording(path: PathLike) -> Recording:
    """Read a recorded run.

    Raises
    ------
    ModelFileError
        If it is not a sound one.
    """
    if Path(path).suffix == ".html":
        raise ModelFileError(PAGE.format(path=path))
    run = load_run(path)
    try:
        return Recording.of(run)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None


def _record(names: list[str], row: list[float]) -> EpochRecord:
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(EpochRecord))
    values |= dict(zip(names, row, strict=True))
    return EpochRecord(**(values | {"epoch": int(values["epoch"])}))
