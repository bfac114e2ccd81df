"""Calibration: what held-out rows ask for is found, and nothing is done where they do not speak for it."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.uncertainty import calibrate
from clearprop.uncertainty.calibration import curve_of, temperature_of, tempered


def drawn(n, n_classes, temperature, seed=0):
    """Return what a network that is too sure by a temperature says, the true codes, and weights."""
    rng = np.random.default_rng(seed)
    z = 2 * rng.normal(size=(n, n_classes))
    true = tempered(z, 1.0)
    codes = (true.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return tempered(z, 1 / temperature), codes, np.ones(n)


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_the_temperature_that_was_put_in_is_found(n_classes, temperature):
    P, codes, weights = drawn(4000, n_classes, temperature)
    assert temperature_of(P, codes, weights) == pytest.approx(temperature, rel=0.1)
    found = calibrate(P, codes, weights, "temperature")
    assert found.temperature == pytest.approx(temperature_of(P, codes, weights), rel=1e-4)
    assert found.after < found.before


def test_two_copies_of_a_row_count_as_its_weight():
    P, codes, weights = drawn(300, 3, 2.0)
    twice = np.concatenate([np.arange(300), np.arange(100)])
    weights[:100] = 2
    assert temperature_of(P[twice], codes[twice], np.ones(400)) == pytest.approx(temperature_of(P, codes, weights))


def test_probabilities_that_hold_are_left_as_they_are():
    taken = [calibrate(*drawn(400, 3, 1.0, seed)) for seed in range(20)]
    assert sum(found.temperature != 1 for found in taken) <= 6
    for found in taken:
        assert 0.8 < found.temperature < 1.25


def test_a_curve_leads_back_what_was_bent_in_another_way_than_by_a_temperature():
    rng = np.random.default_rng(0)
    p = rng.random(6000)
    codes = (rng.random(6000) < p).astype(int)
    bent = p**3
    P = np.stack([1 - bent, bent], axis=1)
    found = calibrate(P, codes, np.ones(6000))
    assert found.curve is not None
    assert found.temperature == 1
    assert np.abs(found.curve(bent) - p).max() < 0.12
    assert found.after < found.before


def test_a_curve_rises_from_0_to_1_and_is_never_certain():
    curve = curve_of(np.linspace(0, 1, 300) ** 2, (np.arange(300) > 150).astype(int), np.ones(300))
    assert (curve.x[0], curve.x[-1]) == (0, 1)
    assert np.all(np.diff(curve.x) > 0)
    assert np.all(np.diff(curve.y) >= 0)
    assert 0 < curve.y[0] < curve.y[-1] < 1


def test_few_rows_and_few_mistakes_decide_nothing():
    assert calibrate(*drawn(49, 2, 3.0)).temperature == 1
    P, codes, weights = drawn(400, 2, 3.0)
    right = P.argmax(axis=1) == codes
    assert calibrate(P[right], codes[right], weights[right]).as_plain() is None
