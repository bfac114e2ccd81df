"""clearprop export"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, check_out, next_command, note, print_json, print_table

if TYPE_CHECKING:
    from clearprop.exchange import Checked, Exported


def command(
    model: Annotated[Path, typer.Argument(help="A model file that `clearprop train` wrote, or `model.save`.")],
    out: Annotated[Path, typer.Option(help="The file to write; where a format has two, the other stands beside it.")],
    to: Annotated[
        str | None,
        typer.Option(
            help="onnx, c, c-fixed, numpy, pmml, sql or javascript.  [default: by the ending of --out]",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What its functions are called by.  [default: the file's]")] = None,
    interval: Annotated[
        float | None,
        typer.Option(help="Such as 0.9: low and high beside a number; of classes, when one is in a set."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Run the golden rows on every runtime at hand.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a model in another format, preprocessing and class labels included, with rows to check it by."""
    from clearprop.estimators import load

    check_out(out, model)
    exported = load(model).export(out, to, name, interval)
    checked = exported.check() if check else []
    for line in exported.draft.notes:
        note(line)
    files, n_rows = " and ".join(map(str, exported.files)), len(exported.draft.golden)
    note(f"Wrote {files}: {exported.scribe.title}, {n_rows} golden rows")
    if as_json:
        print_json(_facts(exported, checked))
    elif check:
        rows = [(found.runtime, _said(found), found.decisions) for found in checked]
        print_table("Golden rows", ("runtime", "largest difference", "other decisions"), rows)
    exported.judge(checked)
    if not check:
        again = f"{as_word(model)} --to {exported.scribe.name} --out {as_word(out)}"
        level = "" if interval is None else f" --interval {interval:g}"
        next_command(f"clearprop export {again}{level} --check")


def _said(found: Checked) -> str:
    return f"not run here: {found.why_not}" if found.difference is None else f"{found.difference:.2g}"


def _facts(exported: Exported, checked: list[Checked]) -> dict[str, Any]:
    return {
        "format": exported.scribe.name,
        "files": [str(file) for file in exported.files],
        "golden_rows": len(exported.draft.golden),
        "checks": [
            {"runtime": found.runtime, "difference": found.difference, "decisions": found.decisions,
             "why_not": found.why_not}
            for found in checked
        ],
    }  # fmt: skip
