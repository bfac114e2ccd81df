"""Activations with options behind a colon: derivatives, formulas, engines, files, and every format they leave in."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import Dense, MLPRegressor, Network
from clearprop.engines import open_session
from clearprop.engines.gradient_check import check_session
from clearprop.equations import get_activation, get_rule
from clearprop.errors import ScribeCannot, UsageError
from clearprop.exchange import SCRIBES, Answer, export, lower
from clearprop.explain import derive
from clearprop.files import ModelFile, load_model, save_model
from clearprop.model import initial
from drawn_models import row_model
from many_exports import check_all

NAMES = [
    "leaky_relu:slope=0.2",
    "leaky_relu:slope=0.1,threshold=0.2,largest=1.5",
    "leaky_relu:slope=-0.3",
    "elu:alpha=0.5",
    "softplus:threshold=0.7",
    "hard_tanh:low=0,high=1",
    "hard_tanh:low=-0.25,high=6",
    "stepwise:low=-1",
]
Z = np.linspace(-3, 3, 1201) + 1e-4  # on no kink


@pytest.mark.parametrize("name", NAMES)
def test_f_and_its_derivatives(name):
    f = get_activation(name)
    near = np.min([np.abs(Z - kink) for kink in f.kinks], axis=0) < 2e-3 if f.kinks else np.zeros(len(Z), bool)
    z, h = Z[~near], 1e-4
    a = f.forward(z)
    slope = (f.forward(z + h) - f.forward(z - h)) / (2 * h)
    np.testing.assert_allclose(f.derivative(z, a), slope, rtol=1e-6, atol=1e-8)
    bend = (f.derivative(z + h, f.forward(z + h)) - f.derivative(z - h, f.forward(z - h))) / (2 * h)
    np.testing.assert_allclose(f.second_derivative(z, a), bend, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "z", "a"),
    [
        ("leaky_relu:slope=0.1,threshold=0.2,largest=6", [-1, 0.2, 0.3, 7], [-0.12, 0, 0.3, 6]),
        ("elu:alpha=0.5", [-1, 2], [0.5 * np.expm1(-1), 2]),
        ("softplus:threshold=5", [4, 6], [np.log1p(np.exp(4)), 6]),
        ("hard_tanh:low=0,high=6", [-1, 3, 9], [0, 3, 6]),
        ("stepwise:low=-1", [-9, 0.25, 9], [-1, 0.25 * 0.5 / 0.5493061542510986, 1]),  # FANN's
    ],
)
def test_values_of_other_tools(name, z, a):
    np.testing.assert_allclose(get_activation(name).forward(np.array(z, float)), a, rtol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_through_it_is_certified_and_an_engine_found(name):
    network = Network(3, (Dense(4, name), Dense(2, "identity")), "squared_error")
    rng = np.random.default_rng(1)
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    checks = check_session(session, rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
    assert all(check.relative_error < 1e-7 for check in checks)
    X = rng.normal(size=(40, 3))
    model = MLPRegressor(hidden_layer_sizes=(4,), activation=[name], max_iter=3, tol=0, random_state=0, alpha=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X, X[:, 0])
    assert model.engine_ == "numpy"


@pytest.mark.parametrize("name", NAMES)
def test_the_derivation_computes_what_the_engine_does(name):
    network = Network(3, (Dense(4, name), Dense(2, "identity")), "squared_error")
    rng = np.random.default_rng(2)
    session = open_session(network, initial(network, 0), get_rule("sgd"), 0, engine="numpy")
    trace = session.trace(rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    assert max(derive(network).compare(trace).values()) < 1e-12


def test_it_is_kept_in_a_file(tmp_path):
    network = Network(3, tuple(Dense(2, name) for name in NAMES), "squared_error")
    save_model(tmp_path / "m.safetensors", ModelFile(network, initial(network, 0)))
    assert load_model(tmp_path / "m.safetensors").network == network


@pytest.mark.parametrize("to", SCRIBES)
def test_it_leaves_or_is_refused_by_name(to, tmp_path):
    numbers = Answer("numbers", ("prediction",))
    models = [row_model(k, numbers, "identity", "squared_error", name) for k, name in enumerate(NAMES)]
    held = [one for one in models if SCRIBES[to].why_not(lower(one)) is None]
    if held:
        check_all(to, held, tmp_path)
    assert len(held) == {"pmml": 0, "c-fixed": 2}.get(to, len(NAMES))
    for one in models:
        if one not in held:
            with pytest.raises(ScribeCannot, match=one.network.layers[0].activation):
                export(one, tmp_path / "m", to)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("leaky_relu:steepness=2", "no option 'steepness'; it has slope"),
        ("tanh:slope=2", "no option 'slope'; it has none"),
        ("elu:alpha", "options follow a name"),
        ("elu:alpha=nan", "options follow a name"),
        ("hard_tanh:low=2,high=1", "low below high"),
        ("stepwise:low=0.5", "from low=0, as a sigmoid"),
        ("rellu:slope=1", "did you mean 'relu'"),
        ("elu:alpha=" + "1" * 200, "unknown activation"),
    ],
)
def test_what_makes_no_sense_is_told(name, words):
    with pytest.raises(UsageError, match=words):
        get_activation(name)


def test_the_outputs_of_an_estimator_on_arrays_may_have_one_of_their_own():
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = MLPRegressor(hidden_layer_sizes=(3,), activation=["relu", "tanh"], max_iter=2, tol=0, random_state=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X, np.tanh(X[:, 0]))
    assert [layer.activation for layer in model.network_.layers] == ["relu", "tanh"]
    assert np.abs(model.predict(100 * X)).max() <= 1
