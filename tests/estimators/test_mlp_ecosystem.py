"""Among scikit-learn's tools: pipelines, searches, calibration, copies, processes, routing, output frames."""

import copy
import multiprocessing
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop
from clearprop import MLPClassifier, MLPRegressor
from clearprop.equations import get_rule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
QUICK = {"random_state": 0, "max_iter": 5, "hidden_layer_sizes": (6,)}


def fitted():
    return MLPClassifier(solver=get_rule("nadam"), **QUICK).fit(X, Y)


def probabilities(mlp):
    return mlp.predict_proba(X).tobytes()


def fit_and_answer(queue):
    queue.put(probabilities(fitted()))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda mlp: pickle.loads(pickle.dumps(mlp))], ids=["copy", "pickle"])
def test_a_copy_predicts_and_trains_on_as_the_original(copied):
    mlp = fitted()
    twin = copied(mlp)
    assert probabilities(twin) == probabilities(mlp)
    assert probabilities(twin.partial_fit(X, Y)) == probabilities(mlp.partial_fit(X, Y))


def test_joblib_files(tmp_path):
    joblib.dump(fitted(), tmp_path / "mlp.joblib")
    assert probabilities(joblib.load(tmp_path / "mlp.joblib")) == probabilities(fitted())


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # from JAX, where other tests have loaded it
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_another_process_comes_to_the_same_bits(method):
    context = multiprocessing.get_context(method)
    here = probabilities(fitted())
    queue = context.Queue()
    process = context.Process(target=fit_and_answer, args=(queue,))
    process.start()
    assert queue.get(timeout=60) == here
    process.join()


def test_grid_search_in_two_processes_finds_what_one_finds():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**QUICK))
    grid = {"mlpclassifier__alpha": [0.01, 1.0], "mlpclassifier__activation": ["tanh", ["selu"]]}
    one, two = (GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs).fit(X, Y) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])


def test_the_number_of_threads_changes_no_bit():
    settings = {"random_state": 0, "max_iter": 3, "hidden_layer_sizes": (64, 32), "batch_size": 50}
    one, more = (MLPClassifier(n_threads=n, **settings).fit(X, Y) for n in (1, 4))
    assert probabilities(one) == probabilities(more)


def test_calibration_bagging_voting_and_several_outputs():
    mlp = MLPClassifier(**QUICK)
    assert CalibratedClassifierCV(mlp, cv=2).fit(X, Y).predict_proba(X).shape == (150, 3)
    assert BaggingClassifier(mlp, 2, random_state=0).fit(X, Y).predict(X).shape == (150,)
    assert VotingClassifier([("a", mlp), ("b", clone(mlp))], voting="soft").fit(X, Y).predict(X).shape == (150,)
    assert MultiOutputClassifier(mlp).fit(X, np.c_[Y, Y > 0]).predict(X).shape == (150, 2)
    assert cross_val_score(MLPRegressor(**QUICK), X, Y, cv=2).shape == (2,)


def test_weights_are_routed_through_a_pipeline():
    weights = np.where(Y == 0, 5.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        mlp = MLPClassifier(**QUICK).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, mlp).fit(X, Y, sample_weight=weights)
        by_hand = clone(mlp).fit(StandardScaler().fit_transform(X), Y, sample_weight=weights)
        np.testing.assert_array_equal(
            pipeline.predict_proba(X), by_hand.predict_proba(StandardScaler().fit_transform(X))
        )
        assert 0 <= pipeline.score(X, Y, sample_weight=weights) <= 1


def test_the_last_hidden_layer_is_a_transformer_with_frames_and_names():
    frame = pd.DataFrame(X, columns=list("abcd"))
    mlp = MLPClassifier(**QUICK).set_output(transform="pandas").fit(frame, Y)
    hidden = mlp.transform(frame)
    assert list(hidden.columns) == [f"mlpclassifier{i}" for i in range(6)]
    np.testing.assert_array_equal(hidden.to_numpy(), mlp.hidden_activations(frame)[0])
    pipeline = make_pipeline(MLPClassifier(**QUICK), LogisticRegression(max_iter=500)).fit(X, Y)
    assert pipeline.score(X, Y) > 0.8


def test_html_shows_the_settings():
    assert "MLPClassifier" in fitted()._repr_html_()
    assert "MLPRegressor(loss='huber', max_iter=7)" in repr(MLPRegressor("huber", max_iter=7))


def test_every_parameter_and_fitted_attribute_of_scikit_learns_is_here():
    for name in ("MLPClassifier", "MLPRegressor"):
        their_class, our_class = getattr(sklearn.neural_network, name), getattr(clearprop, name)
        theirs, ours = their_class(), our_class()
        assert theirs.get_params().items() <= ours.get_params().items()
        public = {attribute for attribute in dir(theirs) if not attribute.startswith("_")}
        assert public <= set(dir(ours))
        for early_stopping in (False, True):
            settings = {"max_iter": 2, "early_stopping": early_stopping}
            frame = pd.DataFrame(X, columns=list("abcd"))
            learned = {k: v for k, v in vars(their_class(**settings).fit(frame, Y)).items() if k.endswith("_")}
            mlp = our_class(**settings).fit(frame, Y)
            for attribute, value in learned.items():
                assert (getattr(mlp, attribute) is None) == (value is None), attribute
