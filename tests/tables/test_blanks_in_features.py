"""Labels of a feature in a text file that differ by blanks only: two in quotes, one without; both said."""

import csv
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from clearprop.estimators import TableRegressor
from clearprop.tables import read_table, stream_table

CELLS = [" a", "a", "b ", "b", "c"] * 12


def few(cells, quote=""):
    return "c,k\n" + "".join(f"{quote}{cell}{quote},{k}\n" for k, cell in enumerate(cells))


def many(cells):
    names = ",".join(f"x{j}" for j in range(60))
    return f"c,{names}\n" + "".join(cell + ",1" * 60 + "\n" for cell in cells)


WAYS = {
    "in quotes": few(CELLS, '"'),
    "below a comment": "# made by a tool\n" + few(CELLS, '"'),
    "among many columns": many([f'"{cell}"' for cell in CELLS]),
    "between tabs": few(CELLS, '"').replace(",", "\t"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("streamed", [False, True])
def test_blanks_that_tell_labels_apart_stay_and_are_said(tmp_path, way, streamed):
    path = tmp_path / ("t.tsv" if "tabs" in way else "t.csv")
    path.write_text(WAYS[way])
    with stream_table(path) if streamed else nullcontext(read_table(path)) as table:
        assert table.column("c").cells() == CELLS
    assert [note for note in table.notes if note.startswith('Column "c": labels that differ by the blanks')]


@pytest.mark.parametrize(
    "cells",
    [
        [" a", " b", "c "],
        [" 1", "1", "2"],
        [" 2020-01-31", "2020-01-31", "2020-02-28"],
        [" NA", "NA", "a"],
        [" no", "no", "yes"],
    ],
)
def test_blanks_that_tell_no_labels_apart_are_no_part_of_a_cell_and_nothing_is_said(tmp_path, cells):
    (tmp_path / "t.csv").write_text(few(cells * 9))
    (tmp_path / "bare.csv").write_text(few([cell.strip() for cell in cells] * 9))
    table = read_table(tmp_path / "t.csv")
    assert table.column("c").cells() == read_table(tmp_path / "bare.csv").column("c").cells()
    assert table.notes == ()


@pytest.mark.parametrize("write", [few, many])
def test_labels_that_were_asked_for_are_as_they_are_written(tmp_path, write):
    (tmp_path / "t.csv").write_text(write([" a", "NA", "None", "b"]))
    table = read_table(tmp_path / "t.csv", kinds={"c": "category"}, na=["b"])
    assert table.column("c").cells() == [" a", "NA", "None", None]
    assert read_table(tmp_path / "t.csv", na=["b"]).column("c").cells() == ["a", None, None, None]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_model_gets_the_labels_of_its_frame_from_a_file_too(tmp_path, quoting):
    frame = pd.DataFrame({"c": CELLS, "y": np.arange(60) % 5 * 1.0})
    frame.to_csv(tmp_path / "t.csv", index=False, quoting=quoting)
    frame[frame["c"] == " a"].to_csv(tmp_path / "one.csv", index=False, quoting=quoting)
    model = TableRegressor("y", n_epochs=3, random_state=0).fit(frame)
    assert model.predict(frame).tolist() == model.predict(tmp_path / "t.csv").tolist()
    assert len(set(model.predict(frame).tolist())) == 5
    assert set(model.predict(tmp_path / "one.csv")) == {model.predict(frame)[0]}


def test_a_model_trained_on_padded_labels_reads_bare_ones(tmp_path):
    (tmp_path / "t.csv").write_text("c,y\n" + "".join(f" {'ab'[k % 2]},{k % 2}\n" for k in range(60)))
    (tmp_path / "bare.csv").write_text("c\na\nb\n")
    model = TableRegressor("y", n_epochs=3, random_state=0).fit(tmp_path / "t.csv")
    assert model.predict(tmp_path / "bare.csv").tolist() == model.predict(tmp_path / "t.csv")[:2].tolist()


@pytest.mark.parametrize("write", [few, many])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("word", "others"), [("None", ["Mild", "Severe"]), ("NA", ["DE", "FR"])])
def test_a_word_among_labels_that_may_be_one_is_said_to_be_missing(tmp_path, write, streamed, word, others):
    (tmp_path / "t.csv").write_text(write([word, *others] * 9))
    with stream_table(tmp_path / "t.csv") if streamed else nullcontext(read_table(tmp_path / "t.csv")) as table:
        assert table.column("c").cells()[:3] == [None, *others]
    assert table.notes == (
        f'Column "c": 9 cells of "{word}" read as missing; --kind "c=category" keeps it as a label.',
    )


def test_na_among_words_is_a_missing_cell_as_ever(tmp_path):
    (tmp_path / "t.csv").write_text(few(["NA", "Mild", "Severe"] * 9))
    assert read_table(tmp_path / "t.csv").notes == ()
