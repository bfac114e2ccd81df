"""Node.js, for the JavaScript module."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from clearprop.exchange.runtimes.runtime import Array, Runtime, lacks_program
from clearprop.exchange.scribes.draft import Draft

_CALL = """
import {{ check, goldenRow, predict }} from {module};
check();
const rows = Array.from({{ length: {n_rows} }}, (_, i) => predict(goldenRow(i)));
console.log(JSON.stringify(rows.map(({{ values, ...decision }}) => [values, Object.values(decision)[0]])));
"""


def _node(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "exported.mjs").write_bytes(path.read_bytes())
        caller = Path(folder) / "caller.mjs"
        caller.write_text(_CALL.format(module='"./exported.mjs"', n_rows=len(draft.golden)), "utf-8")
        shown = subprocess.run(["node", caller], check=True, capture_output=True, text=True, encoding="utf-8").stdout
    rows = json.loads(shown)
    decision = None if draft.program.decision is None else np.array([row[1] for row in rows])
    return np.array([row[0] for row in rows], dtype=np.float64), decision


NODE = Runtime("Node.js", lacks_program("node"), _node)
