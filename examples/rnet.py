"""rnet: ReLU hidden layers and a softmax cost, after "Backprop Summary" (Deniz Yuret, 2014), in its own notation.

Columns are samples. Layers are 1..L, 1 is the input and L+1 the output; w[l] (N[l+1], N[l]) leads from l to l+1.

    a[1] = input,  a[l] = f(z[l]),  z[l+1] = w[l] a[l] + b[l]
    ∇z[L+1] = (1/M) (a[L+1] − Y)             softmax
    ∇z[l]   = [a[l] > 0] .* (w[l]' ∇z[l+1])   relu
    ∇w[l]   = ∇z[l+1] a[l]'                   ∇b[l] = Σ_m ∇z[l+1]

Two slips of the text are not copied. Its softmax line divides exp(z) by log(Σ exp(z)); for columns that sum to 1 it
must be Σ exp(z). Its J brackets 1/M around the first term only; its own ∂J/∂z has 1/M on both.

    python examples/rnet.py
"""

import numpy as np
from sklearn.datasets import load_digits

from clearprop import Dense, Network, Objective
from clearprop.engines import Order, open_session
from clearprop.equations import get_rule
from clearprop.equations.dropout import dropout_mask
from clearprop.model import initial

N = {1: 64, 2: 32, 3: 16, 4: 10}
L = 3
RUNS = {
    "plain": {},
    "no bias": {"bias": False},
    "momentum": {"rate": 0.05, "momentum": 0.9},
    "nesterov": {"rate": 0.05, "momentum": 0.9, "nesterov": True},
    "adagrad": {"rate": 0.05, "adagrad": True},
    "dropout": {"dropout": 0.1},
    "maxnorm": {"maxnorm": 2.0},
    "L1": {"L1": 1e-4},
    "L2": {"L2": 1e-3},
}


def start(bias=True, seed=0):
    """Return p: the weights p["w1"] .. p["w3"] and biases p["b1"] .. p["b3"]."""
    rng = np.random.default_rng(seed)
    p = {f"w{l}": rng.standard_normal((N[l + 1], N[l])) * np.sqrt(2 / N[l]) for l in range(1, L + 1)}
    return p | {f"b{l}": np.zeros((N[l + 1], 1)) for l in range(1, L + 1) if bias}


def masks(M, dropout=0.0, step=0):
    """Return the dropout masks on a[1..L], drawn by counter, so that another program can draw the same."""
    return {l: dropout_mask(0, step, l - 1, (M, N[l]), dropout, np.float64).T for l in range(1, L + 1)}


def forward(p, x, mask):
    """Return a[l] for l = 1..L+1 (masked, as layer l hands it on) and z[l] for l = 2..L+1."""
    a, z = {1: x}, {}
    for l in range(1, L + 1):
        a[l] = a[l] * mask[l]
        z[l + 1] = p[f"w{l}"] @ a[l] + p.get(f"b{l}", 0)
        e = np.exp(z[l + 1] - z[l + 1].max(axis=0))
        a[l + 1] = np.maximum(z[l + 1], 0) if l < L else e / e.sum(axis=0)
    return a, z


def cost(p, x, y, L1=0.0, L2=0.0):
    """J = (1/M) Σ_m (log Σ_j exp z[j,m] − z[y[m],m]), and the penalties of weights and biases alike."""
    z = forward(p, x, masks(len(y)))[1][L + 1]
    J = np.mean(np.log(np.exp(z).sum(axis=0)) - z[y, np.arange(len(y))])
    return J + sum(L1 * np.abs(v).sum() + L2 / 2 * (v**2).sum() for v in p.values())


def backward(p, a, y, mask, L1=0.0, L2=0.0):
    """Return ∇w[l] and ∇b[l] under the names of p, the penalties' part included."""
    d, dz = {}, (a[L + 1] - np.eye(N[L + 1])[y].T) / len(y)
    for l in range(L, 0, -1):
        d[f"w{l}"], d[f"b{l}"] = dz @ a[l].T, dz.sum(axis=1, keepdims=True)
        dz = (a[l] > 0) * (p[f"w{l}"].T @ dz) * mask[l]
    return {name: d[name] + L1 * np.sign(v) + L2 * v for name, v in p.items()}


def update(w, dw, memory, rate, momentum=0.0, nesterov=False, adagrad=False, maxnorm=np.inf):
    """Return w after one step; memory holds the moving gradient (dw1) and the summed squares (dw2)."""
    if adagrad:
        memory["dw2"] = memory.get("dw2", 0) + dw * dw
        dw = dw / (1e-8 + np.sqrt(memory["dw2"]))
    dw = rate * dw
    if momentum:
        memory["dw1"] = dw + momentum * memory.get("dw1", 0)
        dw = dw + momentum * memory["dw1"] if nesterov else memory["dw1"]
    w = w - dw
    return w * np.minimum(maxnorm / np.linalg.norm(w, axis=1, keepdims=True), 1) if maxnorm < np.inf else w


