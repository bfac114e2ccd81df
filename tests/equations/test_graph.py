"""The computational graph: the lecture's numbers, two independent derivatives for every node, and the engine."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import clearprop
from clearprop.engines import open_session
from clearprop.equations.activations import ACTIVATIONS, get_activation
from clearprop.equations.graph import (
    Graph,
    Node,
    activation,
    exp,
    maximum,
    reciprocal,
    row_losses,
    sigmoid,
    squared_norm,
    total,
    variable,
)
from clearprop.equations.losses import LOSSES, get_loss
from clearprop.equations.optimizers import get_rule
from clearprop.errors import DataError, UsageError
from clearprop.model import Objective, initial

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(20170413)
M, N, ROW = RNG.standard_normal((3, 2)), RNG.standard_normal((2, 4)), RNG.standard_normal((1, 2))
POSITIVE = np.abs(RNG.standard_normal((3, 2))) + 0.5
PROBABILITIES = np.array([[0.2, 0.8], [0.5, 0.5], [0.7, 0.3]])
TARGETS = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])

# Each circuit ends in something that makes all its derivatives distinct: fixed weights, a square, or a second use.
WEIGHTS = np.arange(1.0, 7.0).reshape(3, 2)
CIRCUITS = {
    "add": (lambda x, y: total((x + y) * x), lambda x, y: jnp.sum((x + y) * x), (M, M[::-1])),
    "add a row": (lambda x, y: squared_norm(x + y), lambda x, y: jnp.sum((x + y) ** 2), (M, ROW)),
    "add a scalar": (lambda x, y: squared_norm(x + y), lambda x, y: jnp.sum((x + y) ** 2), (M, np.array(0.3))),
    "multiply": (lambda x, y: total(x * y * x), lambda x, y: jnp.sum(x * y * x), (M, M[::-1])),
    "multiply by a row": (lambda x, y: squared_norm(x * y), lambda x, y: jnp.sum((x * y) ** 2), (M, ROW)),
    "matmul": (lambda x, y: squared_norm(x @ y), lambda x, y: jnp.sum((x @ y) ** 2), (M, N)),
    "matmul by itself": (lambda x: squared_norm(x @ x), lambda x: jnp.sum((x @ x) ** 2), (N @ M[[0, 1, 2, 0]],)),
    "exp": (lambda x: total(exp(x) * WEIGHTS), lambda x: jnp.sum(jnp.exp(x) * WEIGHTS), (M,)),
    "max": (lambda x, y: squared_norm(maximum(x, y)), lambda x, y: jnp.sum(jnp.maximum(x, y) ** 2), (M, M[::-1] + 0.1)),
    "reciprocal": (lambda x: total(reciprocal(x) * WEIGHTS), lambda x: jnp.sum(WEIGHTS / x), (POSITIVE,)),
    "sigmoid": (lambda x: total(sigmoid(x) * WEIGHTS), lambda x: jnp.sum(jax.nn.sigmoid(x) * WEIGHTS), (M,)),
    "difference": (lambda x, y: squared_norm(x - y) * 2, lambda x, y: 2 * jnp.sum((x - y) ** 2), (M, ROW)),
    "negative": (lambda x: squared_norm(exp(-x)), lambda x: jnp.sum(jnp.exp(-x) ** 2), (M,)),
    "quotient": (lambda x, y: squared_norm(x / y), lambda x, y: jnp.sum((x / y) ** 2), (M, POSITIVE)),
    "numbers on the left": (lambda x: total(3 / (1 - x)), lambda x: jnp.sum(3 / (1 - x)), (-POSITIVE,)),
    "total": (lambda x: total(x) * total(x), lambda x: jnp.sum(x) ** 2, (M,)),
    "squared norm": (lambda x: squared_norm(x), lambda x: jnp.sum(x**2), (M,)),
}


def sixth_order(f, x, h=1e-3):
    """Central differences of order 6 of a scalar function, element by element."""
    slope = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        for k, weight in ((1, 45), (2, -9), (3, 1)):
            for sign in (1, -1):
                moved = x.copy()
                moved[index] += sign * k * h
                slope[index] += sign * weight * f(moved) / (60 * h)
    return slope


def run(build, arrays):
    nodes = [variable(f"x{k}", array) for k, array in enumerate(arrays)]
    graph = Graph(build(*nodes))
    value = graph.forward()
    graph.backward()
    return float(value), [node.gradient for node in nodes]


def differences(build, arrays):
    def moved(k):
        return lambda x: run(build, [*arrays[:k], x, *arrays[k + 1 :]])[0]

    return [sixth_order(moved(k), np.array(x)) for k, x in enumerate(arrays)]


def assert_same(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_operation_equals_sixth_order_differences(name):
    build, _, arrays = CIRCUITS[name]
    assert_same(run(build, arrays)[1], differences(build, arrays), 1e-9)


def test_the_comparison_rejects_a_gradient_wrong_by_a_thousandth():
    build, _, arrays = CIRCUITS["matmul"]
    wrong = [1.001 * gradient for gradient in run(build, arrays)[1]]
    with pytest.raises(AssertionError):
        assert_same(wrong, differences(build, arrays), 1e-9)


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_operation_equals_jax(name):
    build, f, arrays = CIRCUITS[name]
    value, gradients = run(build, arrays)
    assert value == pytest.approx(float(f(*arrays)), rel=1e-14)
    assert_same(gradients, jax.grad(f, argnums=tuple(range(len(arrays))))(*map(jnp.asarray, arrays)), 1e-13)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"step"}))
def test_every_activation_node_equals_both(name):
    def build(z):
        return total(activation(name, z) * WEIGHTS)

    _, gradients = run(build, [M])
    assert_same(gradients, differences(build, [M]), 1e-9)
    by_jax = jax.grad(lambda z: jnp.sum(get_activation(name).forward(z) * WEIGHTS))(jnp.asarray(M))
    assert_same(gradients, [by_jax], 1e-13)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_node_equals_both(name):
    targets = TARGETS if LOSSES[name].targets != "positive" else TARGETS + 0.3

    def build(a):
        return total(row_losses(name, a, targets) * [1.0, 2.0, 3.0])

    a = PROBABILITIES if LOSSES[name].domain != "real" else M
    _, gradients = run(build, [a])
    assert_same(gradients, differences(build, [a]), 1e-9)
    loss = get_loss(name)
    by_jax = jax.grad(lambda a: jnp.sum(loss.value(a, jnp.asarray(targets)) * jnp.array([1.0, 2.0, 3.0])))
    assert_same(gradients, [by_jax(jnp.asarray(a))], 1e-13)


def test_training_through_a_step_node_is_refused_with_the_reason():
    graph = Graph(total(activation("step", variable("z", M))))
    graph.forward()
    with pytest.raises(UsageError, match="derivative is 0 everywhere"):
        graph.backward()


def lecture_circuit():
    """Return the cs231n circuit 1 / (1 + exp(−(w0 x0 + w1 x1 + w2))), in the gates of the slide."""
    given = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
    v = {name: variable(name, value) for name, value in given.items()}
    z = (v["w0"] * v["x0"] + v["w1"] * v["x1"] + v["w2"]).named("z")
    return v, z, Graph(reciprocal((exp((z * -1).named("minus")).named("e") + 1).named("plus one")))


def test_the_lecture_circuit_has_the_numbers_of_the_slide():
    """cs231n lecture 4: to two digits, and from the formula σ′(1) = σ (1 − σ) to machine precision."""
    v, _, graph = lecture_circuit()
    assert round(float(graph.forward()), 2) == 0.73
    graph.backward()
    slide = {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}
    assert {name: round(float(node.gradient), 2) for name, node in v.items()} == slide
    s = 1 / (1 + np.exp(-1.0))
    exact = s * (1 - s) * np.array([-1.0, 2.0, -2.0, -3.0, 1.0])
    np.testing.assert_allclose([float(node.gradient) for node in v.values()], exact, rtol=1e-15)


def test_local_times_upstream_is_visible_at_the_gate_of_w0_and_x0():
    """The slide: x0: [2] × [0.2] = 0.4, w0: [−1] × [0.2] = −0.2."""
    v, _, graph = lecture_circuit()
    graph.forward()
    graph.backward()
    gate = next(node for node in graph.nodes if v["w0"] in node.inputs)
    to_w0, to_x0 = gate.edges
    assert (float(to_w0.local), float(to_x0.local)) == (-1.0, 2.0)
    assert round(float(to_x0.upstream), 1) == 0.2
    assert (round(float(to_w0.product), 1), round(float(to_x0.product), 1)) == (-0.2, 0.4)


def test_the_gates_of_the_slide_show_their_upstream_gradients():
    """1.00 → −0.53 → −0.53 → −0.20 → 0.20, from the output back to z."""
    _, z, graph = lecture_circuit()
    graph.forward()
    graph.backward()
    chain = [graph.output, *(node for node in reversed(graph.nodes) if node.name in ("plus one", "e", "minus")), z]
    assert [round(float(node.gradient), 2) for node in chain] == [1.0, -0.53, -0.53, -0.2, 0.2]


def test_the_sigmoid_gate_replaces_the_four_gates_it_is_made_of():
    """The slide: (0.73) (1 − 0.73) = 0.2."""
    _, z, graph = lecture_circuit()
    graph.forward()
    graph.backward()
    short = Graph(sigmoid(variable("z", 1.0)))
    assert short.forward() == pytest.approx(float(graph.output.value), rel=1e-15)
    short.backward()
    assert float(short.nodes[0].gradient) == pytest.approx(float(z.gradient), rel=1e-15)


def test_the_sigmoid_may_be_written_as_it_is():
    """1 / (1 + exp(−z)) is the four gates of the slide: times −1, exp, plus 1, 1/x."""
    z = variable("z", 1.0)
    graph = Graph(1 / (1 + exp(-z)))
    assert graph.forward() == pytest.approx(0.731058578630005, rel=1e-14)
    graph.backward()
    assert [node.operation.name for node in graph.nodes if node.inputs] == ["×", "exp", "+", "1/x"]
    assert z.gradient == pytest.approx(0.196611933241482, rel=1e-14)


def test_the_squared_norm_of_W_x_has_the_matrix_gradients_of_the_lecture():
    """f = ‖W x‖², q = W x: ∂f/∂q = 2q, ∂f/∂W = 2 q xᵀ, ∂f/∂x = 2 Wᵀ q, with the slide's numbers."""
    W, x = variable("W", [[0.1, 0.5], [-0.3, 0.8]]), variable("x", [[0.2], [0.4]])
    q = W @ x
    graph = Graph(squared_norm(q))
    assert graph.forward() == pytest.approx(0.116, rel=1e-14)
    graph.backward()
    np.testing.assert_allclose(q.gradient, [[0.44], [0.52]], rtol=1e-14)
    np.testing.assert_allclose(W.gradient, [[0.088, 0.176], [0.104, 0.208]], rtol=1e-14)
    np.testing.assert_allclose(x.gradient, [[-0.112], [0.636]], rtol=1e-14)
    np.testing.assert_allclose(W.gradient, 2 * q.value @ x.value.T, rtol=1e-15)
    np.testing.assert_allclose(x.gradient, 2 * W.value.T @ q.value, rtol=1e-15)


