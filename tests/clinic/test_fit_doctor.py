"""The doctor of a fit: each ailment is planted and named, with a change; a healthy fit has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, mlp
from clearprop.clinic import CHECKS, Fit, diagnose_fit
from clearprop.clinic.layer_states import InsideRecorder, states_from
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import initial
from clearprop.training import Plan, Rows, Training, as_columns

SEED = 3


def columns(n=600, seed=SEED):
    return np.random.default_rng(seed).normal(size=(n, 4))


def classes_of(X, seed=SEED):
    noise = 0.3 * np.random.default_rng(seed + 1).normal(size=len(X))
    return (X[:, 0] + X[:, 1] * X[:, 2] + noise > 0).astype(np.int64)


def train(X, Y, network=None, start=None, listeners=(), held=0.2, **plan):
    """Fit a network as an estimator does, and return what the doctor is shown."""
    network = network or mlp(X.shape[1], 16, 2, output="softmax", l2=1e-4)
    options = {"n_epochs": 200, "batch_size": 32, "learning_rate": 0.003, "patience": 15} | plan
    start = start or initial(network, SEED)
    n_held = int(held * len(X))
    rows = Rows(X[n_held:], Y[n_held:])
    validation = Rows(X[:n_held], Y[:n_held]) if n_held else None
    rule = get_rule("adam", learning_rate=options["learning_rate"])
    session = open_session(network, start, rule, SEED, engine="numpy")
    training = Training(session, network, rows, Plan(**options), validation, listeners)
    with np.errstate(all="ignore"):
        progress = training.run()
    trained = start.copy()
    trained.vector[...] = session.get_state().parameters
    history = as_columns(progress.records)
    return Fit(network, trained, start, rows, Plan(**options), rule, validation, history, progress.stopped)


def found_in(fit):
    return {finding.name: finding for finding in diagnose_fit(fit)}


@pytest.fixture(scope="module")
def healthy():
    X = columns()
    return train(X, classes_of(X))


def test_a_healthy_fit_gives_no_finding(healthy):
    diagnosis = diagnose_fit(healthy)
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.passed == tuple(CHECKS)
    assert "nothing found" in str(diagnosis)


def test_a_healthy_regression_gives_no_finding():
    X = columns()
    Y = (X[:, 0] + np.sin(2 * X[:, 1]) + 0.1 * np.random.default_rng(1).normal(size=len(X)))[:, None]
    diagnosis = diagnose_fit(train(X, Y / Y.std(), mlp(4, 32, 1)))
    assert diagnosis.healthy, str(diagnosis)


def test_a_loss_at_the_start_far_above_ln_k(healthy):
    loud = healthy.start.copy()
    loud.vector[...] *= 60
    finding = found_in(replace(healthy, start=loud))["bad start"]
    assert finding.evidence["loss of a guess"] == pytest.approx(np.log(2))
    assert finding.evidence["loss at the start"] > 4 * np.log(2)


def test_a_net_that_cannot_learn_one_batch(healthy):
    """No unit is alive at the start: only the output's biases learn, and they learn the mean."""
    still = healthy.start.copy()
    still["b1"][...] = -1000
    finding = found_in(replace(healthy, start=still))["cannot overfit one batch"]
    assert finding.evidence["loss after"] > 0.5 * finding.evidence["loss of their mean"]
    assert finding.parameters == {"activation": "relu"}


def test_dead_units(healthy):
    dead = healthy.parameters.copy()
    dead["b1"][:12] = -1000
    finding = found_in(replace(healthy, parameters=dead))["dead units"]
    assert finding.evidence["share in layer 1"] >= 0.75
    assert finding.parameters["learning_rate"] < healthy.plan.learning_rate


def test_saturated_units():
    X = columns(200)
    fit = train(X, classes_of(X), mlp(4, 8, 2, hidden="tanh", output="softmax"), n_epochs=3)
    flat = fit.parameters.copy()
    flat["W1"][...] *= 500
    finding = found_in(replace(fit, parameters=flat))["saturated units"]
    assert finding.evidence["share in layer 1"] > 0.4
    assert finding.parameters["activation"] == "relu"


@pytest.mark.parametrize(("rate", "name"), [(3.0, "learning rate too large"), (1e-9, "learning rate too small")])
def test_steps_of_the_wrong_size(healthy, rate, name):
    ill = replace(
        healthy, plan=replace(healthy.plan, learning_rate=rate), rule=replace(healthy.rule, learning_rate=rate)
    )
    change = found_in(ill)[name].parameters["learning_rate"]
    assert 1e-4 < change < 0.1


