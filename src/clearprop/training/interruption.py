"""Interruption: Ctrl-C, SIGTERM and SIGHUP as a request to stop after the current slice of steps."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interruption:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `signal_number`; a second one acts as it would have without this.

    A context manager. Outside the main thread, where Python allows no handlers, it does nothing; nor to a signal that
    is ignored, as SIGHUP is under nohup, or handled outside Python, as by a program that embeds it: such a handler
    could not be put back.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            ours = [number for number in SIGNALS if signal.getsignal(number) not in (None, signal.SIG_IGN)]
            for number in ours:
                self._previous[number] = signal.getsignal(number)
                signal.signal(number, self._request)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def _request(self, number: int, frame: FrameType | None) -> None:
        self.signal_number = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}
