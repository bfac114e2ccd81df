"""Update rules against optax and torch.optim over fifty steps, and what a rule may be given."""

from __future__ import annotations

import math

import numpy as np
import pytest

import drawing
from clearprop.engines import Order, open_session
from clearprop.equations import RULES, get_rule
from clearprop.equations.clipping import clip_by_norm, clip_by_value
from clearprop.equations.optimizers import Lookahead
from clearprop.equations.optimizers.muon import orthogonalise
from clearprop.equations.penalties import project_max_norm
from clearprop.equations.slots import Slot
from clearprop.errors import UsageError
from clearprop.model import Dense, Inputs, Network, Parameters

STEPS = 50
START = np.linspace(-1.5, 2.0, 8)
A = np.random.default_rng(5).standard_normal((8, 8))


def slope(w):
    """The gradient of a bumpy function, the same text for every library."""
    return A.T @ (A @ w) / 8 + 0.3 * np.sin(3 * w)


def ours(rule):
    w, slots, path = START.copy(), rule.start(START), []
    for t in range(1, STEPS + 1):
        decay = 0.0 if rule.decays_itself else rule.weight_decay
        updated, slots = rule.update(w, slope(rule.gradient_point(w, slots)), slots, t, rule.learning_rate)
        w = updated - rule.learning_rate * decay * w
        path.append(w)
    return np.array(path)


def optaxs(transformation):
    w, path = START.copy(), []
    state = transformation.init(w)
    for _ in range(STEPS):
        update, state = transformation.update(slope(np.asarray(w)), state, w)
        w = np.asarray(w) + np.asarray(update)
        path.append(w)
    return np.array(path)


def torchs(torch, optimizer, **options):
    w, path = torch.tensor(START.copy(), requires_grad=True), []
    optimizer = optimizer([w], **options)
    for _ in range(STEPS):
        w.grad = torch.tensor(slope(w.detach().numpy()))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


OPTAX = {
    "sgd": lambda optax: (get_rule("sgd", learning_rate=0.1), optax.sgd(0.1)),
    "momentum": lambda optax: (
        get_rule("momentum", learning_rate=0.02, momentum=0.8),
        optax.sgd(0.02, momentum=0.8),
    ),
    "nesterov": lambda optax: (
        get_rule("nesterov", learning_rate=0.02),
        optax.sgd(0.02, momentum=0.9, nesterov=True),
    ),
    "rmsprop": lambda optax: (
        get_rule("rmsprop", learning_rate=0.02),
        optax.rmsprop(0.02, 0.9, 1e-8, eps_in_sqrt=False),
    ),
    "adadelta": lambda optax: (get_rule("adadelta", learning_rate=0.9), optax.adadelta(0.9)),
    "adam": lambda optax: (get_rule("adam", learning_rate=0.05, beta2=0.99), optax.adam(0.05, b2=0.99)),
    "adamw": lambda optax: (
        get_rule("adamw", learning_rate=0.05, weight_decay=0.3),
        optax.adamw(0.05, weight_decay=0.3),
    ),
    "amsgrad": lambda optax: (get_rule("amsgrad", learning_rate=0.05, beta2=0.9), optax.amsgrad(0.05, b2=0.9)),
    "nadam": lambda optax: (get_rule("nadam", learning_rate=0.05), optax.nadam(0.05)),
    "radam": lambda optax: (get_rule("radam", learning_rate=0.05, beta2=0.9), optax.radam(0.05, b2=0.9)),
    "lion": lambda optax: (get_rule("lion", learning_rate=0.02), optax.lion(0.02, weight_decay=0.0)),
}
"""A rule and its twin in optax, by name."""

