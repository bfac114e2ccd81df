"""How often the checker of worksheets names a planted mistake first, and whether it ever calls a right answer wrong."""

from __future__ import annotations

import sys

import numpy as np

from clearprop.explain import NOTATIONS
from clearprop.explain.worksheets import DECIMALS, check, draw_sheet, variants

SIZES = ((2, 3, 2), (2, 2, 1), (3, 2, 2), (2, 2, 2, 1))


def study(n_sheets: int) -> dict[str, int]:
    """Plant every single mistake that changes a number into drawn sheets, rounded as students round."""
    counts = dict.fromkeys(
        ("planted", "named first", "first beside one of the same numbers", "missed", "right called wrong"), 0
    )
    for seed in range(n_sheets):
        notation = list(NOTATIONS)[seed % len(NOTATIONS)]
        sheet = draw_sheet(SIZES[seed % len(SIZES)], notation, ("delta", "dW", "db"), seed)
        known = variants(sheet)
        right = {cell.name: round(sheet.value(cell), DECIMALS) for cell in sheet.cells}
        counts["right called wrong"] += not check(sheet, right, known).correct
        for variant in known:
            if len(variant.mistakes) > 1 or variant.layer is not None:
                continue
            numbers = np.round(variant.numbers, DECIMALS)
            found = check(sheet, {cell.name: float(v) for cell, v in zip(sheet.cells, numbers, strict=True)}, known)
            counts["planted"] += 1
            counts["named first"] += found.mistakes == variant.mistakes
            beside = found.mistakes != variant.mistakes and variant.says in found.others
            counts["first beside one of the same numbers"] += beside
            counts["missed"] += found.mistakes != variant.mistakes and not beside
    return counts


if __name__ == "__main__":
    for name, count in study(int(sys.argv[1]) if len(sys.argv) > 1 else 200).items():
        print(f"{name}: {count}")
