#!/bin/sh
# python-calamine 0.9.1: a cell that holds a date and a time is a datetime, but at midnight a date: a column of moments in one
# format has two types, row by row. One would guess one type for one format, as openpyxl 3.1.5 has it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q python-calamine==0.9.1 openpyxl==3.1.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import datetime as dt

import openpyxl
from python_calamine import CalamineWorkbook

book = openpyxl.Workbook()
for moment in (dt.datetime(2020, 1, 1, 12, 30), dt.datetime(2020, 1, 2)):
    book.active.append([moment])
book.save("moments.xlsx")
formats = [cell.number_format for cell in book.active["A"]]
by_openpyxl = [type(row[0]).__name__ for row in openpyxl.load_workbook("moments.xlsx").active.values]
sheet = CalamineWorkbook.from_path("moments.xlsx").get_sheet_by_index(0)
by_calamine = [type(row[0]).__name__ for row in sheet.to_python()]
print("formats: ", formats)
print("openpyxl:", by_openpyxl)
print("calamine:", by_calamine)
assert len(set(formats)) == 1 and by_openpyxl == ["datetime", "datetime"], "this has changed"
assert by_calamine == ["datetime", "date"], "this has changed"
PYTHON
