"""Programs that no network of today makes: several networks in one, waves between two layers, a single column."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.equations import get_activation
from clearprop.exchange import SCRIBES
from clearprop.exchange.golden import Golden
from clearprop.exchange.scribes import Draft
from clearprop.program import Activate, Cell, Cosine, Dense, Fill, Join, Label, Mean, Numbers, Program, Round, Sine
from many_exports import check_drafts


def periodic(rng, x, precision):
    """Return a network whose first layer turns into sines and cosines."""

    def drawn(*shape):
        return rng.normal(scale=0.5, size=shape).astype(precision)

    angles = Dense(x, drawn(x.width, 3), None)
    waves = Join((Sine(angles), Cosine(angles)))
    hidden = Activate(Dense(waves, drawn(6, 4), drawn(4)), get_activation("tanh"))
    return Activate(Dense(hidden, drawn(4, 3), drawn(3)), get_activation("softmax"))


def drafted(values, name, rows):
    """Return the draft of a program with three classes."""
    program = Program(values, ("a", "b", "c"), Label(values, ("a", "b", "c")))
    return Draft(name, name, program, Golden(rows, *program.run(rows), 1e-7))


@pytest.mark.parametrize("to", SCRIBES)
def test_a_mean_of_networks_with_waves_leaves_or_is_refused(to, tmp_path):
    drafts = []
    for precision in ("float32", "float64"):
        rng = np.random.default_rng(0)
        rows = rng.normal(size=(40, 5)).astype(precision)
        x = Numbers(tuple(f"x{k}" for k in range(5)), precision)
        members = tuple(periodic(rng, x, precision) for _ in range(3))
        drafts += [drafted(members[0], f"one{precision}", rows), drafted(Mean(members), f"mean{precision}", rows)]
    if to == "pmml":
        said = [SCRIBES[to].why_not(one.program) for one in drafts]
        assert said == 2 * ["a network that is not columns first and then layer after layer", "the step Mean"]
        return

    check_drafts(to, drafts, tmp_path)


@pytest.mark.parametrize("to", SCRIBES)
def test_a_single_column_enters_a_layer(to, tmp_path):
    rng = np.random.default_rng(0)
    rows = {"x": [*rng.normal(size=20).tolist(), float("nan")]}
    x = Round(Fill(Cell("x", "number"), 0.5), "float32")
    W, b = rng.normal(size=(1, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)

    check_drafts(to, [drafted(Activate(Dense(x, W, b), get_activation("softmax")), "m", rows)], tmp_path)
