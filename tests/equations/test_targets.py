"""From what a user has to rows: targets and class indices."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.equations import get_loss
from clearprop.equations.targets import as_rows, check_targets, one_hot
from clearprop.errors import DataError


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8])
def test_one_hot_rows_of_small_integers_and_many_classes(dtype):
    rows = one_hot(np.array([2, 0, 100], dtype), 300, np.float32)
    assert rows.shape == (3, 300)
    assert rows.dtype == np.float32
    assert rows.argmax(axis=1).tolist() == [2, 0, 100]
    assert rows.sum() == 3


def test_as_rows_of_indices_vectors_and_rows():
    assert as_rows(np.array([1, 0]), 2, float, classes=True).tolist() == [[0, 1], [1, 0]]
    assert as_rows(np.array([1, 0]), 1, float, classes=True).tolist() == [[1], [0]]
    assert as_rows(np.array([1.5, 0]), 1, float, classes=False).tolist() == [[1.5], [0]]
    assert as_rows(np.array([[1, 2]]), 2, float, classes=False).tolist() == [[1, 2]]
    for wrong in (np.zeros(3), np.zeros((3, 3)), np.zeros((3, 2, 1))):
        with pytest.raises(DataError, match=r"Y must have shape \(batch, 2\)"):
            as_rows(wrong, 2, float, classes=False)


@pytest.mark.parametrize(
    ("loss", "Y", "n_out", "message"),
    [
        ("cross_entropy", np.array([0, 1, 3]), 3, r"needs class indices 0 \.\. 2; row 2 has 3"),
        ("cross_entropy", np.array([0, -1]), 3, "row 1 has -1"),
        ("cross_entropy", np.array([0.0, 1.0]), 3, "class indices for 'cross_entropy' must be integers"),
        ("cross_entropy", np.array([[0.5, 0.4, 0.0]]), 3, "add up to 1; the sum; row 0 has 0.9"),
        ("focal", np.array([[0.0, 1.0], [1.5, -0.5]]), 2, "between 0 and 1; row 1"),
        ("binary_cross_entropy", np.array([[0.0], [2.0]]), 1, "between 0 and 1; row 1"),
        ("poisson", np.array([[1.0], [-1.0]]), 1, "0 or more; row 1"),
        ("gamma", np.array([[1.0], [0.0]]), 1, "above 0; row 1"),
        ("squared_error", np.array([[1.0], [np.nan]]), 1, "needs finite targets; row 1"),
        ("absolute", np.array([[np.inf]]), 1, "needs finite targets; row 0"),
        ("huber", np.array(["low", "high"]), 1, "targets for 'huber' must be numbers, got <U4"),
        ("huber", np.array([1.0, None], object), 1, "must be numbers, got object"),
        ("huber", np.array([1j]), 1, "must be numbers, got complex128"),
    ],
)
def test_targets_without_a_meaning_are_refused_with_their_row(loss, Y, n_out, message):
    with pytest.raises(DataError, match=message):
        check_targets(Y, get_loss(loss), n_out)


@pytest.mark.parametrize(
    ("loss", "Y", "n_out"),
    [
        ("cross_entropy", np.array([0, 2, 1], np.uint8), 3),
        ("cross_entropy", np.array([[0.2, 0.3, 0.5]], np.float32), 3),
        ("binary_cross_entropy", np.array([[0.0, 0.3], [1.0, 1.0]]), 2),
        ("binary_cross_entropy", np.array([0, 1, 1]), 1),
        ("poisson", np.array([0, 3]), 1),
        ("squared_error", np.array([-1e300, 1e300]), 1),
    ],
)
def test_targets_with_a_meaning_pass(loss, Y, n_out):
    check_targets(Y, get_loss(loss), n_out)
