"""The n-5-3-2 network of "A Derivation of Backpropagation in Matrix Form", in that text's own notation.

Columns are samples: x0 is (n, batch), W1 (5, n), W2 (3, 5), W3 (2, 3). No bias; every layer has its own f.

    forward    x_i = f_i(W_i x_{i-1})                         E = ½ ‖x3 − t‖² of one instance, summed over a batch
    backward   δ3 = (x3 − t) ∘ f3′(W3 x2)                     δ_i = W_{i+1}ᵀ δ_{i+1} ∘ f_i′(W_i x_{i-1})
    update     ∂E/∂W_i = δ_i x_{i-1}ᵀ                         W_i ← W_i − α_i ∘ ∂E/∂W_i

The text's summary writes E without the ½; its δ3 needs the ½, as in its derivation, so the ½ stays.
Data: diabetes, 442 patients; two outputs, the progression of the disease and the body-mass index, from the other nine.

    python examples/matrix_form.py
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes

from clearprop import Dense, Network, Objective
from clearprop.engines import Order, open_session
from clearprop.equations import get_rule
from clearprop.model import from_arrays

LAYERS = {1: "tanh", 2: "sigmoid", 3: "identity"}
ALPHA = {1: 0.02, 2: 0.02, 3: 0.005}  # one learning rate for each weight matrix


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


f = {1: np.tanh, 2: sigmoid, 3: lambda z: z}
f_prime = {1: lambda z: 1 - np.tanh(z) ** 2, 2: lambda z: sigmoid(z) * (1 - sigmoid(z)), 3: np.ones_like}


def data():
    """Return x0 (9, 442) and t (2, 442), every row standardised."""
    bunch = load_diabetes(scaled=False)
    table = np.vstack([bunch.data.T, bunch.target])
    table = (table - table.mean(axis=1, keepdims=True)) / table.std(axis=1, keepdims=True)
    return np.delete(table, [2, 10], axis=0), table[[10, 2]]


def start(n, seed=0):
    """Return W1, W2, W3 with variance 1 / (number of inputs)."""
    rng = np.random.default_rng(seed)
    return {i: rng.standard_normal(shape) / np.sqrt(shape[1]) for i, shape in {1: (5, n), 2: (3, 5), 3: (2, 3)}.items()}


def forward(W, x0):
    x = {0: x0}
    for i in (1, 2, 3):
        x[i] = f[i](W[i] @ x[i - 1])
    return x


def E(x3, t):
    return 0.5 * np.sum((x3 - t) ** 2)


def backward(W, x, t):
    """Return δ_i and ∂E/∂W_i; for a batch of columns the product δ_i x_{i-1}ᵀ also sums over the batch."""
    delta = {3: (x[3] - t) * f_prime[3](W[3] @ x[2])}
    for i in (2, 1):
        delta[i] = (W[i + 1].T @ delta[i + 1]) * f_prime[i](W[i] @ x[i - 1])
    return delta, {i: delta[i] @ x[i - 1].T for i in (1, 2, 3)}


def update(W, dE):
    return {i: W[i] - ALPHA[i] * dE[i] for i in W}


def check_dimensions(W, x, delta, dE):
    """Assert the sanity checks of the text, for one instance; return them as lines."""
    n = len(x[0])
    assert [W[i].shape for i in (3, 2, 1)] == [(2, 3), (3, 5), (5, n)]
    assert delta[3].shape == (2, 1)
    assert x[2].shape == (3, 1)
    assert (delta[3] @ x[2].T).shape == W[3].shape
    assert (W[3].T @ delta[3]).shape == delta[2].shape == (3, 1)
    assert x[1].shape == (5, 1)
    assert (delta[2] @ x[1].T).shape == W[2].shape
    return [f"∂E/∂W{i} {dE[i].shape} = δ{i} {delta[i].shape} · x{i - 1}ᵀ {x[i - 1].T.shape}" for i in (3, 2, 1)]


def session(W):
    """Return clearprop's numpy engine on the same network: rows, so every W transposed; "sum" for the summed E."""
    layers = tuple(Dense(len(W[i]), LAYERS[i], bias=False, learning_rate=ALPHA[i]) for i in (1, 2, 3))
    network = Network(W[1].shape[1], layers, Objective("squared_error", reduction="sum"))
    parameters = from_arrays(network, {f"W{i}": W[i].T for i in W})
    return open_session(network, parameters, get_rule("sgd", learning_rate=1.0), seed=0, engine="numpy")


def largest_difference(W, x0, t):
    """Return the largest |text − clearprop| over E, every δ and every ∂E/∂W of one batch."""
    x = forward(W, x0)
    delta, dE = backward(W, x, t)
    trace = session(W).trace(x0.T, t.T)
    pairs = [(delta[i].T, trace.delta[i]) for i in W] + [(dE[i].T, trace.dW[i]) for i in W]
    return max([abs(E(x[3], t) - trace.J)] + [np.abs(mine - theirs).max() for mine, theirs in pairs])


def train(W, x0, t, batch_size, n_epochs):
    """Stochastic for batch_size 1, otherwise by batches. E of a batch is a sum: the rates suit small ones."""
    for _ in range(n_epochs):
        for k in range(0, x0.shape[1], batch_size):
            x = forward(W, x0[:, k : k + batch_size])
            W = update(W, backward(W, x, t[:, k : k + batch_size])[1])
    return W


def main():
    x0, t = data()
    W = start(len(x0))
    one = forward(W, x0[:, :1])
    print(*check_dimensions(W, one, *backward(W, one, t[:, :1])), sep="\n")

    before = E(forward(W, x0)[3], t) / t.size
    trained = {name: train(W, x0, t, size, 30) for name, size in (("stochastic", 1), ("batches of 4", 4))}
    after = {name: E(forward(new, x0)[3], t) / t.size for name, new in trained.items()}
    for name, value in after.items():
        print(f"{name:>12}: E per number {before:.3f} → {value:.3f} in 30 epochs")

    differences = {
        "one instance": largest_difference(W, x0[:, :1], t[:, :1]),
        "whole batch": largest_difference(W, x0, t) / t.size,
    }
    engine = session(W)
    order = Order.of(np.tile(np.arange(t.shape[1]), 30), 1)
    engine.run(x0.T, t.T, None, order, np.ones(len(order)))
    end = engine.get_state().parameters
    mine = np.concatenate([trained["stochastic"][i].T.ravel() for i in (1, 2, 3)])
    differences["13,260 updates"] = np.abs(end - mine).max()
    for name, value in differences.items():
        print(f"largest difference from clearprop, {name}: {value:.1e}")
    assert max(differences.values()) < 1e-12
    print("equal")
    return {"before": before, "after": after, "differences": differences}


if __name__ == "__main__":
    main()
