"""What a function has left far out keeps its digits in an export: a probability of 1e-9 is no 0, nor a rate of 1e-9."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.equations import get_activation
from clearprop.equations.activations import ACTIVATIONS
from clearprop.exchange import SCRIBES
from clearprop.exchange.exporting import ROUNDINGS
from clearprop.exchange.golden import Golden
from clearprop.exchange.runtimes.c import STRICT
from clearprop.exchange.scribes import Draft
from clearprop.program import Activate, Dense, Numbers, Program
from many_exports import run_drafts

WITH_TAILS = ("sigmoid", "softmax", "exp", "softplus", "silu", "mish", "gaussian", "cut_sigmoid")
"""Those that come near 0 somewhere and have digits left there in the model itself."""


def far_out(name, precision):
    """Return the draft of one activation on z from far below 0 to far above."""
    z = np.concatenate([np.linspace(-80, 80, 641), np.geomspace(1e-6, 80, 60), -np.geomspace(1e-6, 80, 60)])
    rows = z.astype(precision)[:, None]
    names = ("a", "b") if name == "softmax" else ("a",)
    as_it_is = Dense(Numbers(("x",), precision), np.eye(1, len(names), dtype=precision), None)
    program = Program(Activate(as_it_is, get_activation(name)), names)
    values, _ = program.run(rows)
    rounding = relative(
        values, get_activation(name).forward(rows.astype(np.float64) * np.eye(1, len(names))), precision
    )
    return Draft(f"{name}_{precision}", f"{name}_{precision}", program, Golden(rows, values, None, rounding))


def relative(found, expected, precision):
    """Return the largest relative difference, where an ordinary number is expected."""
    ordinary = np.abs(expected) > np.finfo(precision).tiny
    return float(np.max(np.abs(found - expected)[ordinary] / np.abs(expected)[ordinary]))


@pytest.mark.parametrize("to", [to for to in SCRIBES if to != "c-fixed"])  # int16 promises 2e-3 of the whole
def test_tails_keep_their_digits(to, tmp_path):
    drafts = [far_out(name, precision) for name in WITH_TAILS for precision in ("float32", "float64")]
    drafts = [one for one in drafts if SCRIBES[to].why_not(one.program) is None]
    assert drafts

    for runtime, answers in run_drafts(to, drafts, tmp_path, STRICT):
        for one, (found, _) in zip(drafts, answers, strict=True):
            by = relative(found, one.golden.values.astype(np.float64), one.precision)
            assert by <= SCRIBES[to].tolerance[one.precision] + ROUNDINGS * one.golden.rounding, (runtime, one.name)


def test_every_function_that_is_a_probability_is_tried():
    assert {name for name, f in ACTIVATIONS.items() if f.range == "unit"} <= {*WITH_TAILS, "step"}