def test_unscaled_columns_and_target():
    X = columns() * [1, 1, 1, 5000.0]
    found = found_in(train(X, 1e5 + 3e4 * columns()[:, :1], mlp(4, 8, 1), n_epochs=3))
    assert found["unscaled columns"].severity == "severe"
    assert '"x3"' in found["unscaled columns"].says
    assert found["unscaled target"].evidence["root mean square"] > 1e5


def test_a_constant_column(healthy):
    X = healthy.rows.X.copy()
    X[:, 2] = 1.5
    fit = replace(healthy, rows=replace(healthy.rows, X=X), columns=("a", "b", "c", "d"))
    found = found_in(fit)["constant columns"]
    assert found.says == '"c" has the same value in every training row'
    assert '"c"' in found.advice


def test_a_column_that_is_another_one_in_other_units(healthy):
    X = healthy.rows.X.copy()
    X[:, 3] = 32 + 1.8 * X[:, 1]
    finding = found_in(replace(healthy, rows=replace(healthy.rows, X=X)))["duplicate columns"]
    assert '"x1" and "x3"' in finding.says


def rides(n=900):
    """A pickup and a dropoff of some minutes later within a year; the fare is by the time in between."""
    rng = np.random.default_rng(SEED)
    pickup, minutes = rng.uniform(0, 525_600, n), rng.gamma(3, 5, n)
    dropoff = pickup + minutes
    X = np.stack([pickup, dropoff, *rng.normal(size=(2, n))], axis=1)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    fare = (minutes - 15) / 8.7 + 0.1 * rng.normal(size=n)
    return X, fare[:, None]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_column_whose_difference_from_another_is_the_cause_is_not_to_be_left_out(dtype):
    X, fare = rides()
    network = mlp(4, 16, 1)
    start = initial(network, SEED, dtype)
    found = found_in(train(X.astype(dtype), fare.astype(dtype), network, start, n_epochs=10))
    assert "duplicate columns" not in found
    finding = found["a telling difference"]
    assert '"x0" and "x1"' in finding.says
    assert finding.evidence["loss with the difference"] < 0.2 * finding.evidence["loss without the difference"]
    assert "Leave out" not in finding.advice


def test_a_column_whose_difference_from_another_tells_nothing_is_spare(healthy):
    X = healthy.rows.X.copy()
    X[:, 3] = X[:, 1] + 1e-4 * np.random.default_rng(8).normal(size=len(X))
    found = found_in(replace(healthy, rows=replace(healthy.rows, X=X)))
    assert "a telling difference" not in found
    finding = found["duplicate columns"]
    assert '"x1" and "x3"' in finding.says
    assert "held-out loss without x3" in finding.evidence


def test_columns_that_are_the_same_in_a_sample_only_are_no_duplicates(healthy):
    """The doctor looks at every second of 8,000 rows, where two categories go together; in the others they do not."""
    rng = np.random.default_rng(9)
    n = 8000
    one = rng.integers(0, 3, n)
    other = np.where(np.arange(n) % 2 == 0, one, rng.integers(0, 3, n))
    table = {"one": [f"a{k}" for k in one], "other": [f"b{k}" for k in other], "y": rng.normal(size=n)}
    model = TableRegressor("y", hidden=(4,), n_epochs=1, validation=0.0, patience=None).fit(table)
    assert "duplicate columns" not in [finding.name for finding in model.diagnose_fit(table)]


def test_a_column_that_gives_the_answer_away(healthy):
    X = healthy.rows.X.copy()
    X[:, 1] = healthy.rows.Y + 0.01 * X[:, 1]
    finding = found_in(replace(healthy, rows=replace(healthy.rows, X=X)))["suspected leak"]
    assert finding.severity == "severe"
    assert '"x1"' in finding.says


def test_a_good_column_is_no_leak(healthy):
    X = healthy.rows.X.copy()
    X[:, 1] = healthy.rows.Y + 0.4 * X[:, 1]
    assert "suspected leak" not in found_in(replace(healthy, rows=replace(healthy.rows, X=X)))


def test_a_penalty_that_is_too_strong():
    X = columns()
    finding = found_in(train(X, classes_of(X), mlp(4, 16, 2, output="softmax", l2=3.0)))["penalty too strong"]
    assert finding.parameters == {"l2": 0.03}
    assert finding.evidence["loss without the penalty"] < finding.evidence["loss now"]


def test_a_penalty_is_not_blamed_for_what_else_ails_the_fit():
    """With steps far too small nothing is learned; the weak penalty has no part in it."""
    X = columns()
    network = mlp(4, 16, 2, output="softmax", l2=1e-4)
    assert "penalty too strong" not in found_in(train(X, classes_of(X), network, learning_rate=1e-7))


