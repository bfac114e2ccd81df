"""The Θ notes ("theta notation", after Andrew Ng's course), in their own notation: bias as a column of ones.

Θ(l) is (s_{l+1}, s_l + 1) and leads from layer l to l+1; column 0 belongs to the bias unit a_0 = 1. K sigmoid outputs:

    J = −(1/m) Σ_i Σ_k [y log h + (1 − y) log(1 − h)] + λ/(2m) Σ Θ_ji²      without the bias column
    δ(L) = a(L) − y          δ(l) = Θ(l)ᵀ δ(l+1) ∘ a(l) ∘ (1 − a(l)),       its entry 0 dropped
    Δ(l) += δ(l+1) a(l)ᵀ     D = (1/m) (Δ + λ Θ) if j ≠ 0, (1/m) Δ if j = 0

The accumulators Δ are filled example by example, and by one matrix product for all: the same D. The notes' other cost,
½ Σ (y − ŷ)² with rows and no bias, has δ(3) = −(y − ŷ) g′(z(3)); one line of the notes loses that minus.
Data: digits (K = 10 questions); diabetes, its target brought into [0, 1], for the squared error.

    python examples/theta.py
"""

from itertools import pairwise

import numpy as np
from sklearn.datasets import load_diabetes, load_digits

import clearprop
from clearprop import Objective
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import from_arrays


def g(z):
    return 1 / (1 + np.exp(-z))


def start(*sizes, seed=0):
    """Return Θ(1) .. Θ(L−1), uniform in ±ε with ε = √6 / √(s_l + s_{l+1}); entry 0 is unused."""
    rng = np.random.default_rng(seed)
    return [None] + [rng.uniform(-1, 1, (m, n + 1)) * np.sqrt(6 / (n + m)) for n, m in pairwise(sizes)]


def with_bias(a):
    """Put the bias unit a_0 = 1 before the others; one example, or one row for each."""
    return np.concatenate([np.ones((*a.shape[:-1], 1)), a], axis=-1)


def forward(Theta, x):
    """Return a(1) .. a(L), the bias unit in all but the last; x is one example (s_1,) or rows (m, s_1)."""
    a = [None, with_bias(x)]
    for l in range(1, len(Theta)):
        h = g(a[l] @ Theta[l].T)
        a.append(with_bias(h) if l < len(Theta) - 1 else h)
    return a


def J(Theta, X, Y, lam):
    h, m = forward(Theta, X)[-1], len(X)
    penalty = sum((T[:, 1:] ** 2).sum() for T in Theta[1:])
    return -(Y * np.log(h) + (1 - Y) * np.log(1 - h)).sum() / m + lam / (2 * m) * penalty


def accumulate(Theta, X, Y):
    """Steps 1 to 5 of the notes for each example in turn; return Δ."""
    Delta = [None] + [np.zeros_like(T) for T in Theta[1:]]
    for x, y in zip(X, Y, strict=True):
        a = forward(Theta, x)
        delta = a[-1] - y
        for l in range(len(Theta) - 1, 0, -1):
            Delta[l] += np.outer(delta, a[l])
            delta = (Theta[l].T @ delta * a[l] * (1 - a[l]))[1:]
    return Delta


def vectorised(Theta, X, Y):
    """The same Δ for all examples at once: the matrix product adds over them."""
    Delta, a = [None] * len(Theta), forward(Theta, X)
    delta = a[-1] - Y
    for l in range(len(Theta) - 1, 0, -1):
        Delta[l] = delta.T @ a[l]
        delta = (delta @ Theta[l] * a[l] * (1 - a[l]))[:, 1:]
    return Delta


def D(Theta, Delta, m, lam):
    """Return D(l) = ∂J/∂Θ(l)."""
    free = [None] + [np.where(np.arange(T.shape[1]) == 0, 0.0, T) for T in Theta[1:]]
    return [None] + [(Delta[l] + lam * free[l]) / m for l in range(1, len(Theta))]


