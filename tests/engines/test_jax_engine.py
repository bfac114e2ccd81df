"""The engine on JAX: a part of the contract (all of it is a soak), and what is its own."""

from __future__ import annotations

import numpy as np
import pytest
import test_contract as contract
import test_contract_state as of_states
import test_contract_steps as of_steps

from clearprop import MLPRegressor, TableClassifier
from clearprop.engines import ENGINES, Order, Request, choose, open_session
from clearprop.engines.xla import engine as jax_engine
from clearprop.engines.xla.session import rows_compiled_for
from clearprop.equations import get_rule
from clearprop.equations.optimizers import SGD
from clearprop.errors import EngineCannot
from clearprop.model import initial, mlp

pytest.importorskip("jax", reason="JAX has no wheel for this platform")

PROMISES = (
    contract.test_looking_changes_nothing,
    contract.test_predict_has_no_dropout,
    of_steps.test_dropout_masks_are_the_documented_ones_in_every_engine,
    of_states.test_a_state_of_another_network_or_rule_is_refused,
    of_steps.test_stops_before_the_step_whose_gradient_alone_is_not_finite,
    of_steps.test_max_norm_bounds_every_units_incoming_weights,
)

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((300, 6)), rng.integers(0, 3, 300)


def network(**options):
    return mlp(6, 9, 3, hidden="tanh", output="softmax", l2=1e-3, **options)


def session(dtype="float64", engine="jax", **options):
    described = network(**options)
    return open_session(described, initial(described, 0, dtype), get_rule("adam"), 5, engine=engine)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__.removeprefix("test_"))
def test_it_keeps_the_contract(promise):
    promise(ENGINES["jax"], "float64")


def test_200_steps_with_dropout_find_the_losses_of_the_reference():
    found, expected, steps = session(dropout=0.3), session(dropout=0.3, engine="numpy"), 0
    while steps < 200:
        order = Order.of(rng.permutation(300), 32)
        rates = np.full(len(order), 0.01)
        losses = [one.run(X, Y, None, order, rates).losses for one in (found, expected)]
        np.testing.assert_allclose(*losses, rtol=1e-12)
        steps += len(order)
    assert found.get_state().step == steps


def test_float32_stays_float32_with_sums_in_float64():
    one, other = session("float32"), session("float32", engine="numpy")
    order = Order.of(np.arange(300), 50)
    found, expected = (each.run(X, Y, None, order, np.full(6, 0.01)) for each in (one, other))
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-6)
    state = one.get_state()
    assert {state.parameters.dtype, *(slot.dtype for slot in state.slots.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize("pieces", [[1, 2, 3, 4], [2, 1], [6, 1], [7]], ids=str)
def test_a_run_in_pieces_has_the_bits_of_one_step_after_another(pieces):
    """The last of 7 batches is short: it is filled up with rows without weight, alone as among others."""
    order, whole, parts = Order.of(np.arange(290), 44), session(dropout=0.2), session(dropout=0.2)
    rates = np.linspace(0.1, 0.01, len(order))
    steps, at = [], 0
    for length in pieces:
        stop = min(at + length, len(order))
        steps.append(parts.run(X, Y, None, order.steps(at, stop), rates[at:stop]).losses)
        at = stop
    parts.run(X, Y, None, order.steps(at, len(order)), rates[at:])
    expected = whole.run(X, Y, None, order, rates).losses
    np.testing.assert_array_equal(np.concatenate(steps), expected[:at])
    np.testing.assert_array_equal(parts.get_state().parameters, whole.get_state().parameters)


def test_batches_are_filled_up_by_an_eighth_at_most_and_those_of_round_sizes_not_at_all():
    for n in range(1, 5000):
        assert n <= rows_compiled_for(n) <= max(n, 1.125 * n)
        assert rows_compiled_for(rows_compiled_for(n)) == rows_compiled_for(n)
    assert all(rows_compiled_for(2**k) == 2**k for k in range(20))
    assert rows_compiled_for(0) == 1


def test_estimators_take_it_by_name_and_predict_with_it():
    settings = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0, "tol": 0}
    with pytest.warns(UserWarning, match="converged"):
        own, reference = (MLPRegressor(engine=name, **settings).fit(X, X[:, 0]) for name in ("jax", "numpy"))
    assert own.engine_ == "jax"
    np.testing.assert_allclose(own.predict(X), reference.predict(X), rtol=1e-10, atol=1e-12)
    table = TableClassifier(hidden=(4,), n_epochs=1, engine="jax", device="cpu").fit("iris")
    assert table.facts_.engine == "jax"
    assert table.gradient_certificate_.passed


@pytest.mark.parametrize("device", ["abacus", "cpu:99", "cpu:x"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(device):
    with pytest.raises(EngineCannot, match=rf"cannot do the device '{device}' \(JAX finds .*cpu:0.* here\)"):
        choose("jax", Request(network(), SGD(), "float32", device=device))


def test_a_device_is_a_reason_to_take_it():
    assert choose("auto", Request(network(), SGD(), "float32", device="cpu:0")).name == "jax"
    assert choose("auto", Request(network(), SGD(), "float32")).name != "jax"


def test_a_rule_of_a_users_own_is_refused_for_it_may_branch_on_numbers():
    class Own(SGD):
        name = "own"

    with pytest.raises(EngineCannot, match="the update rule 'own'"):
        choose("jax", Request(network(), Own(), "float32"))


def test_without_jax_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(jax_engine, "find_spec", lambda name: None)
    with pytest.raises(EngineCannot, match=r'pip install "clearprop\[jax\]"'):
        choose("jax", Request(network(), SGD(), "float32"))
