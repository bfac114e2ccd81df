"""Draw a sheet with friendly numbers: every one of them, intermediate or not, has at most three decimals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import UsageError
from clearprop.explain.worksheets.check import variants
from clearprop.explain.worksheets.sheet import DECIMALS, Sheet, blanks_of
from clearprop.model import Dense, Network, Objective, Parameters, parameter_shapes

Array = NDArray[Any]

LARGEST = 60.0
DRAWS, GOOD = 4000, 6  # draws at most; friendly sheets of which the best is taken
_HALVES, _WHOLE = np.array([-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2]), np.array([-2, -1, 1, 2])
_ROUNDING = 1e-9


def draw_sheet(
    sizes: Sequence[int],
    notation: str = "clearprop",
    blanks: Sequence[str] = ("delta", "dW"),
    seed: int = 0,
    rows: int = 2,
) -> Sheet:
    """Draw a worksheet: relu inside, straight outputs, half the squared error, averaged over the rows.

    The same seed gives the same sheet; every seed another one. Of the friendly ones drawn, that is taken on which
    most mistakes of the catalogue come to numbers of their own.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden layers, outputs.
    notation : str
    blanks : sequence of str
        Quantities to fill in: "delta" for those of every layer, "dW2" for one.
    seed : int
    rows : int

    Raises
    ------
    UsageError
        If a size is not between 1 and 5, there are not 1 to 3 layers with weights, or no friendly numbers are found.
    """
    sizes = tuple(sizes)
    if not 2 <= len(sizes) <= 4 or not all(1 <= size <= 5 for size in sizes) or not 1 <= rows <= 5:
        raise UsageError(
            f"a sheet is filled in by hand: sizes must be 2 to 4 numbers from 1 to 5, such as 2-3-2, and rows 1 to 5; "
            f"got {'-'.join(map(str, sizes))} and {rows} rows."
        )
    layers = [Dense(size, "relu") for size in sizes[1:-1]] + [Dense(sizes[-1], "identity")]
    network = Network(sizes[0], tuple(layers), Objective("squared_error"))
    wanted = blanks_of(blanks, network.L)
    found: list[tuple[int, Sheet]] = []
    rng = np.random.default_rng([seed, *sizes, rows])
    for attempt in range(DRAWS):
        sheet = _drawn(network, rng, _HALVES if attempt < DRAWS // 2 else _WHOLE, rows)
        made = Sheet(network, *sheet, notation, wanted, seed)
        if is_friendly(made) and _is_telling(made):
            found.append((_distinct(made), made))
        if len(found) == GOOD:
            break
    if not found:
        raise UsageError(
            "no friendly numbers were found for this sheet; choose another seed, fewer layers or fewer rows."
        )
    return max(found, key=lambda pair: pair[0])[1]


def is_friendly(sheet: Sheet) -> bool:
    """Return whether every number of a sheet has at most three decimals, is no giant, and no kink of relu."""
    arrays = list(sheet.solution.values())
    products = [array * 10**DECIMALS for array in arrays]
    round_ = all(np.abs(array - array.round()).max() < _ROUNDING for array in products)
    hidden = [sheet.trace.z[l] for l in range(1, sheet.network.L)]
    off_kinks = all(z is not None and (z != 0).all() for z in hidden)
    return bool(round_ and off_kinks and max(np.abs(array).max() for array in arrays) <= LARGEST)


def _is_telling(sheet: Sheet) -> bool:
    """Return whether something happens: errors that differ, and relu units on either side."""
    last = sheet.trace.delta[sheet.network.L]
    assert last is not None
    hidden = [sheet.trace.a[l] for l in range(1, sheet.network.L)]
    sides = all((a == 0).any() and (a > 0).any(axis=1).all() for a in hidden if a.shape[1] > 1)
    return bool((last != 0).all() and sides)


def _distinct(sheet: Sheet) -> int:
    """Return how many single mistakes come to numbers of their own."""
    return len({tuple(variant.numbers.round(DECIMALS).tolist()) for variant in variants(sheet, single=True)})


def _drawn(network: Network, rng: np.random.Generator, steps: Array, rows: int) -> tuple[Parameters, Array, Array]:
    shapes = parameter_shapes(network)
    n = sum(int(np.prod(shape)) for shape in shapes.values())
    parameters = Parameters(shapes, rng.choice(steps, n))
    X = rng.choice(np.array([-2.0, -1.0, 1.0, 2.0, 3.0]), (rows, network.sizes[0]))
    Y = rng.choice(np.array([-1.0, 0.0, 1.0, 2.0]), (rows, network.n_out))
    return parameters, X, Y
