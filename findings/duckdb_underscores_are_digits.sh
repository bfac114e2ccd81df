#!/usr/bin/env bash
# duckdb 2.0.1: text with an underscore, cast to a number.
#
# Guess: TRY_CAST('1_2' AS DOUBLE) is NULL, as a cell called 1_2 is the name of a plot or a sample.
# Seen:  it is 12, so that the labels 1_2 and 12 of one column become one number; 1__2 and _12 are NULL.
# For:   whoever finds out by TRY_CAST whether a column of a text file holds numbers looks for underscores first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON' | tee seen.txt
import duckdb

for cell in ("1_2", "12", "1__2", "_12"):
    print(cell, duckdb.sql(f"SELECT TRY_CAST('{cell}' AS DOUBLE)").fetchall()[0][0])
PYTHON
diff seen.txt - <<'SEEN'
1_2 12.0
12 12.0
1__2 None
_12 None
SEEN
