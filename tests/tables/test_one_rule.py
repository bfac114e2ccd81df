"""Text is read alike by duckdb, with its different cells in memory, and record by record as wide files are."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clearprop.errors import ClearpropError, DataError
from clearprop.tables import read_table
from clearprop.tables.sources import staged, wide
from clearprop.tables.sources.number_formats import MARKS, NumberFormat
from clearprop.tables.sources.readings import number
from clearprop.tables.sources.sql import connect
from drawn_frames import TEXTS

WAYS = {"duckdb": (10**9, 0), "in memory": (10**9, 10_000), "by record": (0, 10_000)}
ODD = (
    "1.5",
    "1,234",
    "3.753",
    "",
    "NA",
    "nan",
    "Nan",
    "-",
    "inf",
    "0x1",
    "1_2",
    " 7",
    "x",
    "2020-01-31",
    "01",
    "1e5",
    "?",
)


def read_in_ways(monkeypatch, path, **options):
    """Return what each way makes of a file, in words that can be compared."""
    found = {}
    for way, (fewest, few) in WAYS.items():
        monkeypatch.setattr(wide, "FEWEST_COLUMNS", fewest)
        monkeypatch.setattr(staged, "_FEW_ROWS", few)
        try:
            found[way] = in_words(read_table(path, **options))
        except ClearpropError as error:
            found[way] = str(error)
    return found


def in_words(table):
    classes = table.classes and (table.classes.cells(), table.classes.dtype)
    columns = {name: (one.spec, one.integer, one.labels, one.cells()) for name, one in table.columns.items()}
    lines = None if table.line_of is None else [table.where(row) for row in range(len(table))]
    return columns, table.notes, dict(table.understood), classes, table.n_empty, table.n_rejected, lines


def draw_file(seed):
    """Return a file of some columns of drawn text, with gaps, odd cells and lines that are no rows."""
    rng = np.random.default_rng(seed)
    n, styles = int(rng.integers(4, 40)), rng.choice(list(TEXTS), int(rng.integers(2, 6)))
    delimiter = str(rng.choice([",", ";", "\t"]))
    lines = [delimiter.join(f"c{k}" for k in range(len(styles)))]
    for _ in range(n):
        cells = [TEXTS[style](rng) if rng.random() > 0.1 else str(rng.choice(ODD)) for style in styles]
        lines.append(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells))
        lines += [lines[0]] * (rng.random() < 0.01) + [""] * (rng.random() < 0.02) + ["x"] * (rng.random() < 0.02)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(30))
def test_a_file_is_read_alike_whichever_way(tmp_path, monkeypatch, seed):
    (tmp_path / "t.csv").write_text(draw_file(seed))
    options = {"bad_rows": "quarantine", "max_bad": 1.0, "rejects": tmp_path / "r.csv"} if seed % 2 else {}
    found = read_in_ways(monkeypatch, tmp_path / "t.csv", target="c0", **options)
    assert found["in memory"] == found["duckdb"]
    assert found["by record"] == found["duckdb"]


def test_a_wide_file_has_labels_numbers_dates_and_gaps_beside_one_another(tmp_path):
    names = [f"n{k}" for k in range(600)]
    rows = [[f"{row + k / 8}" for k in range(600)] for row in range(9)]
    lines = [",".join(["day", "word", "code", *names, "y"])]
    for row, cells in enumerate(rows):
        cells[5] = "NA" if row == 3 else cells[5]
        lines.append(",".join([f"2020-01-0{row + 1}", "ab"[row % 2], f"0{row}", *cells, f"{row % 2}"]))
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    table = read_table(tmp_path / "t.csv", target="y")
    kinds = [table.column(name).kind for name in ("day", "word", "code", "n0", "n599", "y")]
    assert kinds == ["date", "category", "number", "number", "number", "number"]
    assert np.flatnonzero(table.column("n5").missing).tolist() == [3]
    assert table.column("n599").cells()[1] == 1 + 599 / 8
    assert (table.column("n0").integer, table.column("y").integer) == (False, True)
    assert table.classes.cells() == [0, 1] * 4 + [0]


@pytest.mark.parametrize("n", [150, 500])
@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_records_of_json_with_very_many_fields_of_one_type_are_columns(tmp_path, n, ending):
    records = [{f"c{k}": row + k / 2 for k in range(n)} for row in range(3)]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (tmp_path / f"t.{ending}").write_text(lines if ending == "jsonl" else json.dumps(records))
    table = read_table(tmp_path / f"t.{ending}")
    assert (len(table.columns), table.column(f"c{n - 1}").cells()) == (n, [row + (n - 1) / 2 for row in range(3)])


def test_a_line_that_is_no_record_among_wide_ones_is_named(tmp_path):
    (tmp_path / "t.jsonl").write_text(json.dumps({f"c{k}": 1 for k in range(500)}) + "\n[1, 2]\n")
    with pytest.raises(DataError, match=r"t\.jsonl:2 is not a JSON object"):
        read_table(tmp_path / "t.jsonl")


FORMATS = [NumberFormat()] + [
    NumberFormat(decimal, thousands, unit, scaled)
    for decimal in ".," for thousands in MARKS if thousands != decimal for unit in ("", "%", "$") for scaled in (0, 1)
]  # fmt: skip


def test_a_number_is_the_same_to_python_and_to_sql():
    rng = np.random.default_rng(0)
    styles = ("thousands", "percent", "dollars", "brackets", "K and M", "below a limit", "exponents", "underscores",
              "decimal commas", "twenty digits", "hexadecimal", "mixed")  # fmt: skip
    cells = [TEXTS[style](rng) for style in styles for _ in range(20)]
    cells += [
        *ODD,
        "5-",
        "(3",
        "3)",
        "(3)",
        "\u22125",
        "1\u00a0234,5",
        "1'234",
        "12,34,567",
        "<0,5",
        "+ 3",
        "1e400",
        ".5",
        "5.",
    ]
    connection = connect()
    for format in FORMATS:
        query = f"SELECT {number(str(format)).sql.format(c='c')} FROM (SELECT unnest($1::VARCHAR[]) AS c)"
        by_sql = [value for (value,) in connection.execute(query, [cells]).fetchall()]
        assert list(map(repr, map(format.read, cells))) == list(map(repr, by_sql)), str(format)
