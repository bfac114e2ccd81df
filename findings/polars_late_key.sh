#!/bin/sh
# polars 2.1.0: read_ndjson looks at the first 100 lines. A key that comes later is left out without a word, while a late 1.5
# among whole numbers is an error. One would guess that both are read, or that both are errors.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from pathlib import Path

import polars as pl

whole = '{"x": 1}' + chr(10)
Path("late.jsonl").write_text(whole * 100 + '{"x": 2, "late": 5}')
columns = pl.read_ndjson("late.jsonl").columns
print("columns of a file whose line 101 has a key late:", columns)
Path("half.jsonl").write_text(whole * 100 + '{"x": 1.5}')
try:
    found = str(pl.read_ndjson("half.jsonl")["x"][-1])
except pl.exceptions.ComputeError as error:
    found = f"ComputeError: {error}"
print("the number 1.5 in line 101:", found)
assert columns == ["x"] and found.startswith("ComputeError"), "this has changed"
PYTHON
