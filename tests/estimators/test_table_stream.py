"""Files larger than memory: the same network as in memory for the same order of blocks, within bounded memory."""

from __future__ import annotations

import weakref

import numpy as np
import pandas as pd
import pytest

from clearprop import TableClassifier, TableRegressor
from clearprop.engines import Order
from clearprop.equations.philox import PURPOSE_SHUFFLE, generator
from clearprop.errors import UsageError
from clearprop.fitting import streaming
from clearprop.fitting.checkpoints import fingerprint
from clearprop.tables import stream_table
from clearprop.training import Plan, Rows, store
from clearprop.training.order import epoch_rows

QUICK = {"hidden": (8,), "n_epochs": 3, "block_rows": 100}


@pytest.fixture
def people(tmp_path):
    """A CSV of 700 rows with a number, missing cells, a category, classes and an amount."""
    rng = np.random.default_rng(0)
    age, town = rng.normal(40, 10, 700).round(2), rng.choice(["north", "south", "east"], 700)
    pay = (age * 10 + 50 * (town == "south")).round(2)
    frame = pd.DataFrame({"age": age, "town": town, "rich": np.where(pay > 420, "yes", "no"), "pay": pay})
    frame.loc[::31, "age"] = np.nan
    frame.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path / "people.csv"


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(streaming, "BLOCK_ROWS", 64)


@pytest.mark.parametrize(("kind", "target"), [(TableClassifier, "rich"), (TableRegressor, "pay")])
def test_a_streamed_file_gives_the_network_of_the_file_in_memory(people, small_blocks, kind, target):
    in_memory, streamed = (kind(target, **QUICK, stream=stream).fit(people) for stream in (False, True))

    assert streamed.schema_ == in_memory.schema_
    assert streamed.history_["validation_loss"] == in_memory.history_["validation_loss"]
    assert streamed.parameters_.vector.tobytes() == in_memory.parameters_.vector.tobytes()
    found, expected = streamed.evaluate(people), in_memory.evaluate(people)
    assert found.n_rows == expected.n_rows
    np.testing.assert_allclose(streamed.predict_outputs(people), in_memory.predict_outputs(people), rtol=1e-5)
    assert found.loss == pytest.approx(expected.loss)  # BLAS sums a block's rows otherwise than all rows
    assert found.scores == pytest.approx(expected.scores)


def test_a_large_file_is_streamed_unasked(people, monkeypatch):
    monkeypatch.setattr(streaming, "STREAM_ABOVE", 1000)
    asked = TableRegressor("pay", hidden=(4,), n_epochs=2, stream=True).fit(people)
    unasked = TableRegressor("pay", hidden=(4,), n_epochs=2).fit(people)

    assert asked.parameters_.vector.tobytes() == unasked.parameters_.vector.tobytes()


def test_weights_by_row_reach_streamed_rows(people, small_blocks):
    weights = np.arange(700) % 3
    in_memory, streamed = (
        TableRegressor("pay", **QUICK, stream=stream).fit(people, sample_weight=weights) for stream in (False, True)
    )

    assert streamed.parameters_.vector.tobytes() == in_memory.parameters_.vector.tobytes()


def test_only_files_can_be_streamed():
    with pytest.raises(UsageError, match=r"path of a CSV.*DataFrame"):
        TableRegressor("a", stream=True).fit(pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]}))


@pytest.mark.parametrize("block_rows", [None, 1, 7, 1000])
def test_an_epoch_takes_every_row_once(block_rows):
    rows = epoch_rows(100, Plan(block_rows=block_rows), generator(3, PURPOSE_SHUFFLE, 2))

    assert sorted(rows.tolist()) == list(range(100))
    assert rows.tolist() != list(range(100))


def test_blocks_stay_together_in_an_epoch():
    rows = epoch_rows(95, Plan(block_rows=10), generator(1, PURPOSE_SHUFFLE)) // 10

    assert (np.diff(rows) != 0).sum() == 9


def test_no_part_of_stored_rows_stays_in_memory():
    parts = []

    def produce():
        for _ in range(3):
            X = np.ones((10, 2))
            parts.append(weakref.ref(X))
            yield Rows(X, np.ones(10))
            del X

    stored = store(produce(), 2)

    assert len(stored) == 30
    assert [part() for part in parts] == [None, None, None]


def test_stored_rows_hold_the_rows_they_were_made_of():
    rng = np.random.default_rng(0)
    rows = Rows(rng.normal(size=(50, 3)), rng.normal(size=50), rng.uniform(size=50))
    stored = store((rows.take(slice(start, start + 20)) for start in (0, 20, 40)), 3)
    order = Order.of(rng.permutation(50), 8).steps(1, 3)

    near, steps = stored.for_steps(order)
    assert fingerprint(stored) == fingerprint(rows)
    np.testing.assert_array_equal(near.X[steps.batch(1)], rows.X[order.batch(1)])
    np.testing.assert_array_equal(near.weights, rows.weights[order.rows])
    assert len(stored) == 50


def test_a_streamed_table_that_was_lent_stays_open(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{k % 9},{'no' if k % 9 < 4 else 'yes'}\n" for k in range(300)))
    with stream_table(path) as table:
        model = TableClassifier("y", n_epochs=2).fit(table)
        assert model.evaluate(table).n_rows == 300
        assert len(table.column("a")) == 300