def test_the_max_gate_routes_and_a_tie_is_relu():
    """cs231n lecture 4: (x y + max(z, w)) · 2 at 3, −4, 2, −1 has gradients −8, 6, 2, 0."""
    x, y, z, w = (variable(name, value) for name, value in zip("xyzw", (3.0, -4.0, 2.0, -1.0), strict=True))
    graph = Graph((x * y + maximum(z, w)) * 2)
    assert graph.forward() == -20.0
    graph.backward()
    assert [float(node.gradient) for node in (x, y, z, w)] == [-8.0, 6.0, 2.0, 0.0]
    at_zero = variable("z", 0.0)
    tie = Graph(maximum(at_zero, 0.0))
    tie.forward()
    tie.backward()
    assert float(at_zero.gradient) == 0.0


def test_fan_out_adds_gradients():
    """x · x + x is used three times: the derivative is 2x + 1."""
    x = variable("x", 3.0)
    graph = Graph(x * x + x)
    graph.forward()
    graph.backward()
    assert float(x.gradient) == 7.0


def test_backward_twice_gives_the_same_numbers_not_twice_as_much():
    v, _, graph = lecture_circuit()
    graph.forward()
    graph.backward()
    first = [float(node.gradient) for node in v.values()]
    graph.backward()
    assert [float(node.gradient) for node in v.values()] == first