def train(Theta, X, Y, lam, n_steps=400, alpha=2.0):
    """Gradient descent on the whole set."""
    for _ in range(n_steps):
        slopes = D(Theta, vectorised(Theta, X, Y), len(X), lam)
        Theta = [None] + [Theta[l] - alpha * slopes[l] for l in range(1, len(Theta))]
    return Theta


def squared_error(Theta, X, y):
    """Return ½ Σ (y − ŷ)² and its gradients: rows, no bias, ŷ = g(g(X Θ(1)) Θ(2)), as the notes begin."""
    a2 = g(X @ Theta[1])
    yhat = g(a2 @ Theta[2])
    delta3 = -(y - yhat) * yhat * (1 - yhat)
    delta2 = delta3 @ Theta[2].T * a2 * (1 - a2)
    return 0.5 * ((y - yhat) ** 2).sum(), [None, X.T @ delta2, a2.T @ delta3]


def engine_trace(network, arrays, X, Y):
    return open_session(network, from_arrays(network, arrays), get_rule("sgd"), seed=0, engine="numpy").trace(X, Y)


def difference_with_bias(Theta, X, Y, lam):
    """Return the largest |notes − clearprop| over J and D; l2 = λ/m makes the penalties the same."""
    sizes = [T.shape[1] - 1 for T in Theta[1:]] + [Y.shape[1]]
    network = clearprop.mlp(*sizes, hidden="sigmoid", output="sigmoid", l2=lam / len(X))
    layers = range(1, len(Theta))
    arrays = {f"W{l}": Theta[l][:, 1:].T for l in layers} | {f"b{l}": Theta[l][:, 0] for l in layers}
    trace = engine_trace(network, arrays, X, Y)
    slopes = D(Theta, vectorised(Theta, X, Y), len(X), lam)
    pairs = [(J(Theta, X, Y, lam), trace.J)]
    pairs += [(slopes[l], np.column_stack([trace.db[l], trace.dW[l].T])) for l in layers]
    return max(np.abs(mine - theirs).max() for mine, theirs in pairs)


def difference_of_squared_error(Theta, X, y):
    short = clearprop.mlp(X.shape[1], Theta[1].shape[1], 1, hidden="sigmoid", output="sigmoid", bias=False)
    network = clearprop.Network(short.inputs, short.layers, Objective("squared_error", reduction="sum"))
    trace = engine_trace(network, {"W1": Theta[1], "W2": Theta[2]}, X, y)
    cost, slopes = squared_error(Theta, X, y)
    return max([abs(cost - trace.J) / cost] + [np.abs(slopes[l] - trace.dW[l]).max() for l in (1, 2)])


def main(lam=1.0):
    X, labels = load_digits(return_X_y=True)
    X, Y = X / 16, np.eye(10)[labels]
    Theta = start(64, 25, 10)
    one_by_one, at_once = (D(Theta, way(Theta, X, Y), len(X), lam) for way in (accumulate, vectorised))
    same = max(np.abs(one_by_one[l] - at_once[l]).max() for l in (1, 2))
    print(f"D example by example and D vectorised differ by {same:.1e}")

    trained = train(Theta, X, Y, lam)
    accuracy = np.mean(forward(trained, X)[-1].argmax(axis=1) == labels)
    print(f"J {J(Theta, X, Y, lam):.3f} → {J(trained, X, Y, lam):.3f}, training accuracy {accuracy:.3f}, λ = {lam:g}")

    x, y = load_diabetes(return_X_y=True)
    y = ((y - y.min()) / (y.max() - y.min()))[:, None]
    rows = [None] + [T[:, 1:].T for T in start(10, 4, 1)[1:]]
    differences = {
        "at the start": difference_with_bias(Theta, X, Y, lam),
        "trained": difference_with_bias(trained, X, Y, lam),
        "squared error": difference_of_squared_error(rows, x, y),
    }
    for name, value in differences.items():
        print(f"largest difference from clearprop, {name}: {value:.1e}")
    assert max(same, *differences.values()) < 1e-12
    print("equal")
    return {"same D": same, "accuracy": accuracy, "differences": differences}


if __name__ == "__main__":
    main()
