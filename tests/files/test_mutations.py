"""Thousands of mutated files: each is refused in our words, or loads as a sound model."""

import io
import random
import warnings

import numpy as np
import pytest
from mutations import mutate

from clearprop.errors import ModelFileError, UsageError
from clearprop.files._format import read_contents


def load(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_contents(io.BytesIO(data))


def refusal_or_contents(data):
    try:
        return None, load(data)
    except (ModelFileError, UsageError) as refusal:
        return str(refusal), None


def outcomes(seed, n):
    """Load n mutated files; return how many were sound."""
    rng, loaded = random.Random(seed), 0
    for _ in range(n):
        data = mutate(rng)
        refusal, contents = refusal_or_contents(data)
        if contents is None:
            assert refusal
            assert refusal.isprintable()
            continue
        loaded += 1
        assert np.all(np.isfinite(contents.parameters.vector))
        assert contents.parameters.vector.nbytes <= len(data)
    return loaded


def test_no_mutation_crashes_the_loader():
    """Some get through, because they change what may be changed: a seed, a finite weight, a rate."""
    assert 0 < outcomes(seed=0, n=3000) < 1500


@pytest.mark.soak
def test_no_mutation_crashes_the_loader_in_a_long_run():
    assert outcomes(seed=1, n=1_000_000) > 0
