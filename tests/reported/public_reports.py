"""Public reports of faults in other trainers, each as a few lines that run in that tool and here.

    python tests/reported/public_reports.py      # prints the table of docs/peers.md

Each function returns what happens there and what happens here, in words with the numbers that came.
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from clearprop import MLPClassifier, MLPRegressor, load, mlp
from clearprop.engines import open_session
from clearprop.explain import certify
from clearprop.model import initial

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
NUMBERS = np.stack([X[:, 0], X[:, 1] * X[:, 2], X[:, 3] ** 2], axis=1)
CLASSES = (X[:, 0] > 0).astype(int)
TEXTS = np.array(["no", "yes"])[CLASSES]


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _trains(model: Any) -> str:
    return "trains" if model is not None else ""


def _same_weights(one: Any, other: Any) -> str:
    most = max(float(np.abs(a - b).max()) for a, b in zip(one.coefs_, other.coefs_, strict=True))
    return "the same weights, to the bit" if most == 0 else f"weights differ by up to {most:.1g}"


def said(attempt: Callable[[], Any]) -> str:
    """Return what comes of an attempt: its answer, or its error in one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(attempt())
        except Exception as error:  # whatever it is, it is the answer
            return f"{type(error).__name__}: {str(error).splitlines()[0][:110]}"


def gradient_of_several_outputs() -> tuple[str, str]:
    """scikit-learn #8349: the gradient of multi-output regression is n_outputs times that of its loss."""
    theirs = TheirRegressor(
        hidden_layer_sizes=(5,), activation="tanh", solver="lbfgs", alpha=0.0, max_iter=1, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.fit(X, NUMBERS)
    packed = np.concatenate([array.ravel() for array in theirs.coefs_ + theirs.intercepts_])
    layers = [X, *(np.empty((len(X), size)) for size in (5, 3))]
    like = [np.empty_like(a) for a in layers], [np.empty_like(c) for c in theirs.coefs_], [
        np.empty_like(b) for b in theirs.intercepts_
    ]  # fmt: skip
    theirs._random_state = np.random.RandomState(0)

    def both(w: Any) -> Any:
        return theirs._loss_grad_lbfgs(w.copy(), X, NUMBERS, None, layers, *like)

    _, claimed = both(packed)
    step = 1e-6 * np.eye(len(packed))
    numeric = np.array([(both(packed + e)[0] - both(packed - e)[0]) / 2e-6 for e in step])
    ratio = float(claimed @ numeric / (numeric @ numeric))
    network = mlp(4, 5, 3, hidden="tanh", output="identity")
    session = open_session(network, initial(network, 0))
    proof = certify(session, X, NUMBERS)
    return f"claimed gradient / derivative of the loss = {ratio:.3f}", "certified: " + str(bool(proof.passed))


def early_stopping_with_labels_that_are_text() -> tuple[str, str]:
    """scikit-learn #33760: early_stopping with labels that are text."""

    def attempt(kind: Any) -> str:
        return said(lambda: _trains(kind(early_stopping=True, max_iter=30, random_state=0).fit(X, TEXTS)))

    return attempt(TheirClassifier), attempt(MLPClassifier)


def warm_start_goes_on() -> tuple[str, str]:
    """scikit-learn #6091, #13656: a warm start begins Adam's memory anew, so that 5 + 5 epochs are not 10."""

    def attempt(kind: Any) -> str:
        options = {"hidden_layer_sizes": (6,), "shuffle": False, "random_state": 0, "tol": 0.0}

        def difference() -> str:
            whole = kind(max_iter=10, **options).fit(X, CLASSES)
            parts = kind(max_iter=5, warm_start=True, **options).fit(X, CLASSES).fit(X, CLASSES)
            return _same_weights(whole, parts)

        return said(difference)

    return attempt(TheirClassifier), attempt(MLPClassifier)


def partial_fit_is_fit() -> tuple[str, str]:
    """scikit-learn #12505: a loop of partial_fit, and a fit with the same seed."""

    def attempt(kind: Any) -> str:
        options = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, "tol": 0.0}

        def difference() -> str:
            whole, parts = kind(**options).fit(X, CLASSES), kind(**options)
            for _ in range(5):
                parts.partial_fit(X, CLASSES, classes=[0, 1])
            return _same_weights(whole, parts)

        return said(difference)

    return attempt(TheirClassifier), attempt(MLPClassifier)


