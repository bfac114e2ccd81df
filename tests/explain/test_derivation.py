"""What is read is what ran: every written equation, evaluated literally, gives what the engine computed."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import Dense, Inputs, Network, Objective, mlp
from clearprop.equations.activations import ACTIVATIONS
from clearprop.equations.losses import LOSSES
from clearprop.errors import DataError, UsageError
from clearprop.explain.derivation import NOTATIONS, derive
from clearprop.model import initial
from clearprop.notation.activation_formulas import FORMULAS
from clearprop.notation.expressions import Apply, matmul, walk
from clearprop.notation.loss_formulas import LOSS_FORMULAS
from drawn_networks import draw

NETWORKS = 240
BY_ROUNDING = 1e-12


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(
    "seeds", [range(NETWORKS), pytest.param(range(NETWORKS, 3000), marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_every_written_equation_evaluates_to_what_the_engine_computed(notation, seeds):
    for seed in seeds:
        drawn = draw(seed)
        trace = drawn.trace()
        errors = derive(drawn.network, notation, weighted=drawn.weights is not None).compare(trace)
        assert max(errors.values()) <= BY_ROUNDING, (seed, errors)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_nothing_the_engine_differentiates_is_left_out(notation):
    for seed in range(0, NETWORKS, 10):
        drawn = draw(seed)
        errors = derive(drawn.network, notation, weighted=drawn.weights is not None).compare(drawn.trace())
        gradients = {f"d{name}" for name in drawn.parameters}
        deltas = {f"delta{l}" for l in range(1, drawn.network.L + 1)}
        assert {"J", "D", "losses", *gradients, *deltas} <= errors.keys()


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_equation_is_used_by_a_later_one_or_compared_with_the_engine(notation):
    drawn = draw(12)
    derivation = derive(drawn.network, notation, weighted=drawn.weights is not None)
    compared = derivation.compare(drawn.trace()).keys()
    used = {getattr(node, "name", "") for equation in derivation.equations for node in walk(equation.expression)}
    for equation in derivation.equations:
        assert equation.target.name in compared | used


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_wrong_number_anywhere_is_seen(notation):
    """The comparison can fail: a weight changed by a thousandth makes it."""
    drawn = draw(4)
    trace = drawn.trace()
    trace.parameters["W1"][0, 0] += 1e-3
    errors = derive(drawn.network, notation, weighted=drawn.weights is not None).compare(trace)
    assert max(errors.values()) > 1e-6


@pytest.mark.parametrize("notation", NOTATIONS)
def test_shapes_that_are_said_are_the_shapes_that_come(notation):
    drawn = draw(7)
    derivation = derive(drawn.network, notation, weighted=drawn.weights is not None)
    batch = len(drawn.X)
    found = derivation.evaluate(drawn.parameters, drawn.X, drawn.Y, drawn.weights)
    for equation in derivation.equations:
        said = tuple(axis.size or batch for axis in equation.target.shape)
        came = found[equation.target.name].shape
        stacked = (batch, *said) if len(came) > len(said) else said
        assert came == stacked, equation.target.name
        assert equation.expression.shape in (equation.target.shape, ()), equation.target.name


@pytest.mark.parametrize("notation", NOTATIONS)
def test_only_one_of_eight_products_fits_each_matrix_product(notation):
    """Unless the matrix is symmetric, as the Jacobian of an activation is, or the shape says nothing."""
    network = mlp(3, 3, 3, 3, hidden="tanh", output="identity")
    words = [
        "".join(part for part in fit if isinstance(part, str))
        for equation in derive(network, notation).equations
        for fit in equation.fits(derive(network, notation).glyphs)
    ]
    assert words
    assert all("only this one fits" in text or "symmetric" in text for text in words)
    assert any("only this one fits" in text for text in words)
    assert any("would run as well, and be wrong" in text for text in words)


def test_sizes_that_agree_by_luck_are_named_only_where_they_agree():
    fits = [fit for equation in derive(mlp(2, 3, 4)).equations for fit in equation.fits(derive(mlp(2, 3, 4)).glyphs)]
    assert fits
    assert not any("be wrong" in part for fit in fits for part in fit if isinstance(part, str))


def test_the_formulas_cover_every_activation_and_loss():
    assert FORMULAS.keys() | {"softmax", "step"} == ACTIVATIONS.keys()
    assert LOSS_FORMULAS.keys() == LOSSES.keys()


def test_rnet_writes_what_its_summary_writes():
    network = mlp(4, 3, 2, hidden="relu", output="softmax")
    written = [e.write(derive(network, "rnet").glyphs).plain() for e in derive(network, "rnet").equations]
    assert "z[2] = w[1] * a[1] + b[1]" in written
    assert "∇z[3] = 1/M (a[3] − Y)" in written
    assert "∇z[2] = ∂f(z[2]) .* (w[2]′ * ∇z[3])" in written
    assert "∇w[1] = ∇z[2] * a[1]′" in written
    assert "∇b[1] = Σ_m ∇z[2]" in written


def test_matrix_writes_what_its_document_writes():
    objective = Objective("squared_error", reduction="sum")
    network = Network(2, (Dense(3, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)), objective)
    derivation = derive(network, "matrix")
    written = [equation.write(derivation.glyphs).plain() for equation in derivation.equations]
    assert "δ_2 = (x_2 − t) ∘ f_2′(W_2 x_1)" in written
    assert "δ_1 = (W_2ᵀ δ_2) ∘ f_1′(W_1 x_0)" in written
    assert "∂E/∂W_2 = δ_2 x_1ᵀ" in written
    assert not derivation.notes


def test_theta_writes_what_its_notes_write():
    derivation = derive(mlp(2, 3, 1, hidden="sigmoid", output="sigmoid", l2=0.1), "theta")
    written = [equation.write(derivation.glyphs).plain() for equation in derivation.equations]
    assert "δ^(3) = a^(3) − y" in written
    assert "Δ^(1) := Δ^(1) + δ^(2) [1; a^(1)]ᵀ" in written
    assert "D_(j ≥ 1)^(2) = 1/m (Δ_(j ≥ 1)^(2) + λ Θ_(j ≥ 1)^(2))" in written
    assert "D_(j = 0)^(2) = 1/m Δ_(j = 0)^(2)" in written
    assert not derivation.notes


def test_the_lecture_writes_local_times_upstream():
    derivation = derive(mlp(2, 3, 2, hidden="tanh", output="softmax"), "lecture")
    written = [equation.write(derivation.glyphs).plain() for equation in derivation.equations]
    assert "∂a^[2]/∂z^[2] = diag(a^[2]) − a^[2] a^[2]ᵀ" in written
    assert "∂loss/∂z^[1] = (∂a^[1]/∂z^[1])ᵀ ∂loss/∂a^[1]" in written


def test_the_lecture_writes_the_jacobian_of_the_identity_with_ones():
    derivation = derive(mlp(2, 3, 1), "lecture")
    written = [equation.write(derivation.glyphs).plain() for equation in derivation.equations]
    assert "∂a^[2]/∂z^[2] = diag(1)" in written


def test_ng_takes_the_mean_in_step_three():
    derivation = derive(mlp(2, 3, 1, hidden="relu", output="sigmoid"), "ng")
    steps = {equation.target.name: equation.label for equation in derivation.equations}
    assert (steps["delta2"], steps["delta1"], steps["dW1"], steps["db1"]) == ("Step 1", "Step 2", "Step 3", "Step 3")
    written = [equation.write(derivation.glyphs).plain() for equation in derivation.equations]
    assert "δ^[2] = a^[2] − Y" in written
    assert "∂J/∂W^[1] = 1/m δ^[1] a^[0]ᵀ" in written


def test_what_a_document_does_not_say_is_noted():
    network = mlp(3, 2, 1, l1=0.1, l2=0.1, dropout=0.5)
    notes = "".join(part for note in derive(network, "matrix").notes for part in note if isinstance(part, str))
    for missing in ("no bias", "no l1", "no l2", "no dropout"):
        assert missing in notes
    assert not derive(network).notes


def test_dropout_masks_are_taken_as_they_came():
    network = Network(Inputs(3), (Dense(4, "tanh"), Dense(2, "softmax", dropout=0.5)), Objective("cross_entropy"))
    masks = [None, np.array([[0.0, 2, 2, 0]])]
    found = derive(network).evaluate(initial(network, 1), np.ones((1, 3)), np.array([1]), mask=masks)
    assert np.array_equal(found["x1"], found["a1"] * masks[1])
    assert np.all(found["dW2"][[0, 3]] == 0)


def test_weights_need_equations_that_have_them():
    drawn = draw(3)
    with pytest.raises(DataError, match="weighted=True"):
        derive(drawn.network).evaluate(drawn.parameters, drawn.X, drawn.Y, np.ones(len(drawn.X)))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_penalty_per_row_is_written_divided_by_what_the_rows_weigh(weighted):
    """As in every MLPClassifier, whose alpha is scikit-learn's."""
    objective = Objective("squared_error", l2=0.5, penalty_per_row=True)
    derivation = derive(Network(2, (Dense(1, "identity", bias=False),), objective), weighted=weighted)
    written = {e.target.name: e.write(derivation.glyphs).plain() for e in derivation.equations}
    share = "1/(Σ w)" if weighted else "1/m"
    assert written["R"] == f"R = {share} ½·0.5 ‖W[1]‖^2"
    assert written["dW1"].endswith(f"δ[1] + {share} 0.5 W[1]")


def test_a_step_has_no_derivation():
    with pytest.raises(UsageError, match="layer 1 has the activation 'step'"):
        derive(mlp(2, 2, 1, hidden="step"))


def test_an_estimator_is_told_to_give_its_network():
    class Estimator:
        network_ = mlp(2, 1)

    with pytest.raises(UsageError, match="expected a Network, got Estimator; give its network_"):
        derive(Estimator())
    with pytest.raises(UsageError, match=r"expected a Network, got int\."):
        derive(3)


def test_an_unknown_notation_is_told_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'theta'"):
        derive(mlp(2, 1), "teta")


def test_an_expression_that_does_not_fit_cannot_be_written():
    derivation = derive(mlp(3, 3, 3))
    product = next(node for node in walk(derivation.equations[1].expression) if isinstance(node, Apply))
    a, W = product.arguments[0].arguments
    with pytest.raises(DataError, match="inner axes"):
        matmul(W, a)
