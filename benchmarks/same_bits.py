"""Do two builds train to the same bits?

    PYTHONPATH=OLD/src python benchmarks/same_bits.py > before.json
    PYTHONPATH=NEW/src python benchmarks/same_bits.py --against before.json

Thirty-one trainings through the public doors, each a hash of the weights it ends in. The bits belong to one kind of
processor, so both sides are run on the same machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import warnings

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_iris

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor


def mlp_cases():
    """Yield (name, estimator, X, y, weights) over solvers, activations, precisions and ways to stop."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    for solver in ("sgd", "adam", "adamw", "rmsprop", "nadam", "lion", "radam", "muon", "lbfgs"):
        yield f"digits {solver}", MLPClassifier((24, 16), solver=solver, max_iter=5, random_state=1), X, y, None
    for activation in ("logistic", "tanh", "gelu", "mish", "selu"):
        yield (
            f"digits {activation}",
            MLPClassifier((24,), activation=activation, max_iter=4, random_state=2),
            X,
            y,
            None,
        )
    weights = np.linspace(0.5, 2, len(y))
    yield "digits early", MLPClassifier((32,), early_stopping=True, max_iter=20, random_state=3), X, y, weights
    yield (
        "digits float32",
        MLPClassifier((32,), precision="float32", dropout=0.2, max_iter=6, random_state=4),
        X,
        y,
        None,
    )
    yield "digits clip", MLPClassifier((32,), clip_norm=0.5, max_norm=2.0, max_iter=6, random_state=5), X, y, None
    X, y = load_diabetes(return_X_y=True)
    for loss in ("squared_error", "poisson", "huber"):
        yield (
            f"diabetes {loss}",
            MLPRegressor(hidden_layer_sizes=(16,), loss=loss, max_iter=20, random_state=6),
            X,
            y,
            None,
        )
    yield "diabetes lm", MLPRegressor(hidden_layer_sizes=(6,), solver="lm", max_iter=10, random_state=7), X, y, None
    X, y = load_iris(return_X_y=True)
    yield (
        "iris inverse",
        MLPClassifier((8,), solver="sgd", learning_rate="invscaling", max_iter=30, random_state=8),
        X,
        y,
        None,
    )
    yield (
        "iris adaptive",
        MLPClassifier((8,), solver="sgd", learning_rate="adaptive", max_iter=60, random_state=9),
        X,
        y,
        None,
    )


def table_cases():
    """Yield (name, estimator, bundled set) over schedules, losses, weights and precisions."""
    yield "wine", TableClassifier(n_epochs=15), "wine"
    yield "breast_cancer", TableClassifier(n_epochs=10, dropout=0.1, schedule="cosine"), "breast_cancer"
    yield "iris balanced", TableClassifier(n_epochs=12, class_weight="balanced", l1=1e-4, batch_size=16), "iris"
    yield "diabetes table", TableRegressor(n_epochs=20, hidden=(32, 16), activation="silu"), "diabetes"
    yield "diabetes gamma", TableRegressor(n_epochs=10, loss="gamma"), "diabetes"
    yield "digits bf16", TableClassifier(n_epochs=3, precision="bf16"), "digits"
    yield "digits float64", TableClassifier(n_epochs=3, precision="float64", clip_norm=1.0), "digits"
    yield "diabetes lbfgs", TableRegressor(n_epochs=15, optimizer="lbfgs"), "diabetes"


def digest(arrays) -> str:
    """Return a hash of arrays, dtype and bits."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(str(array.dtype).encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def hashes() -> dict[str, str]:
    """Train every case; return its hash by name."""
    found = {}
    for name, model, X, y, weights in mlp_cases():
        model.set_params(engine="native").fit(X, y, *([] if weights is None else [weights]))
        found[name] = digest([*model.coefs_, *model.intercepts_])
    for name, model, data in table_cases():
        model.set_params(engine="native").fit(data)
        found[name] = digest([model.parameters_.vector])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="a file that this program wrote before")
    before = parser.parse_args().against
    warnings.simplefilter("ignore")
    now = hashes()
    if before is None:
        print(json.dumps(now, indent=1))
        sys.exit()
    with open(before, encoding="utf-8") as file:
        then = json.load(file)
    changed = [name for name in then if now.get(name) != then[name]]
    print(f"{len(then) - len(changed)} of {len(then)} trainings end in the same bits.", *changed, sep="\n")
    sys.exit(bool(changed))