def divergence() -> tuple[str, str]:
    """scikit-learn #29504: what is kept, and said, after a divergence."""

    def attempt(kind: Any) -> str:
        model = kind(solver="sgd", learning_rate_init=3.0, max_iter=200, random_state=0)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                model.fit(100 * X, NUMBERS[:, 0])
                message = " ".join(str(one.message) for one in told)
            except ValueError as error:
                message = str(error)
        kept = all(np.isfinite(c).all() for c in model.coefs_)
        return f"weights finite: {_yes(kept)}; a likely cause named: {_yes('Likely cause' in message)}"

    return attempt(TheirRegressor), attempt(MLPRegressor)


def nan_goes_on() -> tuple[str, str]:
    """PyTorch #160016, #182156: a loss that is no number is not noticed; the steps go on."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer, rows = torch.optim.SGD(layer.parameters(), lr=1e3), torch.tensor(X, dtype=torch.float32)
    for _ in range(50):
        optimizer.zero_grad()
        loss = ((layer(rows) - rows[:, :1]) ** 2).mean()
        loss.backward()
        optimizer.step()
    finite = all(p.isfinite().all() for p in layer.parameters())
    theirs = f"no word; loss after 50 steps: {loss.item()}; finite weights: {_yes(finite)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPRegressor(solver="sgd", hidden_layer_sizes=(8,), learning_rate_init=1e3, max_iter=50, random_state=0)
        ours = said(lambda: model.fit(X, X[:, 0]))
    finite = all(np.isfinite(c).all() for c in model.coefs_) if hasattr(model, "coefs_") else True
    return theirs, (ours if "Error" in ours else "ended, with a warning") + f"; finite weights: {_yes(finite)}"


def balance_of_classes() -> tuple[str, str]:
    """scikit-learn #9113, PR #11723: class_weight."""

    def attempt(kind: Any) -> str:
        return said(lambda: _trains(kind(class_weight="balanced", max_iter=5).fit(X, CLASSES)))

    return attempt(TheirClassifier), attempt(MLPClassifier)


def early_stopping_by_parts() -> tuple[str, str]:
    """scikit-learn #25693: early_stopping and partial_fit."""

    def attempt(kind: Any) -> str:
        return said(lambda: _trains(kind(early_stopping=True).partial_fit(X, CLASSES, classes=[0, 1])))

    return attempt(TheirClassifier), attempt(MLPClassifier)


def request_to_terminate() -> tuple[str, str]:
    """A KeyboardInterrupt within fit, such as a handler of SIGTERM raises: is the program told?"""

    def attempt(kind: Any) -> str:
        def raised(*_: Any) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGTERM, raised)
        timer = threading.Timer(0.4, lambda: signal.raise_signal(signal.SIGTERM))
        timer.start()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                kind((50,), max_iter=100_000, tol=0.0, n_iter_no_change=10**6).fit(X, CLASSES)
            return "swallowed: fit returns as if done"
        except KeyboardInterrupt:
            return "raised to the program"
        finally:
            timer.cancel()
            time.sleep(0.1)
            signal.signal(signal.SIGTERM, before)

    return attempt(TheirClassifier), attempt(MLPClassifier)


def code_in_a_model_file() -> tuple[str, str]:
    """A model file that runs code when it is loaded: pickle, as scikit-learn's are kept, against a model file."""
    payload = pickle.dumps(_Payload())
    pickle.loads(payload)  # that is the report
    theirs = "runs the code in it" if os.environ.pop(_Payload.MARK, None) else "runs nothing"
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(payload)
        file.flush()
        ours = said(lambda: load(file.name)).replace(file.name, "m.safetensors")
    return theirs, ours if _Payload.MARK not in os.environ else "runs the code in it"


class _Payload:
    """What runs code when it is unpickled."""

    MARK = "CLEARPROP_PAYLOAD"

    def __reduce__(self) -> Any:
        return exec, (f"import os; os.environ[{self.MARK!r}] = 'ran'",)


REPORTS = (
    gradient_of_several_outputs, divergence, nan_goes_on, warm_start_goes_on, partial_fit_is_fit,
    early_stopping_with_labels_that_are_text, early_stopping_by_parts, balance_of_classes, request_to_terminate,
    code_in_a_model_file,
)  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    """Return the reports: which, what happens there, what happens here."""
    return [((report.__doc__ or "").strip(), *report()) for report in REPORTS]


def main() -> None:
    """Print the table of the page."""
    for report, there, here in rows():
        print(f"| {report} | {there} | {here} |")


if __name__ == "__main__":
    main()
