"""A table in other units is the same table: its numbers may be of any size that a double has."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import TableRegressor
from clearprop.equations.units import deviation, median, unit_of, units_of
from clearprop.fitting.scoring import regression_scores
from clearprop.selection import compare
from clearprop.tables import read_table
from clearprop.training.metrics import r2

SIZES = (2.0**-1030, 2.0**-665, 2.0**-400, 2.0**465)
ROUGH = 2.0**-1066  # so few doubles lie between 0 and such numbers that their rounding shows


def in_units(size):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 150))
    y = 3 * x + z**2 + rng.normal(size=150) / 2
    return {"x": x * size, "z": z, "y": y * size}


def fitted(size, **settings):
    return TableRegressor("y", effort="quick", n_epochs=4, **settings).fit(in_units(size))


@pytest.mark.parametrize("settings", [{}, {"precision": "float64"}, {"loss": "huber"}, {"optimizer": "lbfgs"}],
                         ids=str)  # fmt: skip
@pytest.mark.parametrize("size", SIZES)
def test_what_is_learned_does_not_depend_on_the_units(size, settings):
    usual, other = fitted(1.0, **settings), fitted(size, **settings)
    expected, found = usual.evaluate(in_units(1.0)).scores, other.evaluate(in_units(size)).scores

    assert found["r2"] == pytest.approx(expected["r2"], abs=1e-9)
    for name in ("rmse", "mae", "median_absolute_error"):
        assert found[name] / size == pytest.approx(expected[name], rel=1e-9)
    interval = other.predict_interval(in_units(size), 0.8) / size
    np.testing.assert_allclose(interval, usual.predict_interval(in_units(1.0), 0.8), rtol=1e-6, atol=1e-6)
    features = {name: cells for name, cells in in_units(size).items() if name != "y"}
    assert other.score(features, in_units(size)["y"]) == pytest.approx(expected["r2"], abs=1e-9)
    assert other.facts_.notes == usual.facts_.notes


def test_of_targets_near_the_smallest_double_it_is_said_that_they_have_few_digits():
    model = fitted(ROUGH)

    found = model.evaluate(in_units(ROUGH)).scores
    assert found["r2"] == pytest.approx(fitted(1.0).evaluate(in_units(1.0)).scores["r2"], abs=0.01)
    assert [note for note in model.facts_.notes if "keeps five digits or fewer" in note and "other units" in note]


def test_one_value_near_0_is_the_answer():
    data = {"x": np.linspace(0, 1, 40), "y": np.full(40, 1e-320)}
    model = TableRegressor("y", effort="quick", n_epochs=2).fit(data)
    np.testing.assert_allclose(model.predict(data), 1e-320, rtol=0.01)


@pytest.mark.parametrize("size", [1.0, *SIZES, ROUGH])
def test_scores_are_those_of_ordinary_numbers(size):
    rng = np.random.default_rng(1)
    y = np.round(rng.normal(size=50) * 1000)
    predicted = y + np.round(rng.normal(size=50) * 300)
    usual = regression_scores(y, predicted)
    found = regression_scores(y * size, predicted * size)
    of_columns = r2(np.stack([predicted * size, predicted], 1), np.stack([y * size, y], 1), np.ones(50))

    assert found["r2"] == pytest.approx(usual["r2"], rel=1e-12)
    assert of_columns == pytest.approx(usual["r2"], rel=1e-12)
    assert found["mae"] / size == pytest.approx(usual["mae"], rel=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_a_deviation_is_in_the_units_of_its_numbers(size):
    x = np.random.default_rng(2).normal(size=30)
    assert deviation(x * size) / size == pytest.approx(x.std(), rel=1e-10)
    assert deviation(x) == x.std()


def test_units_are_powers_of_two():
    assert (unit_of(np.zeros(3)), unit_of(np.array([])), unit_of(np.array([np.inf]))) == (1, 1, 1)
    assert unit_of(np.array([-3.0, 1.0])) == 2
    assert unit_of(np.array([5e-324])) == 5e-324
    np.testing.assert_array_equal(units_of(np.array([[0.1, 0, -9]])), [0.0625, 1, 8])


def test_a_column_of_features_near_0_is_told_from_a_constant():
    table = read_table({"x": np.arange(1, 41) * 1e-318, "y": np.arange(40) % 7 * 1.0})
    model = TableRegressor("y", effort="quick", n_epochs=1).fit(table)
    assert model.encode(table)[0].std() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("size", [2.0**-665, 2.0**-1030])
def test_models_of_others_are_compared_on_such_numbers_as_on_ordinary_ones(size):
    model = TableRegressor("y", effort="quick", n_epochs=1, hidden=(4,))
    usual, other = (
        {one.name: one for one in compare(model, in_units(of), folds=2).models} for of in (1.0, size)
    )  # fmt: skip
    for name, expected in usual.items():
        assert other[name].scores["r2"].value == pytest.approx(expected.scores["r2"].value, abs=1e-3), name
        assert (other[name].behind is None) == (expected.behind is None)
        if expected.behind is not None:
            assert np.sign(other[name].behind.value) == np.sign(expected.behind.value), name


def test_a_fold_with_one_number_is_answered_by_it():
    data = {"x": np.arange(40.0), "y": np.full(40, 2.5)}
    found = compare(TableRegressor("y", effort="quick", n_epochs=1, hidden=()), data, folds=2)
    for one in found.models:
        np.testing.assert_allclose(one.outputs, 2.5, rtol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 11])
def test_the_median_is_that_of_numpy(n):
    x = np.random.default_rng(n).normal(size=n) * 10.0 ** np.arange(-20, 20)[:n]
    assert median(x) == np.median(x)
