"""Input stages added at run time: everything that goes through a network works with them, and nothing was told."""

from __future__ import annotations

import json

import numpy as np
import pytest

import drawing
from clearprop.engines import Order, Request, choose, open_session
from clearprop.engines.gradient_check import check_session
from clearprop.equations import get_rule
from clearprop.equations.stages import STAGES, Embedding, Numbers, OneHot
from clearprop.errors import ModelFileError, UsageError
from clearprop.explain.derivation import NOTATIONS, derive
from clearprop.files import ModelFile, load_model, save_model
from clearprop.model import (
    Dense,
    Inputs,
    Network,
    Objective,
    gauss_newton_diagonal,
    gauss_newton_product,
    hessian_product,
    initial,
    output_acceleration,
    parameter_jacobian,
    row_gradient_norms,
    row_gradients,
)
from clearprop.notation.stage_formulas import STAGE_FORMULAS
from clearprop.proofs.certificate import certify
from clearprop.proofs.mistaken import mistaken
from new_stages import SCALING, Scaling, Waves

STAGE_LISTS = {
    "scaling": (Scaling(3),),
    "waves": (Waves(2, 2),),
    "all": (Numbers(1), Scaling(2), Waves(2, 2, shift=(0.5, 0.25)), OneHot(3), Embedding(4, 2)),
}


@pytest.fixture(autouse=True)
def _there(monkeypatch):
    """Register the stages, and the formula of one of them: the other is written by its name."""
    for stage in (Scaling, Waves):
        monkeypatch.setitem(STAGES, stage.name, stage)
    monkeypatch.setitem(STAGE_FORMULAS, "scaling", SCALING)


@pytest.fixture(params=STAGE_LISTS)
def network(request):
    layers = (Dense(5, "tanh", dropout=0.2), Dense(4, "mish", bias=False), Dense(2, "identity"))
    objective = Objective("squared_error", l1=0.01, l2=0.02, penalize_bias=True)
    return Network(Inputs(stages=STAGE_LISTS[request.param]), layers, objective)


def drawn(network, batch=9, seed=2):
    rng = np.random.default_rng(seed)
    X = drawing.columns(network.inputs, rng, batch)
    return drawing.parameters(network, rng, 0.7), X, rng.standard_normal((batch, 2)), rng.uniform(0.5, 2, batch)


def opened(network, parameters, rule="adam", **how):
    return open_session(network, parameters, get_rule(rule), 5, engine="numpy", **how)


def test_its_gradient_is_that_of_j(network):
    parameters, X, Y, w = drawn(network)
    for check in check_session(opened(network, parameters), X, Y, w):
        assert check.relative_error <= 1e-10, check


def test_the_slots_say_what_its_parameters_are(network):
    own = [slot for slot in network.slots if slot.kind == "stage"]
    assert own
    assert [slot.name for slot in network.slots][: len(own)] == [slot.name for slot in own]
    assert not any(slot.penalised or slot.decays for slot in own)
    assert set(initial(network, 0)) == {slot.name for slot in network.slots}


def test_training_moves_it_in_pieces_as_in_one_and_in_both_precisions(network):
    parameters, X, Y, w = drawn(network)
    order, rates = Order.of(np.tile(np.arange(9), 6), 4), np.full(14, 0.02)
    whole, pieces = opened(network, parameters), opened(network, parameters)
    steps = whole.run(X, Y, w, order, rates)
    assert steps.losses[-1] < steps.losses[0]
    for start in range(0, 14, 5):
        stop = min(start + 5, 14)
        pieces.run(X, Y, w, order.steps(start, stop), rates[start:stop])
    assert np.array_equal(whole.get_state().parameters, pieces.get_state().parameters)
    moved = whole.get_state().parameters - parameters.vector
    assert all(moved[parameters.slices[slot.name]].any() for slot in network.slots)

    single = opened(network, parameters, precision="float32")
    single.run(X, Y, w, order, rates)
    np.testing.assert_allclose(single.get_state().parameters, whole.get_state().parameters, atol=2e-3)
    np.testing.assert_allclose(single.predict(X), whole.predict(X), atol=5e-3)


def test_engines_that_do_not_know_it_say_so_and_another_is_chosen(network):
    choice = choose("auto", Request(network, get_rule("adam"), "float64"))
    assert choice.name == "numpy"
    if choice.slower:  # there is none without the native engine
        assert "stage" in choice.slower


def test_its_second_derivatives_are_those_of_j(network):
    parameters, X, Y, w = drawn(network)
    session, rng = opened(network, parameters, "sgd"), np.random.default_rng(4)
    state, trace = session.get_state(), session.trace(X, Y, w)
    v, h = rng.standard_normal(parameters.vector.size), 1e-4

    def at(t):
        session.set_state(type(state)(state.parameters + t * v, state.slots, state.step))
        found = session.trace(X, Y, w)
        return found.gradient.vector, found.a[-1]

    (g2, a2), (g1, a1), (_, a0), (g3, a3), (g4, a4) = (at(t * h) for t in (2, 1, 0, -1, -2))
    slope = (8 * (g1 - g3) - (g2 - g4)) / (12 * h)
    np.testing.assert_allclose(hessian_product(trace, v), slope, rtol=1e-7, atol=1e-8)
    bend = (16 * (a1 + a3) - (a2 + a4) - 30 * a0) / (12 * h * h)
    np.testing.assert_allclose(output_acceleration(trace, v), bend, rtol=1e-5, atol=1e-6)

    n = parameters.vector.size
    G = np.array([gauss_newton_product(trace, column) for column in np.eye(n)])
    np.testing.assert_allclose(G, G.T, atol=1e-13)
    np.testing.assert_allclose(np.diag(G), gauss_newton_diagonal(trace), rtol=1e-11, atol=1e-13)


