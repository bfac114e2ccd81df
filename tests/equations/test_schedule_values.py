"""Schedules against values computed by hand."""

from __future__ import annotations

import math

import pytest

from clearprop.equations import SCHEDULES, get_schedule
from clearprop.equations.schedules import Cosine
from clearprop.errors import UsageError


@pytest.mark.parametrize(
    ("name", "options", "values"),
    [
        ("constant", {}, {0: 1, 3.5: 1, 10: 1}),
        ("step", {"every": 4, "decay": 0.1}, {0: 1, 3.9: 1, 4: 0.1, 8: 0.01, 9: 0.01}),
        ("exponential", {"decay": 0.5}, {0: 1, 1: 0.5, 2: 0.25, 0.5: math.sqrt(0.5)}),
        ("inverse_scaling", {"power": 0.5}, {0: 1, 3: 0.5, 8: 1 / 3}),
        ("cosine", {}, {0: 1, 5: 0.5, 10: 0, 10 / 3: 0.75}),
        ("cosine", {"final": 0.2}, {0: 1, 5: 0.6, 10: 0.2, 12: 0.2}),
        ("one_cycle", {"rise": 0.4, "start": 0.1, "final": 0}, {0: 0.1, 2: 0.55, 4: 1, 7: 0.5, 10: 0}),
        ("one_cycle", {"rise": 0.0, "final": 0}, {0: 1, 5: 0.5, 10: 0}),
        ("one_cycle", {"rise": 1.0, "start": 0}, {0: 0, 5: 0.5, 9.999999: 1}),
        ("flat_cosine", {}, {0: 1, 5: 1, 7.5: 0.5, 10: 0}),
        ("flat_cosine", {"flat": 0.0, "final": 0.2}, {0: 1, 5: 0.6, 10: 0.2}),
        ("flat_cosine", {"flat": 1.0}, {0: 1, 10: 1}),
        (
            "cosine_log",
            {},
            {0: 0, 2 / 3: 0, 2: 0, 14 / 3: 0, 10: 0, 10 * (2**0.5 - 1) / 15: 1, 10 * (2**2.5 - 1) / 15: 1},
        ),
        ("cosine_log", {"cycles": 1}, {0: 0, 10 * (2**0.5 - 1): 1, 10: 0}),
        ("warm_up", {"epochs": 2, "start": 0.0}, {0: 0, 1: 0.5, 2: 1, 9: 1}),
        ("warm_up", {"epochs": 2, "start": 0.1, "then": Cosine()}, {0: 0.1, 1: 0.55, 2: 1, 6: 0.5, 10: 0}),
    ],
)
def test_factors_over_ten_epochs(name, options, values):
    schedule = get_schedule(name, **options)
    for t, factor in values.items():
        assert schedule.factor(t, 10) == pytest.approx(factor, abs=1e-6 if t == 9.999999 else 1e-12), t


def test_plateau_falls_when_the_loss_has_stood_still():
    schedule = get_schedule("plateau", decay=0.5, patience=2, tolerance=0.0, smallest=0.2)
    losses = [1.0, 0.9, 0.9, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]
    factors = [schedule.factor(n, 20, losses[:n]) for n in range(len(losses) + 1)]
    assert factors == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]


def test_plateau_counts_only_improvements_beyond_its_tolerance():
    schedule = get_schedule("plateau", decay=0.5, patience=2, tolerance=0.1)
    assert schedule.factor(3, 20, [1.0, 0.95, 0.91]) == 0.5
    assert schedule.factor(3, 20, [1.0, 0.85, 0.85]) == 1.0


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_factors_are_finite_and_between_zero_and_one(name):
    schedule = get_schedule(name)
    for T in (1, 2, 50):
        for tenth in range(10 * T + 1):
            assert 0 <= schedule.factor(tenth / 10, T, [1.0] * (tenth // 10)) <= 1


def test_unknown_schedules_and_options_are_named_with_what_there_is():
    with pytest.raises(UsageError, match="did you mean 'cosine'"):
        get_schedule("cosin")
    with pytest.raises(UsageError, match="no option 'decay'; it takes none"):
        get_schedule("constant", decay=0.1)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("step", {"every": 0}),
        ("step", {"decay": -0.5}),
        ("exponential", {"decay": math.nan}),
        ("plateau", {"patience": 0}),
        ("one_cycle", {"rise": 1.5}),
        ("warm_up", {"epochs": -1}),
        ("warm_up", {"then": "cosine"}),
    ],
)
def test_options_out_of_range_are_refused(name, options):
    with pytest.raises(UsageError, match=next(iter(options))):
        get_schedule(name, **options)
