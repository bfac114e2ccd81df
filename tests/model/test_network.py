"""Network, Dense, Inputs: what they accept, what they refuse in which words, and that they are values."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

from clearprop.equations.losses import Huber
from clearprop.equations.slots import Slot
from clearprop.errors import UsageError
from clearprop.model import Dense, Inputs, Network, Objective, mlp

NETWORK = Network(
    Inputs(2, (3, 4), embedding=(2, "one-hot")),
    (Dense(8, "gelu", dropout=0.2, max_norm=3.0), Dense(3, "softmax", bias=False)),
    Objective("cross_entropy", l2=1e-4),
)


def test_sizes_follow_from_the_description():
    assert NETWORK.L == 2
    assert NETWORK.sizes == (2 + 2 + 4, 8, 3)
    assert NETWORK.n_out == 3
    assert NETWORK.inputs.n_columns == 4
    assert NETWORK.inputs.widths == (2, 4)
    assert [f.name for f in NETWORK.f] == ["identity", "gelu", "softmax"]
    assert NETWORK.takes_classes


def test_the_slots_say_what_every_parameter_is():
    frozen, last = Dense(4, frozen=True), Dense(3, "softmax", bias=False, max_norm=2.0, learning_rate=0.5)
    network = Network(NETWORK.inputs, (frozen, last), Objective("cross_entropy", penalize_bias=True))
    assert network.slots == (
        Slot("E1", "stage", (3, 2), 1),
        Slot("W1", "weight", (8, 4), 1, penalised=True, decays=True, trainable=False),
        Slot("b1", "bias", (4,), 1, penalised=True, trainable=False),
        Slot("W2", "weight", (4, 3), 2, penalised=True, decays=True, learning_rate=0.5, max_norm=2.0),
    )
    assert not any(slot.penalised for slot in NETWORK.slots if slot.kind != "weight")


def test_descriptions_are_values():
    again = pickle.loads(pickle.dumps(NETWORK))
    assert again == NETWORK
    assert hash(again) == hash(NETWORK)
    assert again != Network(NETWORK.inputs, NETWORK.layers, "cross_entropy")
    assert len({NETWORK, again, Objective("huber"), Objective(Huber(1.0)), Dense(3), Dense(np.int64(3))}) == 3


@pytest.mark.parametrize(
    ("thing", "name"), [(NETWORK, "layers"), (Dense(3), "units"), (Inputs(3), "n_numeric"), (NETWORK.objective, "l2")]
)
def test_descriptions_are_frozen(thing, name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, name, 5)


def test_the_size_of_an_embedding_may_be_an_integer_of_numpys():
    for size in (np.int64(2), (np.int64(2),)):
        assert Inputs(1, (5,), size) == Inputs(1, (5,), 2)
        assert type(Inputs(1, (5,), size).embeddings[0]) is int


@pytest.mark.parametrize("loss", [3, None, Huber], ids=["number", "nothing", "class"])
def test_a_loss_that_is_none_is_refused(loss):
    with pytest.raises(UsageError, match="loss must be the name of a loss or a Loss"):
        Objective(loss)


def test_short_forms_mean_the_long_ones():
    assert Network(3, (Dense(2, "identity"),), "squared_error") == Network(
        Inputs(3), (Dense(2, "identity"),), Objective("squared_error")
    )
    assert Network(np.int64(3), [Dense(2, "identity")], "huber").inputs == Inputs(3)
    assert Inputs(1, [4, 5], embedding=2) == Inputs(1, (4, 5), embedding=(2, 2))


@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("softmax", "cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("exp", "poisson"),
        ("identity", "squared_error"),
        ("tanh", "squared_error"),
    ],
)
def test_mlp_takes_the_loss_that_goes_with_the_output(output, loss):
    network = mlp(4, 5, 6, 2, output=output, dropout=0.1, l1=0.2)
    assert network.objective == Objective(loss, l1=0.2)
    assert network.sizes == (4, 5, 6, 2)
    assert [layer.dropout for layer in network.layers] == [0.0, 0.1, 0.1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(3, "rellu"), "unknown activation 'rellu'; did you mean 'relu'"),
        (lambda: Dense(3, init="he"), "unknown initializer 'he'.*he_normal"),
        (lambda: Dense(0), "at least 1 unit, got 0"),
        (lambda: Dense(2.5), r"number of units must be an integer, got 2\.5"),
        (lambda: Dense("3"), "number of units must be an integer, got '3'"),
        (lambda: Dense(3, dropout=1.0), r"dropout must be in \[0, 1\), got 1\.0"),
        (lambda: Dense(3, dropout=math.nan), "dropout must be in"),
        (lambda: Dense(3, max_norm=0.0), "max_norm must be above 0"),
        (lambda: Dense(3, max_norm=math.nan), "max_norm must be above 0"),
        (lambda: Dense(3, learning_rate=-0.1), "factor must be 0 or more"),
        (lambda: Dense(3, learning_rate=math.inf), "factor must be 0 or more"),
        (lambda: Inputs(0), "at least one input column"),
        (lambda: Inputs(-1, (3, 4)), "at least one input column"),
        (lambda: Inputs(1, (0,)), "at least one input column"),
        (lambda: Inputs("a"), "numeric columns must be an integer, got 'a'"),
        (lambda: Inputs(1, (3,), embedding=0), 'embedding must be "one-hot" or a size of 1 or more, got 0'),
        (lambda: Inputs(1, (3,), embedding="onehot"), "embedding must be"),
        (lambda: Inputs(1, (3, 4), embedding=(2,)), "one entry per categorical column"),
        (lambda: Network(2, (), "squared_error"), "at least one layer"),
        (lambda: Network(2, (3,), "squared_error"), "each a Dense, got"),
        (lambda: Network(2, (Dense(1),), 7), "objective must be"),
        (lambda: Network(2, (Dense(1),), "squared_eror"), "did you mean 'squared_error'"),
        (
            lambda: Network(2, (Dense(3, "identity"),), "cross_entropy"),
            "'cross_entropy' needs outputs that are simplex.*use the output activation 'softmax'",
        ),
        (lambda: Network(2, (Dense(3, "relu"),), "poisson"), "use the output activation 'exp'"),
        (lambda: mlp(3), "number of inputs and of outputs"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(make, message):
    with pytest.raises(UsageError, match=message):
        make()
