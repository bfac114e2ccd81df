"""Intervals: CV+ as published, to the rank; and what they promise of rows to come."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clearprop.uncertainty import cv_plus, enough_rows, kept_errors


def as_published(answers, residuals, level):
    """Barber, Candès, Ramdas and Tibshirani (2021), equation (2.6), row by row."""
    alpha = 1 - level
    below = np.sort(np.concatenate([a - r for a, r in zip(answers, residuals, strict=True)]))
    above = np.sort(np.concatenate([a + r for a, r in zip(answers, residuals, strict=True)]))
    n = len(above)
    return below[math.floor(alpha * (n + 1) + 1e-9) - 1], above[math.ceil((1 - alpha) * (n + 1) - 1e-9) - 1]


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("n_members", [1, 3])
def test_an_interval_is_that_of_the_paper(level, n_members):
    rng = np.random.default_rng(0)
    answers = rng.normal(size=(n_members, 20))
    residuals = [np.sort(np.abs(rng.normal(size=30))) for _ in range(n_members)]
    low, high = cv_plus(answers, residuals, 30 * n_members, level)
    for row in range(20):
        assert (low[row], high[row]) == as_published(answers[:, row], residuals, level)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_fewer_errors_than_there_were_make_an_interval_little_wider_and_never_narrower(level):
    errors = np.random.default_rng(1).normal(size=5000)
    whole, few = np.sort(np.abs(errors)), kept_errors(errors, 500)
    assert few[-1] == whole[-1]
    answers = np.zeros((1, 1))
    exact, rough = (float(cv_plus(answers, [one], 5000, level)[1][0]) for one in (whole, few))
    assert exact <= rough <= whole[math.ceil(level * 5001) - 1 + 11]


def test_so_many_rows_are_enough_and_one_less_is_not():
    for level, n in ((0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)):
        assert enough_rows(level) == n
        assert math.ceil(level * (n + 1) - 1e-9) <= n < n + 1
        assert math.ceil(level * n - 1e-9) > n - 1


def test_intervals_of_rows_as_those_held_out_hold_as_many_as_they_say():
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(400):
        errors, new = rng.normal(size=19), rng.normal(size=50)
        low, high = cv_plus(np.zeros((1, 50)), [kept_errors(errors, 1024)], 19, 0.9)
        covered.append(np.mean((low <= new) & (new <= high)))
    assert 0.89 < np.mean(covered) < 0.91  # exactly 18/20 is expected
