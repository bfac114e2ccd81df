"""A setting that one family of estimators had, the other has too, and it acts."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd
import pytest

from clearprop import MLPClassifier, TableClassifier, TableRegressor, load
from clearprop.engines.native.threads import available_threads
from clearprop.equations import SCHEDULES, get_loss, get_rule, get_schedule
from clearprop.errors import DivergenceError, UsageError
from clearprop.estimators import InterruptedWarning
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption
from clearprop.fitting.recipe import suitable_embedding
from clearprop.training import EpochEnded, TrainingStarted

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
MANY = np.digitize(X[:, 0], [-0.5, 0.5])
FRAME = pd.DataFrame(X, columns=list("abcd")).assign(town=np.array(list("pqrst"))[RNG.integers(0, 5, 300)], y=Y)
QUICK = {"hidden": (8, 6), "n_epochs": 4, "learning_rate": 0.05, "random_state": 1}


def table(**settings):
    return TableClassifier("y", **{**QUICK, **settings}).fit(FRAME)


def weights(model):
    return model.parameters_.vector


@pytest.fixture(scope="module")
def plain():
    return table()


@pytest.mark.parametrize(
    "settings",
    [
        {"initializer": "he_normal"},
        {"max_norm": 0.5},
        {"clip_value": 1e-4},
        {"clip_norm": 1e-3},
        {"shuffle": False},
        {"averaging": 0.9},
        {"activation": ("tanh", "relu")},
        {"dropout": (0.3, 0.0, 0.0)},
        {"l1": 0.01},
        {"optimizer": "momentum:momentum=0.5"},
        {"optimizer": get_rule("rmsprop")},
        {"schedule": "step:every=1"},
        *({"schedule": name} for name in SCHEDULES if name not in ("constant", "plateau", "step")),
    ],
    ids=str,
)
def test_it_changes_what_is_learned(plain, settings):
    assert not np.array_equal(weights(table(**settings)), weights(plain))


def test_no_row_of_weights_is_longer_than_max_norm():
    model = table(max_norm=0.5)
    for l in (1, 2, 3):
        assert np.linalg.norm(model.parameters_[f"W{l}"], axis=0).max() <= 0.5 + 1e-6


def test_layers_have_their_own_activation_and_dropout():
    layers = table(activation=("tanh", "relu"), dropout=(0.1, 0.2, 0.3)).network_.layers
    assert [layer.activation for layer in layers] == ["tanh", "relu", "sigmoid"]
    assert [layer.dropout for layer in layers] == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(("embedding", "sizes"), [("one-hot", ("one-hot",)), (3, (3,)), ("auto", (5,))])
def test_categories_enter_by_embeddings_of_a_size(embedding, sizes, tmp_path):
    model = table(embedding=embedding)
    assert model.network_.inputs.embeddings == sizes
    model.save(tmp_path / "m.safetensors")
    assert np.array_equal(load(tmp_path / "m.safetensors").predict_proba(FRAME), model.predict_proba(FRAME))


def test_embeddings_grow_with_the_categories_and_stop_at_50():
    assert [suitable_embedding(n) for n in (1, 2, 10, 100, 10_000)] == [2, 2, 6, 21, 50]


def test_frozen_layers_keep_the_weights_they_begin_with():
    frozen = table(frozen=(1, 3))
    start = TableClassifier("y", **QUICK, frozen=(1, 3)).prepare(FRAME).start
    assert np.array_equal(frozen.parameters_["W1"], start["W1"])
    assert np.array_equal(frozen.parameters_["b3"], start["b3"])
    assert not np.array_equal(frozen.parameters_["W2"], start["W2"])
    with pytest.raises(UsageError, match="frozen names layer 9, but there are 3"):
        table(frozen=(9,))


def test_a_warm_start_goes_on_with_the_layers_that_are_not_frozen():
    mlp = MLPClassifier((8, 6), max_iter=3, warm_start=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = [W.copy() for W in mlp.fit(X, Y).coefs_]
        mlp.set_params(frozen=(1, 2)).fit(X, Y)
    assert [np.array_equal(a, b) for a, b in zip(before, mlp.coefs_, strict=True)] == [True, True, False]


# Objective


def test_classes_are_smoothed_through_softmax_where_there_are_two():
    smooth = table(label_smoothing=0.2)
    assert smooth.network_.objective.loss == get_loss("cross_entropy", label_smoothing=0.2)
    assert smooth.network_.n_out == 2
    with pytest.raises(UsageError, match="label_smoothing is for a loss over classes"):
        TableRegressor("a", label_smoothing=0.1, **QUICK).fit(FRAME)


def test_label_smoothing_of_an_mlp_is_that_of_its_loss():
    settings = {"max_iter": 3, "hidden_layer_sizes": (6,), "random_state": 0}
    loss = get_loss("cross_entropy", label_smoothing=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, other = (
            MLPClassifier(**settings, **how).fit(X, MANY) for how in ({"label_smoothing": 0.1}, {"loss": loss})
        )
    assert one.network_ == other.network_
    assert all(map(np.array_equal, one.coefs_, other.coefs_))


def test_names_with_options_stand_for_records():
    recipe = TableRegressor(loss="huber:threshold=2", optimizer="adamw:weight_decay=0.1", schedule="cosine:final=0.1")
    recipe = recipe.recipe()
    assert recipe.loss_or("squared_error") == get_loss("huber", threshold=2)
    assert recipe.rule() == get_rule("adamw", weight_decay=0.1)
    assert recipe.learning_rates() == get_schedule("cosine", final=0.1)
    with pytest.raises(UsageError, match="has no option 'threshhold'"):
        TableRegressor("a", loss="huber:threshhold=2").fit(FRAME)


# Length


def test_the_clock_ends_a_training():
    def slow(event):
        if isinstance(event, EpochEnded):
            time.sleep(0.03)

    model = TableClassifier("y", **{**QUICK, "n_epochs": 200}, max_seconds=0.1).fit(FRAME, listeners=[slow])
    assert model.facts_.stopped == "time"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (
            MLPClassifier((4,), max_iter=10**6, tol=0, n_iter_no_change=10**6, max_seconds=0.2).fit(X, Y).n_iter_
            < 10**6
        )


def test_the_clock_ends_a_batch_solver_too():
    mlp = MLPClassifier((4,), solver="lbfgs", max_iter=1000, tol=1e-9, max_seconds=1e-9)
    assert mlp.fit(X, Y).n_iter_ == 1


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name not in ("constant", "plateau", "step")])
def test_an_mlp_takes_every_schedule_and_options_behind_a_colon(schedule):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0, "solver": "adamw:weight_decay=0.1"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, other = (MLPClassifier(**settings, learning_rate=name).fit(X, Y) for name in ("constant", schedule))
    assert not np.array_equal(plain.coefs_[0], other.coefs_[0])
    assert plain.recipe().rule() == get_rule("adamw", weight_decay=0.1, learning_rate=0.001)


def test_what_counts_as_an_improvement_decides_when_to_stop():
    length = {"n_epochs": 50, "patience": 3}
    assert len(table(**length, min_delta=10.0).history_["loss"]) == 4
    assert len(table(**length, monitor="loss", learning_rate=0.001).history_["loss"]) == 50


def test_the_monitored_quantity_decides_which_epoch_is_best():
    model = table(monitor="validation_metric", n_epochs=20, patience=None, learning_rate=0.02)
    assert model.facts_.best_epoch == 1 + int(np.argmax(model.history_["validation_metric"]))


def test_an_mlp_stops_by_what_it_is_told_to_monitor():
    settings = {"max_iter": 60, "n_iter_no_change": 4, "tol": 0.0, "early_stopping": True, "random_state": 0}
    mlp = MLPClassifier((30,), learning_rate_init=0.05, monitor="validation_loss", **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        losses = mlp.fit(X, Y).history_["validation_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 5 < 60  # scikit-learn stops when more than 4 epochs stood still
    with pytest.raises(UsageError, match="needs validation rows"):
        MLPClassifier(monitor="validation_loss").fit(X, Y)


def test_a_batch_solver_takes_so_many_passes():
    solved = table(optimizer="lbfgs", learning_rate=None, n_epochs=500, n_evaluations=10)
    assert solved.solver_report_.n_evaluations < 20
    with pytest.raises(UsageError, match="n_evaluations must be left out beside the update rule 'adam'"):
        table(n_evaluations=10)


@pytest.mark.parametrize("settings", [{"clip_value": 1.0}, {"averaging": 0.5}, {"shuffle": False}], ids=str)
def test_what_acts_on_steps_is_refused_beside_a_batch_solver(settings):
    with pytest.raises(UsageError, match=f"{next(iter(settings))} must be left out beside the batch solver 'lbfgs'"):
        table(optimizer="lbfgs", learning_rate=None, **settings)


def test_a_divergence_is_an_error_where_that_is_asked_for():
    def spoil(event):
        if isinstance(event, EpochEnded) and event.record.epoch == 2:
            event.training.rows.X[:, :4] = np.inf

    with pytest.raises(DivergenceError, match="training diverged"):
        TableClassifier("y", **QUICK, on_divergence="raise").fit(FRAME, listeners=[spoil])


# Averaging


def test_the_mean_of_the_weights_is_kept():
    seen = []

    def watch(event):
        if isinstance(event, EpochEnded):
            seen.append(event.training.session.get_state().parameters.astype(np.float64))

    model = TableClassifier("y", **QUICK, averaging=0.5, validation=0).fit(FRAME, listeners=[watch])
    shares = 0.5 ** np.arange(len(seen), 0, -1)
    assert weights(model) == pytest.approx(shares @ np.array(seen) / shares.sum(), rel=1e-5)


@pytest.mark.parametrize("validation", [0.0, 0.15])
@pytest.mark.parametrize("step", [5, 16])
def test_a_resumed_training_ends_with_the_mean_of_the_straight_one(tmp_path, step, validation):
    settings = {**QUICK, "averaging": 0.7, "validation": validation, "batch_size": 32}
    straight = TableClassifier("y", **settings).fit(FRAME)
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        TableClassifier("y", **settings).fit(FRAME, checkpoints=CheckpointPlan(tmp_path, pause_at=step))
    resumed = TableClassifier("y", **settings).fit(FRAME, checkpoints=CheckpointPlan(resume=read_resumption(tmp_path)))
    assert weights(resumed).tobytes() == weights(straight).tobytes()


# Computing


def test_so_many_threads_are_used_at_most_and_change_nothing(plain):
    seen = []

    def watch(event):
        if isinstance(event, TrainingStarted):
            seen.append(available_threads())

    model = TableClassifier("y", **QUICK, n_threads=1).fit(FRAME, listeners=[watch])
    assert seen == [1]
    assert weights(model).tobytes() == weights(plain).tobytes()