def test_a_changed_variable_changes_the_next_passes():
    x = variable("x", 3.0)
    graph = Graph(x * x)
    graph.forward()
    x.value = 5
    assert graph.forward() == 25.0
    graph.backward()
    assert float(x.gradient) == 10.0


def test_a_long_chain_needs_no_recursion():
    node: Node = variable("x", 1.0)
    first = node
    for _ in range(3000):
        node = node + 0.0
    graph = Graph(node)
    graph.forward()
    graph.backward()
    assert float(first.gradient) == 1.0


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "identity"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_whole_network_as_a_graph_equals_the_engine(output, reduction):
    """A 3-4-2 network with weights, an l2 penalty (a second use of every W) and bias rows, to 1e-14."""
    short = clearprop.mlp(3, 4, 2, hidden="tanh", output=output)
    objective = Objective(short.objective.loss, l2=0.1, reduction=reduction)
    network = clearprop.Network(short.inputs, short.layers, objective)
    parameters = initial(network, seed=7)
    parameters["b1"][...], parameters["b2"][...] = 0.1, -0.2
    X, weights = RNG.standard_normal((3, 3)), np.array([1.0, 0.5, 2.0])
    trace = open_session(network, parameters, get_rule("sgd"), seed=0, engine="numpy").trace(X, TARGETS, weights)

    p = {name: variable(name, array) for name, array in parameters.items()}
    z1 = variable("X", X) @ p["W1"] + p["b1"]
    z2 = activation("tanh", z1) @ p["W2"] + p["b2"]
    D = total(row_losses(network.objective.loss, activation(output, z2), TARGETS) * trace.scales)
    graph = Graph(D + (squared_norm(p["W1"]) + squared_norm(p["W2"])) * 0.05)

    assert graph.forward() == pytest.approx(trace.J, rel=1e-14)
    graph.backward()
    np.testing.assert_allclose(z2.gradient, trace.delta[2], rtol=0, atol=1e-14)
    np.testing.assert_allclose(z1.gradient, trace.delta[1], rtol=0, atol=1e-14)
    for name, gradient in trace.gradient.items():
        np.testing.assert_allclose(p[name].gradient, gradient, rtol=0, atol=1e-14, err_msg=name)


