"""Models with drawn weights: exchange does not care how they were trained."""

from __future__ import annotations

import numpy as np

from clearprop.exchange import Answer, Deployed
from clearprop.model import Dense, Inputs, Network, Objective, initial
from clearprop.tables import learn_schema
from strange_tables import training_table


def table_model(seed, activation="tanh", kinds="nhbdce", target="classes", hidden=(9, 5), dtype=np.float32, bins=None):
    """Return a table and a model of it."""
    rng = np.random.default_rng(seed)
    table = training_table(rng, kinds=kinds, target=target)
    schema = learn_schema(table, "y", task="numbers" if target == "numbers" else "classes", bins=bins)
    if target == "numbers":
        answer = Answer("numbers", ("y",), schema.target.mean, schema.target.scale)
        last, loss = Dense(1, "identity"), "squared_error"
    else:
        answer = Answer("class", schema.target.labels)
        two = len(schema.target.labels) == 2
        last, loss = (Dense(1, "sigmoid"), "binary_cross_entropy") if two else (Dense(3, "softmax"), "cross_entropy")
    network = Network(schema.inputs, (*(Dense(n, activation) for n in hidden), last), Objective(loss))
    return table, Deployed(schema, network, (drawn(network, rng, dtype),), answer)


def row_model(seed, answer, output, loss, activation="relu", n_in=6, hidden=(7,), dtype=np.float64):
    """Return a model that takes a row of numbers."""
    n_out = 1 if len(answer.labels) == 2 and answer.asks == "class" else len(answer.labels)
    layers = (*(Dense(n, activation) for n in hidden), Dense(n_out, output))
    network = Network(Inputs(n_in), layers, Objective(loss))
    names = tuple(f"x{k}" for k in range(n_in))
    return Deployed(names, network, (drawn(network, np.random.default_rng(seed), dtype),), answer)


def drawn(network, rng, dtype):
    """Return parameters with biases that are not 0."""
    parameters = initial(network, int(rng.integers(1 << 30)), dtype)
    parameters.vector += rng.normal(scale=0.1, size=parameters.vector.shape).astype(dtype)
    return parameters
