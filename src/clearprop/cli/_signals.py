"""Signals: what SIGINT, SIGTERM and SIGHUP do to a command, from its first line to its last.

While the libraries load, nothing has been done, and the process ends at once. Then a signal ends the command as Ctrl-C
ends a program, with exit code 128 + its number. From the first step of a training until its model is saved it is put
off: the training stops after its slice, and the weights are not lost. This module loads nothing but `os`, `signal`
and `sys`, as it is loaded before all others.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


AT_ONCE, LATER = 0.02, 5.0  # seconds after which a signal is sent again that was met in vain


class Signals:
    """The handler of all of them. A second signal, while the first is being obeyed, ends the process at once.

    What is raised may be swallowed by the library that was running; a command that goes on all the same is sent its
    signal again. An alarm of the system does that: a thread could not be started from within everything.

    Attributes
    ----------
    came : int or None
        The first signal.
    pending : int or None
        The one that was put off.
    """

    def __init__(self) -> None:
        self.came: int | None = None
        self.pending: int | None = None
        self._ready = self._held = False

    def install(self) -> None:
        """Take the signals over, but for those that whoever started the process has it ignore, as nohup does."""
        for number in NUMBERS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self)
        sys.unraisablehook = self._unraisable

    def begin(self) -> None:
        """From now on a signal raises; until now it ended the process."""
        self._ready = True

    def end(self) -> None:
        """From now on a signal does nothing: all is done."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number in NUMBERS:
            if signal.getsignal(number) is self:
                signal.signal(number, signal.SIG_IGN)

    def hold(self) -> None:
        """Put signals off."""
        self._held = True

    def release(self) -> int | None:
        """Put signals off no longer; return the one that came meanwhile."""
        pending, self.pending, self._held = self.pending, None, False
        return pending

    def _unraisable(self, what: sys.UnraisableHookArgs) -> None:
        """Send a signal again that Python met in a place from which nothing can be raised, such as a finalizer."""
        number = number_of(what.exc_value) if self.came is not None else None
        if number is None:
            sys.__unraisablehook__(what)
            return
        self.came = None
        self._send_again(number, AT_ONCE)

    def _send_again(self, number: int, seconds: float) -> None:
        """Send a signal again after a while, if the command has not ended by then."""
        if not hasattr(signal, "setitimer"):
            return

        def send(alarm: int, frame: FrameType | None) -> None:
            self.came = None
            os.kill(os.getpid(), number)

        signal.signal(signal.SIGALRM, send)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Obey a signal."""
        if not self._ready or self.came is not None:
            os._exit(128 + number)
        self.came = number
        if self._held:
            self.pending = number
            return
        self._send_again(number, LATER)
        from clearprop.errors import Interrupted

        raise Interrupted(number)


SIGNALS = Signals()
"""Those of this process; they do nothing until `install`."""


def name_of(number: int) -> str:
    """Return what a signal is called in a sentence."""
    return "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"


def number_of(error: BaseException | None) -> int | None:
    """Return the signal that an exception is of, or that an exception it came from is of; None if there is none."""
    if error is None:
        return None
    if isinstance(error, KeyboardInterrupt):
        found: int = getattr(error, "signal_number", signal.SIGINT)
        return int(found)
    return number_of(error.__context__)
