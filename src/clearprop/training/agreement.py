"""Agreement: what one process alone would decide, decided once for all that train together."""

from __future__ import annotations

from clearprop.engines.sharding.exchange import Exchange, told_by_all
from clearprop.training.progress import Progress
from clearprop.training.stopping import Stopped

_REASONS = tuple(Stopped)


class Agreement:
    """The processes of one training; where there is one, it agrees with itself.

    Steps need none: they leave the same bits everywhere. Clocks, signals and listeners differ.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def on(self, number: int) -> int:
        """Return that of the first process."""
        return number if self._exchange.size == 1 else int(told_by_all(self._exchange, [number])[0, 0])

    def on_the_end(self, progress: Progress) -> None:
        """Let all processes stop, for the same reason, where one of them does; the time is that of the first."""
        if self._exchange.size == 1:
            return
        stopped = 0 if progress.stopped is None else 1 + _REASONS.index(progress.stopped)
        told = told_by_all(self._exchange, [progress.seconds, stopped, progress.signal_number or 0])
        progress.seconds = float(told[0, 0])
        reasons, signals = (column[column > 0] for column in told[:, 1:].T)
        progress.stopped = _REASONS[int(reasons[0]) - 1] if len(reasons) else None
        progress.signal_number = int(signals[0]) if len(signals) else None
