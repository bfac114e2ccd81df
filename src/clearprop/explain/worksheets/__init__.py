"""Worksheets: small networks with friendly numbers, blanks to fill in, and the mistake in an answer by its name."""

from clearprop.explain.worksheets.check import Marked, Variant, check, variants
from clearprop.explain.worksheets.draw import draw_sheet
from clearprop.explain.worksheets.sheet import DECIMALS, QUANTITIES, Cell, Sheet
from clearprop.explain.worksheets.store import sheet_from_plain, sheet_to_plain
from clearprop.explain.worksheets.sums import sum_of

__all__ = [
    "DECIMALS",
    "QUANTITIES",
    "Cell",
    "Marked",
    "Sheet",
    "Variant",
    "check",
    "draw_sheet",
    "sheet_from_plain",
    "sheet_to_plain",
    "sum_of",
    "variants",
]
