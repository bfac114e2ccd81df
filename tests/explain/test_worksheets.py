"""Worksheets: friendly numbers, right answers never called wrong, and the mistake in an answer by its name."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from clearprop.errors import DataError, UsageError
from clearprop.explain import NOTATIONS
from clearprop.explain.worksheets import (
    DECIMALS,
    check,
    draw_sheet,
    sheet_from_plain,
    sheet_to_plain,
    sum_of,
    variants,
)

SHEETS = [((2, 3, 2), "clearprop", 0), ((2, 2, 1), "ng", 1), ((3, 2, 2), "theta", 2), ((2, 2, 2, 1), "rnet", 3)]


@pytest.fixture(scope="module", params=SHEETS, ids=lambda one: f"{one[1]}-{one[2]}")
def sheet(request):
    sizes, notation, seed = request.param
    return draw_sheet(sizes, notation, ("z", "a", "delta", "dW", "db"), seed)


@pytest.fixture(scope="module")
def known(sheet):
    return variants(sheet)


def rounded(sheet, numbers):
    return {cell.name: round(float(v), DECIMALS) for cell, v in zip(sheet.cells, numbers, strict=True)}


def truth(sheet):
    return np.array([sheet.value(cell) for cell in sheet.cells])


def exact(array):
    return [[Fraction(float(v)) for v in row] for row in np.atleast_2d(array)]


def test_no_number_needs_more_than_three_decimals(sheet):
    """In exact arithmetic of fractions, by the equations as they stand in the textbook, written here again."""
    W = [exact(sheet.parameters[f"W{l}"]) for l in range(1, sheet.network.L + 1)]
    b = [exact(sheet.parameters[f"b{l}"])[0] for l in range(1, sheet.network.L + 1)]
    a = [exact(sheet.X)]
    for l, (w, bias) in enumerate(zip(W, b, strict=True), 1):
        z = [[sum(x * w[i][k] for i, x in enumerate(row)) + bias[k] for k in range(len(bias))] for row in a[-1]]
        a.append([[max(v, Fraction(0)) for v in row] for row in z] if l < sheet.network.L else z)
    m, Y = len(sheet.X), exact(sheet.Y)
    delta = [[(v - y) / m for v, y in zip(*rows, strict=True)] for rows in zip(a[-1], Y, strict=True)]
    numbers = [v for layer in a for row in layer for v in row]
    for l in range(sheet.network.L, 0, -1):
        numbers += [v for row in delta for v in row]
        dW = [
            [sum(a[l - 1][n][i] * delta[n][k] for n in range(m)) for k in range(len(b[l - 1]))]
            for i in range(len(W[l - 1]))
        ]
        assert np.allclose([[float(v) for v in row] for row in dW], sheet.trace[f"dW{l}"])
        numbers += [v for row in dW for v in row]
        below = [[sum(d[k] * w[k] for k in range(len(d))) for w in W[l - 1]] for d in delta]
        delta = [[v if a[l - 1][n][i] > 0 else Fraction(0) for i, v in enumerate(row)] for n, row in enumerate(below)]
    assert all((v * 10**DECIMALS).denominator == 1 for v in numbers)


def test_right_answers_are_never_called_wrong(sheet, known):
    for step in (0.0, 4.9e-4, -4.9e-4):
        answers = {cell.name: sheet.value(cell) + step for cell in sheet.cells}
        assert check(sheet, answers, known).correct


def test_every_single_mistake_is_named_first_or_beside_one_of_the_very_same_numbers(sheet, known):
    single = [variant for variant in known if len(variant.mistakes) == 1 and variant.layer is None]
    assert len(single) > 8
    for variant in single:
        marked = check(sheet, rounded(sheet, variant.numbers), known)
        first = next(one for one in known if one.mistakes == marked.mistakes)
        assert not marked.correct
        assert first is variant or np.abs(first.numbers - variant.numbers).max() <= 1.1 * 10.0**-DECIMALS
        assert first is variant or variant.says in marked.others


def test_a_slip_of_the_pen_is_no_mistake_of_the_catalogue(sheet, known):
    answers = rounded(sheet, truth(sheet))
    answers[sheet.cells[0].name] += 0.037
    marked = check(sheet, answers, known)
    assert (marked.wrong, marked.mistakes) == ((sheet.cells[0].name,), ())


def test_an_empty_cell_is_neither_right_nor_wrong(sheet, known):
    marked = check(sheet, {sheet.cells[0].name: sheet.value(sheet.cells[0])}, known)
    assert (len(marked.right), marked.wrong, marked.empty) == (1, (), len(sheet.cells) - 1)


def test_every_sum_that_is_written_out_comes_to_its_number(sheet):
    for cell in sheet.cells:
        left, _, right = sum_of(sheet, cell).rpartition(" = ")
        written = left.replace("−", "-").replace("·", "*").replace("relu(", "max(0, ")
        assert eval(written, {"__builtins__": {}, "max": max}) == pytest.approx(
            float(right.replace("−", "-")), abs=1e-9
        )
        assert float(right.replace("−", "-")) == pytest.approx(sheet.value(cell), abs=1e-9)


def test_a_sheet_comes_back_from_its_plain_data(sheet):
    again = sheet_from_plain(sheet_to_plain(sheet))
    assert np.array_equal(truth(again), truth(sheet))
    assert again.cells == sheet.cells


@pytest.mark.parametrize(
    ("name", "value"), [("version", 2), ("notation", "greek"), ("parameters", [1.0]), ("X", [[1.0]]), ("blanks", [])]
)
def test_plain_data_of_no_sheet_are_refused(name, value):
    plain = sheet_to_plain(draw_sheet((1, 2, 1), seed=1)) | {name: value}
    with pytest.raises(DataError, match="does not hold"):
        sheet_from_plain(plain)


def test_a_seed_is_a_sheet_and_another_seed_another():
    one, same, other = (draw_sheet((2, 2, 1), seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(one.parameters.vector, same.parameters.vector)
    assert not np.array_equal(one.parameters.vector, other.parameters.vector)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_notation_prints_its_own_orientation(notation):
    sheet = draw_sheet((2, 3, 1), notation, seed=0)
    assert sheet.solution["dW1"].shape == ((2, 3) if notation == "clearprop" else (3, 2))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sizes": (2,)}, "2 to 4 numbers"),
        ({"sizes": (9, 9)}, "from 1 to 5"),
        ({"blanks": ("dX",)}, "dX"),
        ({"blanks": ()}, "nothing to fill in"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(UsageError, match=words):
        draw_sheet(**({"sizes": (2, 2, 1)} | arguments))
