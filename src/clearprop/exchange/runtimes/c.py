"""The C compiler: whoever is called cc, gcc or clang."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from clearprop.exchange.runtimes.runtime import Array, Runtime, lacks_program
from clearprop.exchange.scribes.draft import Draft
from clearprop.program import Label

COMPILERS = ("cc", "gcc", "clang")
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2")


def _compiled(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "golden"
        compiler = next(filter(None, map(shutil.which, COMPILERS)))
        main = f"-D{draft.name.upper()}_MAIN"
        subprocess.run(
            [compiler, *STRICT, main, "-o", program, "-x", "c", path, "-x", "none", "-lm"],
            check=True,
            capture_output=True,
        )
        shown = subprocess.run([program, "show"], check=True, capture_output=True, text=True).stdout
    return parsed(draft, shown)


def parsed(draft: Draft, shown: str) -> tuple[Array, Array | None]:
    """Return values and decision from what the check of an export in C shows."""
    table = np.array([line.split() for line in shown.splitlines()[: len(draft.golden)]], dtype=np.float64)
    values, decided = table[:, : len(draft.program.names)], table[:, len(draft.program.names) :].astype(int)
    decision = draft.program.decision
    if decision is None:
        return values, None
    return values, np.array(decision.labels)[decided] if isinstance(decision, Label) else decided


COMPILED = Runtime("C compiler", lacks_program(*COMPILERS), _compiled)
