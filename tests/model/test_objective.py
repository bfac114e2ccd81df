"""Objective: its words, its options, what it refuses."""

from __future__ import annotations

import math

import pytest

from clearprop.equations import LOSSES, get_loss
from clearprop.errors import UsageError
from clearprop.model import Objective


def test_describes_j_in_symbols_and_words():
    objective = Objective("huber", l1=0.5, l2=2.0, penalize_bias=True, reduction="sum")
    assert objective.describe() == (
        "J = Σ_n w_n ℓ_n + ½ · 2 Σ W² + 0.5 Σ |W|,  ℓ = Σ (½ r² if |r| ≤ t else t (|r| − ½ t)), r = a − y  "
        "(huber, threshold = 1; biases are penalised too)"
    )


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_is_described_by_its_formula(name):
    assert LOSSES[name].formula in Objective(name).describe()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Objective("huber", reduction="average"), "unknown reduction 'average'"),
        (lambda: Objective("huber", l2=-1), "l2 must be 0 or more"),
        (lambda: Objective("huber", l1=math.nan), "l1 must be 0 or more"),
        (lambda: Objective("huber", l1=math.inf), "l1 must be 0 or more"),
        (lambda: get_loss("huber", treshold=2), "no option 'treshold'; it takes threshold"),
        (lambda: get_loss("squared_error", threshold=2), "it takes none"),
        (lambda: get_loss("huber", threshold=0), "threshold must be above 0"),
        (lambda: get_loss("quantile", level=1), "level must be between 0 and 1"),
        (lambda: get_loss("cross_entropy", label_smoothing=1), r"label_smoothing must be in \[0, 1\)"),
        (lambda: get_loss("focal", focusing=0.5), "focusing must be at least 1"),
        (lambda: get_loss("binary_focal", focusing=0.5), "focusing must be at least 1"),
        (lambda: get_loss("mse"), "unknown loss 'mse'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(make, message):
    with pytest.raises(UsageError, match=message):
        make()
