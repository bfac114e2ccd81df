"""Runtime: something at hand that can run an export's golden rows, or the reason why it is not at hand."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import GoldenRowsDiffer
from clearprop.exchange.scribes.draft import Draft
from clearprop.program import Label

SURE = 1e-5  # between two probabilities, at least: closer ones may change places when rounded otherwise

Array = NDArray[Any]


@dataclass(frozen=True)
class Runtime:
    """Who runs an export.

    Attributes
    ----------
    name : str
    missing : callable
        From a draft to why it cannot be run here, or None.
    run : callable
        From the draft and the file to values (n_rows, width) and decision of the golden rows.
    """

    name: str
    missing: Callable[[Draft], str | None]
    run: Callable[[Draft, Path], tuple[Array, Array | None]]


@dataclass(frozen=True)
class Checked:
    """What one runtime made of the golden rows.

    Attributes
    ----------
    runtime : str
    difference : float or None
        The largest from the model's own answer, see `Golden.difference`; None where it was not run.
    decisions : int
        How many decisions differ although the model was sure of them.
    why_not : str or None
        Why it was not run here.
    """

    runtime: str
    difference: float | None
    decisions: int = 0
    why_not: str | None = None


def check(draft: Draft, path: Path, runtime: Runtime, tolerance: float) -> Checked:
    """Run the golden rows of an export, whose values may differ from the model's by the tolerance.

    Raises
    ------
    GoldenRowsDiffer
        If the runtime is at hand and cannot run the export.
    """
    why_not = runtime.missing(draft)
    if why_not is not None:
        return Checked(runtime.name, None, why_not=why_not)
    try:
        values, decision = runtime.run(draft, path)
    except subprocess.CalledProcessError as error:
        said = error.stderr if isinstance(error.stderr, str) else (error.stderr or b"").decode(errors="replace")
        raise GoldenRowsDiffer(f"{runtime.name} could not run {path}: {said.strip() or error}") from None
    return Checked(runtime.name, draft.golden.difference(values), changed(decision, draft, tolerance))


def changed(decision: Array | None, draft: Draft, tolerance: float) -> int:
    """Return how many decisions differ although the model is sure of them."""
    margin = max(SURE, 2 * tolerance)
    expected, golden = draft.golden.decision, draft.golden
    if decision is None or expected is None:
        return 0
    if isinstance(draft.program.decision, Label):
        highest = np.sort(golden.values, axis=1)
        sure = (highest[:, -1] - highest[:, -2] > margin)[:, None]
    else:
        sure = np.abs(golden.values - 0.5) > margin
    return int(np.sum((decision.reshape(expected.shape) != expected) & sure))


def lacks_module(name: str) -> Callable[[Draft], str | None]:
    """Return the test for a module of Python."""
    return lambda draft: None if importlib.util.find_spec(name) else f"{name} is not installed"


def lacks_program(*names: str) -> Callable[[Draft], str | None]:
    """Return the test for a program: the first of several that is found will do."""
    return lambda draft: None if any(map(shutil.which, names)) else f"there is no {' or '.join(names)}"
