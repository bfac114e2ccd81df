"""Columns that say the same: what is left to say where they nearly do, and whether a net loses anything without one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.columns import judged, listed, listed_raw, quoted
from clearprop.clinic.layer_states import thinned
from clearprop.clinic.records import Finding, Fit
from clearprop.clinic.trials import REFIT_ROWS, Trial, compare_refits
from clearprop.equations.philox import PURPOSE_SPLIT, generator

Array = NDArray[Any]

ROWS = 4000
SAME = 1 - 1e-6
MOST_TRIED = 4
ROUNDING = 64  # units in the last place: what standardised columns differ by though they say the same
_NEIGHBOURS = 4


@dataclass(frozen=True)
class _Pair:
    """Two columns, and whether more than rounding is left of the second without what the first says."""

    one: int
    other: int
    differ: bool


def duplicate(fit: Fit) -> Iterator[Finding]:
    """Columns that say the same, and columns that only seem to.

    Where one is the other in other words to the last bit, leaving it out loses nothing. Where they differ by a little,
    two refits decide: one without the second column, one with the difference in its place.
    """
    pairs = [*_proportional(fit), *(_Pair(i, j, False) for i, j in _renamed(fit))]
    same = [pair for pair in pairs if not pair.differ]
    tried = [(pair, _tried(fit, pair)) for pair in pairs if pair.differ][:MOST_TRIED]
    spare = [pair for pair, trial in tried if not trial.better]
    if same or spare:
        yield _leave_out(fit, [*same, *spare], tried)
    for pair, trial in tried:
        if trial.better:
            yield _keep(fit, pair, trial)


def _leave_out(fit: Fit, pairs: list[_Pair], tried: list[tuple[_Pair, Trial]]) -> Finding:
    names = [f"{quoted(fit.names[pair.one])} and {quoted(fit.names[pair.other])}" for pair in pairs]
    second = list(dict.fromkeys(fit.names[pair.other] for pair in pairs))
    evidence: dict[str, float] = {"pairs": len(pairs)}
    for pair, trial in tried:
        if not trial.better:
            name = fit.names[pair.other]
            evidence |= {f"held-out loss without {name}": trial.before, f"with what {name} has beyond": trial.after}
    return Finding(
        "duplicate columns",
        "hint",
        f"{listed_raw(names)} say the same",
        evidence,
        f"Leave out {listed(second)}: the net loses nothing, and penalties and importances become clear.",
    )


def _keep(fit: Fit, pair: _Pair, trial: Trial) -> Finding:
    one, other = quoted(fit.names[pair.one]), quoted(fit.names[pair.other])
    return Finding(
        "a telling difference",
        "warning",
        f"{one} and {other} are nearly the same, but the little they differ by tells of the target: with it in the "
        f"place of {other} the loss on held-out rows is {trial.after:.3g}, without it {trial.before:.3g}",
        {"loss without the difference": trial.before, "loss with the difference": trial.after, "rows": trial.n_rows},
        f"Put the difference of {one} and {other} into the table as a column of its own, in the place of one of them.",
    )


def _tried(fit: Fit, pair: _Pair) -> Trial:
    """Refit without the second column, and with what it has beyond the first in its place."""
    rows = thinned(fit.rows, REFIT_ROWS)
    without, instead = rows.X.copy(), rows.X.copy()
    beyond = _beyond(rows.X[:, pair.one], rows.X[:, pair.other])
    without[:, pair.other] = 0.0
    instead[:, pair.other] = beyond / (beyond.std() or 1.0)
    return compare_refits(fit, replace(rows, X=without), replace(rows, X=instead))


def _beyond(x: Array, y: Array) -> Array:
    """Return y less the straight line in x that is nearest to it."""
    x, y = (column.astype(np.float64) for column in (x, y))
    x, y = x - x.mean(), y - y.mean()
    left: Array = y - float(x @ y) / float(x @ x) * x
    return left


def _differ(x: Array, y: Array) -> bool:
    """Return whether more than rounding is left of y without what x says."""
    resolution = float(np.finfo(np.float32).eps) * float(np.abs(y).max())
    return bool(np.abs(_beyond(x, y)).max() > ROUNDING * resolution)


def _proportional(fit: Fit) -> list[_Pair]:
    """Return pairs of number columns whose correlation is ±1; candidates are near in a random projection."""
    columns = [j for j in judged(fit) if j < fit.network.inputs.n_numeric]
    X = thinned(fit.rows, ROWS).X[:, columns].astype(np.float64)
    X = X - X.mean(axis=0)
    size = np.sqrt((X**2).sum(axis=0))
    kept = np.flatnonzero(size > 1e-12 * np.abs(X).max(initial=1.0))
    U = X[:, kept] / size[kept]
    projected = np.abs(generator(0, PURPOSE_SPLIT, 2).standard_normal(len(U)) @ U)
    order = np.argsort(projected)
    pairs = set()
    for distance in range(1, _NEIGHBOURS + 1):
        one, other = order[:-distance], order[distance:]
        same = np.abs((U[:, one] * U[:, other]).sum(axis=0)) > SAME
        pairs |= {tuple(sorted((int(kept[i]), int(kept[j])))) for i, j in zip(one[same], other[same], strict=True)}
    named = [(columns[i], columns[j]) for i, j in sorted(pairs)]
    return [_Pair(i, j, _differ(fit.rows.X[:, i], fit.rows.X[:, j])) for i, j in named]


def _renamed(fit: Fit) -> list[tuple[int, int]]:
    """Return pairs of columns with few values, at least one of them a category, that map one to one."""
    X = thinned(fit.rows, ROWS).X
    codes = {j: np.unique(X[:, j], return_inverse=True)[1] for j in judged(fit)}
    codes = {j: code for j, code in codes.items() if 1 < code.max() + 1 <= len(X) // 10}
    by_counts: dict[tuple[int, ...], list[int]] = {}
    for j, code in codes.items():
        by_counts.setdefault(tuple(sorted(np.bincount(code).tolist())), []).append(j)
    return [
        (i, j)
        for group in by_counts.values()
        for at, i in enumerate(group)
        for j in group[at + 1 :]
        if j >= fit.network.inputs.n_numeric
        and _one_to_one(codes[i], codes[j])
        and _one_to_one(*(np.unique(fit.rows.X[:, k], return_inverse=True)[1] for k in (i, j)))
    ]


def _one_to_one(one: Array, other: Array) -> bool:
    pairs = np.unique(one * (int(other.max()) + 1) + other)
    return bool(len(pairs) == one.max() + 1 == other.max() + 1)