TORCH = {
    "sgd": (get_rule("sgd", learning_rate=0.1), "SGD", {"lr": 0.1}),
    "momentum": (get_rule("momentum", learning_rate=0.02), "SGD", {"lr": 0.02, "momentum": 0.9}),
    "nesterov": (get_rule("nesterov", learning_rate=0.02), "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "adagrad": (get_rule("adagrad", learning_rate=0.2), "Adagrad", {"lr": 0.2, "eps": 1e-8}),
    "rmsprop": (get_rule("rmsprop", learning_rate=0.02), "RMSprop", {"lr": 0.02, "alpha": 0.9}),
    "adam": (get_rule("adam", learning_rate=0.05), "Adam", {"lr": 0.05}),
    "adamw": (
        get_rule("adamw", learning_rate=0.05, weight_decay=0.0),
        "AdamW",
        {"lr": 0.05, "weight_decay": 0.0},
    ),
    "rprop": (get_rule("rprop", learning_rate=0.01), "Rprop", {"lr": 0.01}),
    "adadelta": (get_rule("adadelta"), "Adadelta", {"lr": 1.0, "rho": 0.9, "eps": 1e-6}),
}
"""A rule, and the name and options of its twin in torch.optim, by name."""

BY_THEMSELVES = {"lookahead", "muon", "schedule_free_adamw"}
"""Rules with a test of their own below."""


def test_every_rule_has_an_oracle():
    assert {*OPTAX, *TORCH, *BY_THEMSELVES} == {*RULES}


@pytest.mark.parametrize("name", OPTAX)
def test_fifty_steps_of_optax(name):
    import jax

    jax.config.update("jax_enable_x64", True)
    optax = pytest.importorskip("optax")
    rule, transformation = OPTAX[name](optax)
    np.testing.assert_allclose(ours(rule), optaxs(transformation), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", TORCH)
def test_fifty_steps_of_torch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is large: the group ci installs it")
    rule, twin, options = TORCH[name]
    np.testing.assert_allclose(ours(rule), torchs(torch, getattr(torch.optim, twin), **options), rtol=1e-10, atol=1e-12)


def test_lookahead_is_optaxs():
    import jax

    jax.config.update("jax_enable_x64", True)
    optax = pytest.importorskip("optax")
    transformation = optax.lookahead(optax.sgd(0.1, momentum=0.9), sync_period=4, slow_step_size=0.3)
    params = optax.LookaheadParams.init_synced(START.copy())
    state, path = transformation.init(params), []
    for _ in range(STEPS):
        updates, state = transformation.update(slope(np.asarray(params.fast)), state, params)
        params = optax.apply_updates(params, updates)
        path.append(np.asarray(params.fast))
    rule = Lookahead(learning_rate=0.1, rule=get_rule("momentum"), period=4, share=0.3)
    np.testing.assert_allclose(ours(rule), np.array(path), rtol=1e-10, atol=1e-12)


def test_lookahead_keeps_to_its_limits():
    averaging = get_rule("schedule_free_adamw")
    for options in ({"period": 0}, {"share": 0.0}, {"share": 1.5}, {"rule": Lookahead()}, {"rule": averaging}):
        with pytest.raises(UsageError, match=next(iter(options))):
            Lookahead(**options)


def test_muon_is_optaxs_on_hidden_weights_and_adam_elsewhere():
    import jax

    jax.config.update("jax_enable_x64", True)
    optax = pytest.importorskip("optax")
    shapes = {"W1": (3, 5), "b1": (5,), "W2": (5, 4), "W3": (4, 2)}
    rng = np.random.default_rng(6)
    slopes = [{name: rng.standard_normal(shape) for name, shape in shapes.items()} for _ in range(12)]
    w = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    expected, states = {name: array.copy() for name, array in w.items()}, {}
    for name, shape in shapes.items():
        hidden = name in ("W1", "W2")
        scale = max(1.0, shape[-1] / shape[0]) ** 0.5
        chain = optax.chain(optax.contrib.scale_by_muon(), optax.scale(-0.02 * scale)) if hidden else optax.adam(0.003)
        states[name] = [chain, chain.init(expected[name])]
        for g in slopes:
            update, states[name][1] = chain.update(g[name], states[name][1], expected[name])
            expected[name] = expected[name] + np.asarray(update)

    kinds = (("weight", 1), ("bias", 1), ("weight", 2), ("weight", 3))
    slots = [Slot(name, kind, shapes[name], l) for name, (kind, l) in zip(shapes, kinds, strict=True)]
    rule = get_rule("muon").prepare(slots)
    vector = np.concatenate([w[name].ravel() for name in shapes])
    slots = rule.start(vector)
    for t, g in enumerate(slopes, start=1):
        gradient = np.concatenate([g[name].ravel() for name in shapes])
        vector, slots = rule.update(vector, gradient, slots, t, 0.02)
    found = Parameters(shapes, vector)
    for name in shapes:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-11, err_msg=name)


def paper(n_steps, rates, beta1, beta2, epsilon, decay):
    """Defazio et al. 2024, SF-AdamW, in the paper's letters: x predicts, γ is the rate."""
    x, z, v, path, weights = START.copy(), START.copy(), np.zeros(8), [], []
    for t in range(1, n_steps + 1):
        gamma = rates[t - 1]
        y = (1 - beta1) * z + beta1 * x
        g = slope(y)
        v = beta2 * v + (1 - beta2) * g**2
        z = z - gamma * g / (np.sqrt(v / (1 - beta2**t)) + epsilon) - gamma * decay * y
        weights.append(gamma**2)
        c = weights[-1] / sum(weights)
        x = (1 - c) * x + c * z
        path.append(x)
    return np.array(path)


def test_schedule_free_adamw_is_the_papers():
    """With a rate that rises, as while it is warmed up, and a weight decay."""
    rates = 0.05 * np.minimum(1, np.arange(1, STEPS + 1) / 20)
    rule = get_rule("schedule_free_adamw", beta1=0.8, beta2=0.95, epsilon=1e-6, weight_decay=0.3)
    w, slots, path = START.copy(), rule.start(START), []
    for t, rate in enumerate(rates, start=1):
        w, slots = rule.update(w, slope(rule.gradient_point(w, slots)), slots, t, rate)
        path.append(w)
    np.testing.assert_allclose(path, paper(STEPS, rates, 0.8, 0.95, 1e-6, 0.3), rtol=1e-12, atol=1e-13)


def test_schedule_free_adamw_is_optaxs():
    """Optax holds y, and finds what predicts from it."""
    import jax

    jax.config.update("jax_enable_x64", True)
    optax = pytest.importorskip("optax")
    transformation = optax.contrib.schedule_free_adamw(0.05, b2=0.99, weight_decay=0.3)
    y, path = START.copy(), []
    state = transformation.init(y)
    for _ in range(STEPS):
        update, state = transformation.update(slope(y), state, y)
        y = y + np.asarray(update)
        path.append(np.asarray(optax.contrib.schedule_free_eval_params(state, y)))
    rule = get_rule("schedule_free_adamw", learning_rate=0.05, beta2=0.99, weight_decay=0.3)
    np.testing.assert_allclose(ours(rule), np.array(path), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3)])