def train(x, y, n_epochs, batch=50, rate=0.2, bias=True, dropout=0.0, L1=0.0, L2=0.0, maxnorm=np.inf, **options):
    """Train by mini-batches of consecutive columns; return p."""
    p = start(bias)
    memory = {name: {} for name in p}
    for step, k in enumerate(list(range(0, len(y), batch)) * n_epochs):
        x_batch, y_batch = x[:, k : k + batch], y[k : k + batch]
        mask = masks(len(y_batch), dropout, step)
        d = backward(p, forward(p, x_batch, mask)[0], y_batch, mask, L1, L2)
        for name in p:
            limit = maxnorm if name[0] == "w" else np.inf
            p[name] = update(p[name], d[name], memory[name], rate, maxnorm=limit, **options)
    return p


def by_clearprop(x, y, n_epochs, batch=50, rate=0.2, bias=True, dropout=0.0, L1=0.0, L2=0.0, maxnorm=None, **options):
    """Train the same network from the same weights with clearprop's numpy engine; return p."""
    layers = [Dense(N[l + 1], "relu" if l < L else "softmax", dropout, bias, max_norm=maxnorm) for l in range(1, L + 1)]
    network = Network(N[1], layers, Objective("cross_entropy", l1=L1, l2=L2, penalize_bias=True))
    name = next((name for name in ("nesterov", "momentum", "adagrad") if name in options), "sgd")
    rule = get_rule(name, **{key: value for key, value in options.items() if key == "momentum"})
    given = {name.upper(): w.T for name, w in start(bias).items() if name[0] == "w"}
    parameters = initial(network, seed=0, given=given)
    session = open_session(network, parameters, rule, seed=0, engine="numpy")
    order = Order.of(np.tile(np.arange(len(y)), n_epochs), batch)
    session.run(x.T, y, None, order, np.full(len(order), rate))
    parameters.vector[...] = session.get_state().parameters
    return {name.lower(): v.T if v.ndim == 2 else v[:, None] for name, v in parameters.items()}


def gradient_check(p, x, y, h=1e-5):
    """Return the largest relative error of the derivative of J along each ∇, against central differences."""
    d, worst = backward(p, forward(p, x, masks(len(y)))[0], y, masks(len(y))), 0.0
    for name in p:
        along = d[name] / np.linalg.norm(d[name])
        high, low = (cost(p | {name: p[name] + sign * h * along}, x, y) for sign in (1, -1))
        worst = max(worst, abs((high - low) / (2 * h) / np.linalg.norm(d[name]) - 1))
    return worst


def table(p, x, y):
    """Return rnet's report: min, rms, max and share of non-zeros of x, y, w and dw of every layer."""
    a = forward(p, x, masks(len(y)))[0]
    d = backward(p, a, y, masks(len(y)))
    lines = ["layer  array        min       rms       max    nz"]
    for l in range(1, L + 1):
        for name, v in {"x": a[l], "y": a[l + 1], "w": p[f"w{l}"], "dw": d[f"w{l}"]}.items():
            rms = np.sqrt(np.mean(v**2))
            lines.append(f"{l:5}  {name:5} {v.min():10.2g}{rms:10.2g}{v.max():10.2g}{np.mean(v != 0):6.2f}")
    return "\n".join(lines)


def main():
    digits = load_digits()
    x, y = digits.data.T / 16, digits.target
    found = {"gradient check": gradient_check(start(), x[:, :50], y[:50])}
    print(f"gradient check: largest relative error {found['gradient check']:.1e}")
    for name, options in RUNS.items():
        p, theirs = (run(x[:, :1500], y[:1500], 15, **options) for run in (train, by_clearprop))
        difference = max(np.abs(p[key] - theirs[key]).max() for key in p)
        right = forward(p, x[:, 1500:], masks(297))[0][L + 1].argmax(axis=0) == y[1500:]
        found[name] = {"p": p, "accuracy": right.mean(), "difference": difference}
        print(f"{name:>9}: test accuracy {right.mean():.3f}, largest difference from clearprop {difference:.1e}")
        assert difference < 1e-10
    print(table(found["plain"]["p"], x[:, :1500], y[:1500]), "equal", sep="\n")
    return found


if __name__ == "__main__":
    main()
