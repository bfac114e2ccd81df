"""Drawn models with every encoding, loss and activation, on rows with unseen labels, gaps, ±1e12 and old dates."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.equations.activations import ACTIVATIONS
from clearprop.exchange import SCRIBES, Answer, lower
from clearprop.exchange.runtimes.c import STRICT
from drawn_models import row_model, table_model
from many_exports import SANITIZED, check_all, draft

HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]
KINDS = ("n", "nhbdce", "hhd", "ce", "bb", "ddc", "nnnnnn", "ebnh")
TARGETS = ("two", "classes", "numbers")
ROWS = (
    (Answer("class", (3, 5)), "sigmoid", "binary_focal"),
    (Answer("class", ("a", "b", "c", "d")), "softmax", "focal"),
    (Answer("labels", ("x", "y", "z")), "sigmoid", "binary_cross_entropy"),
    (Answer("numbers", ("u", "v")), "identity", "huber"),
    (Answer("numbers", ("rate",)), "exp", "gamma"),
    (Answer("numbers", ("rate",)), "softplus", "poisson"),
)


def models(n):
    """Yield n models: two of tables for one of rows, hidden activations and precisions in turn."""
    for k in range(n):
        dtype = (np.float32, np.float64)[k // 2 % 2]
        activation, hidden = HIDDEN[k % len(HIDDEN)], ((12, 6), (9,), (7, 7, 5), (96, 48))[k % 4]
        if k % 3 == 2:
            answer, output, loss = ROWS[k // 3 % len(ROWS)]
            yield row_model(k, answer, output, loss, activation, 3 + k % 9, hidden, dtype)
        else:
            kinds, target = KINDS[k % len(KINDS)], TARGETS[k // 3 % 3]
            yield table_model(k, activation, kinds, target, hidden, dtype, bins=(None, 5, 2, 16)[k % 4])[1]


def held(to, n):
    """Return those of n models that the format can hold."""
    return [deployed for deployed in models(n) if SCRIBES[to].why_not(lower(deployed)) is None]


def test_the_rows_are_as_strange_as_they_should_be():
    golden = draft(table_model(1)[1], "m", 200).golden
    cells = {name[0]: np.array(column, dtype=object) for name, column in golden.rows.items()}

    assert len(golden) >= 200
    assert {"", "unseen"} <= set(cells["c"])
    assert {1e12, -1e12} <= set(cells["n"])
    assert (cells["d"].astype(float) < 0).any()
    assert np.isnan(cells["b"].astype(float)).any()


@pytest.mark.parametrize("to", SCRIBES)
def test_drawn_models_answer_as_they_should(to, tmp_path):
    check_all(to, held(to, 9), tmp_path, n_seeded=24, flags=SANITIZED if to == "c-fixed" else STRICT)


@pytest.mark.soak
@pytest.mark.parametrize("to", SCRIBES)
def test_many_drawn_models_answer_as_they_should(to, tmp_path):
    kept = held(to, 96 if to != "pmml" else 160)  # PMML has few activations
    flags = SANITIZED if to == "c-fixed" else STRICT

    largest = check_all(to, kept, tmp_path, n_seeded=200, flags=flags)

    print(f"\n{to}: {len(kept)} models;", *(f"{' '.join(key)} {value:.2g};" for key, value in largest.items()))
    assert len(kept) >= 40
