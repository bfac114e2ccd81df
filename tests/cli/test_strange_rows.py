"""Rows such as training had none: told of on stderr, shown on request, predicted all the same."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from clearprop import TableRegressor
from clearprop.tables import read_table
from clearprop.tables.novelty import Novelty

DATA = {
    "rooms": np.arange(200.0) % 9,
    "town": np.array(["north", "south"])[np.arange(200) % 2],
    "age": np.array([np.nan if k % 10 == 0 else k % 80 for k in range(200)]),
    "price": np.arange(200.0) % 17,
}
NEW = "rooms,town,age\n3,north,40\n,north,\n400,west,50\n5,south,7000\n4,south,\n"


@pytest.fixture(params=[None, 8], ids=["plain numbers", "bins"])
def model(request):
    return TableRegressor("price", hidden=(4,), n_epochs=2, bins=request.param).fit(DATA)


def test_a_note_counts_what_is_strange_and_the_rows_are_predicted(clearprop, model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    (tmp_path / "new.csv").write_text(NEW)
    told = clearprop("predict", "m.safetensors", "new.csv")
    assert told.code == 0
    assert len(told.out.splitlines()) == 6
    assert told.out.startswith("prediction\n")
    assert "note: 3 of 5 rows have cells such as training had none" in told.err
    for word in ('"rooms" is missing', '"rooms" is far outside in 1', '"town" is a label', '"age" is far outside in 1'):
        assert word in told.err


def test_columns_say_what_is_strange_about_each_row(clearprop, model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    (tmp_path / "new.csv").write_text(NEW)
    assert clearprop("predict", "m.safetensors", "new.csv", "--strange", "--out", "p.csv").code == 0
    with open("p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["strange"] for row in rows] == [
        "", "rooms missing", "rooms far outside; town unknown", "age far outside", ""
    ]  # fmt: skip
    distance = [float(row["distance"]) for row in rows]
    assert max(distance[0], distance[1], distance[4]) < 3 < min(distance[2], distance[3])


def test_json_has_the_counts(clearprop, model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    (tmp_path / "new.csv").write_text(NEW)
    facts = clearprop("predict", "m.safetensors", "new.csv", "--json").facts["strange"]
    assert facts["rows"] == 3
    assert facts["columns"]["rooms"] == {"missing": 1, "far outside": 1}


def test_nothing_is_strange_about_the_rows_of_training(model):
    seen = Novelty(model.schema_)
    told = seen.look(read_table(DATA))
    assert seen.says() is None
    assert not told["strange"].any()
    assert 0.5 < told["distance"].mean() < 1.5


def test_counts_go_on_from_block_to_block(model):
    table = read_table(DATA | {"rooms": DATA["rooms"] + np.where(np.arange(200) % 50 == 0, 900.0, 0)})
    whole, parts = Novelty(model.schema_), Novelty(model.schema_)
    whole.look(table)
    for rows in np.split(np.arange(200), 4):
        parts.look(table.take(rows))
    assert whole.as_plain() == parts.as_plain()
    assert whole.n_strange == 4
