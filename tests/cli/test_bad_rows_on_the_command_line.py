"""Bad rows from the command line: refused by name, or set aside, counted and shown."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from clearprop import load

QUARANTINE = ("--bad-rows", "quarantine", "--max-bad", "0.1%")
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


@pytest.fixture
def model(people, clearprop):
    """A model that was trained on the sound rows, and has yet to see the bad one."""
    assert clearprop(*TRAIN, *QUARANTINE, "--quiet").code == 0
    Path("people.rejects.csv").unlink()
    return "people.safetensors"


@pytest.mark.parametrize("command", ["predict", "evaluate", "report", "explain", "check"])
def test_a_model_refuses_the_bad_row_unless_it_may_be_set_aside(model, clearprop, command):
    """What the message advises is what the command takes; `report` alone reads as the training did."""
    advised = clearprop(command, model, "people.csv", *([] if command != "report" else ["--bad-rows", "error"]))
    done = clearprop(command, model, "people.csv", *QUARANTINE)

    assert advised.code == 3
    assert 'people.csv:701, column "height": "1S5" is not a number' in advised.err
    assert "--bad-rows quarantine" in advised.err
    assert "--na 1S5" in advised.err
    assert done.code == 0, done.err
    assert "1S5" in Path("people.rejects.csv").read_text()


@pytest.mark.parametrize("command", ["predict", "evaluate", "explain", "check", "inspect"])
def test_a_further_spelling_of_a_missing_cell_can_be_named(model, clearprop, command):
    arguments = ["people.csv"] if command == "inspect" else [model, "people.csv"]

    assert clearprop(command, *arguments, "--na", "1S5").code == 0


def test_predictions_name_their_lines_where_a_row_may_be_missing(model, clearprop):
    result = clearprop("predict", model, "people.csv", *QUARANTINE)
    rows = list(csv.DictReader(io.StringIO(result.out)))

    assert "1 bad row set aside into people.rejects.csv" in result.err
    assert [int(row["line"]) for row in rows] == [line for line in range(2, 1502) if line != 701]
    lines = Path("people.csv").read_text().splitlines()
    height = int(lines[int(rows[900]["line"]) - 1].split(",")[0])
    assert rows[900]["prediction"] == load(model).predict({"height": [height]})[0]
    assert Path("people.rejects.csv").read_text().splitlines()[1].startswith("701,")


def test_set_aside_rows_are_counted_with_json(model, clearprop):
    for command, n_rows in (("predict", 1499), ("evaluate", 1499)):
        facts = clearprop(command, model, "people.csv", *QUARANTINE, "--json").facts
        assert (facts["rows"], facts["rejected_rows"], facts["rejects"]) == (n_rows, 1, "people.rejects.csv")


def test_too_many_bad_rows_end_a_prediction_before_its_first_line(model, clearprop):
    result = clearprop("predict", model, "people.csv", "--bad-rows", "quarantine", "--max-bad", "0.01%")

    assert result.code == 3
    assert result.out == ""


def test_the_row_to_explain_is_that_of_the_file(model, clearprop):
    assert clearprop("explain", model, "people.csv", "--row", "700", *QUARANTINE, "--out", "page.html").code == 0
    assert '"row 700"' in Path("page.html").read_text()

    aside = clearprop("explain", model, "people.csv", "--row", "699", *QUARANTINE)
    assert aside.code == 3
    assert "no row 699, or it was set aside into people.rejects.csv" in aside.err


def test_inspect_shows_the_sound_rows(people, clearprop):
    assert clearprop("inspect", "people.csv").code == 3

    facts = clearprop("inspect", "people.csv", *QUARANTINE, "--json").facts
    assert (facts["rows"], facts["rejected_rows"]) == (1499, 1)
