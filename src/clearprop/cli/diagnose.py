"""clearprop diagnose"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from clearprop.cli._models import load_table_estimator
from clearprop.cli._reading import Reading, rows_for, with_reading
from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, next_command, print_json, print_text
from clearprop.errors import DataError

WRONG = 1
LARGEST = 1 << 30


@with_reading
def command(
    model: Annotated[Path, typer.Argument(help="A model file: the weights at which you computed.")],
    data: Annotated[str, typer.Argument(help="The rows over which you computed, with the target.")],
    gradients: Annotated[Path, typer.Argument(help="An .npz of yours: dW1, db1, delta1 ...; as many as you have.")],
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Find the mistake in gradients you computed yourself: which classic mistake leads to your numbers?"""
    from clearprop.proofs.diagnose import diagnose

    estimator = load_table_estimator(model)
    with rows_for(estimator, data, Reading.of(given), in_memory=True) as table:
        traced = estimator.trace(table)
    arrays = _read(gradients)
    layer_of = {f"delta{l}": l for l in range(1, estimator.network_.L + 1)}
    deltas = {layer_of[name]: array for name, array in arrays.items() if name in layer_of}
    others = {name: array for name, array in arrays.items() if name not in layer_of}
    rows = (traced.X, traced.Y)
    found = diagnose(estimator.network_, estimator.parameters_, *rows, others, deltas, weights=traced.weights)
    if as_json:
        findings = [{"mistakes": f.mistakes, "says": f.says, "residual": f.residual, "layer": f.layer}
                    for f in found.findings]  # fmt: skip
        print_json({"correct": found.correct, "differences": found.differences, "findings": findings})
    else:
        print_text(str(found))
    next_command(f"clearprop explain {as_word(model)} {as_word(data)} --row 0")
    if not found.correct:
        raise typer.Exit(WRONG)


def _read(path: Path) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Return the arrays of an .npz file; nothing in it is ever unpickled."""
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} has more than {LARGEST >> 30} GB.")
        with np.load(path, allow_pickle=False) as file:
            return {name: np.asarray(file[name], np.float64) for name in file.files}
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; write one with numpy.savez.") from None
    except (OSError, ValueError, EOFError, AttributeError, TypeError) as error:
        raise DataError(
            f"{path} is no .npz of numbers: {error}; write it with numpy.savez(path, dW1=..., db1=...)."
        ) from None
