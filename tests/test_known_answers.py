"""Published worked examples, number by number; facts and sources are in tests/known_answers.

Figures as printed are met to the digits printed, figures in full precision to 1e-12 unless it says otherwise.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from clearprop.engines import Order, State, open_session
from clearprop.equations import ACTIVATIONS, get_activation, get_loss, get_rule
from clearprop.model import Dense, Network, Objective, Parameters, from_arrays

FOLDER = Path(__file__).parent / "known_answers"


def facts(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def table(name):
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1)


def opened(network, **arrays):
    return open_session(network, from_arrays(network, arrays), get_rule("sgd"), 0, engine="numpy")


def step(session, X, Y, learning_rate, n=1):
    """Take n plain gradient steps on all rows; return the parameters by name."""
    order = Order(np.tile(np.arange(len(X)), n), len(X) * np.arange(n + 1))
    session.run(X, Y, None, order, np.full(n, learning_rate))
    return session.trace(X, Y).parameters


def close(found, expected, atol=1e-12):
    np.testing.assert_allclose(np.ravel(found), np.ravel(expected), rtol=1e-12, atol=atol)


def printed(found, expected, digits):
    """Compare with figures printed to so many decimals; a last digit may have been rounded either way."""
    np.testing.assert_allclose(np.ravel(found), np.ravel(expected), rtol=0, atol=0.6 * 10.0**-digits)


def unrolled(gradient, L):
    """Return the gradient as the Octave code of the Coursera course unrolls it: Theta[l] = [b Wᵀ], column-major."""
    return np.concatenate([np.vstack([gradient[f"b{l}"], gradient[f"W{l}"]]).ravel() for l in range(1, L + 1)])


def test_mazur():
    """The published error after one update comes from hidden deltas made with the already updated W2: see `warning`."""
    known = facts("mazur_2_2_2")
    published, exact = known["published"], known["full_precision"]
    network = Network(2, (Dense(2, "sigmoid"), Dense(2, "sigmoid")), "squared_error")
    W1, W2 = known["W1_rows_inputs_cols_hidden"], known["W2_rows_hidden_cols_out"]
    session = opened(network, W1=W1, b1=[known["b1"]] * 2, W2=W2, b2=[known["b2"]] * 2)
    X, Y = np.array([known["inputs"]]), np.array([known["targets"]])

    trace = session.trace(X, Y)
    printed(trace["z1"][0, 0], published["net_h1"], 9)
    printed(trace["z2"][0, 0], published["net_o1"], 9)
    printed(trace["a1"], published["out_h"], 9)
    printed(trace["a2"], published["out_o"], 8)
    printed(trace.J, published["E_total"], 9)
    close(trace["dW1"], exact["dE_dW1"])
    close(trace["dW2"], exact["dE_dW2"])
    close(trace["db1"], exact["dE_db1_per_unit"])
    close(trace["db2"].sum(), exact["dE_db2_shared"])

    weights_only = Parameters(trace.parameters.shapes)
    weights_only["W1"][...] = weights_only["W2"][...] = 0.5
    for update in range(10_000):
        _, gradient = session.gradients(X, Y)
        session.set_state(State(session.get_state().parameters - weights_only.vector * gradient.vector))
        if update == 0:
            after = session.trace(X, Y)
            close(after.parameters["W1"], exact["W1_after_1"])
            close(after.parameters["W2"], exact["W2_after_1"])
            close(after.J, exact["E_after_1"])
            assert abs(after.J - published["E_total_after_1"]) > 1e-7
    close(session.trace(X, Y).J, exact["E_after_10000"])
    close(session.predict(X), exact["output_after_10000"], atol=1e-10)


@pytest.mark.parametrize(("strength", "key"), [(0, "lambda0"), (4, "lambda4")])
def test_coursera_exercise_4_test_case(strength, key):
    known = facts("coursera_ex4_test_case")
    published, exact = known["published"], known["full_precision"]
    Theta1, Theta2 = np.array(known["Theta1"]), np.array(known["Theta2"])
    objective = Objective("binary_cross_entropy", l2=strength / 3)
    session = opened(
        Network(2, (Dense(2, "sigmoid"), Dense(4, "sigmoid")), objective),
        W1=Theta1[:, 1:].T, b1=Theta1[:, 0], W2=Theta2[:, 1:].T, b2=Theta2[:, 0],
    )  # fmt: skip
    J, gradient = session.gradients(known["X"], known["Y_onehot"])
    close(J, exact[f"J_{key}"])
    printed(J, published[f"J_{key}"], 3)
    printed(unrolled(gradient, 2), published[f"grad_{key}_unrolled_column_major"], 5)
    for l in (1, 2):
        close(np.vstack([gradient[f"b{l}"], gradient[f"W{l}"]]).T, exact[f"Theta{l}_grad_{key}"])


@pytest.mark.parametrize("strength", [0, 1, 3])
def test_coursera_exercise_4_check_nn_gradients(strength):
    known = facts("coursera_ex4_check_nn_gradients")
    exact = known["full_precision"][f"lambda{strength}"]
    Theta1, Theta2 = np.array(known["Theta1"]), np.array(known["Theta2"])
    objective = Objective("binary_cross_entropy", l2=strength / 5)
    session = opened(
        Network(3, (Dense(5, "sigmoid"), Dense(3, "sigmoid")), objective),
        W1=Theta1[:, 1:].T, b1=Theta1[:, 0], W2=Theta2[:, 1:].T, b2=Theta2[:, 0],
    )  # fmt: skip
    J, gradient = session.gradients(known["X"], known["Y_onehot"])
    close(J, exact["J"])
    for l in (1, 2):
        close(np.vstack([gradient[f"b{l}"], gradient[f"W{l}"]]).T, exact[f"Theta{l}_grad"])
    if strength:
        listing = known["published"][f"grad_lambda{strength}_unrolled_column_major"]
        printed(unrolled(gradient, 2), listing, 5 if strength == 3 else 6)


def test_cs231n_two_layer_toy():
    known = facts("cs231n_two_layer_toy")
    layers = (Dense(10, "relu"), Dense(3, "softmax"))
    session = opened(
        Network(4, layers, Objective("cross_entropy", l2=0.1)),
        **{name: known[name] for name in ("W1", "b1", "W2", "b2")},
    )
    trace = session.trace(known["X"], np.array(known["y"]))
    printed(trace["z2"], known["published"]["scores"], 8)
    printed(trace.J, known["published"]["loss_reg"], 11)
    for name, gradient in known["full_precision"]["grads"].items():
        close(trace[f"d{name}"], gradient)


def test_cs231n_two_layer_linspace():
    known = facts("cs231n_two_layer_linspace")
    published = known["published"]
    arrays = {
        "W1": np.linspace(-0.7, 0.3, 250).reshape(5, 50),
        "b1": np.linspace(-0.1, 0.9, 50),
        "W2": np.linspace(-0.3, 0.4, 350).reshape(50, 7),
        "b2": np.linspace(-0.9, 0.1, 7),
    }
    X, y = np.linspace(-5.5, 4.5, 15).reshape(5, 3).T, np.array(known["y"])
    for l2, loss in ((0.0, published["loss_reg0"]), (1.0, published["loss_reg1"])):
        network = Network(5, (Dense(50, "relu"), Dense(7, "softmax")), Objective("cross_entropy", l2=l2))
        trace = opened(network, **arrays).trace(X, y)
        printed(trace["z2"], published["scores"], 8)
        printed(trace.J, loss, 10)


def test_cs231n_layers():
    x = np.linspace(-0.1, 0.5, 240).reshape(2, 120)
    w, b = np.linspace(-0.2, 0.3, 360).reshape(120, 3), np.linspace(-0.3, 0.1, 3)
    published = facts("cs231n_two_layer_linspace")["layers"]
    session = opened(Network(120, (Dense(3, "identity"),), "squared_error"), W1=w, b1=b)
    printed(session.predict(x), published["affine_forward"]["published"], 8)
    z = np.linspace(-0.5, 0.5, 12).reshape(3, 4)
    printed(get_activation("relu").forward(z), published["relu_forward"]["published"], 8)


@pytest.mark.parametrize(
    ("name", "rule", "slots", "t"),
    [
        ("sgd_momentum", get_rule("momentum", momentum=0.9), {"v": ("velocity", 0.6, 0.9)}, 1),
        ("rmsprop", get_rule("rmsprop", decay=0.99), {"s": ("cache", 0.6, 0.9)}, 1),
        ("adam", get_rule("adam"), {"m": ("m", 0.6, 0.9), "v": ("v", 0.7, 0.5)}, 6),
    ],
)
def test_cs231n_update_rules(name, rule, slots, t):
    known = facts("cs231n_optimisers")[name]
    w, g = np.linspace(-0.4, 0.6, 20), np.linspace(-0.6, 0.4, 20)
    before = {slot: np.linspace(first, last, 20) for slot, (_, first, last) in slots.items()}
    after, memory = rule.update(w, g, before, t, known["learning_rate"])
    printed(after, known["published_next_w"], 8)
    close(after, known["next_w"])
    for slot, (published, *_) in slots.items():
        printed(memory[slot], known[f"published_{published}"], 8)


def test_han_and_kamber():
    known = facts("han_kamber_3_2_1")
    published, exact = known["published"], known["full_precision"]
    session = opened(
        Network(3, (Dense(2, "sigmoid"), Dense(1, "sigmoid")), "squared_error"),
        W1=known["W1_rows_inputs_cols_units45"], b1=known["bias_4_5"],
        W2=np.array(known["W2_w46_w56"])[:, None], b2=[known["bias_6"]],
    )  # fmt: skip
    X, Y = np.array([known["x"]]), np.array([[float(known["target"])]])
    trace = session.trace(X, Y)
    close(trace["a1"], exact["hidden"])
    close(trace["a2"], exact["output"])
    close(-trace["delta1"], exact["errors_4_5"])
    close(-trace["delta2"], exact["error_6"])
    after = step(session, X, Y, known["learning_rate"])
    for name in ("W1", "b1", "W2", "b2"):
        close(after[name], exact[f"{name}_after"])
    printed(after["W2"], (published["w46"], published["w56"]), 3)
    printed(after["W1"].T, [published[f"w{i}{j}"] for j in (4, 5) for i in (1, 2, 3)], 3)


def test_negnevitsky():
    """Its thresholds are subtracted, so θ = −b; its error gradient is −delta."""
    known = facts("negnevitsky_xor_2_2_1")
    published, exact = known["published"], known["full_precision"]
    session = opened(
        Network(2, (Dense(2, "sigmoid"), Dense(1, "sigmoid")), "squared_error"),
        W1=known["W1"], b1=-np.array(known["theta_3_4"]),
        W2=np.array(known["W2"])[:, None], b2=[-known["theta_5"]],
    )  # fmt: skip
    X, Y = np.array([known["x"]], float), np.array([[float(known["target"])]])
    trace = session.trace(X, Y)
    close(trace["a1"], exact["hidden"])
    close(-trace["delta1"], exact["delta_hidden"])
    close(-trace["delta2"], exact["delta_out"])
    after = step(session, X, Y, known["learning_rate"])
    close(after["W1"], exact["W1_after"])
    close(after["W2"], exact["W2_after"])
    close(-after["b1"], exact["theta_after"])
    printed(after["W1"], [published[name] for name in ("w13", "w14", "w23", "w24")], 4)


def test_hagan_demuth_beale():
    """Its F is e², twice our ½ e²: a row of weight 2 under reduction "sum"."""
    known = facts("hagan_1_2_1")
    published, exact = known["published"], known["full_precision"]
    session = opened(
        Network(1, (Dense(2, "sigmoid"), Dense(1, "identity")), Objective("squared_error", reduction="sum")),
        W1=[known["W1"]], b1=known["b1"], W2=np.array(known["W2"])[:, None], b2=[known["b2"]],
    )  # fmt: skip
    X, Y, twice = np.array([[1.0]]), np.array([[1 + np.sin(np.pi / 4)]]), np.array([2.0])
    trace = session.trace(X, Y, twice)
    close(trace["a1"], exact["a1"])
    close(trace["delta2"], exact["s2"])
    close(trace["delta1"], exact["s1"])
    printed(trace["delta2"], published["s2"], 3)
    session.run(X, Y, twice, Order.of(np.arange(1), 1), np.array([known["learning_rate"]]))
    after = session.trace(X, Y).parameters
    for name in ("W1", "b1", "W2", "b2"):
        close(after[name], exact[f"{name}_after"])


def test_goodfellow_exclusive_or():
    known = facts("goodfellow_xor")
    arrays = {"W1": known["W"], "b1": known["c"], "W2": np.array(known["w"])[:, None], "b2": [known["b"]]}
    session = opened(Network(2, (Dense(2, "relu"), Dense(1, "identity")), "squared_error"), **arrays)
    X, Y = np.array(known["X"]), np.array([[0.0], [1.0], [1.0], [0.0]])
    trace = session.trace(X, Y)
    close(trace["a1"], known["published"]["hidden"])
    close(trace["a2"], known["published"]["output"])
    assert trace.J == 0

    best = known["published"]["best_linear_model"]
    linear = Network(2, (Dense(1, "identity"),), "squared_error")
    _, gradient = opened(linear, W1=np.array(best["w"])[:, None], b1=[best["b"]]).gradients(X, Y)
    close(gradient.vector, np.zeros(3))


def test_scikit_learn_test_fit():
    known = facts("sklearn_mlp_test_fit")
    exact = known["full_precision"]
    network = Network(
        3, (Dense(2, "sigmoid"), Dense(1, "sigmoid")), Objective("binary_cross_entropy", l2=known["alpha"])
    )
    session = opened(network, **{name: known[name] for name in ("W1", "b1", "W2", "b2")})
    X, Y = np.array(known["x"]), np.array([[float(known["y"])]])
    trace = session.trace(X, Y)
    close(trace["a1"], exact["hidden"])
    close(trace["a2"], exact["output"])
    after = step(session, X, Y, known["learning_rate"])
    for ours, theirs in (("W1", "coefs_0"), ("W2", "coefs_1"), ("b1", "intercepts_0"), ("b2", "intercepts_1")):
        close(after[ours], exact[theirs])
        np.testing.assert_allclose(np.ravel(after[ours]), np.ravel(known["published"][theirs]), atol=1e-3)
    close(session.predict(X), exact["prob_after"])


def test_neural_networks_from_scratch():
    known = facts("nnfs_layers")
    published = known["published"]
    W1, W2 = np.array(known["W1_rows_neurons"]).T, np.array(known["W2_rows_neurons"]).T
    layers = (Dense(3, "identity"), Dense(3, "identity"))
    session = opened(Network(4, layers, "squared_error"), W1=W1, b1=known["b1"], W2=W2, b2=known["b2"])
    trace = session.trace(known["X"], np.zeros((3, 3)))
    close(trace["a1"], published["layer1"])
    printed(trace["a2"], published["layer2"], 5)
    softmax = get_activation("softmax").forward(np.array([[4.8, 1.21, 2.385]]))
    printed(softmax, published["softmax_of_4p8_1p21_2p385"], 8)
    example = published["cross_entropy"]
    rows = np.eye(3)[example["targets"]]
    printed(get_loss("cross_entropy").value(np.array(example["probs"]), rows).mean(), example["mean"], 8)


@pytest.mark.parametrize(("start", "w", "b"), [("0p6_0p9", 0.6, 0.9), ("2_2", 2.0, 2.0)])
def test_nielsens_neuron_learns_slowly_by_squares_and_fast_by_cross_entropy(start, w, b):
    exact = facts("nielsen_single_neuron")["full_precision"]
    X, Y = np.array([[1.0]]), np.array([[0.0]])
    neuron = (Dense(1, "sigmoid"),)
    session = opened(Network(1, neuron, "squared_error"), W1=[[w]], b1=[b])
    close(session.predict(X), exact[f"quadratic_{start}"]["first"])
    step(session, X, Y, 0.15, 300)
    close(session.predict(X), exact[f"quadratic_{start}"]["after_300"], atol=1e-11)
    session = opened(Network(1, neuron, "binary_cross_entropy"), W1=[[w]], b1=[b])
    step(session, X, Y, 0.005, 300)
    close(session.predict(X), exact[f"cross_entropy_{start}_rate_0p005"], atol=1e-11)


def test_welch_labs():
    known = facts("welch_labs")
    exact = known["full_precision"]
    network = Network(
        2,
        (Dense(3, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)),
        Objective("squared_error", l2=exact["cost_and_gradient_at_fixed_point"]["lam"]),
    )
    X, Y = np.array(known["train_X_normalised"]), np.array(known["train_y"])
    point = exact["cost_and_gradient_at_fixed_point"]
    J, gradient = opened(network, W1=point["W1"], W2=point["W2"]).gradients(X, Y)
    close(J, point["J"])
    close(gradient.vector, point["grad"])

    J, gradient = opened(network, W1=exact["its_W1"], W2=exact["its_W2"]).gradients(X, Y)
    close(J, exact["best_regularised_cost_over_60_BFGS_starts"])
    printed(J, known["published"]["part7_regularised_final_cost"], 6)
    assert np.linalg.norm(gradient.vector) < 1e-7


def logistic(X, y, theta, l2=0.0):
    """Return J and the gradient (bias first) of logistic regression at theta (bias first)."""
    theta = np.asarray(theta, float)
    network = Network(X.shape[1], (Dense(1, "sigmoid"),), Objective("binary_cross_entropy", l2=l2))
    J, gradient = opened(network, W1=theta[1:, None], b1=theta[:1]).gradients(X, y[:, None])
    return J, unrolled(gradient, 1)


def test_coursera_exercise_2_logistic_regression():
    known = facts("coursera_ex2_logistic")
    published, exact = known["published"]["ex2"], known["full_precision"]
    data = table("ex2data1")
    X, y = data[:, :2], data[:, 2]
    J, gradient = logistic(X, y, np.zeros(3))
    printed(J, published["cost_zero"], 6)
    printed(gradient, published["grad_zero"], 4)
    J, gradient = logistic(X, y, [-24, 0.2, 0.2])
    printed(J, published["cost_at_minus24_0p2_0p2"], 6)
    printed(gradient, published["grad_there"], 6)
    J, gradient = logistic(X, y, exact["theta"])
    close(J, exact["optimum_cost"])
    assert np.linalg.norm(gradient) < 1e-6
    network = Network(2, (Dense(1, "sigmoid"),), "binary_cross_entropy")
    theta = np.array(exact["theta"])
    session = opened(network, W1=theta[1:, None], b1=theta[:1])
    close(session.predict([[45.0, 85.0]]), exact["prob"])
    printed(np.mean((session.predict(X)[:, 0] > 0.5) == y), published["train_accuracy"], 3)


def test_coursera_exercise_2_regularised():
    """λ/(2m) Σ θ² is l2 = λ/m."""
    known = facts("coursera_ex2_logistic")
    published, exact = known["published"]["ex2_reg"], known["full_precision"]
    data = table("ex2data2")
    x1, x2, y = data.T
    X = np.column_stack([x1 ** (i - j) * x2**j for i in range(1, 7) for j in range(i + 1)])
    m = len(y)
    J, gradient = logistic(X, y, np.zeros(28), l2=1 / m)
    printed(J, published["cost_zero_lambda1"], 6)
    printed(gradient[:5], published["grad_first5"], 4)
    J, gradient = logistic(X, y, np.ones(28), l2=10 / m)
    printed(J, published["cost_ones_lambda10"], 2)
    printed(gradient[:5], published["grad_ones_first5"], 4)
    J, gradient = logistic(X, y, exact["ex2_reg_theta_lambda1"], l2=1 / m)
    close(J, exact["ex2_reg_optimum_cost_lambda1"])
    assert np.linalg.norm(gradient) < 1e-7


def linear(X, y, theta, l2=0.0):
    theta = np.asarray(theta, float)
    network = Network(X.shape[1], (Dense(1, "identity"),), Objective("squared_error", l2=l2))
    J, gradient = opened(network, W1=theta[1:, None], b1=theta[:1]).gradients(X, y[:, None])
    return J, unrolled(gradient, 1)


def test_coursera_exercise_5_linear_regression():
    known = facts("coursera_ex5_linear")
    exact = known["full_precision"]
    data = table("ex5data1")
    X, y = data[:, :1], data[:, 1]
    J, gradient = linear(X, y, known["theta"], l2=known["lam"] / len(y))
    close(J, exact["J"])
    close(gradient, exact["grad"])
    printed(J, known["published"]["J"], 6)
    _, gradient = linear(X, y, exact["least_squares"])
    np.testing.assert_allclose(gradient, 0, atol=1e-10)


def test_nist_longley_certified_values_are_where_our_gradient_vanishes():
    """The inputs are collinear to a condition number of 5e9, so 1e-6 is what float64 leaves of the sums."""
    certified = facts("nist_longley")["certified"]
    data = table("longley")
    X, y = data[:, :6], data[:, 6]
    theta = np.array(certified["intercept_then_slopes"])
    J, gradient = linear(X, y, theta)
    assert 2 * len(y) * J == pytest.approx(certified["residual_sum_of_squares"], rel=1e-6)
    terms = np.sqrt(2 * J) * np.array([1.0, *np.sqrt(np.mean(X**2, axis=0))])
    assert np.all(np.abs(gradient) <= 1e-6 * terms)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("sigmoid", "sigmoid"), ("tanh", "tanh"), ("softplus", "softplus"), ("relu", "relu"),
        ("leaky_relu_0p01", "leaky_relu"), ("elu_1", "elu"), ("selu", "selu"), ("gelu_erf", "gelu"), ("silu", "silu"),
    ],
)  # fmt: skip
def test_activation_tables(column, name):
    known = facts("activations")
    close(ACTIVATIONS[name].forward(np.array(known["z"])), known[column], atol=1e-15)


def test_activations_far_out():
    known = facts("activations")["stability"]
    close(get_activation("softmax").forward(np.array([known["softmax_of"]], float)), known["softmax"])
    assert get_activation("softplus").forward(np.array(1000.0)) == known["log1pexp_of_1000"]
    assert get_activation("sigmoid").forward(np.array(-1000.0)) == known["sigmoid_of_minus_1000"]
    loss = get_loss("binary_cross_entropy").value_from_z(np.array([[-1000.0]]), np.array([[1.0]]))
    assert loss == known["bce_with_logit_minus_1000_target_1"]