def test_orthogonalising_leaves_the_singular_vectors_and_makes_the_values_alike(shape):
    M = np.random.default_rng(7).standard_normal(shape)
    U, _, V = np.linalg.svd(M, full_matrices=False)
    carried = U.T @ orthogonalise(M) @ V.T
    values = np.diag(carried)
    np.testing.assert_allclose(carried, np.diag(values), atol=1e-10)
    assert np.all((values > 0.6) & (values < 1.3))


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_goes_down_a_bowl(name):
    own = {"learning_rate": 1.0, "epsilon": 1e-3}  # adadelta finds its step size by itself, from √ε upwards
    rule = get_rule(name, **(own if name == "adadelta" else {"learning_rate": 0.05}))
    w, slots = START.copy(), rule.start(START)
    for t in range(1, 201):
        w, slots = rule.update(w, rule.gradient_point(w, slots), slots, t, rule.learning_rate)
    assert w @ w < 0.7 * START @ START


@pytest.mark.parametrize("name", sorted(RULES))
def test_update_changes_nothing_in_place(name):
    rule = get_rule(name)
    w, g, slots = START.copy(), slope(START), rule.start(START)
    assert set(slots) == set(rule.slots)
    kept = {slot: array.copy() for slot, array in slots.items()}
    after, memory = rule.update(w, g, slots, 1, 0.1)
    assert np.array_equal(w, START)
    assert np.array_equal(g, slope(START))
    assert all(np.array_equal(slots[slot], array) for slot, array in kept.items())
    assert after is not w
    assert set(memory) == set(rule.slots)


