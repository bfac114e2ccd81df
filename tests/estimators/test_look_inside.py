"""Estimators certify their gradient before they train, say why they diverged, and show what is inside."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import clearprop
from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.errors import DivergenceError, ModelFileError
from clearprop.estimators import CertificateWarning, DivergenceWarning
from clearprop.files import load_model, save_model
from clearprop.fitting import certification

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5]
FITTED = {
    "TableClassifier": lambda **more: TableClassifier(n_epochs=2, hidden=(6,), **more).fit("iris"),
    "TableRegressor": lambda **more: TableRegressor(n_epochs=2, hidden=(6,), **more).fit("diabetes"),
    "MLPClassifier": lambda **more: MLPClassifier((6,), max_iter=20, tol=1e9, n_iter_no_change=1, **more).fit(X, Y > 0),
    "MLPRegressor": lambda **more: MLPRegressor(
        hidden_layer_sizes=(6,), solver="lbfgs", max_iter=200, tol=0.1, **more
    ).fit(X, Y),
}


@pytest.fixture(params=FITTED)
def fit(request):
    return FITTED[request.param]


# The certificate


def test_every_fit_is_certified_and_the_certificate_is_in_the_model_file(fit, tmp_path):
    model = fit()
    certificate = model.gradient_certificate_
    assert certificate.passed
    assert certificate.conclusive
    assert 4 <= certificate.n_rows <= 32
    model.save(tmp_path / "model.safetensors")
    assert load_model(tmp_path / "model.safetensors").facts["certificate"]["says"] == str(certificate)
    assert str(clearprop.load(tmp_path / "model.safetensors").gradient_certificate_) == str(certificate)


def test_the_certificate_can_be_left_out(fit, tmp_path):
    model = fit(certify=False)
    assert model.gradient_certificate_ is None
    model.save(tmp_path / "model.safetensors")
    assert clearprop.load(tmp_path / "model.safetensors").gradient_certificate_ is None


def test_the_certificate_changes_nothing_that_is_learned(fit):
    with_it, without = fit(random_state=3), fit(random_state=3, certify=False)
    assert with_it.history_["loss"] == without.history_["loss"]


@pytest.mark.parametrize("kind", ["classes", "several numbers", "sparse", "float32"])
def test_mlp_estimators_are_certified_on_whatever_rows_they_take(kind):
    if kind == "sparse":
        from scipy.sparse import csr_array

        model = MLPRegressor(max_iter=20, tol=1e9, n_iter_no_change=1).fit(csr_array(X), Y)
    elif kind == "classes":
        model = MLPClassifier(max_iter=20, tol=1e9, n_iter_no_change=1).fit(X, np.argmax(X, axis=1))
    else:
        dtype, targets = (np.float32, Y) if kind == "float32" else (float, np.column_stack([Y, -Y]))
        model = MLPRegressor(max_iter=20, tol=1e9, n_iter_no_change=1).fit(X.astype(dtype), targets)
    assert model.gradient_certificate_.passed


def test_partial_fit_certifies_once():
    model = MLPRegressor().partial_fit(X, Y)
    first = model.gradient_certificate_
    assert model.partial_fit(X, Y).gradient_certificate_ is first


class Wrong:
    """A session whose gradient of W1 is too large by a hundredth."""

    def __init__(self, session):
        self.session = session

    def __getattr__(self, name):
        return getattr(self.session, name)

    def gradients(self, *rows):
        J, gradient = self.session.gradients(*rows)
        gradient["W1"][...] *= 1.01
        return J, gradient


def test_a_wrong_gradient_is_told_before_training_with_the_term_that_is_wrong(fit, monkeypatch):
    def certify_wrong(session, *rest):
        return clearprop.explain.certify(Wrong(session), *rest)

    monkeypatch.setattr(certification, "certify", certify_wrong)
    with pytest.warns(CertificateWarning, match="dW1"):
        model = fit()
    assert not model.gradient_certificate_.passed


def test_a_certificate_of_another_form_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    FITTED["TableClassifier"]().save(path)
    model = load_model(path)
    model.facts["certificate"] = {"says": "all is well"}
    save_model(path, model)
    with pytest.raises(ModelFileError, match="certificate"):
        clearprop.load(path)


# The autopsy


def test_a_diverged_table_tells_row_cells_cause_and_change():
    table = {"age": list(range(40)), "colour": ["red", "blue"] * 20, "y": [float(n % 7) for n in range(40)]}
    with pytest.raises(DivergenceError) as caught:
        TableRegressor("y", hidden=(), optimizer="sgd", learning_rate=1e30, n_epochs=50).fit(table)
    autopsy = caught.value.autopsy
    row = autopsy.divergence.row
    assert autopsy.features == {"age": float(row), "colour": table["colour"][row]}
    assert autopsy.cause.parameter == "learning_rate"
    for told in (f"data row {row}", "Likely cause", "Change learning_rate: 1e+30", table["colour"][row]):
        assert told in str(caught.value)


def test_a_diverged_mlp_tells_column_names_in_the_words_of_its_parameters():
    import pandas as pd

    frame = pd.DataFrame(X, columns=["height", "weight", "age"])
    with pytest.raises(DivergenceError, match="Change learning_rate_init") as caught:
        MLPRegressor(activation="identity", solver="sgd", learning_rate_init=1e30, on_divergence="raise").fit(frame, Y)
    autopsy = caught.value.autopsy
    row = autopsy.divergence.row
    assert autopsy.features == dict(zip(frame.columns, X[row], strict=True))


def test_the_doctor_of_an_mlp_sees_the_validation_rows_that_fit_was_given(monkeypatch):
    held = X[:20] + 1, Y[:20] > 0
    model = MLPClassifier((6,), early_stopping=True, max_iter=20, tol=1e9, n_iter_no_change=1)
    model.fit(X, Y > 0, validation_data=held)
    seen = []
    monkeypatch.setattr("clearprop.estimators.mlp.inside.diagnose_fit", seen.append)
    model.diagnose_fit(X, Y > 0, validation_data=held)
    np.testing.assert_array_equal(seen[0].rows.X, X)
    np.testing.assert_array_equal(seen[0].validation.X, held[0])


def test_rows_held_out_do_not_shift_the_row_that_is_named():
    far = Y.copy()
    far[41] = 1e300
    with pytest.raises(DivergenceError) as caught:
        MLPRegressor(early_stopping=True, solver="sgd", random_state=0, on_divergence="raise").fit(X, far)
    np.testing.assert_array_equal(list(caught.value.autopsy.features.values()), X[caught.value.autopsy.divergence.row])


def test_the_warning_of_a_kept_epoch_holds_the_autopsy():
    with pytest.warns(DivergenceWarning, match=r"were kept\.\nEpoch .*\nLikely cause") as caught:
        MLPRegressor(activation="identity", solver="sgd", learning_rate_init=1.0, random_state=0).fit(X, 1e3 * Y)
    assert len(caught) == 1


# Inside a table estimator


def test_a_trace_of_a_table_has_the_names_of_rows_columns_and_classes():
    model = FITTED["TableClassifier"]()
    trace = model.trace("iris")
    rows, classes = trace.axes("delta2")
    assert rows[:2] == ["row 0", "row 1"]
    assert classes == ["setosa", "versicolor", "virginica"]
    assert trace.axes("dW1")[0] == list(model.schema_.feature_names)
    np.testing.assert_allclose(trace.a[-1], model.predict_proba("iris"), rtol=1e-5)


def test_a_trace_of_a_table_weighs_the_classes_as_the_training_did():
    model = TableClassifier("species", class_weight={"setosa": 5.0}, n_epochs=2, hidden=(6,), precision="float64")
    model.fit("iris")
    assert model.trace("iris").D == pytest.approx(model.evaluate("iris").loss, rel=1e-12)


def test_two_classes_have_one_output_named_after_the_second():
    trace = TableClassifier(n_epochs=1).fit("breast_cancer").trace("breast_cancer")
    assert trace.axes("Y")[1] == [str(TableClassifier(n_epochs=1).fit("breast_cancer").classes_[1])]


def test_the_target_of_a_trace_may_come_apart():
    data = {"a": [1.0, 2.0, 3.0, 4.0] * 5, "b": [0.0, 1.0] * 10}
    y = [float(n) for n in range(20)]
    model = TableRegressor("y", hidden=(3,), n_epochs=1, validation=0).fit(data, y)
    assert model.trace(data, y).J == model.trace({**data, "y": y}).J


def test_the_jacobian_is_that_of_the_outputs_by_the_standardised_columns():
    data = {"a": RNG.normal(size=30), "b": RNG.normal(size=30), "y": RNG.normal(size=30)}
    model = TableRegressor("y", hidden=(4,), activation="tanh", n_epochs=3, precision="float64").fit(data)
    jacobian = model.input_jacobian(data)
    h = 1e-5
    moved = [model.predict_outputs(data | {"a": data["a"] + step}) for step in (h, -h)]
    slope = (moved[0] - moved[1]) / (2 * h) * np.std(data["a"])
    assert jacobian.shape == (30, 1, 2)
    ratio = jacobian[:, :, 0] / slope
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-6)  # the scale of the column, learned on the training rows


def test_a_wrong_label_pulls_hardest():
    values = np.linspace(-3, 3, 60)
    labels = np.where(values > 0, "high", "low")
    labels[5] = "high"
    model = TableClassifier(hidden=(), l2=0.0, n_epochs=60, learning_rate=0.1).fit({"value": values}, labels)
    assert np.argmax(model.row_gradient_norms({"value": values}, labels)) == 5
    assert model.row_gradient_norms({"value": values}, labels).shape == (60,)


def test_nothing_else_is_warned_of(fit):
    with warnings.catch_warnings():
        warnings.simplefilter("error", CertificateWarning)
        fit()


@pytest.mark.parametrize("look", ["hidden_activations", "input_jacobian"])
def test_an_estimator_that_is_not_fitted_says_so(look):
    with pytest.raises(NotFittedError):
        getattr(MLPClassifier(), look)(np.zeros((2, 3)))
