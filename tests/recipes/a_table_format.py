"""Record files of GNU recutils, as CONTRIBUTING says: every section below is what goes into the file it names."""

# src/clearprop/tables/sources/NAME.py
from clearprop.errors import DataError
from clearprop.tables.sources.encoding import text_lines
from clearprop.tables.sources.frames import read_columns


def read_recfile(path, options):
    """Read records of lines such as "age: 76", with a blank line between two of them."""
    records, line_of = [], []
    for number, line in enumerate(text_lines(path), 1):
        name, colon, cell = line.partition(":")
        if line.strip() and not colon:
            raise DataError(f"{path.name}:{number}: expected NAME: CELL, got {line[:60]!r}.")
        if not line.strip():
            records.append({})
            line_of.append(number + 1)
        elif records:
            records[-1][name] = _number_or_text(cell.strip())
    names = dict.fromkeys(name for record in records for name in record)
    columns = [(name, [record.get(name) for record in records]) for name in names]
    return read_columns(path.name, columns, options, line_of=line_of.__getitem__)


def _number_or_text(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


# src/clearprop/tables/sources/formats.py
from clearprop.tables.sources import formats

formats.FORMATS = (*formats.FORMATS, formats.Format("rec", read_recfile, (".rec",), (b"%rec:",)))

# tests/tables/one_table.py
from one_table import COLUMNS, WRITERS


def write_rec(path):
    rows = zip(*COLUMNS.values(), strict=True)
    records = [
        "".join(f"{name}: {cell}\n" for name, cell in zip(COLUMNS, row, strict=True) if cell is not None)
        for row in rows
    ]
    path.write_text("%rec: patient\n\n" + "\n".join(records), encoding="utf-8")


WRITERS["t.rec"] = write_rec
