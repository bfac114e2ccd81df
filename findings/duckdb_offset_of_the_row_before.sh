#!/usr/bin/env bash
# duckdb 2.0.1: try_strptime with several formats, of which some have an offset from UTC.
#
# Guess: a cell that only a format without %z can read has no offset, whatever stands in the rows before it.
# Seen:  it gets the offset of the row before: 12:30 behind 12:30+02:00 is read as 10:30, and as 07:30 behind +05:00.
# For:   whoever reads dates of which some have an offset tries the formats one by one, as in coalesce(...).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON' | tee seen.txt
import duckdb

cells = ["2020-01-31 12:30+02:00", "2020-01-31 12:30", "2020-01-31 12:30+05:00", "2020-01-31 12:30"]
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
one, other = "'%Y-%m-%d %H:%M%z'", "'%Y-%m-%d %H:%M'"
for read in (f"epoch(try_strptime(c, [{one}, {other}]))",
             f"coalesce(epoch(try_strptime(c, {one})), epoch(try_strptime(c, {other})))"):
    rows = connection.execute(f"SELECT {read} % 86400 / 3600 FROM (SELECT unnest($1::VARCHAR[]) AS c)", [cells])
    print(*(hours for (hours,) in rows.fetchall()))
PYTHON
diff seen.txt - <<'SEEN'
10.5 10.5 7.5 7.5
10.5 12.5 7.5 12.5
SEEN
