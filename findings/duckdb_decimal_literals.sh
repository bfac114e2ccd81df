#!/bin/sh
# DuckDB 2.0.1: the product of three ordinary numbers is an error. One would guess float64, as in Python and SQLite.
# A number without an exponent is a DECIMAL; 17 digits each are 51 digits, and a DECIMAL has 38. With `e0` it is a DOUBLE.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

PRODUCT = "SELECT 0.059293746836510215 * 0.07164129381029476 * 0.5123456789"
try:
    print(PRODUCT, "gives", duckdb.sql(PRODUCT).fetchall())
except duckdb.OutOfRangeException as error:
    print(PRODUCT, "gives", error)
else:
    raise SystemExit("this is no error any more")
exact = PRODUCT.replace(" *", "e0 *")
print(exact, "gives", duckdb.sql(exact).fetchall())
PYTHON
