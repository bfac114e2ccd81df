"""Runtimes in this process: the program itself, the NumPy file, onnxruntime."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.exchange.runtimes.runtime import Array, Runtime, lacks_module
from clearprop.exchange.scribes.draft import Draft
from clearprop.exchange.scribes.onnx import input_names, output_names
from clearprop.program import Cell

_CALL = """
import importlib.machinery, importlib.util, json, sys
loader = importlib.machinery.SourceFileLoader("exported", sys.argv[1])
module = importlib.util.module_from_spec(importlib.util.spec_from_loader("exported", loader))
loader.exec_module(module)
module.check()
values, decision = module.predict(module.GOLDEN["rows"])
print(json.dumps([values.tolist(), None if decision is None else decision.tolist()]))
"""


def _program(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    return draft.program.run(draft.golden.rows)


def _file(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    done = subprocess.run([sys.executable, "-c", _CALL, str(path)], check=True, capture_output=True, text=True)
    values, decision = json.loads(done.stdout)
    return np.array(values), None if decision is None else np.array(decision)


def _onnxruntime(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    found = session.run(list(output_names(draft.program)), feeds(draft))
    return found[-1].astype(np.float64), found[0] if len(found) == 2 else None


def feeds(draft: Draft) -> dict[str, Any]:
    """Return the golden rows as a model of ONNX takes them."""
    rows, names = draft.golden.rows, input_names(draft.program)
    if not isinstance(rows, dict):
        return {"X": rows}
    holds = {step.name: step.holds for step in draft.program.steps if isinstance(step, Cell)}
    kinds = {name: object if holds[name] == "text" else np.float64 for name in names.values()}
    return {name: np.array(rows[name], dtype=kind)[:, None] for name, kind in kinds.items()}


PROGRAM = Runtime("NumPy, step by step", lambda draft: None, _program)
FILE = Runtime("Python with NumPy", lambda draft: None, _file)
ONNXRUNTIME = Runtime("onnxruntime", lacks_module("onnxruntime"), _onnxruntime)
