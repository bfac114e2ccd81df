"""clearprop predict"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from clearprop.cli._models import Target, answering_for, target_words
from clearprop.cli._reading import Reading, places, rows_for, with_reading
from clearprop.cli._shared import AsJson, Model
from clearprop.cli.output import as_word, check_out, next_command, note, print_json

if TYPE_CHECKING:
    from clearprop.answering.table import AnsweringTable
    from clearprop.tables import Table
    from clearprop.tables.novelty import Novelty

Columns = dict[str, NDArray[Any]]


@with_reading
def command(
    model: Model,
    data: Annotated[str, typer.Argument(help="A table with the columns the model was trained on.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Write the predictions here: .csv, .tsv, .jsonl or .parquet. CSV on stdout if left out."),
    ] = None,
    id: Annotated[
        list[str] | None, typer.Option(help="A column to carry along, as text; more than once for more.")
    ] = None,
    target: Target = None,
    interval: Annotated[
        float | None, typer.Option(help="Columns low and high that hold the number with this probability, such as 0.9.")
    ] = None,
    std: Annotated[bool, typer.Option("--std", help="A column of how far off a number may be: one deviation.")] = False,
    strange: Annotated[
        bool,
        typer.Option("--strange", help="Columns of what is strange about a row, and of how far off it is."),
    ] = False,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Predict every row of a table, with probabilities for classes.

    With `--bad-rows quarantine` the first column names the line of each row in the file, as the file of rejects does.
    """
    from clearprop.tables.novelty import Novelty
    from clearprop.tables.sinks import check_ending

    if out is not None:
        check_out(out, model, data)
        check_ending(out)
    how = Reading.of(given)
    estimator = answering_for(model, data, how, target)
    seen = Novelty(estimator.schema_)
    with rows_for(estimator, data, how, as_text=id or ()) as table:
        blocks = _blocks(table, how, id or (), _Answers(estimator, seen, interval, std, strange))
        if as_json:
            rejected = {"rejected_rows": table.n_rejected, "rejects": table.rejects}
            print_json({"rows": len(table), **rejected, "columns": _whole(blocks), "strange": seen.as_plain()})
        else:
            _write(blocks, out)
        scored = estimator.target_.name in table.names
    if out is not None and not as_json:
        note(f"Wrote {len(table)} predictions to {out}")
    if (said := seen.says()) is not None:
        note(f"note: {said}")
    evaluate = f"clearprop evaluate {as_word(model)} {as_word(data)}{target_words(target)}{how.as_words()}"
    next_command(evaluate if scored else f"clearprop inspect {as_word(model)}")


@dataclass(frozen=True)
class _Answers:
    """The predictions of some rows, how sure they are and what is strange about the rows, where that is asked for."""

    estimator: AnsweringTable
    seen: Novelty
    interval: float | None
    std: bool
    strange: bool

    def __call__(self, part: Table) -> Columns:
        sure = self.estimator.sure_columns(part, self.interval, self.std)  # first: it may refuse
        predicted = self.estimator.prediction_columns(part)
        told = self.seen.look(part)
        return predicted | sure | (told if self.strange else {})


def _blocks(
    table: Table, how: Reading, carried: Sequence[str], answers: Callable[[Table], Columns]
) -> Iterator[Columns]:
    """Yield the columns that are written, of all rows at once or, of a table on disk, of a block of them."""
    from clearprop.fitting.streaming import in_blocks

    table.only(*carried)  # which refuses names that it has not
    for part in in_blocks(table):
        cells = {name: np.array(part.column(name).cells(), dtype=object) for name in carried}
        yield _joined(_numbered(part, how), cells, answers(part))


def _numbered(table: Table, how: Reading) -> Columns:
    """Return the column that tells which row a prediction is of, where rows may be missing."""
    if how.settings.get("bad_rows") != "quarantine":
        return {}
    name, numbers = places(table)
    return {name: np.array(numbers, dtype=np.int64)}


def _joined(*parts: Mapping[str, NDArray[Any]]) -> Columns:
    """Return columns beside one another; of two that are called alike the later gets a number."""
    from clearprop.tables.columns.names import unique_names

    names, _ = unique_names(name for part in parts for name in part)
    return dict(zip(names, (values for part in parts for values in part.values()), strict=True))


def _whole(blocks: Iterator[Columns]) -> Columns:
    parts = list(blocks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _write(blocks: Iterator[Columns], out: Path | None) -> None:
    from clearprop.files import atomic_file
    from clearprop.tables.sinks import open_sink

    opened = nullcontext(_Stdout()) if out is None else atomic_file(out)
    with opened as file, open_sink(out or "-.csv", file) as sink:
        for block in blocks:
            sink.write(block)


class _Stdout:
    """Standard output, as a sink writes to it."""

    def write(self, data: bytes) -> None:
        sys.stdout.write(data.decode())
