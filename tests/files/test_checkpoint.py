"""A checkpoint continues the run that it interrupts, bit for bit."""

import numpy as np
import pytest

from clearprop.engines import Order, open_session
from clearprop.equations.optimizers import RULES, Momentum, get_rule
from clearprop.errors import ModelFileError, UsageError
from clearprop.files import Checkpoint, ModelFile, load_checkpoint, load_model, save_checkpoint, save_model
from clearprop.model import Dense, Network, initial

NETWORK = Network(3, (Dense(4, "tanh"), Dense(2, "softmax", dropout=0.5)), "cross_entropy")
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), rng.integers(0, 2, 8)


def opened(rule, dtype=np.float64):
    return open_session(NETWORK, initial(NETWORK, seed=5, dtype=dtype), rule, seed=5, engine="numpy")


def take_steps(session, n):
    order = Order.of(np.tile(np.arange(8), n), batch_size=8)
    session.run(X, Y, None, order, np.full(n, 0.05))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", RULES)
def test_a_run_continued_from_a_checkpoint_gives_the_bytes_of_the_straight_run(tmp_path, name, dtype):
    straight, first, second = (opened(get_rule(name), dtype) for _ in range(3))
    take_steps(straight, 6)
    take_steps(first, 3)
    save_checkpoint(tmp_path / "c", Checkpoint(NETWORK, get_rule(name), first.get_state()))
    second.set_state(load_checkpoint(tmp_path / "c").state)
    take_steps(second, 3)
    assert second.get_state().step == straight.get_state().step == 6
    assert second.get_state().parameters.tobytes() == straight.get_state().parameters.tobytes()
    for slot, values in straight.get_state().slots.items():
        assert second.get_state().slots[slot].tobytes() == values.tobytes()


def checkpoint():
    session = opened(Momentum(momentum=0.75))
    take_steps(session, 2)
    state = session.get_state()
    progress = {"epoch": 2, "history": [0.5, 0.25], "best": None}
    return Checkpoint(NETWORK, Momentum(momentum=0.75), state, progress, {"best": state.parameters * 2}, {"t": 1}, {})


def test_everything_in_a_checkpoint_comes_back(tmp_path):
    written = checkpoint()
    save_checkpoint(tmp_path / "c", written)
    read = load_checkpoint(tmp_path / "c")
    for name in ("network", "rule", "progress", "table", "facts"):
        assert getattr(read, name) == getattr(written, name)
    assert read.vectors.keys() == {"best"}
    assert np.array_equal(read.vectors["best"], written.vectors["best"])


def test_a_checkpoint_loads_as_a_model_too(tmp_path):
    written = checkpoint()
    save_checkpoint(tmp_path / "c", written)
    model = load_model(tmp_path / "c")
    assert np.array_equal(model.parameters.vector, written.state.parameters)
    assert (model.network, model.table) == (NETWORK, {"t": 1})


def test_a_model_is_no_checkpoint(tmp_path):
    save_model(tmp_path / "m", ModelFile(NETWORK, initial(NETWORK, seed=5)))
    with pytest.raises(ModelFileError, match="a finished model, not a checkpoint"):
        load_checkpoint(tmp_path / "m")


def test_slots_may_be_infinite(tmp_path):
    """A squared gradient can overflow float32 while the weights stay sound; resuming must still be exact."""
    written = checkpoint()
    written.state.slots["v"][0] = np.inf
    save_checkpoint(tmp_path / "c", written)
    assert load_checkpoint(tmp_path / "c").state.slots["v"][0] == np.inf


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.state.slots.update(w=c.state.parameters), "not expected slot.w"),
        (lambda c: c.state.slots.clear(), "missing slot.v"),
        (lambda c: c.state.slots.update(v=np.zeros(3)), "slot.v must have shape"),
        (
            lambda c: c.state.slots.update(v=c.state.slots["v"].astype(np.float32)),
            "all tensors must be F32, or all F64",
        ),
        (lambda c: c.vectors.update({"../etc": c.state.parameters}), "vectors"),
    ],
)
def test_a_checkpoint_that_could_not_be_read_again_is_not_written(tmp_path, change, message):
    unsound = checkpoint()
    change(unsound)
    with pytest.raises(UsageError, match=message):
        save_checkpoint(tmp_path / "c", unsound)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("n_rows", [0, 50_000])
def test_records_of_any_length_come_back_to_the_bit_beside_float32(tmp_path, n_rows):
    """The JSON beside them is bounded; a history of any length is not."""
    records = np.random.default_rng(1).standard_normal((n_rows, 9))
    records[::7, 3], records[::5, 4] = np.nan, np.inf
    state = opened(Momentum(), np.float32).get_state()
    save_checkpoint(tmp_path / "c", Checkpoint(NETWORK, Momentum(), state, records=records))
    read = load_checkpoint(tmp_path / "c")
    assert read.records.tobytes() == records.tobytes()
    assert read.state.parameters.tobytes() == state.parameters.tobytes()


def test_records_in_float32_are_refused(tmp_path):
    state = opened(Momentum(), np.float32).get_state()
    save_checkpoint(tmp_path / "c", Checkpoint(NETWORK, Momentum(), state, records=np.ones((2, 2))))
    data = (tmp_path / "c").read_bytes().replace(b'"dtype":"F64"', b'"dtype":"F32"')
    (tmp_path / "c").write_bytes(data)
    with pytest.raises(ModelFileError, match="records must be F64"):
        load_checkpoint(tmp_path / "c")
