"""clearprop replay"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, next_command, note, print_json, print_table, print_text
from clearprop.errors import UsageError

if TYPE_CHECKING:
    from clearprop.model import Trace
    from clearprop.recording import Recording, Replay

Array = NDArray[Any]

LARGEST = 64  # entries of an array that is written whole
NAMES = 10  # characters before the numbers
CHECK_FAILED = 1


def command(
    run: Annotated[Path, typer.Argument(help="What `clearprop train --record RUN.safetensors` wrote.")],
    step: Annotated[int | None, typer.Option(min=0, help="After so many steps.  [default: the last]")] = None,
    row: Annotated[int | None, typer.Option(min=0, help="This row of the table, without dropout.")] = None,
    batch: Annotated[bool, typer.Option("--batch", help="The batch of the next step, dropout and all.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write every array into this .npz.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Take every step again, and compare bit by bit.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every z, a, delta and dW of any step of a recorded run, computed again to the bit."""
    from clearprop.recording import Replay, load_recording

    if row is not None and batch:
        raise UsageError("--row and --batch exclude each other; one row, or the batch of a step.")
    if step is not None and row is None and not batch and not check:
        raise UsageError(f"--step {step} needs --row or --batch: which numbers of that step are to be shown.")
    recording = load_recording(run)
    replay = Replay(recording)
    if not replay.exact:
        note(
            f"note: the engine {recording.engine!r} trained it and is not here; {replay.choice.name!r} rounds otherwise"
        )
    if check:
        _check(replay, as_json)
    elif row is None and not batch:
        _show_run(recording, run, as_json)
    else:
        _show_step(replay, recording.last if step is None else step, row, out, as_json)


def _check(replay: Replay, as_json: bool) -> None:
    different = replay.verify()
    recording = replay.recording
    if as_json:
        print_json({"steps": recording.last - recording.first, "states": len(recording.steps), "different": different})
    if different is not None:
        note(
            f"Step {different} does not come out as recorded: another processor, or another version, rounds otherwise."
        )
        raise typer.Exit(CHECK_FAILED)
    note(f"All {recording.last - recording.first} steps taken again; {len(recording.steps)} states equal to the bit.")


def _show_run(recording: Recording, path: Path, as_json: bool) -> None:
    """Show what was recorded."""
    sizes = " – ".join(map(str, recording.network.sizes))
    facts: dict[str, Any] = {
        "data": recording.title, "network": sizes, "steps": recording.last, "epochs": len(recording.records),
        "steps per epoch": recording.steps_per_epoch, "states kept": len(recording.steps),
        "rows": f"{len(recording.rows)} of {recording.n_rows}", "stopped": recording.stopped,
        "engine": f"{recording.engine}, {recording.precision}",
    }  # fmt: skip
    if as_json:
        print_json(facts | {"kept": list(recording.steps), "rows": recording.run.row_numbers.tolist()})
    else:
        print_table(f"Recording {path.name}", ("", "what"), [(name, str(value)) for name, value in facts.items()])
    some = recording.run.row_numbers[0]
    next_command(f"clearprop replay {as_word(path)} --step {recording.last // 2} --row {some}")


def _show_step(replay: Replay, step: int, row: int | None, out: Path | None, as_json: bool) -> None:
    recording = replay.recording
    trace = replay.trace_batch(step) if row is None else replay.trace_rows(step, np.array([recording.row(row)]))
    if out is not None:
        _write(trace, out)
    epoch, within = divmod(step, recording.steps_per_epoch)
    if as_json:
        arrays = {name: array.tolist() for name, array in trace.arrays().items()}
        names = {"inputs": list(trace.names.inputs), "outputs": list(trace.names.outputs)}
        print_json({"step": step, "epoch": epoch + 1, "J": trace.J, "row": row, "names": names, "arrays": arrays})
        return
    print_text(f"After {step} steps: epoch {epoch + 1}, step {within} of {recording.steps_per_epoch}.")
    print_text(str(trace) if row is None else f"{trace.title}\n\n{_numbers(trace)}")


def _write(trace: Trace, out: Path) -> None:
    """Write every array as an .npz file."""
    import io

    from clearprop.cli.output import check_out
    from clearprop.files import write_atomically

    check_out(out)
    file = io.BytesIO()
    arrays: dict[str, Any] = dict(trace.arrays())
    np.savez(file, **arrays)
    write_atomically(out, file.getvalue())
    note(f"Wrote {out}")


def _numbers(trace: Trace) -> str:
    """Return every array of one row, group by group, its numbers written out."""
    width = max(40, shutil.get_terminal_size().columns - NAMES - 1)  # and one for ᵀ
    with np.printoptions(precision=6, suppress=True, linewidth=width, edgeitems=4, threshold=LARGEST):
        lines = []
        for title, arrays in trace.groups():
            lines.append(title)
            lines += [f"  {name:{NAMES - 3}} {_written(array)}" for name, array in arrays.items()]
            lines.append("")
    return "\n".join(lines)


def _written(array: Array) -> str:
    """Return numbers as text; a single column lies on its side, marked as turned."""
    column = array.ndim == 2 and array.shape[1] == 1 < len(array)
    written = f"{array.T}ᵀ" if column else str(array)
    return written.replace("\n", "\n" + " " * NAMES)
