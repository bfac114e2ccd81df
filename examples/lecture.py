"""The lecture "Multi-Layer Networks & Back-Propagation" (M. Soleymani, Sharif, 2019), in its own notation.

From the perceptron's threshold unit to sigmoid and softmax heads, square error and cross-entropy, with Jacobians and a
computational graph. One column y for each sample; z[l] = W[l] a[l-1] + b[l], a[l] = f(z[l]), o = a[L].

    chain rule      ∂y/∂x = (∂y/∂z)(∂z/∂x), outer function first; ∂loss/∂x is a row
    sensitivity     δ[l] = ∂loss/∂a[l],   δ_i[l-1] = Σ_j δ_j[l] f′(z_j[l]) w_ij[l]
    gradient        ∂loss/∂w_ij[l] = δ_j[l] f′(z_j[l]) a_i[l-1]
    total           E = (1/N) Σ_n loss_n:  the derivative is the mean over the samples

The lecture's δ is the derivative by a, clearprop's by z. One slide has ∂loss/∂a_j = (y_j − a_j) for the square error;
the sign is the other way round, as on its earlier slide −(y_j − o_j). Data: iris.

    python examples/lecture.py
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_iris

import clearprop
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.equations.graph import Graph, activation, row_losses, total, variable
from clearprop.model import from_arrays


def sigma(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def sigmoid_jacobian(a):
    """∂a/∂z of an elementwise function: diagonal."""
    return np.diag(a * (1 - a))


def softmax_jacobian(a):
    """∂a/∂z of softmax: every output depends on every input of its column."""
    return np.diag(a) - np.outer(a, a)


def square_error(o, y):
    """Return loss = ½ Σ (y − o)² and the row ∂loss/∂o = −(y − o)."""
    return 0.5 * np.sum((y - o) ** 2), -(y - o)


def binary_cross_entropy(o, y):
    """Return loss = −Σ y log o + (1 − y) log(1 − o) and the row ∂loss/∂o: −1/o if y = 1, 1/(1 − o) if y = 0."""
    return -np.sum(y * np.log(o) + (1 - y) * np.log(1 - o)), np.where(y == 1, -1 / o, 1 / (1 - o))


def cross_entropy(o, y):
    """Return loss = −log o_c and the row ∂loss/∂o: −1/o_c for the c-th component, 0 for the others."""
    return -np.sum(y * np.log(o)), -y / o


class Head(NamedTuple):
    """The last layer and its loss, with clearprop's names for both."""

    f: Callable
    jacobian: Callable
    loss: Callable
    names: tuple[str, str]


HEADS = {
    "sigmoid + square error": Head(sigma, sigmoid_jacobian, square_error, ("sigmoid", "squared_error")),
    "sigmoid + cross-entropy": Head(sigma, sigmoid_jacobian, binary_cross_entropy, ("sigmoid", "binary_cross_entropy")),
    "softmax + cross-entropy": Head(softmax, softmax_jacobian, cross_entropy, ("softmax", "cross_entropy")),
}


def data():
    """Return the flowers (150, 4), standardised, and their classes as one-hot rows (150, 3)."""
    x, labels = load_iris(return_X_y=True)
    return (x - x.mean(axis=0)) / x.std(axis=0), np.eye(3)[labels]


def start(seed=0):
    """Return W[1], W[2] and b[1], b[2] of a 4-5-3 network; entry 0 is unused."""
    rng = np.random.default_rng(seed)
    return [None, rng.standard_normal((5, 4)) / 2, rng.standard_normal((3, 5)) / 2], [None, np.zeros(5), np.zeros(3)]


def forward(W, b, x, head):
    a1 = sigma(W[1] @ x + b[1])
    return [x, a1, HEADS[head].f(W[2] @ a1 + b[2])]


def backward(W, a, y, head):
    """Return loss, δ[l] and the gradients of one sample, every step a row times a Jacobian."""
    jacobian = [None, sigmoid_jacobian(a[1]), HEADS[head].jacobian(a[2])]
    loss, row = HEADS[head].loss(a[2], y)
    delta, dW, db = [None] * 3, [None] * 3, [None] * 3
    for l in (2, 1):
        delta[l] = row
        db[l] = row @ jacobian[l]  # ∂loss/∂z = ∂loss/∂a · ∂a/∂z, and ∂z/∂b is the identity
        dW[l] = np.outer(db[l], a[l - 1])
        row = db[l] @ W[l]  # ∂z/∂a of the layer below is W
    return loss, delta, dW, db


