"""Learning-rate schedules: the factor on the base rate as a pure function of time.

``factor(t, T, losses)`` is given the time t in epochs (fractional within an epoch), the planned number of epochs T,
and the monitored loss at the end of every finished epoch, which only `Plateau` looks at. Because nothing else enters,
a resumed run continues with the very rates of the straight one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from clearprop.equations._tables import build
from clearprop.errors import UsageError

_RANGES: dict[str, tuple[str, Callable[[float], bool]]] = {
    **dict.fromkeys(("every", "decay"), ("above 0", lambda x: 0 < x < math.inf)),
    **dict.fromkeys(("power", "tolerance", "epochs"), ("0 or more", lambda x: 0 <= x < math.inf)),
    **dict.fromkeys(("rise", "start", "final", "smallest", "flat"), ("between 0 and 1", lambda x: 0 <= x <= 1)),
    "patience": ("1 or more", lambda x: x >= 1),
    "cycles": ("1 to 20", lambda x: 1 <= x <= 20),
}


@dataclass(frozen=True)
class Schedule:
    """Factor on the learning rate over time."""

    name: ClassVar[str]
    equation: ClassVar[str]

    def __post_init__(self) -> None:
        for option, value in vars(self).items():
            expected, inside = _RANGES.get(option, ("", lambda _: True))
            if not inside(value):
                raise UsageError(f"{self.name}: {option} must be {expected}, got {value!r}.")

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        """Return the factor at time t of T epochs."""
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Schedule):
    """1."""

    name, equation = "constant", "1"

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        return 1.0


@dataclass(frozen=True)
class Step(Schedule):
    """Multiply by ``decay`` after every ``every`` epochs: decay^⌊t / every⌋."""

    name, equation = "step", "decay^⌊t / every⌋"
    every: float = 10.0
    decay: float = 0.5

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        return float(self.decay ** math.floor(t / self.every))


@dataclass(frozen=True)
class Exponential(Schedule):
    """decay^t."""

    name, equation = "exponential", "decay^t"
    decay: float = 0.95

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        return float(self.decay**t)


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """1 / (1 + t)^power."""

    name, equation = "inverse_scaling", "1 / (1 + t)^power"
    power: float = 0.5

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        return float((1 + t) ** -self.power)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 down to ``final`` (Loshchilov and Hutter 2017, without restarts)."""

    name, equation = "cosine", "final + (1 − final) (1 + cos(π t / T)) / 2"
    final: float = 0.0

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        return _cosine(1.0, self.final, t / T)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up from ``start`` to 1 during the first ``rise`` of the run, then down to ``final`` (Smith and Topin 2018)."""

    name, equation = "one_cycle", "half a cosine from start up to 1 at rise T, then down to final"
    rise: float = 0.3
    start: float = 0.04
    final: float = 1e-4

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        peak = self.rise * T
        if t < peak:
            return _cosine(self.start, 1.0, t / peak)
        return _cosine(1.0, self.final, (t - peak) / (T - peak)) if T > peak else self.final


@dataclass(frozen=True)
class FlatCosine(Schedule):
    """1 during the first ``flat`` of the run, then half a cosine down to ``final``."""

    name, equation = "flat_cosine", "1 up to flat T, then half a cosine down to final"
    flat: float = 0.5
    final: float = 0.0

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        start = self.flat * T
        return 1.0 if t <= start or T <= start else _cosine(1.0, self.final, (t - start) / (T - start))


@dataclass(frozen=True)
class CosineLog(Schedule):
    """``cycles`` cosines, each twice as long as the one before, from 0 up to 1 and back (Holzmüller et al. 2024)."""

    name, equation = "cosine_log", "(1 − cos(2π log₂(1 + (2^cycles − 1) t / T))) / 2"
    cycles: int = 4

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        phase = math.log2(1 + (2**self.cycles - 1) * min(max(t / T, 0.0), 1.0))
        return (1 - math.cos(2 * math.pi * phase)) / 2


@dataclass(frozen=True)
class Plateau(Schedule):
    """Multiply by ``decay`` whenever the monitored loss has not improved for ``patience`` epochs.

    Attributes
    ----------
    decay : float
    patience : int
        Epochs, counted anew after each fall of the rate.
    tolerance : float
        An improvement is a loss below best − tolerance |best|.
    smallest : float
        The factor falls no further than this.
    """

    name, equation = "plateau", "max(decay^(number of times the loss stood still for patience epochs), smallest)"
    decay: float = 0.5
    patience: int = 5
    tolerance: float = 1e-4
    smallest: float = 1e-4

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        factor, best, waited = 1.0, math.inf, 0
        for loss in losses:
            if loss < best - self.tolerance * abs(best if math.isfinite(best) else 0.0):
                best, waited = loss, 0
            else:
                waited += 1
            if waited >= self.patience:
                factor, waited = max(factor * self.decay, self.smallest), 0
        return factor


@dataclass(frozen=True)
class WarmUp(Schedule):
    """Rise in a straight line from ``start`` to 1 during the first ``epochs``, then follow ``then``.

    The schedule that follows has its own time: it starts at 0 there, and has the epochs that are left, 1 at least
    (Goyal et al. 2017).
    """

    name, equation = "warm_up", "start + (1 − start) t / epochs, then another schedule"
    epochs: float = 1.0
    start: float = 0.01
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.then, Schedule):
            raise UsageError(f"warm_up: then must be a schedule such as Cosine(), got {self.then!r}.")

    def factor(self, t: float, T: float, losses: Sequence[float] = ()) -> float:
        if t < self.epochs:
            return self.start + (1 - self.start) * t / self.epochs
        return self.then.factor(t - self.epochs, max(T - self.epochs, 1.0), losses)


def _cosine(first: float, last: float, progress: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0))) / 2


SCHEDULES: dict[str, type[Schedule]] = {
    schedule.name: schedule
    for schedule in (
        Constant,
        Step,
        Exponential,
        InverseScaling,
        Cosine,
        FlatCosine,
        CosineLog,
        OneCycle,
        Plateau,
        WarmUp,
    )
}


def get_schedule(name: str, **options: Any) -> Schedule:
    """Return the schedule of that name with its options set.

    Raises
    ------
    UsageError
        If there is no such schedule, or the schedule has no such option.
    """
    return build("schedule", SCHEDULES, name, options)
