#!/bin/sh
# rich 15.0.0: a table whose columns have minimum widths that fit into the console, one of them of words that could be parted,
# is printed too wide all the same, and its last column is cut without a sign: 0.3478 stands there as "0.". One would guess that
# the words are parted down to that column's minimum, as they are without minima, and that no digit is ever lost.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q rich==15.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

from rich.console import Console
from rich.table import Table

LEAST = {"model": 20, "score": 10, "interval": 8, "s": 6}
ROW = ("HistGradientBoosting of all", "0.98312345", "-0.052 .. 0.065", "0.3478")
PADDING = 1


def shown(minima):
    table = Table(box=None, padding=(0, PADDING, 0, 0), pad_edge=False)
    for name, least in LEAST.items():
        table.add_column(name, min_width=least if minima else None)
    table.add_row(*ROW)
    page = io.StringIO()
    Console(width=50, file=page, highlight=False).print(table)
    return page.getvalue()


print("without minima:", shown(False), "with minima:", shown(True), sep="\n")
assert sum(LEAST.values()) + PADDING * len(LEAST) <= 50
assert ROW[-1] in shown(False), "this has changed"
assert ROW[-1] not in shown(True), "this has changed"
assert " 0.\n" in shown(True), "this has changed"
PYTHON