def test_its_rows_derivatives(network):
    parameters, X, Y, w = drawn(network)
    session = opened(network, parameters, "sgd")
    state, trace = session.get_state(), session.trace(X, Y, w)
    rows = row_gradients(trace)
    penalty = trace.gradient.vector - trace.scales @ rows
    counted = np.concatenate([np.full(slot.size, slot.penalised) for slot in network.slots])
    np.testing.assert_allclose(penalty[~counted], 0, atol=1e-14)
    np.testing.assert_allclose(row_gradient_norms(trace), np.linalg.norm(rows, axis=1), rtol=1e-12)

    J, h = parameter_jacobian(network, parameters, X), 1e-6
    for i in range(0, parameters.vector.size, 5):
        up, down = state.parameters.copy(), state.parameters.copy()
        up[i] += h
        down[i] -= h
        outputs = []
        for there in (up, down):
            session.set_state(type(state)(there, state.slots, state.step))
            outputs.append(session.predict(X))
        np.testing.assert_allclose(J[:, :, i], (outputs[0] - outputs[1]) / (2 * h), rtol=1e-6, atol=1e-8)


def test_it_is_certified_and_a_mistake_in_it_is_not(network):
    parameters, X, Y, w = drawn(network)
    session = opened(network, parameters)
    assert certify(session, X, Y, w).passed

    class Wrong(type(session)):
        def trace(self, X, Y, weights=None):
            return super().trace(X, Y, weights)

        def gradients(self, X, Y, weights=None):
            J, gradient = super().gradients(X, Y, weights)
            gradient[network.stage.slots[0].name][...] *= 1.001
            return J, gradient

    session.__class__ = Wrong
    found = certify(session, X, Y, w)
    assert not found.passed
    assert network.stage.slots[0].name in str(found)


def test_the_mistake_finder_computes_its_gradients(network):
    parameters, X, Y, w = drawn(network)
    trace = opened(network, parameters).trace(X, Y, w)
    right = mistaken(trace, ())
    for slot in network.slots:
        np.testing.assert_allclose(right[f"d{slot.name}"], trace[f"d{slot.name}"], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("notation", sorted(NOTATIONS))
def test_it_is_derived_in_every_notation(network, notation, weighted):
    parameters, X, Y, w = drawn(network)
    trace = opened(network, parameters).trace(X, Y, w if weighted else None)
    derivation = derive(network, notation, weighted=weighted)
    errors = derivation.compare(trace)
    assert {f"d{slot.name}" for slot in network.stage.slots} <= errors.keys()
    assert max(errors.values()) <= 1e-12
    assert derivation.html().count("<math") > 10
    assert derivation.markdown()


def test_it_comes_back_from_a_file(network, tmp_path):
    parameters = initial(network, 3)
    save_model(str(tmp_path / "m.safetensors"), ModelFile(network, parameters))
    found = load_model(str(tmp_path / "m.safetensors"))
    assert found.network == network
    assert found.parameters == parameters
    _, X, _, _ = drawn(network)
    assert np.array_equal(opened(found.network, found.parameters).predict(X), opened(network, parameters).predict(X))
    entry = (tmp_path / "m.safetensors").read_bytes()
    header = json.loads(entry[8 : 8 + int.from_bytes(entry[:8], "little")])
    assert json.loads(header["__metadata__"]["clearprop"])["schema_version"] == "1.2"


def test_a_file_with_a_stage_that_is_not_known_is_refused(network, tmp_path, monkeypatch):
    save_model(str(tmp_path / "m.safetensors"), ModelFile(network, initial(network, 3)))
    for name in ("scaling", "waves"):
        monkeypatch.delitem(STAGES, name)
    with pytest.raises(ModelFileError, match=r"unknown input stage '(scaling|waves)'"):
        load_model(str(tmp_path / "m.safetensors"))


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ((), "at least one stage"),
        ((3,), "each a Stage such as Numbers"),
        ((OneHot(3), Numbers(1)), "come after those of numbers"),
    ],
)
def test_stages_that_make_no_inputs_are_refused(stages, message):
    with pytest.raises(UsageError, match=message):
        Inputs(stages=stages)


def test_inputs_from_stages_are_the_same_as_from_numbers():
    assert Inputs(stages=[Numbers(2), Embedding(5, 3), OneHot(2)]) == Inputs(2, (5, 2), embedding=(3, "one-hot"))
    assert Inputs(stages=[Numbers(2)]).plain
    assert not Inputs(stages=[Numbers(1), Numbers(1)]).plain
