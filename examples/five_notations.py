"""The same network in five notations: one 4-3-2 network of sigmoids, one batch, the same J and the same gradients.

J is the mean over the samples of −Σ y log h + (1 − y) log(1 − h). Each function takes the same W1, b1, W2, b2 and rows
X, Y, turns them into its document's orientation, computes there, and turns the gradients back. What changes: whether
samples are columns or rows, where 1/m stands, how the bias enters, and the letters. The numbers do not.

    python examples/five_notations.py
"""

import numpy as np
from sklearn.datasets import load_iris

import clearprop
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import from_arrays


def f(z):
    return 1 / (1 + np.exp(-z))


def rnet(X, Y, W1, b1, W2, b2):
    """Columns; layer 1 is the input, w[l] leads to l+1; 1/M once, in the last ∇z."""
    a1, y, w1, w2, M = X.T, Y.T, W1.T, W2.T, len(X)
    z2 = w1 @ a1 + b1[:, None]
    a2 = f(z2)
    z3 = w2 @ a2 + b2[:, None]
    J = (np.log(1 + np.exp(z3)) - y * z3).sum() / M
    dz3 = (f(z3) - y) / M
    dz2 = a2 * (1 - a2) * (w2.T @ dz3)
    dw2, dw1 = dz3 @ a2.T, dz2 @ a1.T
    return J, dw1.T, dz2.sum(axis=1), dw2.T, dz3.sum(axis=1)


def matrix_form(X, Y, W1, b1, W2, b2):
    """Columns; no bias, so a row of ones in x0 and x1 stands in; E sums over the batch, 1/m comes at the end."""
    m, ones = len(X), np.ones((1, len(X)))
    V1, V2 = np.column_stack([b1, W1.T]), np.column_stack([b2, W2.T])
    x0 = np.vstack([ones, X.T])
    x1 = np.vstack([ones, f(V1 @ x0)])
    x2 = f(V2 @ x1)
    E = -(Y.T * np.log(x2) + (1 - Y.T) * np.log(1 - x2)).sum()
    delta2 = (1 - Y.T) / (1 - x2) - Y.T / x2  # ∂E/∂x2, then ∘ f2′
    delta2 = delta2 * x2 * (1 - x2)
    delta1 = (V2.T @ delta2 * x1 * (1 - x1))[1:]
    dV1, dV2 = delta1 @ x0.T / m, delta2 @ x1.T / m
    return E / m, dV1[:, 1:].T, dV1[:, 0], dV2[:, 1:].T, dV2[:, 0]


def three_steps(X, Y, W1, b1, W2, b2):
    """One column x at a time; δ[l] has no 1/m, the gradients of the m examples are averaged."""
    found = []
    for x, y in zip(X[:, :, None], Y[:, :, None], strict=True):
        a1 = f(W1.T @ x + b1[:, None])
        yhat = f(W2.T @ a1 + b2[:, None])
        loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).sum()
        delta2 = (-y / yhat + (1 - y) / (1 - yhat)) * (yhat * (1 - yhat))  # step 1
        delta1 = (W2 @ delta2) * (a1 * (1 - a1))  # step 2; W[2]ᵀ is our W2
        found.append((loss, (delta1 @ x.T).T, delta1[:, 0], (delta2 @ a1.T).T, delta2[:, 0]))  # step 3
    return tuple(np.mean(parts, axis=0) for parts in zip(*found, strict=True))


def lecture(X, Y, W1, b1, W2, b2):
    """One sample at a time; ∂loss/∂a is a row, every step a Jacobian, outer function first; E is the mean."""
    found = []
    for x, y in zip(X, Y, strict=True):
        a1 = f(x @ W1 + b1)
        o = f(a1 @ W2 + b2)
        loss = -(y * np.log(o) + (1 - y) * np.log(1 - o)).sum()
        row2 = np.where(y == 1, -1 / o, 1 / (1 - o)) @ np.diag(o * (1 - o))  # ∂loss/∂o · ∂o/∂z[2]
        row1 = row2 @ W2.T @ np.diag(a1 * (1 - a1))  # · ∂z[2]/∂a[1] · ∂a[1]/∂z[1]
        found.append((loss, np.outer(x, row1), row1, np.outer(a1, row2), row2))
    return tuple(np.mean(parts, axis=0) for parts in zip(*found, strict=True))


def theta(X, Y, W1, b1, W2, b2):
    """Rows with a column of ones; Θ holds the bias in column 0; Δ sums over the examples, D = Δ/m."""
    m, ones = len(X), np.ones((len(X), 1))
    Theta1, Theta2 = np.column_stack([b1, W1.T]), np.column_stack([b2, W2.T])
    a1 = np.hstack([ones, X])
    a2 = np.hstack([ones, f(a1 @ Theta1.T)])
    h = f(a2 @ Theta2.T)
    J = -(Y * np.log(h) + (1 - Y) * np.log(1 - h)).sum() / m
    delta3 = h - Y
    delta2 = (delta3 @ Theta2 * a2 * (1 - a2))[:, 1:]
    D1, D2 = delta2.T @ a1 / m, delta3.T @ a2 / m
    return J, D1[:, 1:].T, D1[:, 0], D2[:, 1:].T, D2[:, 0]


def by_clearprop(X, Y, W1, b1, W2, b2):
    """Rows; b by itself; 1/m once, in delta[L], so that delta[l] is exactly ∂J/∂z[l]."""
    network = clearprop.mlp(4, 3, 2, hidden="sigmoid", output="sigmoid")
    parameters = from_arrays(network, {"W1": W1, "b1": b1, "W2": W2, "b2": b2})
    trace = open_session(network, parameters, get_rule("sgd"), seed=0, engine="numpy").trace(X, Y)
    return trace.J, trace.dW[1], trace.db[1], trace.dW[2], trace.db[2]


def main():
    X, labels = load_iris(return_X_y=True)
    X, Y = (X - X.mean(axis=0)) / X.std(axis=0), np.column_stack([labels == 0, labels == 2]).astype(float)
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(shape) for shape in ((4, 3), 3, (3, 2), 2)]
    ours = by_clearprop(X, Y, *weights)
    print(f"clearprop: J = {ours[0]:.15f}")

    differences = {}
    for notation in (rnet, matrix_form, three_steps, lecture, theta):
        theirs = notation(X, Y, *weights)
        differences[notation.__name__] = max(np.abs(p - q).max() for p, q in zip(ours, theirs, strict=True))
        print(f"{notation.__name__:>11}: J = {theirs[0]:.15f}, largest difference {differences[notation.__name__]:.1e}")
    assert max(differences.values()) < 1e-14
    print("equal")
    return differences


if __name__ == "__main__":
    main()
