"""The three-step recipe of "General Backpropagation" (J. E. Ochoa Luna, after Andrew Ng), in its own notation.

Columns are samples: a[0] = x is (n, m). Layers 1..N; every hidden layer has the same g, the last one its own head:

    regression    g(z) = z           L = ½ (ŷ − y)²
    binary        g(z) = sigmoid(z)  L = −(y log ŷ + (1 − y) log(1 − ŷ))
    multi-class   g(z) = softmax(z)  L = −Σ_j y_j log ŷ_j

    step 1    δ[N] = ∇_z[N] L:  directly for softmax (ŷ − y), else by the chain rule ∇_ŷ L ∘ (g[N])′(z[N])
    step 2    δ[l] = (W[l+1]ᵀ δ[l+1]) ∘ g′(z[l])                       l = N−1 .. 1
    step 3    ∇_W[l] J = δ[l] a[l−1]ᵀ      ∇_b[l] J = δ[l]            for one example; J of m examples is their mean

Data: diabetes (regression), breast cancer (binary), iris (multi-class).

    python examples/three_steps.py
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

import clearprop
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import from_arrays


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def g(z):
    """The one nonlinearity of all hidden layers."""
    return np.tanh(z)


def g_prime(z):
    return 1 - np.tanh(z) ** 2


class Head(NamedTuple):
    """What the last layer is for."""

    g: Callable  # g[N]
    L: Callable  # the loss of every example
    step_1: Callable  # δ[N] of every example
    clearprop: str  # clearprop's name for g[N]


HEADS = {
    "regression": Head(
        g=lambda z: z,
        L=lambda yhat, y: 0.5 * ((yhat - y) ** 2).sum(axis=0),
        step_1=lambda z, yhat, y: (yhat - y) * np.ones_like(z),
        clearprop="identity",
    ),
    "binary": Head(
        g=sigmoid,
        L=lambda yhat, y: -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).sum(axis=0),
        step_1=lambda z, yhat, y: (-y / yhat + (1 - y) / (1 - yhat)) * (sigmoid(z) * (1 - sigmoid(z))),
        clearprop="sigmoid",
    ),
    "multi-class": Head(
        g=softmax,
        L=lambda yhat, y: -(y * np.log(yhat)).sum(axis=0),
        step_1=lambda z, yhat, y: yhat - y,
        clearprop="softmax",
    ),
}


def data(head):
    """Return x (n, m) with standardised rows and y (k, m): a standardised number, 0 or 1, or a one-hot column."""
    load = {"regression": load_diabetes, "binary": load_breast_cancer, "multi-class": load_iris}[head]
    x, y = load(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).T
    if head == "multi-class":
        return x, np.eye(3)[y].T
    return x, ((y - y.mean()) / y.std() if head == "regression" else y.astype(float))[None, :]


def start(*sizes, seed=0):
    """Return W[l] and b[l] for l = 1..N; entry 0 is unused."""
    rng, W, b = np.random.default_rng(seed), [None], [None]
    for l in range(1, len(sizes)):
        W.append(rng.standard_normal((sizes[l], sizes[l - 1])) / np.sqrt(sizes[l - 1]))
        b.append(np.zeros((sizes[l], 1)))
    return W, b


def forward(W, b, x, head):
    N, z, a = len(W) - 1, [None], [x]
    for l in range(1, N + 1):
        z.append(W[l] @ a[l - 1] + b[l])
        a.append(g(z[l]) if l < N else HEADS[head].g(z[l]))
    return z, a


def backward(W, z, a, y, head):
    """Return δ of every example, and the mean over the examples of ∇W and ∇b."""
    N, m = len(W) - 1, y.shape[1]
    delta = [None] * N + [HEADS[head].step_1(z[N], a[N], y)]  # step 1
    for l in range(N - 1, 0, -1):  # step 2
        delta[l] = (W[l + 1].T @ delta[l + 1]) * g_prime(z[l])
    dW = [None] + [delta[l] @ a[l - 1].T / m for l in range(1, N + 1)]  # step 3
    db = [None] + [delta[l].sum(axis=1, keepdims=True) / m for l in range(1, N + 1)]
    return delta, dW, db


def J(W, b, x, y, head):
    return HEADS[head].L(forward(W, b, x, head)[1][-1], y).mean()


def train(W, b, x, y, head, n_steps=300, rate=0.3):
    """Gradient descent on the whole set."""
    for _ in range(n_steps):
        z, a = forward(W, b, x, head)
        _, dW, db = backward(W, z, a, y, head)
        W = [None] + [W[l] - rate * dW[l] for l in range(1, len(W))]
        b = [None] + [b[l] - rate * db[l] for l in range(1, len(b))]
    return W, b


def largest_difference(W, b, x, y, head):
    """Return the largest |recipe − clearprop| over J, δ, ∇W and ∇b; clearprop's delta carries the 1/m."""
    network = clearprop.mlp(len(x), *(len(p) for p in W[1:]), hidden="tanh", output=HEADS[head].clearprop)
    layers = range(1, len(W))
    parameters = from_arrays(network, {f"W{l}": W[l].T for l in layers} | {f"b{l}": b[l][:, 0] for l in layers})
    trace = open_session(network, parameters, get_rule("sgd"), seed=0, engine="numpy").trace(x.T, y.T)
    delta, dW, db = backward(W, *forward(W, b, x, head), y, head)
    pairs = [(J(W, b, x, y, head), trace.J)]
    for l in layers:
        pairs += [(delta[l].T / y.shape[1], trace.delta[l]), (dW[l].T, trace.dW[l]), (db[l][:, 0], trace.db[l])]
    return max(np.abs(mine - theirs).max() for mine, theirs in pairs)


def score(W, b, x, y, head):
    """Return R² for regression, else the share of right answers."""
    yhat = forward(W, b, x, head)[1][-1]
    if head == "regression":
        return 1 - np.mean((yhat - y) ** 2)
    return np.mean((yhat > 0.5) == y) if head == "binary" else np.mean(yhat.argmax(axis=0) == y.argmax(axis=0))


def main():
    found = {}
    for head in HEADS:
        x, y = data(head)
        W, b = start(len(x), 8, 6, len(y))
        W2, b2 = train(W, b, x, y, head)
        difference = max(largest_difference(W, b, x, y, head), largest_difference(W2, b2, x, y, head))
        found[head] = {"score": score(W2, b2, x, y, head), "difference": difference}
        J1, J2 = J(W, b, x, y, head), J(W2, b2, x, y, head)
        print(f"{head:>11}: J {J1:.3f} → {J2:.3f}, score on the training set {found[head]['score']:.3f}, "
              f"largest difference from clearprop {difference:.1e}")  # fmt: skip
        assert difference < 1e-13
    print("equal")
    return found


if __name__ == "__main__":
    main()
