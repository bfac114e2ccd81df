#!/usr/bin/env bash
# duckdb 2.0.1, read_csv: force_not_null of a column, beside nullstr with several spellings.
#
# Guess: cells of that column are not held against nullstr, so that "None" stays the text None.
# Seen:  they are held against it all the same, and what matches becomes an empty text: None and an empty cell are one.
# For:   whoever wants to keep a label called None or NA in one column reads that column again without nullstr.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.1
printf 'a,y\n1,None\n2,mild\nNone,\n' > "$folder/t.csv"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON' | tee seen.txt
import duckdb

columns = "columns = {a: 'VARCHAR', y: 'VARCHAR'}"
relation = f"read_csv('t.csv', auto_detect = false, {columns}, header = true, nullstr = ['None', ''], force_not_null = ['y'])"
print("duckdb", duckdb.__version__, duckdb.sql(f"SELECT * FROM {relation}").fetchall())
PYTHON
grep -qF "duckdb 2.0.1 [('1', ''), ('2', 'mild'), (None, '')]" seen.txt
