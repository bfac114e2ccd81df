"""A trace can be read: printed, shown in a notebook, taken apart, saved; and looking changes nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from clearprop import Dense, Inputs, Network, mlp
from clearprop.errors import DataError
from clearprop.explain import trace
from clearprop.model import Names, from_arrays, initial
from drawn_networks import draw


def hand_worked():
    network = mlp(2, 2, 1, hidden="relu", output="identity", l2=0.5)
    weights = {"W1": [[1.0, 0.0], [-1.0, 2.0]], "b1": [0.0, 0.0], "W2": [[3.0], [0.0]], "b2": [1.0]}
    return network, from_arrays(network, weights)


def line(table, name):
    return next(line.split() for line in table.splitlines() if line.split()[:1] == [name])


def test_the_table_says_shape_min_rms_max_and_share_of_zeros():
    network, parameters = hand_worked()
    table = str(trace(network, parameters, [[3.0, 4.0]], [[0.0]]))
    assert line(table, "X") == ["X", "1", "×", "2", "3", "3.536", "4", "0%"]
    assert line(table, "z1") == ["z1", "1", "×", "2", "−1", "5.701", "8", "0%"]
    assert line(table, "a1") == ["a1", "1", "×", "2", "0", "5.657", "8", "50%"]
    assert line(table, "b1") == ["b1", "2", "0", "0", "0", "100%"]
    assert line(table, "delta1") == ["delta1", "1", "×", "2", "0", "0", "0", "100%"]


def test_the_first_line_splits_the_objective():
    network, parameters = hand_worked()
    found = trace(network, parameters, [[3.0, 4.0]], [[0.0]])
    assert str(found).splitlines()[0] == "Trace of 1 row through 2 – 2 – 1: J = 4.25 = D 0.5 + R 3.75"
    assert repr(found) == f"<{str(found).splitlines()[0]}>"


def test_there_is_a_table_for_every_layer():
    network = Network(Inputs(3), (Dense(4, "tanh"), Dense(2, "softmax", dropout=0.5)), "cross_entropy")
    table = str(trace(network, initial(network, 0), np.ones((5, 3)), np.zeros(5, int)))
    assert "layer 1: 3 → 4, tanh\n" in table
    assert "layer 2: 4 → 2, softmax, dropout 0.5 of its input\n" in table
    for name in ("X", "Y", "mask1", "W1", "b1", "z1", "a1", "delta1", "dW1", "db1", "W2", "dW2", "losses"):
        assert line(table, name)


def test_the_notebook_shows_the_same_words_as_the_terminal():
    for seed in range(30):
        found = draw(seed).trace()
        shown = re.sub(r"<style>.*?</style>|<[^>]*>", " ", found._repr_html_(), flags=re.DOTALL)
        assert shown.split() == [*str(found).split()]


def test_numbers_that_are_not_finite_are_shown():
    network, parameters = hand_worked()
    parameters["b1"][0] = np.inf
    with np.errstate(invalid="ignore"):
        table = str(trace(network, parameters, [[3.0, 4.0]], [[0.0]]))
    assert "inf" in line(table, "z1")


def test_rows_and_columns_have_the_names_of_the_table():
    network, parameters = hand_worked()
    names = Names(inputs=("height", "age"), outputs=("price",), rows=("row 17",))
    found = trace(network, parameters, [[3.0, 4.0]], [[0.0]], names=names)
    assert found.axes("W1") == (["height", "age"], ["h1.0", "h1.1"])
    assert found.axes("dW2") == (["h1.0", "h1.1"], ["price"])
    assert found.axes("delta2") == (["row 17"], ["price"])
    assert found.axes("a0") == (["row 17"], ["height", "age"])
    assert found.axes("b2") == (["price"],)
    assert found.axes("losses") == (["row 17"],)
    assert found.axes("Y") == (["row 17"], ["price"])


def test_every_array_has_as_many_names_as_entries():
    for seed in range(30):
        found = draw(seed).trace()
        for name, array in found.arrays().items():
            assert tuple(map(len, found.axes(name))) == array.shape, name


def test_a_wrong_number_of_names_is_refused():
    network, parameters = hand_worked()
    with pytest.raises(DataError, match="names of outputs: expected 1, got 2"):
        trace(network, parameters, [[3.0, 4.0]], [[0.0]], names=Names(outputs=("a", "b")))


def test_looking_changes_nothing_and_the_trace_keeps_its_own_copy():
    drawn = draw(5)
    before = drawn.parameters.vector.copy()
    found = trace(drawn.network, drawn.parameters, drawn.X, drawn.Y, drawn.weights)
    assert np.array_equal(drawn.parameters.vector, before)
    drawn.parameters.vector[...] = 0
    assert np.array_equal(found.parameters.vector, before)


def test_the_seed_decides_the_masks_and_nothing_else_does():
    network = mlp(6, 6, 2, dropout=0.5)
    parameters = initial(network, 0)
    X, Y = np.ones((4, 6)), np.ones((4, 2))
    first, second, other = (trace(network, parameters, X, Y, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first["mask1"], second["mask1"])
    assert not np.array_equal(first["mask1"], other["mask1"])


def test_the_file_holds_every_array(tmp_path):
    found = draw(9).trace()
    found.save(str(tmp_path / "trace.npz"))
    with np.load(tmp_path / "trace.npz", allow_pickle=False) as saved:
        assert saved.keys() == found.arrays().keys()
        for name, array in found.arrays().items():
            assert np.array_equal(saved[name], array)


def test_names_may_be_an_array():
    network, parameters = hand_worked()
    names = Names(inputs=np.array(["height", "age"]))
    assert trace(network, parameters, [[3.0, 4.0]], [[0.0]], names=names).axes("a0")[1] == ["height", "age"]


@pytest.mark.parametrize(
    "Y", [[[3.0, 3.0]], [[np.nan, 1.0]], [2], [0.5]], ids=["no shares", "nan", "no class", "float"]
)
def test_targets_without_a_meaning_are_refused(Y):
    network = mlp(2, 2, output="softmax")
    with pytest.raises(DataError, match="cross_entropy"):
        trace(network, initial(network, 0), [[3.0, 4.0]], Y)
