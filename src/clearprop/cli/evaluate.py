"""clearprop evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._reading import Reading, rows_for, with_reading
from clearprop.cli.output import as_word, next_command, note, print_json, print_table
from clearprop.paths import same_place

if TYPE_CHECKING:
    from clearprop.fitting.facts import TrainingFacts


@with_reading
def command(
    model: Annotated[Path, typer.Argument(help="A model file that `clearprop train` wrote.")],
    data: Annotated[str, typer.Argument(help="A table with the model's columns and the target.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    **given: Any,
) -> None:
    """Score a model on rows it has not seen: figures for all rows, and for each class."""
    from clearprop.estimators.persistence import load_table_estimator

    how, estimator = Reading.of(given), load_table_estimator(model)
    with rows_for(estimator, data, how, keep_empty=False) as table:
        result = estimator.evaluate(table)
    if as_json:
        print_json({"model": str(model), "data": data, "rows": result.n_rows, "rejected_rows": table.n_rejected,
                    "rejects": table.rejects, "scores": result.scores, "classes": result.classes})  # fmt: skip
        return
    print_table(f"{model} on {data}, {result.n_rows} rows", ("score", "value"), result.scores.items())
    if result.classes:
        print_table(
            "Classes", ("class", "rows", "precision", "recall", "f1"), [list(row.values()) for row in result.classes]
        )
    if _trained_on(estimator.facts_, data, result.n_rows):
        note(
            "note: the model was trained on most of these rows: the figures are too good. A report takes the test rows."
        )
        next_command(f"clearprop report {as_word(model)} {as_word(data)}{how.as_words()}")
    else:
        next_command(f"clearprop inspect {as_word(model)}")


def _trained_on(facts: TrainingFacts, data: str, n_rows: int) -> bool:
    """Return whether a command trained the model on the table of this name, and it has not lost rows since."""
    if facts.config is None or not same_place(facts.config["data"], data):
        return False
    return n_rows >= facts.rows + facts.test.rows
