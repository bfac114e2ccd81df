"""What is refused as too large, format by format, as the how-to on tables says it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from clearprop.errors import DataError
from clearprop.tables import read_table
from clearprop.tables.sources import limits


def test_a_record_of_json_has_a_bound(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"a": "x" * (limits.LINE + 10), "b": 1}) + '\n{"a": "y", "b": 2}\n')
    with pytest.raises(DataError, match=r"t\.jsonl:1 has a record of more than 8 MB"):
        read_table(path)


def test_svmlight_that_announces_more_cells_than_the_bound_is_refused(tmp_path):
    path = tmp_path / "t.svm"
    path.write_text("".join(f"1 {k * 13_000 + j}:1\n" for k in range(50) for j in range(1_000)))
    with pytest.raises(DataError, match=f"more than {limits.CELLS} cells"):
        read_table(path)


def test_svmlight_is_told_its_base_on_the_command_line(tmp_path):
    (tmp_path / "t.svm").write_text("".join(f"{k % 2} 0:{k % 2} 2:{k}\n" for k in range(1, 41)))
    command = [sys.executable, "-m", "clearprop", "inspect", "t.svm", "--index-base", "0", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [column["name"] for column in json.loads(done.stdout)["columns"]] == ["y", "x1", "x2", "x3"]
