"""One step as a pure function: compiled for every rule, for k networks at once, with nothing changed in place."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import drawing
from clearprop.engines import Order, open_session
from clearprop.equations import RULES, get_rule
from clearprop.equations.dropout import dropout_masks
from clearprop.equations.optimizers import Lookahead, Muon
from clearprop.equations.r_operator import Pass, r_acceleration, r_backward, r_forward, r_gradients
from clearprop.equations.sensitivities import output_sensitivities
from clearprop.equations.slots import as_lists, join, split
from clearprop.equations.step import Batch, Update, evaluate, objective_of, step
from clearprop.model import Dense, Inputs, Network, Objective

jax.config.update("jax_enable_x64", True)

SEED, STEPS, ROWS = 5, 12, 8
NETWORK = Network(
    Inputs(3, (4, 5), embedding=(2, "one-hot")),
    (
        Dense(6, "tanh", dropout=0.2, max_norm=0.9),
        Dense(5, "relu", bias=False, learning_rate=0.5),
        Dense(4, "softmax", frozen=True),
        Dense(3, "softmax"),
    ),
    Objective("cross_entropy", l1=0.001, l2=0.01, penalize_bias=True, penalty_per_row=True),
)
RULES_TO_COMPILE = [
    *(get_rule(name, clip_norm=0.3, clip_value=0.05, weight_decay=0.01) for name in sorted(RULES)),
    Lookahead(rule=Muon(), learning_rate=0.02),
    get_rule("radam", beta2=0.9),  # trusts v̂ within these steps
    get_rule("radam", beta2=0.5),  # never does
]


def named(rule):
    return f"{rule.name}-{getattr(rule, 'beta2', '')}"


def drawn(network=NETWORK, seed=1, members=0):
    """Return parameters (n,) or (members, n), and batches: X (STEPS, ROWS, columns), Y, weights, masks by layer."""
    rng = np.random.default_rng(seed)
    w = np.array([drawing.parameters(network, rng).vector for _ in range(members or 1)])
    w = w if members else w[0]
    rows = STEPS * ROWS
    X, Y = drawing.columns(network.inputs, rng, rows), drawing.targets("cross_entropy", rng, rows, network.n_out)
    weights = rng.uniform(0.2, 2.0, rows)
    rates = [layer.dropout for layer in network.layers]
    masks = [dropout_masks(SEED, s, network.sizes, rates, ROWS, float) for s in range(STEPS)]
    stacked = [None if masks[0][l] is None else np.stack([m[l] for m in masks]) for l in range(network.L + 1)]
    return w, Batch(*(a.reshape(STEPS, ROWS, *a.shape[1:]) for a in (X, Y, weights)), stacked)


def at(batch, s):
    return Batch(batch.X[s], batch.Y[s], batch.weights[s], [None if m is None else m[s] for m in batch.masks])


@pytest.mark.parametrize("rule", RULES_TO_COMPILE, ids=named)
def test_jax_compiles_the_step_by_every_rule_and_a_loop_of_steps(rule):
    """To 1e-12 the steps of the numpy engine, learning rate and number of the step known at run time only."""
    w, batches = drawn()
    update, etas = Update.of(rule, NETWORK.slots), rule.learning_rate * np.linspace(1, 0.2, STEPS)

    @jax.jit
    def loop(w, memory, batches, etas):
        def body(state, given):
            w, memory, t = state
            batch, eta = given
            w, memory, seen = step(objective_of(NETWORK, batch), update, w, memory, t, eta)
            return (w, memory, t + 1), (seen.J, seen.R, seen.norm)

        return jax.lax.scan(body, (w, memory, jnp.asarray(1)), (batches, etas))

    (found, memory, _), looks = loop(jnp.asarray(w), rule.start(jnp.asarray(w)), batches, etas)

    session = open_session(NETWORK, drawing.parameters(NETWORK, np.random.default_rng(1)), rule, SEED, engine="numpy")
    assert np.array_equal(session.get_state().parameters, w)
    X, Y, weights = (np.concatenate(list(a)) for a in batches[:3])
    steps = session.run(X, Y, weights, Order.of(np.arange(len(X)), ROWS), etas)
    state = session.get_state()
    for ours, numpys in (
        (found, state.parameters),
        *((memory[name], state.slots[name]) for name in rule.slots),
        *zip(looks, (steps.losses, steps.penalties, steps.gradient_norms), strict=True),
    ):
        np.testing.assert_allclose(ours, numpys, rtol=1e-12, atol=1e-12 * np.max(np.abs(numpys), initial=1e-3))


def read_only(*arrays):
    for array in arrays:
        if array is not None:
            array.flags.writeable = False


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", RULES_TO_COMPILE, ids=named)
def test_nothing_is_changed_in_place_and_the_precision_stays(rule, dtype):
    w, batches = drawn()
    batch = Batch(*(a.astype(dtype) for a in at(batches, 0)[:3]), [None] * (NETWORK.L + 1))
    w, update = w.astype(dtype), Update.of(rule, NETWORK.slots)
    memory = rule.start(w)
    read_only(w, *batch[:3], *memory.values())
    moved, after, _ = step(objective_of(NETWORK, batch), update, w, memory, 1, rule.learning_rate)
    assert moved.dtype == dtype
    assert {array.dtype for array in after.values()} <= {np.dtype(dtype)}
    assert not np.array_equal(moved, w)


def test_a_step_that_is_not_finite_is_not_taken():
    w, batches = drawn()
    batch, rule = at(batches, 0), get_rule("adam")
    memory = rule.start(w) | {"m": np.full_like(w, 0.5)}
    broken = batch._replace(X=np.where(np.arange(batch.X.shape[1]) == 0, np.inf, batch.X))
    with np.errstate(invalid="ignore"):
        moved, after, seen = step(objective_of(NETWORK, broken), Update.of(rule, NETWORK.slots), w, memory, 3, 0.1)
    assert not seen.finite
    assert np.array_equal(moved, w)
    assert np.array_equal(after["m"], memory["m"])


def test_frozen_layers_stay_and_limits_hold():
    w, batches = drawn()
    rule = get_rule("schedule_free_adamw", learning_rate=0.5)
    update, memory = Update.of(rule, NETWORK.slots), rule.start(w)
    moved, memory, _ = step(objective_of(NETWORK, at(batches, 0)), update, w, memory, 1, 0.5)
    before, after = split(NETWORK.slots, w), split(NETWORK.slots, moved)
    assert np.array_equal(after["W3"], before["W3"])
    assert not np.array_equal(after["W2"], before["W2"])
    for vector in (moved, memory["z"]):
        assert np.all(np.linalg.norm(split(NETWORK.slots, vector)["W1"], axis=0) <= 0.9 + 1e-12)


# k networks at once: the same functions on arrays with one axis more. NumPy does each of its products, sums and
# elementwise functions for every index of the leading axes as it would for one alone, so the bits are the same.

MEMBERS = 3


def alone(batch, k, shared):
    """Return the batch of network k."""
    if shared:
        return batch
    return Batch(batch.X[k], batch.Y[k], batch.weights[k], [None if m is None else m[k] for m in batch.masks])


def stacked(shared):
    """Return parameters (k, n), and one batch for all or one for each."""
    w, batches = drawn(members=MEMBERS)
    if shared:
        return w, at(batches, 0)
    return w, Batch(*(a[:MEMBERS] for a in batches[:3]), [None if m is None else m[:MEMBERS] for m in batches.masks])


def assert_same_bits(together, singly):
    for k in range(MEMBERS):
        assert np.array_equal(np.broadcast_to(together, (MEMBERS, *np.shape(singly[k])))[k], singly[k])


@pytest.mark.parametrize("shared", [True, False], ids=["the same rows", "rows of their own"])
def test_three_networks_are_evaluated_as_three_times_one(shared):
    w, batch = stacked(shared)
    together = evaluate(NETWORK, split(NETWORK.slots, w), batch)
    singly = [evaluate(NETWORK, split(NETWORK.slots, w[k]), alone(batch, k, shared)) for k in range(MEMBERS)]
    for name in ("losses", "scales", "D", "R"):
        assert_same_bits(getattr(together, name), [getattr(one, name) for one in singly])
    for name in ("z", "a", "delta"):
        for l in range(name != "a", NETWORK.L + 1):
            assert_same_bits(getattr(together, name)[l], [getattr(one, name)[l] for one in singly])
    for slot in NETWORK.slots:
        assert_same_bits(together.gradients[slot.name], [one.gradients[slot.name] for one in singly])


def second_derivatives(w, v, batch):
    """Return what the R-operator and the sensitivities make of a point and a direction."""
    p, along, f = split(NETWORK.slots, w), split(NETWORK.slots, v), NETWORK.f
    (W, b), (V, vb) = as_lists(NETWORK.slots, p), as_lists(NETWORK.slots, along)
    found, masks = evaluate(NETWORK, p, batch), batch.masks
    by = Pass(found.z, found.a, W, f, masks)
    Rz, Ra = r_forward(NETWORK.stage.pushforward(batch.X, p, along), by, V, vb)
    RRa0 = NETWORK.stage.acceleration(batch.X, p, along)
    RRa = r_acceleration(RRa0, Rz, Ra, by, V)
    Rdelta = r_backward(Ra[-1], Rz, found.delta, by, V)
    RdW, Rdb = r_gradients(found.a, Ra, found.delta, Rdelta, b, masks)
    S = output_sensitivities(found.z, found.a, W, f, masks)
    Rupstream = Rdelta[1] @ W[1].mT
    of_stages = NETWORK.stage.r_pullback(batch.X, p, Rupstream, along, Rupstream)
    lists = (*Rz[1:], *Ra, *Rdelta[1:], *RdW[1:], *Rdb[1:], *S)
    return [RRa, *(array for array in lists if array is not None), *of_stages.values()]


@pytest.mark.parametrize("shared", [True, False], ids=["the same rows", "rows of their own"])
def test_three_networks_have_their_second_derivatives_and_jacobians_at_once(shared):
    w, batch = stacked(shared)
    v = np.random.default_rng(3).standard_normal(w.shape)
    together = second_derivatives(w, v, batch)
    singly = [second_derivatives(w[k], v[k], alone(batch, k, shared)) for k in range(MEMBERS)]
    for i, arrays in enumerate(together):
        assert_same_bits(arrays, [one[i] for one in singly])


@pytest.mark.parametrize("rule", RULES_TO_COMPILE, ids=named)
def test_three_networks_take_their_steps_at_once(rule):
    w, batches = drawn(members=MEMBERS)
    update = Update.of(rule, NETWORK.slots)

    def taken(w):
        memory = rule.start(w)
        for s in range(4):
            batch = objective_of(NETWORK, at(batches, s))
            w, memory, _ = step(batch, update, w, memory, s + 1, rule.learning_rate)
        return w, memory

    together, memory = taken(w)
    singly = [taken(w[k]) for k in range(MEMBERS)]
    assert_same_bits(together, [one for one, _ in singly])
    for name in memory:
        assert_same_bits(memory[name], [one[name] for _, one in singly])


def test_a_network_that_diverges_does_not_hold_up_the_others():
    w, batches = drawn(members=MEMBERS)
    w[1, -1] = np.nan
    rule = get_rule("adam")
    evaluate_at = objective_of(NETWORK, at(batches, 0))
    moved, _, seen = step(evaluate_at, Update.of(rule, NETWORK.slots), w, rule.start(w), 1, 0.1)
    assert seen.finite.tolist() == [True, False, True]
    assert [np.array_equal(moved[k], w[k], equal_nan=True) for k in range(MEMBERS)] == [False, True, False]


def test_join_is_the_inverse_of_split():
    w = np.random.default_rng(0).standard_normal((2, 3, sum(slot.size for slot in NETWORK.slots)))
    arrays = split(NETWORK.slots, w)
    assert arrays["W1"].shape == (2, 3, 10, 6)
    assert np.array_equal(join(NETWORK.slots, arrays), w)
