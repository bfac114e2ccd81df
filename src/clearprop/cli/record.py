"""clearprop record"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, check_out, next_command, note, print_json


def command(
    run: Annotated[Path, typer.Argument(help="What `clearprop train --record RUN.safetensors` wrote.")],
    out: Annotated[Path | None, typer.Option(help="Write the page here.  [default: RUN.html]")] = None,
    row: Annotated[list[int] | None, typer.Option(min=0, help="Show this row of the table; give several.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Without --row: so many rows, of every class.")] = 6,
    units: Annotated[int, typer.Option(min=1, help="Units to show of each layer, those that matter most.")] = 12,
    notation: Annotated[str, typer.Option(help="Whose letters are shown first.")] = "clearprop",
    mb: Annotated[
        float, typer.Option("--mb", min=0.1, help="Megabytes the numbers may take; 1 more is the rest.")
    ] = 4.0,
    as_json: AsJson = False,
) -> None:
    """Make a page of a recorded run: play it, drag through time, click any number; one file, no network."""
    from clearprop.cli._recording import Shown, write_page
    from clearprop.errors import unknown_name
    from clearprop.explain import NOTATIONS
    from clearprop.explain.worked_numbers import Most
    from clearprop.recording import load_recording

    if notation not in NOTATIONS:
        raise unknown_name("notation", notation, NOTATIONS)
    path = out or run.with_suffix(".html")
    check_out(path, run)
    recording = load_recording(run)
    n_bytes = write_page(recording, path, Shown(tuple(row or ()), Most(rows, units), notation, mb))
    if as_json:
        print_json({"page": str(path), "bytes": n_bytes, "run": str(run), "steps": recording.last})
    note(f"Wrote {path} ({n_bytes / 1024:.0f} KB): open it in a browser; it needs no network.")
    next_command(f"clearprop replay {as_word(run)}")
