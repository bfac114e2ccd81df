"""clearprop evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli._reading import BadRowsOption, MaxBadOption, NaOption, reading, rows_for
from clearprop.cli.output import as_word, next_command, print_json, print_table


def command(
    model: Annotated[Path, typer.Argument(help="A model file that `clearprop train` wrote.")],
    data: Annotated[str, typer.Argument(help="A table with the model's columns and the target.")],
    na: NaOption = None,
    bad_rows: BadRowsOption = None,
    max_bad: MaxBadOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score a model on rows it has not seen: figures for all rows, and for each class."""
    from clearprop.estimators.persistence import load_table_estimator

    estimator = load_table_estimator(model)
    with rows_for(estimator, data, reading(na, bad_rows, max_bad), keep_empty=False) as table:
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
    next_command(f"clearprop inspect {as_word(model)}")
