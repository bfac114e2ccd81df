"""precision="bf16": from fit to file and back, never silently something else."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, load
from clearprop.engines import exactly_threads
from clearprop.engines.native import engine as native_engine
from clearprop.engines.native.core import native_missing
from clearprop.errors import EngineCannot, UsageError
from clearprop.estimators import InterruptedWarning
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption
from clearprop.fitting.learning_rate import find_learning_rate

native = pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")

ESTIMATORS = (MLPClassifier, MLPRegressor, TableClassifier, TableRegressor)
QUICK = {"MLP": {"max_iter": 5, "tol": 0.0, "random_state": 0}, "Tab": {"n_epochs": 5}}


def rows(kind):
    X, y = load_digits(return_X_y=True) if "Classifier" in kind.__name__ else load_diabetes(return_X_y=True)
    return X[:400] / X.max(), y[:400]


def fitted(kind, precision="bf16", **options):
    return kind(precision=precision, **QUICK[kind.__name__[:3]], **options).fit(*rows(kind))


def vector(model):
    table = hasattr(model, "parameters_")
    return model.parameters_.vector if table else np.concatenate([array.ravel() for array in model.coefs_])


@native
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_it_trains_predicts_and_comes_back_from_a_file_in_bf16(kind, tmp_path):
    model, single = fitted(kind), fitted(kind, "float32")
    model.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    X, _ = rows(kind)

    assert vector(model).dtype == vector(again).dtype == np.float32
    assert not np.array_equal(vector(model), vector(single))
    assert again.precision == "bf16"
    outputs = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    found = getattr(again, outputs)(X)
    other = getattr(load(tmp_path / "model.safetensors").set_params(precision="float32"), outputs)(X)
    assert found.tobytes() == getattr(model, outputs)(X).tobytes()
    assert not np.array_equal(found, other)


@native
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_its_certificate_is_that_of_bf16(kind):
    model = fitted(kind)
    certificates = [model.gradient_certificate_]
    certificates += [model.certify_gradient(*rows(kind))] if kind in ESTIMATORS[:2] else []
    for certificate in certificates:
        assert certificate.passed
        assert certificate.rounding == 2.0**-8


@native
def test_it_learns_as_well_as_float32():
    X, y = load_digits(return_X_y=True)
    scores = [
        TableClassifier(precision=precision, n_epochs=30).fit(X[:1200], y[:1200]).score(X[1200:], y[1200:])
        for precision in ("bf16", "float32")
    ]
    assert scores[0] > 0.9
    assert abs(scores[0] - scores[1]) < 0.03


@native
def test_a_cut_run_goes_on_to_the_same_bytes(tmp_path):
    X, y = rows(TableClassifier)
    job = {"hidden": (30,), "dropout": 0.2, "n_epochs": 4, "batch_size": 50, "precision": "bf16"}
    straight = TableClassifier(**job).fit(X, y)
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        TableClassifier(**job).fit(X, y, checkpoints=CheckpointPlan(tmp_path, pause_at=10))
    resumed = TableClassifier(**job).fit(X, y, checkpoints=CheckpointPlan(resume=read_resumption(tmp_path)))
    assert resumed.parameters_.vector.tobytes() == straight.parameters_.vector.tobytes()


@native
def test_any_number_of_threads_gives_the_same_bits():
    X, y = rows(TableClassifier)
    found = set()
    for n_threads in (1, 2, 4):
        with exactly_threads(n_threads):
            model = TableClassifier(hidden=(256,), n_epochs=2, batch_size=200, precision="bf16").fit(X, y)
            found.add(model.parameters_.vector.tobytes() + model.predict_proba(X).tobytes())
    assert len(found) == 1


@native
def test_a_learning_rate_is_looked_for_in_bf16():
    jobs = (TableClassifier(precision=p).prepare(*rows(TableClassifier)) for p in ("bf16", "float32"))
    rates = [find_learning_rate(job) for job in jobs]
    assert not np.array_equal(rates[0].losses, rates[1].losses)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_without_the_native_engine_it_is_refused_and_the_way_out_is_told(kind, monkeypatch):
    monkeypatch.setattr(native_engine, "native_missing", lambda: "the native engine was not built; install one.")
    with pytest.raises(EngineCannot, match=r"was not built; install one; .* Or use precision=\"float32\"\."):
        fitted(kind)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_the_engine_numpy_refuses_it(kind):
    with pytest.raises(EngineCannot, match="'numpy' cannot do precision=\"bf16\""):
        fitted(kind, engine="numpy")


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_what_it_cannot_mean_is_refused(kind):
    word = "solver" if kind in ESTIMATORS[:2] else "optimizer"
    with pytest.raises(UsageError, match="'lbfgs' computes in float64"):
        fitted(kind, **{word: "lbfgs"})
    with pytest.raises(UsageError, match="did you mean 'bf16'"):
        fitted(kind, "bf61")
