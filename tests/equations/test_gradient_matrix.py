"""Every gradient against central differences of sixth order: relative error ≤ 1e-10 in float64, kinks avoided."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import drawing
from clearprop.engines import open_session
from clearprop.engines.gradient_check import check_session
from clearprop.equations import LOSSES, get_activation, get_loss, get_rule
from clearprop.equations.gradient_check import STEPS
from clearprop.equations.objective import output_delta, row_losses
from clearprop.model import Dense, Inputs, Network, Objective

TOLERANCE = 1e-10  # the largest of 2,038 errors was 8.0e-12
SEED = 7
LEAST_SHARE = 0.03  # of J and the whole gradient: a smaller part has too few digits left in differences of J


def share(session, X, Y, weights):
    """Return how large the smallest part of the gradient is beside J and the whole of it."""
    J, gradient = session.gradients(X, Y, weights)
    sizes = [float(np.linalg.norm(gradient[name])) for name in gradient]
    return min(sizes) / max(abs(J) + float(np.linalg.norm(sizes)), 1e-300)


def points(network, Y, weights):
    """Yield (seed, session, X) at drawn parameters: where no part of the gradient is small first, then the others."""
    later = []
    for seed in range(SEED, SEED + 100):
        rng = np.random.default_rng(seed)
        session = open_session(network, drawing.parameters(network, rng, 0.7), get_rule("sgd"), seed, engine="numpy")
        X = drawing.columns(network.inputs, rng, len(Y))
        found = share(session, X, Y, weights)
        if found >= LEAST_SHARE:
            yield seed, session, X
        else:
            later.append((-found, seed, session, X))
    yield from (tuple(point) for _, *point in sorted(later, key=lambda point: point[0]))


def worst_error(network, Y, weights=None, **how):
    """Return the largest relative error over the network's parameter arrays, at a point away from every kink."""
    for seed, session, X in points(network, Y, weights):
        checks = check_session(session, X, Y, weights, seed=seed, steps=STEPS[:4], **how)
        if not any(check.n_kinks for check in checks):
            return max(check.relative_error for check in checks)
    raise AssertionError("every point drawn lies near a kink")


@pytest.mark.parametrize("n_out", [1, 2, 3])
@pytest.mark.parametrize(("output", "loss"), list(drawing.pairs()))
def test_every_output_activation_loss_reduction_and_weights(output, loss, n_out):
    if output == "softmax" and n_out == 1 and LOSSES[loss].domain == "unit":
        n_out = 4  # of one, a is 1 whatever z is, where log(1 − a) has no value
    rng = np.random.default_rng(SEED)
    for reduction, weighting in itertools.product(("mean", "sum"), ("none", "positive", "zeros")):
        hidden = drawing.dealt(drawing.TRAINABLE, loss, n_out, output, reduction, weighting)
        objective = Objective(loss, reduction=reduction)
        network = drawing.network(2, 2, n_out, hidden=hidden, output=output, objective=objective)
        Y = drawing.targets(loss, rng, 4, n_out)
        found = worst_error(network, Y, drawing.weights(weighting, rng, 4), n_parameters=3, n_directions=1)
        assert found <= TOLERANCE, (network.layers, reduction, weighting)


@pytest.mark.parametrize("hidden", drawing.TRAINABLE)
def test_every_hidden_activation_parameter_by_parameter(hidden):
    for output, loss in (("identity", "squared_error"), ("softmax", "cross_entropy"), ("tanh", "huber")):
        network = drawing.network(3, 4, 3, 2, hidden=hidden, output=output, objective=loss)
        Y = drawing.targets(loss, np.random.default_rng(SEED), 5, 2)
        assert worst_error(network, Y, n_parameters=12) <= TOLERANCE, (output, loss)


@pytest.mark.parametrize(
    "loss",
    [
        get_loss("huber", threshold=0.3),
        get_loss("quantile", level=0.9),
        get_loss("cross_entropy", label_smoothing=0.2),
        get_loss("focal", focusing=1.0),
        get_loss("focal", focusing=3.5),
        get_loss("binary_focal", focusing=1.5),
    ],
    ids=repr,
)
def test_losses_with_options_on_their_canonical_and_on_another_activation(loss):
    rng = np.random.default_rng(SEED)
    for output in {loss.canonical or "identity", "softmax" if loss.domain in ("simplex", "unit") else "softplus"}:
        network = drawing.network(3, 4, 3, output=output, objective=Objective(loss))
        assert worst_error(network, drawing.targets(loss.name, rng, 5, 3)) <= TOLERANCE, output


