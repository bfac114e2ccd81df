"""A recorded run: any step of it comes back to the bit, in a file that keeps to its budget."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.engines import ENGINES, Request, choose
from clearprop.equations.optimizers import RULES, get_rule
from clearprop.equations.schedules import Cosine, Plateau
from clearprop.errors import DataError, ModelFileError, UsageError
from clearprop.files import load_run
from clearprop.model import Dense, Network, initial
from clearprop.recording import Recorder, Recording, Replay, load_recording
from clearprop.recording.looks import Looks
from clearprop.recording.recorder import MEGABYTE, About
from clearprop.training import Plan, Rows, Training

NETWORK = Network(3, (Dense(5, "tanh"), Dense(4, "relu", dropout=0.4), Dense(2, "softmax")), "cross_entropy")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 3)), RNG.integers(0, 2, 50)


class EveryState:
    """An attentive listener that looks after every step."""

    def __init__(self):
        self.states = []

    def next_look(self, step):
        return step + 1

    def __call__(self, event):
        state = event.training.session.get_state()
        if not self.states or self.states[-1].step < state.step:
            self.states.append(state)


def train(rule="adam", engine="numpy", dtype=np.float64, listeners=(), recorded=True, weights=None, **plan):
    """Train, and return (recorder, training)."""
    choice = choose(engine, Request(NETWORK, get_rule(rule), np.dtype(dtype).name))
    settings = {"n_epochs": 12, "batch_size": 8, "learning_rate": 0.02, "patience": None} | plan
    start = initial(NETWORK, seed=4, dtype=dtype)
    rows = Rows(X.astype(dtype), Y, weights)
    recorder = Recorder(choice, about=About(title="drawn"))
    heard = [recorder, *listeners] if recorded else list(listeners)
    training = Training(choice.open(start, 7), NETWORK, rows, Plan(seed=7, **settings), listeners=heard)
    training.run()
    return recorder, training


def same(one, other):
    slots = all(one.slots[name].tobytes() == values.tobytes() for name, values in other.slots.items())
    return slots and one.step == other.step and one.parameters.tobytes() == other.parameters.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("schedule", [Cosine(), Plateau(patience=1)], ids=lambda one: one.name)
def test_every_step_comes_back_to_the_bit(tmp_path, engine, dtype, schedule):
    every = EveryState()
    recorder, _ = train(
        "adamw", engine, dtype, [every], schedule=schedule, weights=np.linspace(0.5, 2, 50).astype(dtype)
    )
    recorder.save(tmp_path / "run.safetensors")
    replay = Replay(load_recording(tmp_path / "run.safetensors"))
    assert len(replay.recording.steps) < len(every.states) == 85
    assert all(same(replay.state(state.step), state) for state in every.states)
    backwards = RNG.permutation(85)
    assert all(same(replay.state(int(step)), every.states[step]) for step in backwards)
    assert replay.verify() is None
    assert replay.exact


@pytest.mark.parametrize("rule", RULES)
def test_every_update_rule_is_replayed_with_its_memory(rule):
    every = EveryState()
    recorder, _ = train(rule, listeners=[every], n_epochs=6)
    replay = Replay(Recording.of(recorder.run))
    assert replay.verify() is None
    assert same(replay.state(29), every.states[29])


def test_recording_changes_no_number_of_the_run():
    (_, recorded), (_, bare) = train(), train(recorded=False)
    assert same(recorded.session.get_state(), bare.session.get_state())
    assert [r.loss for r in recorded.progress.records] == [r.loss for r in bare.progress.records]


def test_the_batch_of_a_step_has_the_gradient_that_the_step_took():
    """Plain gradient descent, so that a step is W − rate · dW."""
    recorder, _ = train("sgd", learning_rate=0.5)
    replay = Replay(Recording.of(recorder.run))
    for step in (0, 3, 40):
        trace = replay.trace_batch(step)
        after = replay.parameters(step + 1).vector
        assert np.allclose(after, trace.parameters.vector - 0.5 * trace.gradient.vector, rtol=1e-12, atol=1e-15)
        assert recorder.run.curve[step].tolist()[:2] == pytest.approx([step, trace.J], rel=1e-12)


def test_the_curve_has_every_step_once():
    recorder, training = train()
    assert recorder.run.curve[:, 0].tolist() == list(range(84))
    assert np.isfinite(recorder.run.curve).all()
    assert len(recorder.run.epochs) == len(training.progress.records) == 12


def test_a_run_that_diverged_is_recorded_to_its_last_step():
    with np.errstate(all="ignore"):
        recorder, training = train("sgd", learning_rate=1e200)
    found = Recording.of(recorder.run)
    assert found.stopped == "DIVERGED"
    assert found.run.about["divergence"]["quantity"] == training.progress.divergence.quantity
    assert found.last == training.session.get_state().step


def test_a_budget_is_kept_and_rows_beyond_it_are_a_sample(tmp_path):
    choice = choose("numpy", Request(NETWORK, get_rule("adam"), "float64"))
    rows = Rows(np.tile(X, (400, 1)), np.tile(Y, 400))
    recorder = Recorder(choice, budget=0.25, about=About(row_numbers=np.arange(20000) + 7))
    plan = Plan(n_epochs=2, batch_size=8, patience=None)
    Training(choice.open(initial(NETWORK, 0), 0), NETWORK, rows, plan, listeners=[recorder]).run()
    n_bytes = recorder.save(tmp_path / "run.safetensors")
    assert n_bytes < 0.25 * MEGABYTE + 10_000
    replay = Replay(load_recording(tmp_path / "run.safetensors"))
    assert not replay.recording.whole
    kept = replay.recording.steps[3]
    assert same(replay.state(kept), recorder.run.states[3])
    assert replay.recording.run.row_numbers[0] == 7
    with pytest.raises(DataError, match="of the 20000 rows were recorded"):
        replay.state(replay.recording.steps[-1] - 1)


def test_a_budget_that_holds_no_two_states_is_refused():
    choice = choose("numpy", Request(NETWORK, get_rule("adam"), "float64"))
    training = Training(
        choice.open(initial(NETWORK, 0), 0), NETWORK, Rows(X, Y), Plan(), listeners=[Recorder(choice, budget=0.001)]
    )
    with pytest.raises(UsageError, match="more megabytes"):
        training.run()


def test_nothing_recorded_is_said():
    with pytest.raises(UsageError, match="nothing has been recorded"):
        _ = Recorder(choose("numpy", Request(NETWORK, get_rule("adam"), "float64"))).run


@pytest.mark.parametrize("n_states", [2, 3, 7, 20, 100, 1000])
@pytest.mark.parametrize("n_steps", [1, 15, 16, 17, 100, 4097, 100_000])
def test_looks_keep_to_their_number_and_are_denser_early(n_states, n_steps):
    looks = Looks.within(n_states, n_steps)
    kept = [0]
    while (step := looks.after(kept[-1])) is not None and step < n_steps:
        kept.append(step)
    assert len(kept) + 1 <= n_states
    assert len(kept) + 1 <= looks.count(n_steps)
    gaps = np.diff(kept)
    assert (gaps[1:] >= gaps[:-1]).all()


def test_a_step_or_a_row_that_is_not_there_is_named():
    recording = Recording.of(train()[0].run)
    with pytest.raises(DataError, match="from step 0 to 84"):
        Replay(recording).state(85)
    with pytest.raises(DataError, match="row 50 is not among the 50 training rows"):
        recording.row(50)


def test_every_altered_byte_of_a_file_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    train(n_epochs=1)[0].save(path)
    whole = path.read_bytes()
    for place in RNG.integers(8, len(whole), 60):
        altered = bytearray(whole)
        altered[place] ^= 1 << int(RNG.integers(8))
        path.write_bytes(altered)
        with pytest.raises(ModelFileError):
            load_recording(path)
    path.write_bytes(whole[:-8])
    with pytest.raises(ModelFileError, match="cut off"):
        load_run(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("columns", ["epoch", "__class__"]),
        ("plan", {}),
        ("rates", []),
        ("n_rows", 3),
        ("inputs", ["a"]),
        ("steps_per_epoch", 1),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(tmp_path, name, value):
    recorder, _ = train(n_epochs=1)
    recorder.run.about[name] = value
    recorder.save(tmp_path / "run.safetensors")
    with pytest.raises(ModelFileError, match="hold"):
        load_recording(tmp_path / "run.safetensors")
