"""Labels of classes are what they were, in value and type, and y takes the place of no feature."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from clearprop import MLPClassifier, TableClassifier, TableRegressor, load
from clearprop.errors import DataError
from clearprop.tables import read_table

SIDE = np.arange(80) % 2 == 0
X = pd.DataFrame({"a": np.where(SIDE, -1.0, 1.0) + 0.1 * np.sin(np.arange(80))})
QUICK = {"hidden": (8,), "n_epochs": 40, "learning_rate": 0.05}

PAIRS = {
    "zeros before digits": ("01", "02"),
    "blanks around": (" hi ", "hi"),
    "case": ("Yes", "yes"),
    "underscores": ("1_2", "12"),
    "exponents": ("1e3", "1000"),
    "dates as text": ("2020-01-01", "2021-01-01"),
    "versions": ("1.0.0", "1.0.1"),
    "spellings of missing": ("NA", "None"),
    "a question mark": ("?", "x"),
    "twenty digits": (10**19 + 1, 10**20),
    "ends of int64": (np.iinfo(np.int64).min, np.iinfo(np.int64).max),
    "ends of uint64": (2**63, 2**64 - 1),
    "both sides of int64": (-1, 2**63),
    "decimals": (Decimal("1.10"), Decimal("10")),
    "booleans": (False, True),
    "dates": (date(2020, 1, 1), date(2021, 1, 1)),
    "moments": (datetime(2020, 1, 1), datetime(2021, 1, 1, 1, 1, 1, 1)),
    "times of day": (time(1), time(2, 3, 4, 5)),
    "spans": (timedelta(1), timedelta(2)),
    "bytes": (b"a\xff", b"b"),
    "fractions": (0.1, 0.30000000000000004),
}
FORMS = {
    "list": list,
    "object array": lambda y: np.array([*y, None], dtype=object)[:-1],
    "pandas": lambda y: pd.Series(y, name="y"),
    "categorical": lambda y: pd.Series(y, dtype="category"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PAIRS)
def test_labels_come_back_as_they_were_given(tmp_path, name, form):
    one, other = PAIRS[name]
    given = [one if left else other for left in SIDE]
    model = TableClassifier(**QUICK).fit(X, FORMS[form](given))
    model.save(tmp_path / "m.safetensors")
    for fitted in (model, load(tmp_path / "m.safetensors")):
        found = fitted.predict(X).tolist()
        assert found == given
        assert {type(label) for label in found} == {type(one)}
        assert fitted.score(X, FORMS[form](given)) == 1


@pytest.mark.parametrize("name", ["zeros before digits", "blanks around", "ends of uint64", "decimals"])
def test_a_target_in_the_frame_keeps_its_labels_too(name):
    one, other = PAIRS[name]
    frame = X.assign(y=pd.Series([one if left else other for left in SIDE], dtype=object))
    model = TableClassifier("y", **QUICK).fit(frame)
    assert model.predict(X).tolist() == frame["y"].tolist()
    assert model.evaluate(frame).scores["accuracy"] == 1


def test_nullable_and_polars_labels_are_numbers_still():
    labels = np.where(SIDE, 3, 7)
    for y in (pd.Series(labels, dtype="Int64"), pl.Series("y", labels.tolist()), pd.array(labels, dtype="Int32")):
        assert TableClassifier(**QUICK).fit(X, y).predict(X).tolist() == labels.tolist()


@pytest.mark.parametrize(
    ("one", "other", "classes"),
    [
        ("01", "02", ["01", "02"]), ("3", "12345678901234567890", [3, 12345678901234567890]),
        ("1.5", "2.50", [1.5, 2.5]),
        ("1e3", "1000", ["1000", "1e3"]), ("2020-01-01", "2021-01-01", ["2020-01-01", "2021-01-01"]),
        ("None", "Mild", ["Mild", "None"]), ("10:30", "11:45", ["10:30", "11:45"]), ("no", "Yes", ["Yes", "no"]),
    ],
)  # fmt: skip
def test_labels_of_a_text_file_are_text_unless_they_are_plainly_numbers(tmp_path, one, other, classes):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{a},{one if left else other}\n" for a, left in zip(X["a"], SIDE, strict=True)))
    model = TableClassifier("y", **QUICK).fit(path)
    assert model.classes_.tolist() == sorted(classes)
    assert model.evaluate(path).scores["accuracy"] == 1


@pytest.mark.parametrize("name", ["price", "target", "y"])
def test_y_never_replaces_a_feature(name):
    level = np.sin(np.arange(300) / 9)
    frame = pd.DataFrame({name: level, "noise": np.cos(np.arange(300) * 7)})
    y = pd.Series(2 * level + 1, name=name)
    model = TableRegressor(hidden=(16,), n_epochs=150).fit(frame, y)
    assert model.score(frame, y) > 0.9
    assert name in model.schema_.names


def test_a_y_that_is_a_column_of_X_is_said():
    frame = X.assign(b=np.arange(80) * 0.5)
    with pytest.warns(UserWarning, match='y is the column "b" of X'):
        TableRegressor(**QUICK).fit(frame, frame["b"])


class Frame(pd.DataFrame):
    """A user's own kind of frame."""

    @property
    def _constructor(self):
        return Frame