def total_gradient(W, b, x, y, head):
    """Return E and its gradients: accumulate over n = 1..N, then divide by N."""
    E, dW, db = 0.0, [None, 0.0, 0.0], [None, 0.0, 0.0]
    for x_n, y_n in zip(x, y, strict=True):
        loss, _, dW_n, db_n = backward(W, forward(W, b, x_n, head), y_n, head)
        E += loss / len(x)
        for l in (1, 2):
            dW[l], db[l] = dW[l] + dW_n[l] / len(x), db[l] + db_n[l] / len(x)
    return E, dW, db


def by_graph(W, b, x, y, head):
    """Return the same from the lecture's computational graph, whose matrices have rows for samples."""
    p = {f"W{l}": variable(f"W{l}", W[l].T) for l in (1, 2)} | {f"b{l}": variable(f"b{l}", b[l]) for l in (1, 2)}
    z1 = variable("x", x) @ p["W1"] + p["b1"]
    z2 = activation("sigmoid", z1) @ p["W2"] + p["b2"]
    output, loss = HEADS[head].names
    graph = Graph(total(row_losses(loss, activation(output, z2), y) * (1 / len(x))))
    E = graph.forward()
    graph.backward()
    return E, [None] + [p[f"W{l}"].gradient.T for l in (1, 2)], [None] + [p[f"b{l}"].gradient for l in (1, 2)]


def by_clearprop(W, b, x, y, head):
    """Return the same from clearprop's numpy engine."""
    output, loss = HEADS[head].names
    network = clearprop.mlp(4, 5, 3, hidden="sigmoid", output=output, loss=loss)
    parameters = from_arrays(network, {"W1": W[1].T, "b1": b[1], "W2": W[2].T, "b2": b[2]})
    trace = open_session(network, parameters, get_rule("sgd"), seed=0, engine="numpy").trace(x, y)
    return trace.J, [None, trace.dW[1].T, trace.dW[2].T], trace.db


def largest_difference(one, other):
    (E, dW, db), (E2, dW2, db2) = one, other
    return max([abs(E - E2)] + [np.abs(p[l] - q[l]).max() for p, q in ((dW, dW2), (db, db2)) for l in (1, 2)])


def slopes_of_a_unit(f, w, x, y, nudge=1e-6):
    """Return how much E of one unit f(x w) moves for each weight, when that weight is nudged."""
    E = [np.mean((f(x @ moved) - y) ** 2) / 2 for moved in (w, *(w + nudge * np.eye(len(w))))]
    return (np.array(E[1:]) - E[0]) / nudge


def main():
    x, y = data()
    extended = np.column_stack([np.ones(len(x)), x])  # the bias is the weight of an input that is always 1
    w = np.array([0.1, 0.2, 0.3, -0.1, 0.2])
    units = {"threshold": lambda z: np.where(z > 0, 1.0, 0.0), "sigmoid": sigma}
    slopes = {name: slopes_of_a_unit(f, w, extended, y[:, 0]) for name, f in units.items()}
    for name, slope in slopes.items():
        print(f"{name:>9} unit: nudging its weights moves E by", np.round(slope, 3))

    found = {"slopes": slopes}
    for head in HEADS:
        W, b = start()
        first, ways = total_gradient(W, b, x, y, head), (by_graph, by_clearprop)
        by_way = {way.__name__: largest_difference(first, way(W, b, x, y, head)) for way in ways}
        for _ in range(60):
            _, dW, db = total_gradient(W, b, x, y, head)
            W, b = ([None] + [p[l] - 3.0 * d[l] for l in (1, 2)] for p, d in ((W, dW), (b, db)))
        right = np.mean([forward(W, b, n, head)[2].argmax() for n in x] == y.argmax(axis=1))
        found[head] = {"accuracy": right, **by_way}
        differences = ", ".join(f"{way} {value:.1e}" for way, value in by_way.items())
        print(f"{head}: accuracy {right:.3f}, largest difference {differences}")
        assert max(by_way.values()) < 1e-13
    print("equal")
    return found


if __name__ == "__main__":
    main()
