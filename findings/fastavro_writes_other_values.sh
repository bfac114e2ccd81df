#!/bin/sh
# fastavro 1.13.1: what does not fit the schema is written as something else: 3.7 as an int becomes 3, the text false as a
# boolean becomes true, and an int of 2**31, which Avro does not have, is written. One would guess an error, as for a text in
# an int. In a union with null the same int is refused.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fastavro==1.13.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from io import BytesIO

import fastavro


def written(kind, value):
    schema = {"type": "record", "name": "row", "fields": [{"name": "x", "type": kind}]}
    file = BytesIO()
    try:
        fastavro.writer(file, fastavro.parse_schema(schema), [{"x": value}])
    except (TypeError, ValueError) as error:
        return type(error).__name__
    file.seek(0)
    return next(iter(fastavro.reader(file)))["x"]


cases = [("int", "3"), ("int", 3.7), ("boolean", "false"), ("int", 2**31), (["null", "int"], 2**31)]
seen = [written(kind, value) for kind, value in cases]
for (kind, value), found in zip(cases, seen):
    print(f"{value!r} as {kind} is read back as {found!r}")
assert seen == ["TypeError", 3, True, 2**31, "ValueError"], "this has changed"
PYTHON
