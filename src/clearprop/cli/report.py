"""clearprop report"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clearprop.cli._models import Target, model_for, target_words
from clearprop.cli._reading import Reading, with_reading
from clearprop.cli._shared import AsJson, Model
from clearprop.cli.output import as_word, check_out, next_command, note, print_json


@with_reading
def command(
    model: Model,
    data: Annotated[str, typer.Argument(help="The table it was trained on, or another with the target.")],
    out: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("report.html"),
    target: Target = None,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Write all that is known of a model on one HTML page: how good it is, whether it is worth it, what ails it."""
    from clearprop.cli._reporting import parts_of, write_report

    check_out(out, model, data)
    how = Reading.of(given)
    estimator = model_for(model, data, how, target, judged=True)
    parts = parts_of(estimator, data, how)
    write_report(estimator, parts, str(out))
    if as_json:
        print_json({"report": str(out), "rows": len(parts.held), "rows_are": parts.held_are})
    note(f"Wrote {out}, judged by {len(parts.held):,} {parts.held_words}")
    next_command(f"clearprop explain {as_word(model)} {as_word(data)}{target_words(target)}{how.as_words()}")
