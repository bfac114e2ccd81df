"""save and load: the same predictions, the same settings; nothing that is not plain data."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_multilabel_classification

import clearprop
from clearprop import MLPClassifier, MLPRegressor
from clearprop.equations import get_loss, get_rule, get_schedule
from clearprop.errors import ModelFileError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)


def saved_and_loaded(mlp, tmp_path):
    path = tmp_path / "model.safetensors"
    mlp.save(path)
    return type(mlp).load(path)


@pytest.mark.parametrize(
    "labels",
    [Y, np.array(["setosa", "virginica", "versicolor"])[Y], Y > 0, Y * 2.0, np.full(150, "only"),
     np.array([[0, 0, 1], [1, 0, 1], [1, 1, 0]])[Y]],
    ids=["int", "text", "bool", "float", "one class", "several labels"],
)  # fmt: skip
def test_a_classifier_predicts_the_same_after_loading(labels, tmp_path):
    mlp = MLPClassifier((5, 3), ["tanh", "selu"], random_state=0, max_iter=3).fit(X, labels)
    loaded = saved_and_loaded(mlp, tmp_path)
    np.testing.assert_array_equal(loaded.predict(X), mlp.predict(X))
    np.testing.assert_array_equal(loaded.predict_proba(X), mlp.predict_proba(X))
    np.testing.assert_array_equal(loaded.classes_, mlp.classes_)
    assert loaded.classes_.dtype == mlp.classes_.dtype
    assert loaded.score(X, labels) == mlp.score(X, labels)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_regressor_predicts_the_same_after_loading(dtype, tmp_path):
    mlp = MLPRegressor("huber", random_state=0, max_iter=3).fit(X.astype(dtype), np.c_[Y, -Y])
    loaded = saved_and_loaded(mlp, tmp_path)
    assert loaded.predict(X.astype(dtype)).tobytes() == mlp.predict(X.astype(dtype)).tobytes()
    assert loaded.history_ == {name: curve for name, curve in mlp.history_.items() if name != "seconds"}
    assert loaded.loss_curve_ == mlp.loss_curve_


def test_settings_of_every_kind_come_back(tmp_path):
    mlp = MLPClassifier(
        (4,),
        solver=get_rule("adamw", weight_decay=0.1),
        learning_rate=get_schedule("warm_up"),
        loss=get_loss("focal", focusing=3.0),
        class_weight={0: 1.0, 1: 2.0, 2: 1.5},
        n_iter_no_change=np.inf,
        random_state=np.random.RandomState(0),
        max_iter=2,
    ).fit(X, Y)
    settings = saved_and_loaded(mlp, tmp_path).get_params()
    assert settings.pop("random_state") is None
    assert settings.pop("hidden_layer_sizes") == [4]
    assert all(settings[name] == value for name, value in mlp.get_params().items() if name in settings)


def test_feature_names_are_checked_after_loading(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd"))
    loaded = saved_and_loaded(MLPClassifier(max_iter=2).fit(frame, Y), tmp_path)
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(frame[list("dcba")])


def test_a_loaded_estimator_trains_on_and_can_be_cloned(tmp_path):
    loaded = saved_and_loaded(MLPClassifier(max_iter=2, random_state=0).fit(X, Y), tmp_path)
    epochs = loaded.t_
    loaded.partial_fit(X, Y)
    assert loaded.t_ == epochs + len(X)
    clone(loaded).fit(X, Y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_loaded_estimator_goes_on_with_its_history(tmp_path, solver):
    mlp = MLPClassifier(max_iter=3, random_state=0, solver=solver, warm_start=True).fit(X, Y)
    loaded = saved_and_loaded(mlp, tmp_path)
    loaded.set_params(solver="adam").fit(X, Y)
    assert loaded.history_["loss"] == loaded.loss_curve_
    assert loaded.loss_curve_[:3] == mlp.loss_curve_


def test_a_run_that_diverged_can_be_saved(tmp_path):
    mlp = MLPRegressor("squared_error", activation="identity", solver="sgd", learning_rate_init=1.0, random_state=0)
    with pytest.warns(UserWarning, match="diverged"):
        mlp.set_params(early_stopping=True).fit(X, Y)
    assert np.isnan(saved_and_loaded(mlp, tmp_path).validation_scores_[-1])


def test_the_file_of_another_estimator_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    MLPRegressor(max_iter=2).fit(X, Y).save(path)
    with pytest.raises(ModelFileError, match="MLPRegressor"):
        MLPClassifier.load(path)


def test_load_finds_the_estimator_by_the_file(tmp_path):
    path = tmp_path / "model.safetensors"
    MLPRegressor(max_iter=2).fit(X, Y).save(path)
    assert isinstance(clearprop.load(path), MLPRegressor)


def test_saving_before_fitting_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not fitted"):
        MLPClassifier().save(tmp_path / "model.safetensors")


def test_labels_of_several_kinds_survive(tmp_path):
    rows, labels = make_multilabel_classification(40, random_state=0)
    mlp = MLPClassifier(max_iter=2, random_state=0).fit(rows, labels)
    assert saved_and_loaded(mlp, tmp_path).predict(rows).shape == labels.shape