def test_overfitting():
    X = columns(80)
    Y = np.random.default_rng(0).integers(0, 2, 80)
    network = mlp(4, 64, 2, output="softmax")
    finding = found_in(train(X, Y, network, n_epochs=150, patience=None, restore_best=False))["overfitting"]
    assert finding.evidence["accuracy, training"] > finding.evidence["accuracy, validation"] + 0.1
    assert finding.parameters["dropout"] == 0.2


def test_training_that_ended_too_early():
    X = columns()
    finding = found_in(train(X, classes_of(X), n_epochs=6, learning_rate=0.0005))["stopped too early"]
    assert finding.parameters == {"n_epochs": 12}


def test_a_class_that_is_never_predicted():
    X = columns(900)
    Y = (np.arange(900) % 20 == 0).astype(np.int64)
    finding = found_in(train(X, Y, n_epochs=20, held=0.5))["class never predicted"]
    assert finding.evidence["share of the rows"] == pytest.approx(0.05, abs=0.01)
    assert finding.parameters == {"class_weight": "balanced"}


def test_divergence():
    X = columns(100)
    fit = train(X, 10 * X[:, :1], mlp(4, 8, 1), learning_rate=1e200, n_epochs=3)
    assert fit.stopped == "diverged"
    diagnosis = diagnose_fit(fit)
    assert diagnosis.findings[0].severity == "severe"
    assert "divergence" in [finding.name for finding in diagnosis]


def test_changes_come_in_the_estimators_words(healthy):
    ill = replace(healthy, rule=replace(healthy.rule, learning_rate=3.0), words={"learning_rate": "learning_rate_init"})
    ill = replace(ill, plan=replace(ill.plan, learning_rate=3.0))
    assert set(found_in(ill)["learning rate too large"].parameters) == {"learning_rate_init"}


def test_nothing_is_changed(healthy):
    before = healthy.parameters.vector.copy(), healthy.start.vector.copy(), healthy.rows.X.copy()
    diagnose_fit(healthy)
    after = healthy.parameters.vector, healthy.start.vector, healthy.rows.X
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_a_table_classifier_diagnoses_itself():
    """ "copy" is "kind" renamed; the change the doctor asks for is one of the data."""
    rng = np.random.default_rng(4)
    kind = rng.choice(["a", "b", "c"], 300)
    x = rng.normal(size=300)
    table = {"x": x, "kind": kind, "copy": np.char.add("is ", kind), "y": np.where(x + (kind == "a") > 0, "yes", "no")}
    model = TableClassifier("y", hidden=(8,), n_epochs=30).fit(table)
    assert "duplicate columns" in [finding.name for finding in model.diagnose_fit(table)]


def test_a_finding_of_a_table_estimator_can_be_followed():
    table = {"x": np.linspace(-1, 1, 200), "y": np.linspace(-1, 1, 200) ** 2}
    model = TableRegressor("y", hidden=(8,), l2=50.0, n_epochs=20).fit(table)
    finding = next(f for f in model.diagnose_fit(table) if f.name == "penalty too strong")
    better = TableRegressor("y", hidden=(8,), n_epochs=20).set_params(**finding.parameters)
    assert better.l2 == 0.5


def test_an_mlp_diagnoses_itself_in_its_own_words():
    X = columns()
    with pytest.warns(ConvergenceWarning):
        strong = MLPClassifier((16,), alpha=3000.0, random_state=0, max_iter=60).fit(X, classes_of(X))
    finding = next(f for f in strong.diagnose_fit(X, classes_of(X)) if f.name == "penalty too strong")
    better = MLPClassifier((16,), random_state=0, max_iter=60).set_params(**finding.parameters)
    assert better.alpha == 30


def test_an_mlp_on_raw_numbers_is_told_to_scale():
    X = columns() * [1, 1, 1, 5000.0]
    with pytest.warns(ConvergenceWarning):
        model = MLPRegressor(hidden_layer_sizes=(8,), max_iter=5, random_state=0).fit(X, X[:, 0])
    assert "unscaled columns" in [finding.name for finding in model.diagnose_fit(X, X[:, 0])]


def test_the_recorder_keeps_every_layer_of_every_epoch():
    recorder = InsideRecorder()
    X = columns(100)
    fit = train(X, classes_of(X), n_epochs=4, listeners=[recorder])
    assert recorder.epochs == [0, 1, 2, 3, 4]
    assert states_from(recorder.as_dict()["states"]) == recorder.states
    first, last = recorder.states[0], recorder.states[-1]
    assert [state.layer for state in last] == [1, 2]
    assert first[0].change is None
    assert last[0].change > 0
    assert last[0].weight_norm == pytest.approx(np.linalg.norm(fit.parameters["W1"]), rel=0.2)
