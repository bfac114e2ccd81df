"""Check answers on a worksheet, and name the mistake that leads to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import unknown_name
from clearprop.explain.worksheets.sheet import DECIMALS, Sheet
from clearprop.proofs.mistaken import Mistake, mistaken
from clearprop.proofs.mistakes import MISTAKES

Array = NDArray[Any]

TOLERANCE = 0.501 * 10.0**-DECIMALS
"""How far an answer that is rounded to the sheet's decimals may be off."""


@dataclass(frozen=True, eq=False)
class Variant:
    """What comes out in the blanks with mistakes.

    Attributes
    ----------
    mistakes : tuple of str
    layer : int or None
        The only layer in which they are made; None for all.
    says : str
    equations : tuple of str
        Those that are broken, as they should be.
    numbers : array (n_cells,)
    """

    mistakes: tuple[str, ...]
    layer: int | None
    says: str
    equations: tuple[str, ...]
    numbers: Array


@dataclass(frozen=True)
class Marked:
    """An answer, marked.

    Attributes
    ----------
    right, wrong : tuple of str
        Names of cells.
    empty : int
        Cells without an answer.
    says : str
        The mistake in words; "" where nothing is wrong or nothing explains it.
    mistakes : tuple of str
        Its names from the catalogue.
    others : tuple of str
        Other mistakes, in words, that lead to these very answers.
    equations : tuple of str
        Those that are broken, as they should be.
    """

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    empty: int
    says: str = ""
    mistakes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    equations: tuple[str, ...] = ()

    @property
    def correct(self) -> bool:
        """Whether nothing that was answered is wrong."""
        return not self.wrong


def check(sheet: Sheet, answers: Mapping[str, float], known: tuple[Variant, ...] | None = None) -> Marked:
    """Mark answers, and name the mistake in them.

    A mistake is named if it leads to every answer that was given, rounded as the sheet asks. Simple explanations come
    before those of two mistakes or of one layer alone.

    Parameters
    ----------
    sheet : Sheet
    answers : mapping of str to float
        By the names of cells; what is left out, or NaN, is not marked.
    known : tuple of Variant, optional
        What `variants` returns, where many answers are marked.

    Raises
    ------
    UsageError
        If the sheet has no cell of such a name.
    """
    names = [cell.name for cell in sheet.cells]
    for name in answers:
        if name not in names:
            raise unknown_name("cell", name, names)
    given = np.array([float(answers.get(name, np.nan)) for name in names])
    filled = ~np.isnan(given)
    right = np.array([sheet.value(cell) for cell in sheet.cells])
    good = filled & close(given, right)
    wrong = filled & ~good
    told = [np.asarray(names)[mask].tolist() for mask in (good, wrong)]
    marked = Marked(tuple(told[0]), tuple(told[1]), int((~filled).sum()))
    if not wrong.any():
        return marked
    fitting = [v for v in (variants(sheet) if known is None else known) if close(given, v.numbers)[filled].all()]
    return _named(marked, fitting) if fitting else marked


def close(given: Array, numbers: Array) -> NDArray[np.bool_]:
    """Return which answers are these numbers, rounded; NaN is none."""
    near: NDArray[np.bool_] = np.abs(given - numbers) <= TOLERANCE * np.maximum(1.0, np.abs(numbers) * 1e-3)
    return near


def variants(sheet: Sheet, single: bool = False) -> tuple[Variant, ...]:
    """Return all that the catalogue's mistakes lead to, the simplest first: one, one in a single layer, two.

    Parameters
    ----------
    sheet : Sheet
    single : bool
        Whether one mistake, made in every layer, is all that is looked for.
    """
    truth = _cells(sheet, (), None)
    found: list[Variant] = []
    with np.errstate(all="ignore"):
        for mistakes, layer in [((one,), None) for one in MISTAKES] if single else _suspicions(sheet.network.L):
            numbers = _cells(sheet, mistakes, layer)
            if np.isfinite(numbers).all() and not close(numbers, truth).all():
                found.append(_variant(sheet, mistakes, layer, numbers))
    return tuple(found)


def _suspicions(L: int) -> Iterator[tuple[tuple[Mistake, ...], int | None]]:
    local = [mistake for mistake in MISTAKES if mistake.step not in ("scales", "output")]
    yield from (((mistake,), None) for mistake in MISTAKES)
    yield from (((mistake,), l) for l in range(1, L + 1) for mistake in local)
    yield from ((pair, None) for pair in combinations(MISTAKES, 2))


def _variant(sheet: Sheet, mistakes: tuple[Mistake, ...], layer: int | None, numbers: Array) -> Variant:
    half = "½" in sheet.network.objective.loss.formula
    says = "; and ".join((half and mistake.with_half) or mistake.says for mistake in mistakes)
    return Variant(
        tuple(mistake.name for mistake in mistakes), layer,
        says if layer is None else f"in layer {layer} alone, {says}",
        tuple(dict.fromkeys(mistake.equation for mistake in mistakes)), numbers,
    )  # fmt: skip


def _cells(sheet: Sheet, mistakes: tuple[Mistake, ...], layer: int | None) -> Array:
    """Return the numbers of all cells under mistakes.

    Where δ is of each sample's own loss, the factor 1/m and what is wrong with it stand in dW alone.
    """
    found = mistaken(sheet.trace, mistakes, layer)
    arrays: dict[str, Array] = {**sheet.arrays, **found}
    if not sheet.derivation.scales_delta:
        unscaled = mistaken(sheet.trace, [one for one in mistakes if one.step != "scales"], layer)
        arrays |= {name: unscaled[name] for name in (f"delta{l}" for l in range(1, sheet.network.L + 1))}
    printed = sheet.printed(arrays, sheet.trace.scales)
    return np.array([printed[cell.quantity][cell.row - 1, cell.column - 1] for cell in sheet.cells])


def _named(marked: Marked, fitting: list[Variant]) -> Marked:
    first = fitting[0]
    same = [v for v in fitting[1:] if len(v.mistakes) == len(first.mistakes) and v.layer == first.layer]
    return Marked(
        marked.right, marked.wrong, marked.empty, first.says, first.mistakes,
        tuple(dict.fromkeys(variant.says for variant in same)), first.equations,
    )  # fmt: skip
