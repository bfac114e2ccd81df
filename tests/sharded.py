"""Networks, rules and rows whose batches are cut into shards, and a short training of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import drawing
from clearprop import mlp
from clearprop.engines import Order, Request, choose, get_precision
from clearprop.equations import get_rule
from clearprop.equations.stages import Embedding, Numbers, OneHot, Staircase
from clearprop.model import Inputs, initial

STAIRS = Inputs(stages=(Numbers(2), Staircase(7), Staircase(40), OneHot(3), Embedding(4, 2)))


def rows(n=700, n_in=9, classes=4, dtype=np.float32):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, n_in)).astype(dtype), rng.integers(0, classes, n), rng.uniform(0, 2, n).astype(dtype)


def network(dropout=0.0, **objective):
    made = mlp(9, 33, 17, 4, hidden="relu", output="softmax", l2=0.01, l1=0.001)
    layers = tuple(replace(layer, dropout=dropout) for layer in made.layers)
    return replace(made, layers=layers, objective=replace(made.objective, **objective))


CASES = {
    "adam": (network(), get_rule("adam"), "float32", False),
    "dropout": (network(0.3), get_rule("adamw", weight_decay=0.1), "float32", False),
    "weights": (network(penalty_per_row=True), get_rule("nadam"), "float32", True),
    "sum": (network(reduction="sum"), get_rule("sgd", learning_rate=1e-4), "float64", True),
    "clip_norm": (network(), get_rule("momentum", clip_norm=0.05), "float64", False),
    "clip_value": (network(), get_rule("rmsprop", clip_value=0.01, clip_norm=0.02), "float32", True),
    "max_norm": (
        replace(network(), layers=tuple(replace(layer, max_norm=0.5) for layer in network().layers)),
        get_rule("nesterov"),
        "float32",
        False,
    ),
    "muon": (network(0.2), get_rule("muon"), "float32", True),
    "schedule_free": (network(), get_rule("schedule_free_adamw"), "float32", False),
    "lookahead": (network(), get_rule("lookahead"), "float32", False),
    "frozen": (
        replace(network(), layers=(replace(network().layers[0], frozen=True), *network().layers[1:])),
        get_rule("rprop"),
        "float32",
        False,
    ),
    "embedding": (
        replace(network(), inputs=Inputs(5, (6, 7), (2, 3))),
        get_rule("adam"),
        "float32",
        True,
    ),
    "stairs": (replace(network(), inputs=STAIRS), get_rule("adam"), "float32", True),
    "wide": (mlp(9, 300, 70, 4, hidden="gelu", output="softmax"), get_rule("adam"), "float32", False),
}


def data(case):
    made, _, precision, weighed = case
    _, Y, w = rows(dtype=get_precision(precision).dtype)
    X = drawing.columns(made.inputs, np.random.default_rng(3), len(Y)).astype(w.dtype)
    return X, Y, w if weighed else None


def trained(engine, case, shards, batch_size=300):
    """Losses, norms, parameters and slots after a few steps of which the last two are small."""
    made, rule, precision, _ = case
    X, Y, w = data(case)
    session = choose(engine, Request(made, rule, precision, threads=2, shards=shards)).open(initial(made, seed=0), 5)
    order = Order.of(np.random.default_rng(1).permutation(len(X)), batch_size)
    order = Order(order.rows, np.append(order.cuts, [order.cuts[-1]]))  # the last batch has no row
    found = session.run(X, Y, w, order, np.full(len(order), 0.01))
    state = session.get_state()
    return found.losses, found.penalties, found.gradient_norms, state.parameters, *state.slots.values()
