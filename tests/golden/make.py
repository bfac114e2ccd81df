"""Write the golden files that are not there yet, and list them in SHA256SUMS. See README.md."""

import hashlib
from pathlib import Path

import numpy as np

from clearprop.engines import Order, open_session
from clearprop.equations.losses import BinaryFocal, CrossEntropy, Focal, Huber, Quantile
from clearprop.equations.optimizers import Adam, Rprop, get_rule
from clearprop.files import Checkpoint, ModelFile, save_checkpoint, save_model
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial, mlp, parameter_shapes
from clearprop.tables import learn_schema, read_table

FOLDER = Path(__file__).parent
TABLE = {
    "columns": [{"name": "Größe", "kind": "numeric", "mean": 1.5, "scale": 0.25}, {"name": "色", "kind": "category"}]
}

NETWORKS = {
    "1.0-regression": mlp(4, 8, 1, hidden="relu"),
    "1.0-classes": mlp(4, 8, 3, hidden="tanh", output="softmax", l2=1e-4),
    "1.0-labels": mlp(4, 8, 3, hidden="sigmoid", output="sigmoid", l1=1e-5),
    "1.0-counts": mlp(4, 6, 2, hidden="softplus", output="exp"),
    "1.0-no-hidden-layer": mlp(4, 3, output="softmax"),
    "1.0-no-bias": mlp(4, 5, 3, 2, hidden="leaky_relu", bias=False),
    "1.0-elu-huber": Network(4, (Dense(5, "elu"), Dense(2, "identity")), Objective(Huber(1.35))),
    "1.0-selu-absolute": Network(4, (Dense(5, "selu"), Dense(1, "identity")), "absolute"),
    "1.0-gelu-log-cosh": Network(4, (Dense(5, "gelu"), Dense(1, "identity")), "log_cosh"),
    "1.0-silu-quantile": Network(4, (Dense(5, "silu"), Dense(1, "identity")), Objective(Quantile(0.9))),
    "1.0-mish-gamma": Network(4, (Dense(5, "mish"), Dense(1, "exp")), "gamma"),
    "1.0-hidden-softmax-focal": Network(4, (Dense(5, "softmax"), Dense(3, "softmax")), Objective(Focal(1.5))),
    "1.0-binary-focal": Network(4, (Dense(5, "identity"), Dense(1, "sigmoid")), Objective(BinaryFocal(3.0))),
    "1.0-label-smoothing": Network(4, (Dense(3, "softmax"),), Objective(CrossEntropy(0.1), reduction="sum")),
    "1.0-step": Network(4, (Dense(5, "relu"), Dense(1, "step")), "squared_error"),
    "1.0-one-hot": Network(Inputs(2, (3, 4)), (Dense(5), Dense(2, "softmax")), "cross_entropy"),
    "1.0-embeddings": Network(
        Inputs(1, (3, 4, 2), (2, "one-hot", 3)), (Dense(5), Dense(1, "identity")), "squared_error"
    ),
    "1.0-categories-only": Network(Inputs(0, (3, 4), 2), (Dense(4), Dense(1, "sigmoid")), "binary_cross_entropy"),
    "1.0-every-option": Network(
        4,
        (
            Dense(6, "tanh", dropout=0.25, init="lecun_uniform", max_norm=1.5, learning_rate=0.5),
            Dense(5, "relu", bias=False, init="zeros", frozen=True),
            Dense(2, "identity", dropout=0.5, init="glorot_normal"),
        ),
        Objective("squared_error", l1=1e-3, l2=1e-2, penalize_bias=True, reduction="sum", penalty_per_row=True),
    ),
}
BINS = {"1.5-bins": (Dense(5, "mish"), Dense(1, "identity"))}
HELD = {"1.4-held-errors": mlp(4, 6, 1, hidden="relu")}
MEMBERS = {"1.3-members": mlp(4, 6, 3, hidden="mish", output="softmax")}
SINGLE = {"1.0-counts", "1.0-one-hot"}
CHECKPOINTS = {
    "1.0-checkpoint-adam": Adam(weight_decay=0.01, clip_norm=1.0),
    "1.0-checkpoint-rprop": Rprop(),
    "1.1-checkpoint-records": Adam(),
}
RECORDS = {"1.1-checkpoint-records": np.array([[1.0, 0.5, np.nan], [2.0, 0.25, np.inf]])}


