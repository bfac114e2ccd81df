"""clearprop evaluate"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._models import Target, model_for, target_words
from clearprop.cli._reading import Reading, rows_for, with_reading
from clearprop.cli._shared import AsJson, Model
from clearprop.cli.output import as_word, next_command, note, print_json, print_table

if TYPE_CHECKING:
    from clearprop.examination.sure import Sure
    from clearprop.fitting.scoring import Evaluation


@with_reading
def command(
    model: Model,
    data: Annotated[str, typer.Argument(help="A table with the model's columns and the target.")],
    target: Target = None,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Score a model on rows it has not seen: figures for all rows, and for each class."""
    from clearprop.cli._wary import far_target, known_rows
    from clearprop.examination.sure import how_sure

    how = Reading.of(given)
    estimator = model_for(model, data, how, target, judged=True)
    with rows_for(estimator, data, how, keep_empty=False) as table:
        result = estimator.evaluate(table)
        sure = how_sure(estimator, table)
        far, seen = far_target(estimator, table), known_rows(estimator, table, data, result.n_rows)
    if as_json:
        print_json({"model": str(model), "data": data, "rows": result.n_rows, "rejected_rows": table.n_rejected,
                    "rejects": table.rejects, "scores": result.scores, "classes": result.classes,
                    "sure": sure and sure.as_plain()})  # fmt: skip
    else:
        _show(f"{model} on {data}, {result.n_rows} rows", result)
        if sure is not None:
            _show_sure(sure)
    for remark in (far, seen):
        if remark is not None:
            note(f"note: {remark}")
    if not as_json:
        report = f"report {as_word(model)} {as_word(data)}{target_words(target)}{how.as_words()}"
        next_command(f"clearprop {report}" if seen else f"clearprop inspect {as_word(model)}")


def _show_sure(sure: Sure) -> None:
    rows: list[tuple[str, float | None]] = [
        (f"{100 * level:g} % held the truth in", held) for level, held in zip(sure.levels, sure.held, strict=True)
    ]
    if sure.size is not None:
        rows.append(("width at 90 %" if sure.calibration_error is None else "classes at 90 %", sure.size))
    if sure.calibration_error is not None:
        rows.append(("calibration error", sure.calibration_error))
    of = "Intervals" if sure.calibration_error is None else "Sets of classes, and probabilities"
    print_table(f"How sure? {of}", ("what was said", "what came"), rows)


def _show(title: str, result: Evaluation) -> None:
    print_table(title, ("score", "value"), result.scores.items())
    if result.classes:
        heads = ("class", "rows", "precision", "recall", "f1")
        print_table("Classes", heads, [list(row.values()) for row in result.classes])