def test_a_subclass_of_a_frame_is_a_frame():
    frame = Frame({"a": X["a"].to_numpy(), "b": np.arange(80) % 7.0})
    model = TableClassifier(**QUICK).fit(frame, SIDE)
    np.testing.assert_array_equal(model.predict_proba(frame[["b", "a"]]), model.predict_proba(frame))
    assert TableClassifier("y", **QUICK).fit(Frame(frame.assign(y=SIDE))).classes_.tolist() == [False, True]


def test_masked_cells_are_missing():
    masked = np.ma.masked_equal(np.where(SIDE, 1, 2), 2)
    assert read_table({"a": masked}).column("a").missing.tolist() == (~SIDE).tolist()
    model = TableClassifier(**QUICK).fit(np.ma.masked_greater(X.to_numpy(), 0.5), SIDE)
    assert model.predict(np.ma.masked_greater(X.to_numpy(), 0.5)).tolist() == SIDE.tolist()


def test_rows_without_a_target_are_left_out_and_counted(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{a},{'' if k < 15 else a * 2}" for k, a in enumerate(X["a"])]
    path.write_text("a,y\n" + "\n".join(rows) + "\n")
    model = TableRegressor("y", **QUICK).fit(path)
    assert any("15 rows without a target" in note for note in model.facts_.notes)
    assert model.evaluate(path).n_rows == 65
    with pytest.raises(DataError, match="15 such rows"):
        TableRegressor("y", missing_target="error", **QUICK).fit(path)
    labels = pd.Series(np.where(SIDE, "x", "z"), dtype=object)
    labels[:5] = None
    assert TableClassifier(**QUICK).fit(X, labels).classes_.tolist() == ["x", "z"]


def test_scikit_learns_scorers_agree():
    from sklearn.model_selection import cross_val_score

    y = np.where(SIDE, " 01", "1 ")
    for model in (TableClassifier(**QUICK), MLPClassifier((8,), solver="lbfgs", max_iter=50)):
        assert cross_val_score(model, X, y, cv=2, scoring="accuracy").min() == 1


@pytest.mark.parametrize("ending", ["", "csv", "parquet", "jsonl"])
@pytest.mark.parametrize(
    ("labels", "na", "kept"), [([1, 2, -9], "-9", [1, 2]), (["a", "b", "unsure"], "unsure", ["a", "b"])]
)
def test_a_class_that_was_said_to_be_missing_is_none_in_whatever_source(tmp_path, ending, labels, na, kept):
    frame = pd.DataFrame({"x": np.arange(60.0), "y": labels * 20})
    path = tmp_path / f"t.{ending}"
    write = {
        "csv": lambda: frame.to_csv(path, index=False), "parquet": lambda: frame.to_parquet(path),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
    }  # fmt: skip
    if ending:
        write[ending]()
    model = TableClassifier("y", na=[na], n_epochs=1).fit(path if ending else frame)
    assert model.classes_.tolist() == kept
    apart = TableClassifier(na=[na], n_epochs=1).fit(frame[["x"]], frame["y"])
    assert apart.classes_.tolist() == kept