def test_the_table_shows_local_upstream_and_product():
    _, _, graph = lecture_circuit()
    graph.forward()
    graph.backward()
    lines = graph.table().splitlines()
    assert lines[0].split() == ["node", "operation", "value", "upstream", "input", "local", "product", "rule"]
    gate = next(k for k, line in enumerate(lines) if "w0 × x0" in line)
    assert lines[gate].split("  ")[-1] == "local × upstream"
    assert lines[gate].split()[4:9] == ["-2", "0.1966", "w0", "-1", "-0.1966"]
    assert lines[gate + 1].split()[:3] == ["x0", "2", "0.3932"]


def test_the_table_abbreviates_a_large_array_to_shape_and_rms():
    graph = Graph(total(variable("X", np.ones((5, 3)))))
    graph.forward()
    graph.backward()
    assert "5×3, rms 1" in graph.table()


def test_backward_before_forward_is_refused():
    with pytest.raises(UsageError, match=r"call graph.forward\(\) first"):
        Graph(variable("x", 1.0) * 2).backward()


def test_backward_from_an_array_is_refused():
    graph = Graph(variable("x", [1.0, 2.0]) * 2)
    graph.forward()
    with pytest.raises(UsageError, match="scalar"):
        graph.backward()


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(DataError, match=r"\(3, 2\) and \(3, 2\)"):
        Graph(squared_norm(variable("A", M) @ M)).forward()
    with pytest.raises(DataError, match="column"):
        Graph(squared_norm(variable("A", M) @ M[0])).forward()
    with pytest.raises(DataError, match=r"\+ needs inputs that fit elementwise, got \(3, 2\) and \(3,\)"):
        Graph(total(variable("A", M) + np.ones(3))).forward()
    with pytest.raises(DataError, match="both have shape"):
        Graph(total(row_losses("squared_error", variable("a", M), TARGETS[:2]))).forward()


def test_an_array_on_the_left_makes_one_node_not_an_array_of_nodes():
    x = variable("x", M)
    for node in (WEIGHTS * x, WEIGHTS + x, N.T @ x.value.T @ x):
        assert isinstance(node, Node)