@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_probability_rows_that_add_up_to_one_only_roughly(off):
    """The short delta of cross-entropy is a − y only for rows that add up to 1; it must be exact for all."""
    rng = np.random.default_rng(SEED)
    Y = rng.dirichlet(np.ones(3), 5) * (1 + off)
    network = drawing.network(3, 4, 3, output="softmax", objective="cross_entropy")
    assert worst_error(network, Y) <= TOLERANCE


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    "penalty",
    [
        {"l2": 0.3},
        {"l1": 0.2},
        {"l1": 0.2, "l2": 0.3},
        {"l2": 0.3, "penalize_bias": True},
        {"l1": 0.2, "l2": 0.3, "penalize_bias": True},
    ],
    ids=repr,
)
def test_penalties_are_in_the_same_objective(penalty, reduction):
    rng = np.random.default_rng(SEED)
    objective = Objective("squared_error", reduction=reduction, **penalty)
    network = drawing.network(3, 4, 2, objective=objective)
    assert worst_error(network, drawing.targets("squared_error", rng, 5, 2), rng.uniform(0, 2, 5)) <= TOLERANCE


@pytest.mark.parametrize("layer", [{"dropout": 0.4}, {"bias": False}, {"dropout": 0.3, "bias": False}], ids=repr)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "softmax"])
def test_dropout_masks_and_layers_without_bias(layer, hidden):
    rng = np.random.default_rng(SEED)
    network = drawing.network(3, 6, 5, 2, hidden=hidden, **layer)
    assert worst_error(network, drawing.targets("squared_error", rng, 8, 2)) <= TOLERANCE


@pytest.mark.parametrize(
    "inputs",
    [Inputs(2, (3, 4), embedding=2), Inputs(0, (5,), embedding=3), Inputs(1, (3, 4, 2), embedding=(2, "one-hot", 1))],
    ids=repr,
)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_embeddings(inputs, dropout):
    rng = np.random.default_rng(SEED)
    network = drawing.network(0, 4, 2, inputs=inputs, dropout=dropout)
    assert worst_error(network, drawing.targets("squared_error", rng, 12, 2)) <= TOLERANCE


def test_everything_at_once():
    rng = np.random.default_rng(SEED)
    network = Network(
        Inputs(2, (3, 4), embedding=(2, "one-hot")),
        (
            Dense(5, "softmax", dropout=0.2),
            Dense(4, "mish", bias=False),
            Dense(3, "relu", dropout=0.1),
            Dense(3, "softmax"),
        ),
        Objective(get_loss("focal", focusing=2.5), l1=0.01, l2=0.02, penalize_bias=True, reduction="sum"),
    )
    Y = drawing.targets("focal", rng, 10, 3)
    assert worst_error(network, Y, rng.uniform(0, 2, 10)) <= TOLERANCE


@pytest.mark.parametrize(
    ("output", "loss"), [(LOSSES[name].canonical, name) for name in LOSSES if LOSSES[name].canonical]
)
@pytest.mark.parametrize("n_out", [1, 3])
def test_the_short_delta_is_what_the_pullback_gives(output, loss, n_out):
    rng = np.random.default_rng(SEED)
    f, ell = get_activation(output), get_loss(loss)
    z = rng.standard_normal((20, n_out))
    a, Y, scales = f.forward(z), drawing.targets(loss, rng, 20, n_out), rng.uniform(0, 1, 20)
    long_way = f.pullback(z, a, scales[:, None] * ell.gradient(a, Y))
    np.testing.assert_allclose(output_delta(ell, f, z, a, Y, scales), long_way, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(row_losses(ell, f, z, a, Y), ell.value(a, Y), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n_out", [1, 2, 3])
def test_the_gradient_of_several_outputs_is_that_of_the_loss_as_scikit_learns_is_not(n_out):
    """Its loss is averaged over the outputs, its gradient is not (issue 8349, open since 2017); ours agree.

    tests/estimators/test_mlp_is_sklearns.py measures theirs.
    """
    rng = np.random.default_rng(SEED)
    network = drawing.network(3, 4, n_out)
    Y = drawing.targets("squared_error", rng, 6, n_out)
    assert worst_error(network, Y) <= TOLERANCE
