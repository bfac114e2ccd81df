"""Cross-validation: every row is answered by networks that have not seen it, as a loop of single fits does."""

from __future__ import annotations

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone

from clearprop import TableClassifier, TableRegressor, cross_validate
from clearprop.errors import DataError, UsageError
from clearprop.selection import folds_for
from clearprop.tables import read_table

QUICK = {"hidden": (5,), "n_epochs": 4}


def test_a_cross_validation_equals_a_loop_of_single_fits():
    model, table = TableClassifier(**QUICK, random_state=3), read_table("iris")
    found = cross_validate(model, "iris", folds=3, seeds=2)
    for fold in found.folds:
        for seed in range(2):
            one = clone(model).set_params(random_state=3 + seed).fit(table, rows=fold.train)
            np.testing.assert_array_equal(found.outputs[seed][fold.held], one.predict_proba(table.take(fold.held)))
    np.testing.assert_array_equal(found.mean, found.outputs.mean(axis=0))


def test_side_by_side_is_the_same_as_one_after_the_other():
    model = TableRegressor(**QUICK)
    alone = cross_validate(model, "diabetes", folds=2)
    with parallel_config(backend="loky", n_jobs=2):
        np.testing.assert_array_equal(cross_validate(model, "diabetes", folds=2).outputs, alone.outputs)


def test_every_row_is_in_one_fold_and_every_class_in_all():
    table = read_table("iris")
    folds = folds_for(table, "species", np.arange(150), 4, classes=True)
    assert sorted(np.concatenate([fold.held for fold in folds])) == [*range(150)]
    codes = table.column("species").values
    for fold in folds:
        assert sorted([*fold.train, *fold.held]) == [*range(150)]
        assert min(np.bincount(codes[fold.held])) >= 12


def test_no_group_is_predicted_by_a_network_that_saw_it():
    data = {"a": np.arange(90.0) % 11, "g": [f"g{k // 5}" for k in range(90)], "y": np.arange(90.0) % 7}
    found = cross_validate(TableRegressor("y", **QUICK, group="g"), data, folds=3)
    groups = np.array(data["g"])
    for fold in found.folds:
        assert not {*groups[fold.train]} & {*groups[fold.held]}
    assert len(found.truth.rows) == 90


def test_by_time_every_fold_is_later_than_what_predicts_it():
    moments = np.random.default_rng(0).integers(0, 30, 120).astype(float)
    data = {"a": np.arange(120.0) % 11, "t": moments, "y": np.arange(120.0) % 7}
    found = cross_validate(TableRegressor("y", **QUICK, time="t"), data, folds=3)
    for fold in found.folds:
        assert moments[fold.train].max() < moments[fold.held].min()
    held = np.sort(np.concatenate([fold.held for fold in found.folds]))
    np.testing.assert_array_equal(found.truth.rows, held)
    assert moments[held].min() > np.delete(moments, held).max()


def test_rows_without_a_target_are_in_no_fold():
    data = {"a": np.arange(60.0), "y": [None if k % 10 == 0 else float(k % 7) for k in range(60)]}
    found = cross_validate(TableRegressor("y", **QUICK), data, folds=2)
    assert len(found.truth.rows) == 54
    assert not np.isnan(found.predictions).any()


def test_a_class_of_one_row_is_given_no_probability_by_those_that_lack_it():
    data = {"a": np.arange(40.0), "y": ["rare", *["one", "two"] * 19, "one"]}
    found = cross_validate(TableClassifier("y", **QUICK), data, folds=2)
    assert found.truth.labels.tolist() == ["one", "rare", "two"]
    assert found.mean[0, 1] == 0
    np.testing.assert_allclose(found.mean.sum(axis=1), 1, rtol=1e-6)


def test_scores_are_those_of_the_rows_out_of_fold_and_lie_in_their_intervals():
    found = cross_validate(TableRegressor(**QUICK), "diabetes", folds=3, seeds=2)
    y = read_table("diabetes").column("progression").values
    rmse = [np.sqrt(np.mean((y - one) ** 2)) for one in found.outputs]
    assert found.scores["rmse"].value == pytest.approx(np.mean(rmse))
    assert found.scores_of_mean["rmse"].value == pytest.approx(np.sqrt(np.mean((y - found.predictions) ** 2)))
    for one in found.scores.values():
        assert one.low < one.value < one.high
    assert [*found.by_fold[0]] == [*found.scores]


def test_an_interval_of_groups_is_wider_than_one_that_takes_their_rows_for_as_many():
    rng = np.random.default_rng(1)
    level = rng.normal(size=12).repeat(20)
    data = {"a": rng.normal(size=240), "g": np.arange(12).repeat(20).astype(str), "y": 5 * level}
    by_rows = cross_validate(TableRegressor("y", **QUICK), data, folds=3).scores["mae"]
    by_groups = cross_validate(TableRegressor("y", **QUICK, group="g"), data, folds=3).scores["mae"]
    assert by_groups.high - by_groups.low > 2 * (by_rows.high - by_rows.low)


@pytest.mark.parametrize(
    ("settings", "asked", "error", "said"),
    [
        ({}, {"folds": 1}, UsageError, "from 2 on"),
        ({}, {"seeds": 0}, UsageError, "from 1 on"),
        ({}, {"folds": 200}, DataError, "400 rows or more"),
        ({"group": "a", "time": "a"}, {}, UsageError, "leave one of the two out"),
        ({"group": "b"}, {}, DataError, "5 groups or more, there are 2"),
    ],
)
def test_folds_that_cannot_be_are_refused(settings, asked, error, said):
    data = {"a": np.arange(60.0), "b": np.arange(60) % 2, "y": np.arange(60.0)}
    with pytest.raises(error, match=said):
        cross_validate(TableRegressor("y", **QUICK, **settings), data, **asked)


def test_it_is_shown_by_its_scores_and_not_by_its_rows():
    found = cross_validate(TableRegressor(**QUICK), "diabetes", folds=2)
    shown, r2 = repr(found), found.scores["r2"]
    assert shown.startswith(f"CrossValidation({found.truth.target}, 442 rows, 2 folds: ")
    assert f"r2 {r2.value:.4g} ({r2.low:.4g} .. {r2.high:.4g})" in shown
    assert "array" not in shown
