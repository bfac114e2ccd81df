"""Ailments of the columns: unscaled, constant, or the answer itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.layer_states import thinned
from clearprop.clinic.records import Finding, Fit
from clearprop.equations.philox import PURPOSE_SPLIT, generator
from clearprop.equations.targets import as_rows

Array = NDArray[Any]

ROWS = 4000
LARGE, SMALL = 10.0, 1e-3
LEAK = 0.99
_FEWEST_ROWS = 40


def unscaled(fit: Fit) -> Iterator[Finding]:
    """Columns of numbers far from the size 1 that initial weights and learning rates are made for."""
    X, names = _numbers(fit)
    spread, size = X.std(axis=0), np.sqrt((X**2).mean(axis=0))
    off = np.flatnonzero((size > LARGE) | ((size < SMALL) & (spread > 0)))
    if len(off):
        worst = off[np.argmax(np.abs(np.log10(size[off])))]
        yield Finding(
            "unscaled columns",
            "severe" if size[worst] > 10 * LARGE else "warning",
            f"{_counted(off, names, 'is', 'are')} not of the size 1: the root mean square of {quoted(names[worst])} "
            f"is {size[worst]:.3g}",
            {"columns": len(off), "largest root mean square": float(size.max()), "smallest": float(size.min())},
            "Standardise the inputs: put StandardScaler() before the network, or use TableClassifier or "
            "TableRegressor, which do.",
        )


def unscaled_target(fit: Fit) -> Iterator[Finding]:
    """A target of numbers that a network with weights of size 1 has a long way to."""
    if fit.network.objective.loss.targets != "real":
        return
    Y = as_rows(thinned(fit.rows, ROWS).Y, fit.network.n_out, np.float64, False)
    size = float(np.sqrt((Y**2).mean(axis=0)).max())
    if size > LARGE:
        yield Finding(
            "unscaled target",
            "severe" if size > 10 * LARGE else "warning",
            f"the target's root mean square is {size:.3g}, far from 1",
            {"root mean square": size, "standard deviation": float(Y.std(axis=0).max())},
            "Standardise it: TransformedTargetRegressor(estimator, transformer=StandardScaler()), or use "
            "TableRegressor, which does.",
        )


def constant(fit: Fit) -> Iterator[Finding]:
    """Columns that have one value only."""
    X, names = thinned(fit.rows, ROWS).X, fit.names
    same = [j for j in judged(fit) if (fit.rows.X[:, j] == X[0, j]).all()]
    if same:
        yield Finding(
            "constant columns",
            "warning",
            f"{_counted(same, names, 'has', 'have')} the same value in every training row",
            {"columns": len(same)},
            f"Leave out {listed([names[j] for j in same])}.",
        )


def leak(fit: Fit) -> Iterator[Finding]:
    """A single column that nearly determines the target, on rows it was not fitted on."""
    rows = thinned(fit.rows, ROWS)
    if len(rows) < _FEWEST_ROWS:
        return
    Y = as_rows(rows.Y, fit.network.n_out, np.float64, fit.network.takes_classes)
    found = {j: _explained(rows.X[:, j].astype(np.float64), Y) for j in judged(fit)}
    leaks = sorted((j for j, share in found.items() if share > LEAK), key=lambda j: -found[j])
    if leaks:
        first = leaks[0]
        yield Finding(
            "suspected leak",
            "severe",
            f"{quoted(fit.names[first])} alone explains {100 * found[first]:.2f} % of the target"
            + (f", and so do {len(leaks) - 1} more columns" if leaks[1:] else ""),
            {f"explained by {fit.names[j]}": found[j] for j in leaks[:5]},
            f"Make sure it is known before the answer is; if not, leave out {listed([fit.names[j] for j in leaks])}.",
        )


def _explained(x: Array, Y: Array) -> float:
    """Return the share of the target's variance that interpolation in x alone explains, each half by the other."""
    order = generator(0, PURPOSE_SPLIT, 1).permutation(len(x))
    halves = np.array_split(order, 2)
    error = sum(_interpolation_error(x, Y, known, asked) for known, asked in (halves, halves[::-1]))
    total = float(((Y - Y.mean(axis=0)) ** 2).sum())
    return 1 - error / total if total > 0 else 0.0


def _interpolation_error(x: Array, Y: Array, known: Array, asked: Array) -> float:
    at, inverse, counts = np.unique(x[known], return_inverse=True, return_counts=True)
    error = 0.0
    for y in Y.T:
        mean = np.bincount(inverse, y[known]) / counts
        error += float(((np.interp(x[asked], at, mean) - y[asked]) ** 2).sum())
    return error


def judged(fit: Fit) -> list[int]:
    return list(range(fit.rows.X.shape[1]) if fit.judged is None else fit.judged)


def _numbers(fit: Fit) -> tuple[Array, list[str]]:
    """Return the columns of numbers of a sample, (n, n_numeric), and their names."""
    columns = [j for j in judged(fit) if j < fit.network.inputs.n_numeric]
    return thinned(fit.rows, ROWS).X[:, columns].astype(np.float64), [fit.names[j] for j in columns]


def quoted(name: str) -> str:
    return f'"{name}"'


def _counted(columns: Any, names: Any, one: str, many: str) -> str:
    """Return the beginning of a sentence about columns: '"age" has', '3 columns have'."""
    return f"{len(columns)} columns {many}" if len(columns) > 1 else f"{quoted(names[columns[0]])} {one}"


def listed(names: list[str]) -> str:
    return listed_raw([quoted(name) for name in names])


def listed_raw(names: list[str], most: int = 5) -> str:
    shown = names[:most] + ([f"{len(names) - most} more"] if len(names) > most else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
