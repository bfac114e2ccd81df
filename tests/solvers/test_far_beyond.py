"""A batch solver on numbers far beyond its usual ones ends at weights by which J, and so every answer, is a number."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from clearprop import MLPRegressor
from clearprop.solvers import SOLVERS


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("size", [1e30, 1e100, 1e150])
@pytest.mark.parametrize("solver", SOLVERS)
def test_what_a_solver_leaves_is_finite_on_the_training_rows(solver, size, engine):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, 2.0, 3.0]
    model = MLPRegressor(hidden_layer_sizes=(4,), solver=solver, max_iter=2, engine=engine, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X * size, y)

    assert np.isfinite(model.predict(X * size)).all()
    assert np.isfinite(model.loss_)
