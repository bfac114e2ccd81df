"""A streamed table gives the same as one in memory."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from clearprop.errors import DataError, UsageError
from clearprop.tables import learn_schema, read_table, shuffled_blocks, split, stream_table

N = 1000


def columns():
    rng = np.random.default_rng(0)
    return {
        "x": [None if i % 9 == 0 else round(float(value), 3) for i, value in enumerate(rng.normal(size=N))],
        "income": np.exp(rng.normal(5, 3, N)).tolist(),
        "whole": rng.integers(0, 50, N).tolist(),
        "member": rng.choice(["yes", "no"], N).tolist(),
        "city": [None if i % 7 == 0 else city for i, city in enumerate(rng.choice(["Rome", "Oslo", "O'Hare"], N))],
        "day": [str(np.datetime64("2019-01-01") + int(i)) for i in rng.integers(0, 999, N)],
        "y": rng.choice(["a", "b", "c"], N).tolist(),
    }


@pytest.fixture(params=["csv", "parquet"])
def path(request, tmp_path):
    if request.param == "parquet":
        table = pa.table(columns() | {"flag": [None if i % 5 == 0 else i % 2 == 0 for i in range(N)]})
        pa.parquet.write_table(table, tmp_path / "t.parquet")
        return tmp_path / "t.parquet"
    lines = [
        ",".join("" if cell is None else str(cell) for cell in row) for row in zip(*columns().values(), strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join([",".join(columns()), *lines[:500], ",,,,,,", *lines[500:]]) + "\n")
    return tmp_path / "t.csv"


def test_columns_rows_and_places_are_those_in_memory(path):
    whole = read_table(path)
    rows = np.array([7, 3, 998, 500])
    with stream_table(path) as streamed:
        assert streamed.names == whole.names
        assert (streamed.n_rows, streamed.n_empty, streamed.notes) == (whole.n_rows, whole.n_empty, whole.notes)
        for name in whole.names:
            here, there = whole.column(name), streamed.column(name)
            assert (here.kind, here.labels, here.format, here.integer) == (
                there.kind,
                there.labels,
                there.format,
                there.integer,
            )
            np.testing.assert_array_equal(here.values, there.values)
            np.testing.assert_array_equal(whole.take(rows).column(name).values, streamed.take(rows).column(name).values)
        assert [streamed.take(rows).where(k) for k in range(4)] == [whole.take(rows).where(k) for k in range(4)]


def test_schema_and_blocks_are_those_in_memory(path):
    whole = read_table(path)
    with stream_table(path) as streamed:
        parts = split(streamed, 0.2, stratify="y", seed=1)
        np.testing.assert_array_equal(parts.train, split(whole, 0.2, stratify="y", seed=1).train)
        schema = learn_schema(streamed, "y", rows=parts.train)
        assert schema == learn_schema(whole, "y", rows=parts.train)
        X, Y = schema.encode(whole), schema.encode_target(whole)
        for rows in shuffled_blocks(parts.train, 64, seed=2, epoch=3):
            block = streamed.take(rows)
            np.testing.assert_array_equal(schema.encode(block), X[rows])
            np.testing.assert_array_equal(schema.encode_target(block), Y[rows])


def test_every_row_comes_once_an_epoch_from_one_block_at_a_time():
    rows = np.flatnonzero(np.arange(1000) % 3)
    blocks = list(shuffled_blocks(rows, 100, seed=1))
    np.testing.assert_array_equal(np.sort(np.concatenate(blocks)), rows)
    assert all(len(set(block // 100)) == 1 for block in blocks)
    assert [block[0] // 100 for block in blocks] != sorted(block[0] // 100 for block in blocks)
    assert any((np.diff(block) < 0).any() for block in blocks)


def test_the_seed_and_the_epoch_decide_the_order():
    def order(seed, epoch):
        return np.concatenate(list(shuffled_blocks(1000, 100, seed=seed, epoch=epoch))).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)
    with pytest.raises(UsageError, match="got size 0"):
        next(shuffled_blocks(10, 0))


def test_bad_rows_are_named_or_set_aside_as_in_memory(tmp_path):
    path, rejects = tmp_path / "t.csv", tmp_path / "r.csv"
    path.write_text("a,b\n1,2\n3,x\n5\n6,7\n7,8\n9,1\n")
    with pytest.raises(DataError, match=r"t\.csv:4: 1 field"):
        stream_table(path)
    options = {"bad_rows": "quarantine", "max_bad": 0.5, "rejects": rejects}
    whole = read_table(path, **options)
    with stream_table(path, **options) as streamed:
        assert streamed.column("a").cells() == whole.column("a").cells() == [1, 6, 7, 9]
        assert (streamed.n_rejected, streamed.notes) == (2, whole.notes)
        assert streamed.where(1) == "t.csv:5"


def test_nothing_stays_on_disk(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    folder = tmp_path / "scratch"
    folder.mkdir()
    with stream_table(tmp_path / "t.csv", folder=folder) as streamed:
        assert list(folder.iterdir())
        assert streamed.n_rows == 2
    assert not list(folder.iterdir())
    (tmp_path / "t.csv").write_text("a,b\n1\n")
    with pytest.raises(DataError):
        stream_table(tmp_path / "t.csv", folder=folder)
    assert not list(folder.iterdir())


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("age,b\n1,2\n3,4\n")
    with stream_table(tmp_path / "t.csv") as streamed, pytest.raises(DataError, match='did you mean "age"'):
        learn_schema(streamed, "agee")


@pytest.mark.parametrize(("rows", "n"), [(0, 0), ([], 0), ([4, 7], 2), (np.int64(5), 5)])
def test_blocks_of_any_rows_there_are(rows, n):
    blocks = list(shuffled_blocks(rows, 3))
    assert sum(map(len, blocks)) == n
    assert all(len(block) for block in blocks)
