"""Labels of every type that Python, NumPy, pandas, polars and pyarrow have: kept as what they are, or refused."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from clearprop import MLPClassifier, TableClassifier, TableRegressor, load
from clearprop.errors import ClearpropError, DataError, UsageError

SIDE = np.arange(80) % 2 == 0
X = pd.DataFrame({"a": np.where(SIDE, -1.0, 1.0) + 0.1 * np.sin(np.arange(80))})
QUICK = {"hidden": (8,), "n_epochs": 40, "learning_rate": 0.05}
ROME = "Europe/Rome"


class Colour(enum.Enum):
    RED, BLUE = 1, 2


class Level(enum.IntEnum):
    LOW, HIGH = 1, 2


class Word(enum.StrEnum):
    YES, NO = "yes", "no"


def of(one, other):
    return [one if left else other for left in SIDE]


WHOLE = np.where(SIDE, 1, 2)
FIRST, SECOND = (pd.Timestamp("2020-01-01 00:00:00.000000001"), pd.Timestamp("2020-01-01 00:00:00.000000002"))
KEPT = {
    "UUIDs": of(UUID(int=1), UUID(int=2)),
    "timestamps": of(FIRST, SECOND),
    "timestamps as objects": pd.Series(of(FIRST, SECOND), dtype=object),
    "nanoseconds": pd.Series(of(FIRST, SECOND)),
    "nanoseconds in a zone": pd.Series(of(FIRST.tz_localize(ROME), SECOND.tz_localize(ROME))),
    "moments with an offset": of(datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)),
    "pandas' durations": of(pd.Timedelta(1, "ns"), pd.Timedelta(2, "ns")),
    "a series of durations": pd.Series(of(pd.Timedelta(1, "ns"), pd.Timedelta(2, "ns"))),
    "months": pd.Series(of(pd.Period("2020-01"), pd.Period("2020-02"))),
    "quarters": of(pd.Period("2020Q1"), pd.Period("2020Q2")),
    "bins": pd.cut(X["a"], 2),
    "bins as they are": pd.Categorical(pd.cut(X["a"], 2)),
    "a categorical": pd.Categorical(of("b", "a")),
    "an index of categories": pd.CategoricalIndex(of(10, 2)),
    "an index of moments": pd.DatetimeIndex(of(FIRST, SECOND)),
    "arrow's nanoseconds": pd.Series(WHOLE, dtype=pd.ArrowDtype(pa.timestamp("ns"))),
    "arrow's nanoseconds in a zone": pd.Series(WHOLE, dtype=pd.ArrowDtype(pa.timestamp("ns", ROME))),
    "odd durations": np.array(WHOLE, dtype="m8[25s]"),
    "odd moments": np.array(WHOLE, dtype="M8[25s]"),
    "months of NumPy": np.array(WHOLE, dtype="M8[M]"),
    "moments of NumPy among objects": np.array([*map(np.datetime64, of("2020-01-01", "2021-01-01"))], dtype=object),
    "long doubles": np.array(of(1.5, 2.5), dtype=np.longdouble),
    "whole numbers and fractions": of(1, 2.5),
    "a NUL behind": of("a\0", "a"),
    "128 bits": pl.Series(of(1, 2**100), dtype=pl.Int128),
    "polars' decimals": pl.Series(of(Decimal("1.10"), Decimal("2"))),
    "StringDType": np.array(of("a", "b"), dtype=np.dtypes.StringDType()),
    "sparse": pd.Series(pd.arrays.SparseArray(WHOLE)),
}


@pytest.mark.parametrize("name", KEPT)
def test_labels_of_a_type_of_its_own_come_back_as_they_were(tmp_path, name):
    y = KEPT[name]
    model = TableClassifier(**QUICK).fit(X, y)
    model.save(tmp_path / "m.safetensors")
    for fitted in (model, load(tmp_path / "m.safetensors")):
        assert all(found == given for found, given in zip(fitted.predict(X), y, strict=True))
        assert fitted.score(X, y) == 1


ARROWS = {
    "arrow": pa.array(WHOLE, pa.timestamp("ns")),
    "arrow in pieces": pa.chunked_array([pa.array(WHOLE, pa.timestamp("ns"))]),
    "arrow's durations": pa.array(WHOLE, pa.duration("ns")),
    "polars": pl.Series(WHOLE).cast(pl.Datetime("ns")),
    "polars' durations": pl.Series(WHOLE).cast(pl.Duration("ns")),
}


@pytest.mark.parametrize("name", ARROWS)
def test_nanoseconds_of_a_library_are_not_lost(name):
    y = ARROWS[name]
    model = TableClassifier(**QUICK).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), np.asarray(y))
    assert model.score(X, y) == 1


IN_PARQUET = {
    "durations": of(timedelta(seconds=1, microseconds=86), timedelta(days=3)),
    "128 bits": pl.Series(of(-3, 2**100), dtype=pl.Int128),
    "128 bits without a sign": pl.Series(of(3, 2**127), dtype=pl.UInt128),
    "moments in a zone": pl.Series(
        of(*[datetime(2020, k, 1, tzinfo=UTC) for k in (1, 2)]), dtype=pl.Datetime("us", "UTC")
    ),
}


@pytest.mark.parametrize("name", IN_PARQUET)
def test_labels_that_parquet_has_no_type_for_come_back_from_it_as_they_were(tmp_path, name):
    y = pl.Series("y", IN_PARQUET[name])
    pl.DataFrame({"a": X["a"].to_numpy(), "y": y}).write_parquet(tmp_path / "t.parquet")
    model = TableClassifier("y", **QUICK).fit(str(tmp_path / "t.parquet"))
    assert [found == given for found, given in zip(model.predict(X), y, strict=True)] == [True] * 80


def test_labels_of_polars_keep_their_zone():
    y = pl.Series(of(datetime(2020, 1, 1), datetime(2020, 6, 1)), dtype=pl.Datetime("ns")).dt.replace_time_zone(ROME)
    assert [moment.utcoffset() for moment in TableClassifier(**QUICK).fit(X, y).classes_] == [
        timedelta(hours=1), timedelta(hours=2)
    ]  # fmt: skip


REFUSED = {
    "members of an enum": of(*Colour),
    "members of an enum of numbers": of(*Level),
    "members of an enum of words": of(*Word),
    "more digits than a float has": np.longdouble(1.5) + np.where(SIDE, np.longdouble(1e-19), 0),
    "1 and '1'": of(1, "1"),
    "1 and 'a'": of(1, "a"),
    "True and 1": of(True, 1),
    "moments with and without a zone": of(datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1)),
    "infinity": of(1.0, np.inf),
    "400 digits": of(10**400, 10**401),
    "5000 digits": of(10**5000, 10**5001),
    "fractions": of(Fraction(1, 2), Fraction(1, 3)),
    "sets": of(frozenset([1]), frozenset([2])),
    "bins of moments": pd.Series(pd.arrays.IntervalArray.from_breaks(pd.date_range("2020", periods=3))[WHOLE - 1]),
    "polars' nanoseconds in a zone": pl.Series(WHOLE).cast(pl.Datetime("ns", ROME)),
    "nanoseconds of a clock": pa.array(WHOLE, pa.time64("ns")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_labels_that_cannot_be_kept_are_refused_in_one_sentence(name):
    with pytest.raises(DataError) as refusal:
        TableClassifier(**QUICK).fit(X, REFUSED[name])
    said = str(refusal.value)
    assert "\n" not in said
    assert len(said) < 300
    assert ";" in said


@pytest.mark.parametrize("y", [of(1, "1"), of(b"a", b"b"), of(date(2020, 1, 1), date(2021, 1, 1)), of("a\0", "a")])
@pytest.mark.parametrize("array", [list, lambda y: np.array([*y, None], dtype=object)[:-1]])
def test_the_mlp_refuses_labels_that_it_cannot_keep(y, array):
    with pytest.raises(DataError, match=r"different types|MLPClassifier takes"):
        MLPClassifier((8,)).fit(X, array(y))
    with pytest.raises(DataError, match=r"different types|MLPClassifier takes"):
        MLPClassifier((8,)).partial_fit(X, array(y), classes=array(y[:2]))


def test_the_mlp_refuses_moments_and_spans_of_every_library():
    for y in (pd.Series(of(FIRST, SECOND)), np.array(WHOLE, dtype="m8[s]"), *ARROWS.values()):
        with pytest.raises(DataError, match="MLPClassifier takes"):
            MLPClassifier((8,)).fit(X, y)


def test_score_takes_moments_of_any_library():
    y = pl.Series(WHOLE).cast(pl.Datetime("us"))
    model = TableClassifier(**QUICK).fit(X, y)
    for same in (y, y.cast(pl.Datetime("ns")), y.to_list(), y.to_numpy(), pd.Series(y.to_list()), y.to_arrow()):
        assert model.score(X, same) == 1


def test_score_does_not_take_text_for_a_number():
    model = TableClassifier(**QUICK).fit(X, WHOLE)
    assert model.score(X, WHOLE.astype(float)) == 1
    assert model.score(X, WHOLE.astype(str)) == 0


@pytest.mark.parametrize(("kind", "y"), [(TableClassifier, np.array(of("x", "y"), dtype=object)),
                                         (TableRegressor, np.where(SIDE, 1.5, 3.0).astype(object))])  # fmt: skip
def test_rows_without_a_target_do_not_count_in_a_score(kind, y):
    model = kind(**QUICK).fit(X, y)
    some = y.copy()
    some[:10] = None
    assert model.score(X, some) == pytest.approx(model.score(X.iloc[10:], y[10:]))
    weights = np.arange(80.0)
    assert model.score(X, some, weights) == pytest.approx(model.score(X.iloc[10:], y[10:], weights[10:]))
    with pytest.raises(DataError, match="fill it in"):
        model.score(X, np.full(80, None))
    with pytest.raises(DataError, match="10 rows, row 0 the first"):
        kind(missing_target="error", **QUICK).fit(X, y).score(X, some)
    with pytest.raises(DataError, match="80 true answers, got shape"):
        model.score(X, y[1:])


@pytest.mark.parametrize(
    "labels", [(date(2020, 1, 1), date(2021, 1, 1)), (Decimal("1.1"), Decimal("2")), (b"a", b"b"), (1, 2)]
)
def test_weights_of_classes_are_given_by_the_labels_themselves(tmp_path, labels):
    y = of(*labels)
    weights = {labels[0]: 3.0}
    model = TableClassifier(class_weight=weights, **QUICK).fit(X, y)
    assert model._class_weights(model.schema_, np.array([0, 1])).tolist() == [3, 1]
    model.save(tmp_path / "m.safetensors")
    assert load(tmp_path / "m.safetensors").class_weight == weights
    with pytest.raises(UsageError, match="which is no class"):
        TableClassifier(class_weight={"z": 1}, **QUICK).fit(X, y)


def test_every_refusal_is_one_of_clearprops_own_errors():
    for y in REFUSED.values():
        with pytest.raises(ClearpropError):
            TableClassifier(**QUICK).fit(X, y)
