"""An MLP estimator is its own checkpoint: pickled between two epochs, it goes on to the bytes of the straight run."""

import pickle

import numpy as np
import pytest

from clearprop import MLPRegressor
from clearprop.equations import RULES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
y = X[:, 0] * X[:, 1]


def taught(model, n_epochs, dtype="float64"):
    for _ in range(n_epochs):
        model.partial_fit(X.astype(dtype), y.astype(dtype))
    return model


def bytes_of(model):
    optimizer = model._optimizer
    slots = [optimizer.slots[name].tobytes() for name in sorted(optimizer.slots)]
    weights = [array.tobytes() for array in (*model.coefs_, *model.intercepts_)]
    return weights, slots, optimizer.step, model.history_["loss"]


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize(("averaging", "dtype"), [(0.0, "float64"), (0.5, "float32")])
@pytest.mark.parametrize("solver", RULES)
def test_cut_between_epochs_and_unpickled_it_goes_on_to_the_same_bytes(solver, averaging, dtype, engine):
    options = {
        "hidden_layer_sizes": (6,), "activation": "tanh", "solver": solver, "dropout": 0.2, "batch_size": 16,
        "averaging": averaging, "learning_rate": "invscaling", "learning_rate_init": 0.01, "engine": engine,
        "random_state": 4,
    }  # fmt: skip
    straight = taught(MLPRegressor(**options), 6, dtype)
    cut = pickle.loads(pickle.dumps(taught(MLPRegressor(**options), 2, dtype)))

    assert bytes_of(taught(cut, 4, dtype)) == bytes_of(straight)


def test_epochs_by_partial_fit_are_those_of_a_fit():
    options = {"hidden_layer_sizes": (6,), "batch_size": 16, "random_state": 2, "max_iter": 5}
    whole = MLPRegressor(**options)
    with pytest.warns(match="Maximum iterations"):
        whole.fit(X, y)
    assert bytes_of(taught(MLPRegressor(**options), 5)) == bytes_of(whole)
