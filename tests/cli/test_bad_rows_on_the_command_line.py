"""Bad rows from the command line: refused by name, or set aside, counted and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

TRAIN = ("train", "people.csv", "--target", "tall", "--hidden", "4", "--epochs", "2")


@pytest.fixture
def people(clearprop):
    lines = ["height,tall", *(f"{150 + i % 50},{'yes' if i % 50 > 25 else 'no'}" for i in range(1500))]
    lines[700] = "1S5,yes"
    Path("people.csv").write_text("\n".join(lines) + "\n")


def test_the_first_bad_row_is_an_error_that_says_what_to_do(people, clearprop):
    result = clearprop(*TRAIN)

    assert result.code == 3
    assert 'people.csv:701, column "height": "1S5" is not a number' in result.err
    assert "--bad-rows quarantine" in result.err


def test_quarantined_rows_are_written_counted_and_shown(people, clearprop):
    result = clearprop(*TRAIN, "--bad-rows", "quarantine", "--max-bad", "0.1%")

    assert result.code == 0
    assert "1 bad row set aside into people.rejects.csv" in result.err
    assert "1S5" in Path("people.rejects.csv").read_text()
    facts = clearprop("inspect", "people.safetensors", "--json").facts["facts"]
    assert (facts["rejected_rows"], facts["rejects"]) == (1, "people.rejects.csv")
    assert "people.rejects.csv" in clearprop("inspect", "people.safetensors").out


def test_more_bad_rows_than_allowed_end_the_training(people, clearprop):
    result = clearprop(*TRAIN, "--bad-rows", "quarantine", "--max-bad", "0.01%")

    assert result.code == 3
    assert "--max-bad" in result.err
    assert not Path("people.safetensors").exists()
