"""Training step by step, behind the page: what is shown is the engine's, and the run is the one trained in one go."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from clearprop.errors import DataError, UsageError
from clearprop.explain import trace
from clearprop.fitting.streaming import open_table
from clearprop.model import without_dropout
from clearprop.studio import Asked, Studio
from clearprop.studio import studio as room
from clearprop.studio.reel import Reel
from clearprop.studio.run import MOST_CHANGES, Run

SGD = {"hidden": (4,), "optimizer": "sgd", "learning_rate": 0.1, "epochs": 6}


def iris():
    return open_table("iris", False)


def run_of(**asked):
    return Run(iris(), "species", Asked(**(SGD | asked)))


@pytest.mark.parametrize("asked", [SGD, {"optimizer": "adam", "dropout": 0.3, "epochs": 6}], ids=["sgd", "dropout"])
def test_step_by_step_is_the_run_in_one_go(asked):
    driven, whole = run_of(**asked), run_of(**asked)
    for n in (1, 2, 5, 1, 30):
        driven.advance(n)
    whole.finish()
    assert driven.now.over == whole.now.over == "EPOCHS"
    assert np.array_equal(driven.parameters(24).vector, whole.parameters(24).vector)
    assert driven.curve() == whole.curve()


def test_every_step_of_the_past_is_the_one_that_was_trained():
    run, seen = run_of(optimizer="adam"), {}
    for _ in range(24):
        seen[run.last] = run.now.parameters().vector
        run.advance(1)
    for step in (0, 1, 13, 23):
        assert np.array_equal(run.parameters(step).vector, seen[step])


def test_a_frame_holds_the_numbers_of_an_independent_pass():
    run = run_of(dropout=0.2, l2=0.01)
    run.advance(5)
    made, stretch = run.film(), run.now
    rows = stretch.job.rows.take(run.rows)
    expected = trace(without_dropout(stretch.job.network), run.parameters(5), rows.X, rows.Y)
    frame, at = made.frames[made.data["steps"].index(5)], 0
    for l, name, shape in made.layout:
        size = int(np.prod(shape))
        if l and name in ("W", "b", "z", "a", "delta", "dW", "db"):
            np.testing.assert_allclose(frame[at : at + size], expected[f"{name}{l}"].ravel(), rtol=1e-5, atol=1e-6)
        at += size
    assert at == len(frame)


def test_a_setting_changed_applies_from_the_step_that_is_shown():
    """By the update of plain gradient descent, worked out here; what was trained before that step stays."""
    run = run_of()
    run.advance(10)
    old = [run.parameters(step).vector for step in range(11)]
    assert run.change(Asked(**(SGD | {"learning_rate": 0.5})), 6) == "goes_on"
    assert run.last == 6
    run.advance(1)
    np.testing.assert_allclose(run.parameters(7).vector - old[6], 5 * (old[7] - old[6]), rtol=1e-5, atol=1e-6)
    for step in (0, 3, 6):
        assert np.array_equal(run.parameters(step).vector, old[step])
    assert [step for step, _ in run.curve()] == list(range(7))
    assert run.film().data["steps"] == list(range(8))


def test_nothing_changed_goes_on_as_if_nothing_had_happened():
    run, whole = run_of(optimizer="adam"), run_of(optimizer="adam")
    whole.finish()
    run.advance(13)
    run.change(run.now.asked, 9)
    run.finish()
    assert np.array_equal(run.parameters(24).vector, whole.parameters(24).vector)
    assert run.curve() == whole.curve()


def test_another_optimizer_and_another_batch_size_begin_with_no_memory():
    run = run_of(optimizer="adam")
    run.advance(9)
    here = run.parameters(9).vector
    assert run.change(Asked(**(SGD | {"optimizer": "momentum"})), 9) == "fresh"
    assert run.change(Asked(**(SGD | {"batch_size": 16})), 9) == "fresh"
    state = run.now.training.session.get_state()
    assert np.array_equal(state.parameters, here)
    assert not any(values.any() for values in state.slots.values())
    assert len(run.stretches) == 2
    run.finish()
    assert run.last == 9 + 4 * 8  # two epochs were done
    assert run.film().data["epochs"][-1] == 7


@pytest.mark.parametrize("setting", [{"batch_size": 16}, {"optimizer": "momentum"}])
@pytest.mark.parametrize(("step", "done"), [(7, 1), (8, 2), (9, 2)])
def test_an_epoch_that_is_cut_short_is_not_done(setting, step, done):
    run = run_of()
    run.advance(step)
    run.change(Asked(**(SGD | setting)), step)
    assert run.now.epoch(step) == done + 1
    run.finish()
    assert run.last == step + (6 - done) * run.now.training.steps_per_epoch


@pytest.mark.parametrize("setting", [{"l2": 0.5}, {"dropout": 0.5}, {"mistake": "wrong_sign"}])
def test_a_change_changes_what_is_learned(setting):
    run, other = run_of(), run_of()
    run.advance(4)
    other.advance(8)
    assert run.change(Asked(**(SGD | setting)), 4) == "goes_on"
    run.advance(4)
    assert not np.allclose(run.parameters(8).vector, other.parameters(8).vector)
    assert np.array_equal(run.parameters(4).vector, other.parameters(4).vector)


def test_the_penalty_of_a_frame_is_that_of_its_step():
    run = run_of(l2=0.0)
    run.advance(2)
    run.change(Asked(**(SGD | {"l2": 0.7})), 2)
    run.advance(1)
    made = run.film()
    at = sum(int(np.prod(shape)) for _, _, shape in made.layout[: [n for _, n, _ in made.layout].index("l2")])
    l2 = run.now.job.network.objective.l2
    np.testing.assert_allclose(made.frames[:, at], [0, 0, l2, l2], rtol=1e-6)
    assert l2 > 0
    assert "R" in made.data["equations"]


@pytest.mark.parametrize("setting", [{"hidden": (5,)}, {"activation": "relu"}, {"seed": 3}])
def test_what_belongs_to_another_start_begins_anew(setting):
    studio = Studio.on(iris(), "species", Asked(**SGD))
    studio.step(4, 0)
    assert studio.change(Asked(**(SGD | setting)), 4) == "anew"
    assert studio.run.last == 0
    assert len(studio.before) == 4


def test_more_epochs_let_a_finished_run_go_on():
    run, whole = run_of(), run_of(epochs=8)
    run.finish()
    assert run.advance(1).steps == []
    run.change(Asked(**(SGD | {"epochs": 8})), 24)
    run.finish()
    whole.finish()
    assert np.array_equal(run.parameters(32).vector, whole.parameters(32).vector)


def test_a_run_that_diverges_says_so_and_can_be_gone_back_in():
    run = Run(open_table("diabetes", False), "progression", Asked(**(SGD | {"learning_rate": 1e4})))
    with np.errstate(all="ignore"):
        run.finish()
    assert run.now.over == "DIVERGED"
    assert np.diff(run.film().data["steps"])[-3:].tolist() == [1, 1, 1]
    run.change(Asked(**(SGD | {"learning_rate": 0.01})), 1)
    run.advance(3)
    assert run.last == 4
    assert run.now.over is None


def test_a_question_is_answered_before_all_is_done_where_time_is_up(monkeypatch):
    monkeypatch.setattr(room, "SECONDS", 0.0)
    studio = Studio.on(iris(), "species", Asked(**SGD))
    answer = studio.step(20, 0)
    assert 1 <= answer["steps"][-1] < 20


def test_an_answer_holds_the_frames_of_its_steps_and_the_loss_of_each():
    studio = Studio.on(iris(), "species", Asked(**(SGD | {"epochs": 100})))
    answer = studio.step(10, 0)
    assert answer["steps"] == list(range(1, 11))
    assert [step for step, _ in answer["curve"]] == list(range(10))
    sent = np.frombuffer(base64.b64decode(answer["text"]), "<f4").reshape(10, -1)
    assert np.array_equal(sent, studio.run.film().frames[1:], equal_nan=True)
    assert len(studio.step(300, 10)["steps"]) <= 64


def test_two_windows_do_not_drive_one_run_apart():
    studio = Studio.on(iris(), "species", Asked(**SGD))
    studio.step(2, 0)
    with pytest.raises(UsageError, match="another window"):
        studio.step(1, 0)


def test_other_rows_are_shown_of_every_frame():
    run = run_of()
    run.advance(3)
    numbers = run.now.recorder.about.row_numbers
    run.change(Asked(**SGD, rows=(int(numbers[7]), int(numbers[9]))), 2)
    made = run.film()
    assert made.data["rows"] == [f"row {numbers[7]}", f"row {numbers[9]}"]
    assert made.data["steps"] == [0, 1, 2]
    with pytest.raises(DataError, match="not among the"):
        run.change(Asked(**SGD, rows=(10**6,)), 2)
    assert run.last == 2


def test_a_run_is_changed_so_often_and_no_more():
    run = run_of(epochs=40)
    for k in range(MOST_CHANGES):
        run.advance(1)
        run.change(Asked(**(SGD | {"epochs": 40, "learning_rate": 0.1 + k})), run.last)
    run.advance(1)
    with pytest.raises(UsageError, match="train from the start"):
        run.change(Asked(**SGD), run.last)


def test_a_reel_keeps_both_ends_and_every_other_frame_between():
    reel = Reel(40)
    for step in range(60):
        reel.put(step, 1, np.array([step], np.float32))
    assert len(reel.steps) == len(reel.frames) <= 40
    assert reel.steps[:12] == list(range(12))
    assert reel.steps[-12:] == list(range(48, 60))
    assert [int(frame[0]) for frame in reel.frames] == reel.steps
    reel.cut(48)
    assert reel.steps[-1] == 48
