"""Whatever a user has told NumPy to do about overflow and underflow, nothing here breaks; extreme weights are named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.engines import Order, open_session
from clearprop.equations import get_rule
from clearprop.equations.weights import in_precision
from clearprop.errors import DataError, UsageError
from clearprop.examination import examine, part_again
from clearprop.model import initial, mlp
from clearprop.report.report import report_page
from clearprop.solvers import SOLVERS
from clearprop.tables import read_table
from clearprop.training import Rows, check_rows

N = 120
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 4))
NUMBERS, CLASSES = 2 * X[:, 0] + X[:, 1], (X[:, 0] > 0).astype(int)
COLUMNS = {"a": X[:, 0], "b": X[:, 1], "c": RNG.choice(["u", "v"], N)}


@pytest.fixture
def all_raise():
    before = np.seterr(all="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
    np.seterr(**before)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("solver", ["adam", "sgd", *SOLVERS])
def test_estimators_on_arrays_do_not_notice(all_raise, solver, scale):
    model = MLPRegressor(hidden_layer_sizes=(6,), solver=solver, max_iter=15, alpha=0.0, random_state=0)
    fitted = model.fit(X * min(scale, 3.0), NUMBERS * min(scale, 1.0))
    assert np.isfinite(fitted.predict(X * scale)).all() or scale > 1
    if solver not in ("lm", "trainbr"):
        classes = MLPClassifier((6,), solver=solver, max_iter=15, random_state=0).fit(X * min(scale, 3.0), CLASSES)
        assert np.isfinite(classes.predict_proba(X * scale)).all()


@pytest.mark.parametrize("engine", ["numpy", "auto"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_estimators_on_tables_do_not_notice(all_raise, engine, precision, scale):
    table = COLUMNS | {"a": scale * X[:, 0], "y": np.where(CLASSES, "p", "q")}
    model = TableClassifier("y", n_epochs=5, engine=engine, precision=precision).fit(table)
    assert np.isfinite(model.predict_proba(COLUMNS | {"a": 1e6 * scale * X[:, 0]})).all()
    assert model.evaluate(table).scores["accuracy"] > 0.5
    assert model.trace(table) is not None
    assert len(model.row_gradient_norms(table)) == N


@pytest.mark.parametrize("size", [1e-321, 1e-310, 1e-200, 1e140])
@pytest.mark.parametrize("which", ["a", "y"])
def test_numbers_near_the_ends_of_the_doubles_do_not_matter(all_raise, which, size):
    columns = COLUMNS | {"y": NUMBERS}
    with np.errstate(under="ignore"):
        columns[which] = columns[which] * size
    model = TableRegressor("y", n_epochs=2).fit(columns)
    assert np.isfinite(model.predict_interval(columns, 0.8)).all()
    assert np.isfinite(model.predict(columns, return_std=True)).all()
    assert model.score({name: columns[name] for name in "abc"}, columns["y"]) <= 1
    assert model.evaluate(columns).scores["r2"] <= 1


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_arrays_of_another_precision_do_not_matter(all_raise, precision):
    with np.errstate(under="ignore"):
        tiny = X * 1e-60
    asked = {"hidden_layer_sizes": (4,), "precision": precision, "max_iter": 2}
    numbers = MLPRegressor(**asked).fit(tiny, NUMBERS)
    assert np.isfinite(numbers.predict(tiny)).all()
    assert np.isfinite(numbers.predict(tiny[:1])).all()
    classes = MLPClassifier(**asked).partial_fit(tiny, CLASSES, classes=[0, 1])
    assert np.isfinite(classes.predict_proba(tiny)).all()


def test_no_row_can_be_held_out_of_one():
    with pytest.raises(UsageError, match="validation set is too small"):
        MLPRegressor(early_stopping=True).fit(X[:1], NUMBERS[:1])


@pytest.mark.parametrize("size", [1e-60, 1e60])
def test_what_a_precision_cannot_hold_is_named(all_raise, size):
    model = MLPRegressor(hidden_layer_sizes=(4,), precision="float32", max_iter=2, early_stopping=True)
    with np.errstate(under="ignore"):
        targets = NUMBERS * size
    largest = int(np.abs(NUMBERS).argmax())
    with pytest.raises(DataError, match=rf"the target of row {largest}, the largest, is .*which float32 cannot hold"):
        model.fit(X, targets)
    model.fit(X, NUMBERS)
    with pytest.raises(DataError, match="X contains infinity or a value too large for float32"):
        model.predict(X * 1e60)
    with pytest.raises(DataError, match="X contains infinity or a value too large for float32"):
        model.predict(csr_array(X * 1e60))


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
@pytest.mark.parametrize("size", [1e-60, 1e60])
def test_a_target_that_is_learned_as_it_is_must_fit_into_the_precision(all_raise, loss, size):
    table = COLUMNS | {"y": size * np.r_[1.0, 2.0, np.full(N - 2, 1.5)]}
    with pytest.raises(DataError, match=r'row 1, column "y": 2e.60 cannot be held in float32.*precision="float64"'):
        TableRegressor("y", loss=loss, n_epochs=2, validation=0, patience=None, members=1).fit(table)


def test_reports_and_exports_do_not_notice(all_raise, tmp_path):
    table = read_table(COLUMNS | {"y": np.where(CLASSES, "p", "q")})
    model = TableClassifier("y", n_epochs=20).fit(table)
    assert "</html>" in report_page(examine(model, part_again(model, table)))
    for ending in ("py", "c", "js", "sql"):
        model.export(tmp_path / f"m.{ending}")


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_no_method_of_an_engine_notices(all_raise, engine):
    network = mlp(3, 5, 2, hidden="sigmoid", output="softmax")
    session = open_session(network, initial(network, 0), get_rule("adam"), 0, engine=engine)
    large, Y = 1e5 * RNG.normal(size=(8, 3)), np.arange(8) % 2
    assert np.isfinite(session.predict(large)).all()
    assert np.isfinite(session.gradients(large, Y)[0])
    session.trace(large, Y)
    session.run(large, Y, None, Order.of(np.arange(8), 4), np.full(2, 0.01))


EXTREME = {
    "one 1e308": (np.r_[np.ones(3), 1e308, np.ones(N - 4)], "row 3 is 1e.308"),
    "all 1e308": (np.full(N, 1e308), "row 0 is 1e.308"),
    "1e-300 and 1e308": (np.tile([1e-300, 1e308], N // 2), "row 1 is 1e.308"),
    "all 1e-320": (np.full(N, 1e-320), "row 0, the largest, is"),
}


@pytest.mark.parametrize("name", EXTREME)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_weight_beyond_all_sums_is_named(all_raise, name, precision):
    weights, says = EXTREME[name]
    table, numbers = COLUMNS | {"y": np.where(CLASSES, "p", "q")}, COLUMNS | {"y": NUMBERS}
    with pytest.raises(DataError, match=says):
        TableClassifier("y", precision=precision).fit(table, sample_weight=weights)
    with pytest.raises(DataError, match=says):
        TableRegressor("y", precision=precision).fit(numbers, sample_weight=weights)
    for solver in ("adam", "lbfgs", "lm"):
        with pytest.raises(DataError, match=says):
            MLPRegressor(solver=solver).fit(X.astype(precision), NUMBERS.astype(precision), weights)
    with pytest.raises(DataError, match=says):
        MLPClassifier(early_stopping=True).fit(X.astype(precision), CLASSES, weights)


def test_a_weight_of_a_class_beyond_all_sums_is_named(all_raise):
    with pytest.raises(DataError, match=r"class_weight of row \d+ is 1e.308"):
        MLPClassifier(class_weight={0: 1e308, 1: 1.0}).fit(X, CLASSES)
    with pytest.raises(DataError, match=r"class_weight of row \d+ is 1e.308"):
        TableClassifier("y", class_weight={"p": 1e308, "q": 1.0}).fit(COLUMNS | {"y": np.where(CLASSES, "p", "q")})


def test_rows_by_hand_are_looked_at_too(all_raise):
    with pytest.raises(DataError, match=r"the weight of row 0 is 1e.308"):
        check_rows(Rows(X, NUMBERS[:, None], np.full(N, 1e308)), mlp(4, 1))


@pytest.mark.parametrize("weights", [np.r_[1e-300, np.ones(N - 1)], np.full(N, 1e-12), np.full(N, 1e12)])
def test_weights_that_can_be_summed_train(all_raise, weights):
    table = COLUMNS | {"y": np.where(CLASSES, "p", "q")}
    model = TableClassifier("y", n_epochs=3).fit(table, sample_weight=weights)
    assert np.isfinite(model.parameters_.vector).all()


def test_a_diagnosis_of_weights_far_from_one_names_them(all_raise):
    """scikit-learn's alpha is divided by the sum of the weights: with 1e-30 it is 1e30 times what it says."""
    with pytest.raises(Exception, match=r"rows weigh 1e-30 on the average.*\n?.*sample_weight"):
        MLPRegressor(solver="sgd", learning_rate_init=1e20, max_iter=5).fit(X, NUMBERS, np.full(N, 1e-30))


def test_only_ratios_of_weights_count():
    weights = RNG.uniform(0.5, 2, N)
    one, other = in_precision(weights, "float32"), in_precision(1e20 * weights, "float32")
    np.testing.assert_allclose(one / one.sum(), other / other.sum(), rtol=1e-6)