@pytest.mark.parametrize("name", sorted(RULES))
def test_rules_state_their_equation_and_source(name):
    assert "w ←" in RULES[name].equation or RULES[name].equation.startswith("as adam")
    assert any(character.isdigit() for character in RULES[name].source)


@pytest.mark.parametrize("name", ["adamw", "schedule_free_adamw"])
def test_decoupled_decay_shrinks_weights_and_leaves_biases_and_embeddings(name):
    """w ← w − η λ w on W alone, whatever the gradient does (Loshchilov and Hutter 2019)."""
    rng = np.random.default_rng(3)
    inputs = Inputs(2, (4,), embedding=2)
    network = Network(inputs, (Dense(3, "tanh"), Dense(2, "identity")), "squared_error")
    parameters = drawing.parameters(network, rng)
    X, Y = drawing.columns(inputs, rng, 6), rng.standard_normal((6, 2))
    after = {}
    for decay in (0.0, 0.1):
        session = open_session(network, parameters, get_rule(name, weight_decay=decay), 0, engine="numpy")
        session.run(X, Y, None, Order.of(np.arange(6), 6), np.array([0.5]))
        after[decay] = Parameters(parameters.shapes, session.get_state().parameters)
    for name in parameters:
        expected = -0.5 * 0.1 * parameters[name] * (name[0] == "W")
        np.testing.assert_allclose(after[0.1][name] - after[0.0][name], expected, atol=1e-15)


def test_clipping_by_value_cuts_components():
    assert clip_by_value(np.array([-3.0, 0.5, 2.0]), 1.0).tolist() == [-1.0, 0.5, 1.0]


def test_clipping_by_norm_keeps_the_direction():
    g = np.array([3.0, 4.0])
    assert clip_by_norm(g, 1.0, 5.0).tolist() == pytest.approx([0.6, 0.8])
    assert np.array_equal(clip_by_norm(g, 5.0, 5.0), g)


def test_max_norm_scales_only_the_columns_that_are_too_long():
    W = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    np.testing.assert_allclose(project_max_norm(W, 1.0), [[0.6, 0.3, 0.0], [0.8, 0.4, 0.0]])


def test_options_out_of_range_are_refused():
    for name, options in (
        ("sgd", {"learning_rate": -1.0}),
        ("sgd", {"learning_rate": math.nan}),
        ("sgd", {"learning_rate": math.inf}),
        ("momentum", {"momentum": 1.0}),
        ("adam", {"beta1": 1.0}),
        ("adam", {"beta2": 1.5}),
        ("rmsprop", {"decay": 1.0}),
        ("sgd", {"clip_norm": 0.0}),
        ("sgd", {"clip_value": -1.0}),
        ("sgd", {"weight_decay": -0.1}),
        ("sgd", {"learning_rate": np.float32(-1.0)}),
        ("adam", {"learning_rate": "0.1"}),
        ("rprop", {"grow": 0.5}),
        ("rprop", {"shrink": 1.5}),
        ("rprop", {"smallest": 10.0, "largest": 1.0}),
    ):
        with pytest.raises(UsageError, match=next(iter(options))):
            get_rule(name, **options)


def test_unknown_rules_and_options_are_named_with_what_there_is():
    with pytest.raises(UsageError, match="did you mean 'adam'"):
        get_rule("adamm")
    with pytest.raises(UsageError, match=r"has no option 'momentum'; it takes .*beta1"):
        get_rule("adam", momentum=0.9)
