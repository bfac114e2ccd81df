"""Draw networks, and gradients with one or two classic mistakes in them."""

from __future__ import annotations

import numpy as np

import drawing
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import Dense, Network, Objective
from clearprop.proofs.diagnose import EXPLAINED, diagnose
from clearprop.proofs.mistaken import mistaken
from clearprop.proofs.mistakes import MISTAKES

HIDDEN = ("tanh", "sigmoid", "relu", "elu", "gelu", "silu", "softplus")


def case(rng):
    """Return (network, parameters, X, Y, weights) with widths that are often equal, so that more goes wrong unseen."""
    pairs = list(drawing.pairs())
    output, loss = pairs[rng.integers(len(pairs))]
    widths = rng.choice([3, 4, 5], rng.integers(1, 4))
    layers = [Dense(int(width), str(rng.choice(HIDDEN))) for width in widths]
    l1, l2 = (float(rng.choice([0, 0.01, 0.1])) for _ in range(2))
    objective = Objective(
        loss, l1, l2, penalize_bias=bool(rng.random() < 0.3), reduction=str(rng.choice(["mean", "mean", "sum"]))
    )
    network = Network(int(rng.choice([3, 4, 5])), (*layers, Dense(int(rng.integers(2, 5)), output)), objective)
    batch = int(rng.integers(5, 30))
    X = rng.standard_normal((batch, network.inputs.width))
    Y = drawing.targets(loss, rng, batch, network.n_out)
    weights = drawing.weights(str(rng.choice(["none", "drawn"])), rng, batch)
    return network, drawing.parameters(network, rng, 0.6), X, Y, weights


def planted(seed, n_mistakes):
    """Return the mistakes made, which change the numbers and are no single mistake's, and the diagnosis."""
    rng = np.random.default_rng([seed, n_mistakes])
    while True:
        network, parameters, X, Y, weights = case(rng)
        trace = open_session(network, parameters, get_rule("sgd"), 0, engine="numpy").trace(X, Y, weights)
        chosen = [MISTAKES[i] for i in sorted(rng.choice(len(MISTAKES), n_mistakes, replace=False))]
        numbers = mistaken(trace, chosen)
        simpler = [(), *((mistake,) for mistake in MISTAKES)] if n_mistakes == 2 else [()]
        if not any(same(numbers, mistaken(trace, fewer)) for fewer in simpler):
            gradients = {name: array for name, array in numbers.items() if not name.startswith("delta")}
            return tuple(m.name for m in chosen), diagnose(network, parameters, X, Y, gradients, weights=weights)


def same(one, other):
    """Whether two sets of gradients agree in every dW and db."""
    names = [name for name in one if not name.startswith("delta")]
    sizes = {name: max(np.linalg.norm(one[name]), np.linalg.norm(other[name])) for name in names}
    return all(np.linalg.norm(one[name] - other[name]) <= EXPLAINED * sizes[name] for name in names)
