"""Calibration: from probabilities that a network gave to held-out rows to probabilities that hold.

Temperature (Guo et al. 2017) divides every z of the last layer by one number. An isotonic curve (Zadrozny and Elkan
2002) is for two classes: any rising function of the probability. Either is taken only where held-out rows that it was
not fitted to speak for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEWEST_ROWS = 50
ROWS_TO_DOUBT = 150
FEWEST_WRONG = 20
"""Held-out rows that are answered wrongly: by fewer it is not decided how sure to be."""
HIGHEST = 20.0  # temperature; the lowest is 1 / 20
N_PARTS = 5
MOST_KNOTS = 64
_SMALLEST = 1e-7


@dataclass(frozen=True)
class Curve:
    """A rising, piecewise linear function of a probability: y at the knots x, between them on a straight line."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, probability: Array) -> Array:
        found: Array = np.interp(probability, self.x, self.y).astype(probability.dtype)
        return found

    def bent(self, P: Array) -> Array:
        """Return probabilities (n_rows, 2), that of the second class led along the curve."""
        second = self(P[:, 1])
        return np.stack([1 - second, second], axis=1)


@dataclass(frozen=True)
class Calibration:
    """What held-out rows ask for.

    Attributes
    ----------
    temperature : float
        To divide the z of the last layer by; 1 leaves them.
    curve : Curve or None
        To put the probability of the second of two classes through.
    n_rows : int
        Held-out rows it was learned from.
    before, after : float
        Mean log loss of rows that it was not fitted to, without it and with it.
    """

    temperature: float = 1.0
    curve: Curve | None = None
    n_rows: int = 0
    before: float = float("nan")
    after: float = float("nan")

    def as_plain(self) -> dict[str, Any] | None:
        """Return what is told of it; nothing where nothing was done."""
        if self.temperature == 1 and self.curve is None:
            return None
        method = "temperature" if self.curve is None else "isotonic"
        return {"method": method, "temperature": self.temperature, "rows": self.n_rows, "before": self.before,
                "after": self.after}  # fmt: skip


def probabilities(a: Array, curve: Curve | None = None) -> Array:
    """Return the probability of every class from outputs a[L]: a single one is that of the second of two."""
    P = np.hstack([1 - a, a]) if a.shape[1] == 1 else a
    return P if curve is None else curve.bent(P)


def calibrate(P: Array, codes: Array, weights: Array, method: str = "auto", draw: Array | None = None) -> Calibration:
    """Return the calibration that held-out rows speak for.

    Parameters
    ----------
    P : array (n_rows, n_classes)
        Probabilities of rows that were not trained on.
    codes : int array (n_rows,)
    weights : array (n_rows,)
    method : {"auto", "temperature", "isotonic"}
        "auto" takes the better of the two, where it betters the log loss by more than a standard error.
    draw : int array (n_rows,), optional
        Which part each row is in when they are tried.
    """
    P = np.clip(P.astype(np.float64), _SMALLEST, 1)
    P /= P.sum(axis=1, keepdims=True)
    parts = np.arange(len(P)) % N_PARTS if draw is None else draw % N_PARTS
    plain = _log_losses(P, codes)
    tried = {name: _out_of_part(name, P, codes, weights, parts) for name in _methods(method, P)}
    if method == "auto" and (P.argmax(axis=1) != codes).sum() < FEWEST_WRONG:
        return Calibration()
    for name in ("isotonic", "temperature"):
        if name not in tried:
            continue
        found = Calibration(n_rows=len(P), before=_mean(plain, weights), after=_mean(tried[name], weights))
        if name == "temperature":
            found = replace(found, temperature=temperature_of(P, codes, weights))
        else:
            found = replace(found, curve=curve_of(P[:, 1], codes, weights))
        others = [plain, *(losses for other, losses in tried.items() if other != name)]
        if method != "auto" or _speak_for(found, tried[name], others, weights):
            return found
    return Calibration()


def temperature_of(P: Array, codes: Array, weights: Array) -> float:
    """Return the temperature of the least log loss."""
    from scipy.optimize import minimize_scalar

    logs = np.log(P)

    def loss(log_temperature: float) -> float:
        return _mean(_log_losses(tempered(logs, np.exp(log_temperature)), codes), weights)

    limit = np.log(HIGHEST)
    found = minimize_scalar(loss, bounds=(-limit, limit), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def tempered(logs: Array, temperature: float) -> Array:
    """Return the probabilities whose logarithms, up to a constant, are these divided by the temperature."""
    z = logs / temperature
    p = np.exp(z - z.max(axis=1, keepdims=True))
    probabilities: Array = p / p.sum(axis=1, keepdims=True)
    return probabilities


def curve_of(p: Array, codes: Array, weights: Array) -> Curve:
    """Return the isotonic curve of the probabilities of the second class, with few knots, from 0 to 1."""
    from sklearn.isotonic import IsotonicRegression

    steps = IsotonicRegression(y_min=0, y_max=1).fit(p, codes, sample_weight=weights)
    x, y = np.asarray(steps.X_thresholds_), np.asarray(steps.y_thresholds_)
    floor = 1 / (len(p) + 2)  # no row is ever certain: Laplace's rule
    grid = np.unique(np.concatenate([[0.0, 1.0], np.quantile(p, np.linspace(0, 1, MOST_KNOTS - 2))]))
    y = np.clip(np.interp(grid, x, y), floor, 1 - floor)
    keep = np.concatenate([[True], np.diff(grid) > 1e-4])
    return Curve(tuple(grid[keep].tolist()), tuple(y[keep].tolist()))


def _methods(method: str, P: Array) -> list[str]:
    if len(P) < FEWEST_ROWS:
        return []
    both = ["temperature", "isotonic"] if P.shape[1] == 2 else ["temperature"]
    return both if method == "auto" else [name for name in both if name == method]


def _out_of_part(name: str, P: Array, codes: Array, weights: Array, parts: Array) -> Array:
    """Return the log loss of each row by a calibration that was fitted to the other parts."""
    losses = np.empty(len(P))
    for part in range(N_PARTS):
        held, rest = parts == part, parts != part
        if name == "temperature":
            answer = tempered(np.log(P[held]), temperature_of(P[rest], codes[rest], weights[rest]))
        else:
            answer = curve_of(P[rest, 1], codes[rest], weights[rest]).bent(P[held])
        losses[held] = _log_losses(answer, codes[held])
    return losses


def _speak_for(found: Calibration, tried: Array, others: list[Array], weights: Array) -> bool:
    """Whether the losses speak for a calibration.

    To make a network less sure it is enough that this betters them, as most are too sure; to make it surer, or to
    bend its probabilities, it must do so by more than chance: rows that are answered surely and wrongly are few.
    """
    if found.temperature > 1 and len(tried) >= ROWS_TO_DOUBT:
        return _mean(tried, weights) < _mean(others[0], weights)
    return all(_clearly_less(tried, other, weights) for other in others[: 1 if found.curve is None else None])


def _clearly_less(tried: Array, plain: Array, weights: Array) -> bool:
    """Whether losses are less by more than a standard error of the mean difference."""
    gain = plain - tried
    mean = _mean(gain, weights)
    error = np.sqrt(_mean((gain - mean) ** 2, weights) / len(gain))
    return bool(mean > error)


def _log_losses(P: Array, codes: Array) -> Array:
    losses: Array = -np.log(np.maximum(P[np.arange(len(P)), codes], _SMALLEST))
    return losses


def _mean(values: Array, weights: Array) -> float:
    return float(np.average(values, weights=weights))
