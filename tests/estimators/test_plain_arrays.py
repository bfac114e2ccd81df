"""Arrays that are taken without scikit-learn's look give what its look would have given."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import validate_data

from clearprop import MLPClassifier, MLPRegressor
from clearprop.fitting.as_sklearn.plain_arrays import plain_rows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))


class Own(np.ndarray):
    """An array that is no plain one: scikit-learn has to look at it."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "y", [rng.integers(0, 2, 60), rng.integers(-1, 3, 60).astype(np.int8), rng.integers(0, 2, 60) > 0], ids=str
)
def test_a_fit_is_the_same_whether_scikit_learn_has_looked_or_not(y, dtype):
    rows = X.astype(dtype)
    plain = MLPClassifier((4,), max_iter=2, random_state=0).fit(rows, y)
    looked_at = MLPClassifier((4,), max_iter=2, random_state=0).fit(rows.view(Own), y.tolist())
    np.testing.assert_array_equal(plain.predict_proba(rows), looked_at.predict_proba(rows.view(Own)))
    np.testing.assert_array_equal(plain.classes_, looked_at.classes_)
    assert plain.predict(rows).tolist() == looked_at.predict(rows).tolist()
    assert plain.n_features_in_ == looked_at.n_features_in_ == 3


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused_in_rows_and_in_targets(wrong):
    rows, y = X.copy(), X[:, 0].copy()
    rows[7, 1] = wrong
    with pytest.raises(ValueError, match="Input X contains"):
        MLPRegressor(max_iter=1).fit(rows, y)
    with pytest.raises(ValueError, match="Input X contains"):
        MLPRegressor(max_iter=1).fit(X, y).predict(rows)
    y[3] = wrong
    with pytest.raises(ValueError, match="Input y contains"):
        MLPRegressor(max_iter=1).fit(X, y)


def test_rows_whose_sum_is_beyond_all_numbers_are_left_to_scikit_learn():
    model = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1).fit(X[:, :2], X[:, 0])
    rows = np.full((4, 2), 1.7e308)
    assert plain_rows(vars(model), rows, reset=False) is None
    with np.errstate(over="ignore"):
        assert validate_data(model, rows, reset=False) is rows


def test_columns_too_many_and_a_model_not_fitted_are_refused_as_scikit_learn_does():
    with pytest.raises(NotFittedError):
        MLPRegressor().predict(X)
    with pytest.raises(ValueError, match="X has 2 features, but MLPRegressor is expecting 3"):
        MLPRegressor(max_iter=1).fit(X, X[:, 0]).predict(X[:, :2])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MLPRegressor(max_iter=1).fit(X, X[:9, 0])


def test_a_class_for_nearly_every_row_is_remarked_on():
    with pytest.warns(UserWarning, match="unique classes is greater than 50%"):
        MLPClassifier(max_iter=1).fit(X, np.arange(60))
