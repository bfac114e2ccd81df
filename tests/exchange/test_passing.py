"""Layers of which the last units pass z on, which shortcuts of other tools become: everything there is for a layer."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import Dense, Network
from clearprop.engines import open_session
from clearprop.engines.gradient_check import check_session
from clearprop.equations import get_activation, get_rule
from clearprop.errors import ScribeCannot, UsageError
from clearprop.exchange import SCRIBES, Answer, export, lower
from clearprop.explain import derive
from clearprop.explain.derivation.notations import NOTATIONS
from clearprop.files import ModelFile, load_model, save_model
from clearprop.model import initial
from drawn_models import row_model
from many_exports import check_all

NAMES = ["tanh:passing=2", "leaky_relu:slope=0.2,passing=1", "sin:passing=3", "stepwise:low=-1,passing=2"]


def network(name):
    return Network(3, (Dense(5, name), Dense(2, "identity")), "squared_error")


@pytest.mark.parametrize("name", NAMES)
def test_the_last_units_are_z_and_the_others_have_f(name):
    f, k = get_activation(name), int(name[-1])
    z = np.random.default_rng(0).normal(size=(7, 5))
    a, inner = f.forward(z), get_activation(name.replace(f",passing={k}", "").replace(f":passing={k}", ""))
    np.testing.assert_array_equal(a[:, -k:], z[:, -k:])
    np.testing.assert_array_equal(a[:, :-k], inner.forward(z[:, :-k]))
    assert (f.derivative(z, a)[:, -k:] == 1).all()
    assert (f.second_derivative(z, a)[:, -k:] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_gradients_and_curvature_are_those_of_differences(name):
    rng, described = np.random.default_rng(1), network(name)
    session = open_session(described, initial(described, 0), get_rule("sgd"), 0, engine="numpy")
    X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    assert all(check.relative_error < 1e-7 for check in check_session(session, X, Y))
    trace = session.trace(X, Y)
    for notation in NOTATIONS:
        assert max(derive(described, notation).compare(trace).values()) < 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_it_is_kept_in_a_file(name, tmp_path):
    described = network(name)
    save_model(tmp_path / "m.safetensors", ModelFile(described, initial(described, 0)))
    assert load_model(tmp_path / "m.safetensors").network == described


@pytest.mark.parametrize("to", SCRIBES)
def test_it_leaves_as_two_layers_side_by_side(to, tmp_path):
    answer = Answer("numbers", ("prediction",))
    models = [row_model(k, answer, "identity", "squared_error", name) for k, name in enumerate(NAMES)]
    models.append(row_model(9, answer, "identity", "squared_error", NAMES[0], dtype=np.float64))
    if to == "pmml":
        with pytest.raises(ScribeCannot, match="layer after layer"):
            export(models[0], tmp_path / "m", to)
        return
    held = [one for one in models if SCRIBES[to].why_not(lower(one)) is None]
    assert len(held) == len(models)
    check_all(to, held, tmp_path)


@pytest.mark.parametrize("name", ["tanh:passing=0", "tanh:passing=1.5", "softmax:passing=1"])
def test_what_makes_no_sense_is_told(name):
    with pytest.raises(UsageError, match="1 unit or more that pass z on"):
        get_activation(name)