def draw_rows(network, rng):
    """Return 7 rows of X."""
    inputs = network.inputs
    columns = [np.round(rng.normal(size=(7, inputs.n_numeric)), 3)]
    columns += [rng.integers(0, n, size=(7, 1)) for n in inputs.categories]
    return np.concatenate(columns, axis=1)


def predict(network, parameters, X):
    return open_session(network, parameters, get_rule("sgd"), 0, engine="numpy").predict(X)


def drawn_parameters(network, rng, dtype):
    """Return initial parameters, with biases and zero weights drawn too, so that every one of them matters."""
    parameters = initial(network, seed=7, dtype=dtype)
    noise = 0.1 * rng.standard_normal(parameters.vector.size)
    return Parameters(parameter_shapes(network), (parameters.vector + noise).astype(dtype))


def proof(network, parameters, X):
    return {"golden": {"X": X.tolist(), "prediction": predict(network, parameters, X).tolist()}, "seed": 7}


def make_model(name, path):
    network, rng = NETWORKS[name], np.random.default_rng(7)
    X = draw_rows(network, rng)
    parameters = drawn_parameters(network, rng, np.float32 if name in SINGLE else np.float64)
    save_model(path, ModelFile(network, parameters, TABLE, proof(network, parameters, X)))


def make_members(name, path):
    network, rng = MEMBERS[name], np.random.default_rng(7)
    X = draw_rows(network, rng)
    members = [drawn_parameters(network, rng, np.float32) for _ in range(3)]
    mean = sum(predict(network, member, X) for member in members) / np.float32(3)
    facts = {"golden": {"X": X.tolist(), "prediction": mean.tolist()}, "seed": 7}
    save_model(path, ModelFile(network, members[0], TABLE, facts, tuple(members[1:])))


def make_held(name, path):
    """A target of numbers that remembers how wrong two members were on held-out rows."""
    network, rng = HELD[name], np.random.default_rng(7)
    X = draw_rows(network, rng)
    members = [drawn_parameters(network, rng, np.float64) for _ in range(2)]
    mean = sum(predict(network, member, X) for member in members) / 2
    held = {"n_rows": 9, "rms": 0.5, "spread": 0.125, "errors": [[0.0, 0.25, 0.5], [0.125, 1.0]]}
    target = {"kind": "numbers", "name": "y", "format": "", "mean": 2.0, "scale": 3.0, "held": held}
    facts = {"golden": {"X": X.tolist(), "prediction": mean.tolist()}, "seed": 7}
    save_model(path, ModelFile(network, members[0], TABLE | {"target": target}, facts, (members[1],)))


def make_bins(name, path):
    """A table whose numbers and moments enter bin by bin."""
    days = np.arange("2024-01-01", "2024-01-13", dtype="datetime64[D]")
    table = read_table({"Größe": (np.arange(12.0) - 3) ** 2, "色": days, "y": np.arange(12.0)})
    schema = learn_schema(table, "y", task="numbers", bins=3)
    network = Network(schema.inputs, BINS[name], "squared_error")
    parameters, X = drawn_parameters(network, np.random.default_rng(7), np.float64), schema.encode(table)
    cells = {column.name: table.column(column.name).values.tolist() for column in schema.columns}
    save_model(path, ModelFile(network, parameters, schema.to_dict(), proof(network, parameters, X) | {"cells": cells}))


def make_checkpoint(name, path):
    network, rule, rng = mlp(4, 6, 2, hidden="tanh"), CHECKPOINTS[name], np.random.default_rng(7)
    X, Y = draw_rows(network, rng), rng.normal(size=(7, 2))
    dtype = np.float32 if name in RECORDS else np.float64
    session = open_session(network, drawn_parameters(network, rng, dtype), rule, 7, engine="numpy")
    session.run(X, Y, None, Order.of(np.tile(np.arange(7), 5), 7), np.full(5, 0.01))
    state = session.get_state()
    parameters = Parameters(parameter_shapes(network), state.parameters)
    facts = proof(network, parameters, X)
    vectors = {"best": state.parameters}
    save_checkpoint(path, Checkpoint(network, rule, state, {"epoch": 5}, vectors, TABLE, facts, RECORDS.get(name)))


def main():
    for names, make in (
        (NETWORKS, make_model),
        (MEMBERS, make_members),
        (HELD, make_held),
        (BINS, make_bins),
        (CHECKPOINTS, make_checkpoint),
    ):
        for name in names:
            path = FOLDER / f"{name}.safetensors"
            if not path.exists():
                make(name, path)
    files = sorted(FOLDER.glob("*.safetensors"))
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (FOLDER / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    main()
