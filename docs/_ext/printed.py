"""Below each runnable block of the tutorial and the how-to's: what it printed when the site was built."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from made_pages import FOLDER
from page_blocks import BLOCK, folded
from sphinx.errors import ExtensionError

FOLDERS = ("tutorial/", "how-to/")
RUNNER = Path(__file__).with_name("page_blocks.py")


def with_outputs(text: str, printed: list[str]) -> str:
    """Return a page with a block after each block that printed something."""
    pieces, at = [], 0
    for found, output in zip(BLOCK.finditer(text), printed, strict=True):
        lines = "\n".join(folded(line.rstrip()) for line in output.strip("\n").splitlines()).strip("\n")
        shown = f"\n\n````{{code-block}} text\n:class: printed\n\n{lines}\n````\n" if lines else ""
        pieces.append(text[at : found.end()] + shown)
        at = found.end()
    return "".join([*pieces, text[at:]])


def _on_source(app: Any, docname: str, source: list[str]) -> None:
    if not docname.startswith(FOLDERS):
        return
    command = [
        sys.executable,
        "-W",
        "ignore",
        str(RUNNER),
        str(app.env.doc2path(docname)),
        str(Path(app.outdir, FOLDER, docname)),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ExtensionError(f"{docname}: a block failed.\n{ended.stderr}")
    source[0] = with_outputs(source[0], json.loads(ended.stdout))


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", _on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
