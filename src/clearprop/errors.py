"""Every error clearprop raises, and the exit code the command line gives it.

::

    ClearpropError                        exit
    ├── UsageError (ValueError)              2   a wrong argument, an unknown name
    │   ├── EngineCannot                     2   this engine lacks what the network asks for
    │   ├── ScribeCannot                     2   this format lacks what the model asks for
    │   └── ReaderCannot                     2   a foreign network does what clearprop cannot
    ├── DataError (ValueError)               3   rows, columns, shapes or values that do not fit
    ├── ModelFileError (ValueError)          4   a file that is not a sound clearprop model
    ├── ForeignFileError (ValueError)        4   a file that is not a sound network of another tool
    ├── WriteError (OSError)                 4   a file that the system would not let us write
    ├── ConfigurationError (ValueError)      4   a configuration file that does not hold
    ├── GoldenRowsDiffer (ArithmeticError)   1   an export does not answer as the model does
    └── DivergenceError (ArithmeticError)    5   J or a gradient stopped being finite

A message says three things: what was expected, what came, and what to do.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class ClearpropError(Exception):
    """Base of all errors that clearprop raises on purpose."""

    exit_code = 1


class UsageError(ClearpropError, ValueError):
    """An argument has no meaning here."""

    exit_code = 2


class EngineCannot(UsageError):
    """The chosen engine cannot do what the network asks for; the message names it."""


class ScribeCannot(UsageError):
    """The format of an export cannot hold what the model does; the message names it, and formats that can."""


class ReaderCannot(UsageError):
    """A network of another tool does what clearprop cannot; the message names its layer, and what would help."""


class DataError(ClearpropError, ValueError):
    """The data do not fit: shape, kind, name or value."""

    exit_code = 3


class ModelFileError(ClearpropError, ValueError):
    """The file is not a sound clearprop model file."""

    exit_code = 4


class ForeignFileError(ClearpropError, ValueError):
    """The file is not a sound network of the tool it seems to come from."""

    exit_code = 4


class WriteError(ClearpropError, OSError):
    """A file could not be written; what stood there before is whole."""

    exit_code = 4


class ConfigurationError(ClearpropError, ValueError):
    """The configuration file does not hold together."""

    exit_code = 4


class GoldenRowsDiffer(ClearpropError, ArithmeticError):
    """An export does not answer as the model does; it is not to be used."""


class DivergenceError(ClearpropError, ArithmeticError):
    """The objective or a gradient stopped being finite; the weights are those before that step.

    Attributes
    ----------
    divergence : Divergence or None
        What was not finite, and where (see `clearprop.training.divergence`).
    autopsy : Autopsy or None
        The likely cause, and what to change (see `clearprop.clinic.autopsy`).
    """

    exit_code = 5

    def __init__(self, message: str, divergence: Any = None, autopsy: Any = None) -> None:
        super().__init__(message, divergence, autopsy)
        self.divergence = divergence
        self.autopsy = autopsy

    def __str__(self) -> str:
        return str(self.args[0])


class Interrupted(KeyboardInterrupt):
    """A signal ended what was being done; no error, as Ctrl-C is none.

    Attributes
    ----------
    signal_number : int
    """

    def __init__(self, signal_number: int | None = None) -> None:
        super().__init__()
        self.signal_number = signal_number or int(signal.SIGINT)


def cut(message: str, most: int) -> str:
    """Return a message of at most `most` characters: a longer one without its middle, as what to do stands at the end.

    Examples
    --------
    >>> cut("expected one, got one, two, three, four; leave the others out.", 40)
    'expected one, go … leave the others out.'
    """
    if len(message) <= most:
        return message
    end = (most - 3) * 3 // 5
    return f"{message[: most - 3 - end]} … {message[-end:]}"


def closest(name: object, known: Iterable[object], *, fold: bool = False) -> str | None:
    """Return what a misspelled name was probably meant to be; with `fold` whatever its capitals and blanks.

    Examples
    --------
    >>> closest(" Price", ["price", "town"], fold=True)
    'price'
    """
    folded = {str(other).casefold().strip() if fold else str(other): str(other) for other in known}
    near = get_close_matches(str(name).casefold().strip() if fold else str(name), folded, n=1)
    return folded[near[0]] if near else None


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UsageError:
    """Build the error for a name that is not in a closed table, with the nearest known one.

    Examples
    --------
    >>> print(unknown_name("activation", "rellu", ["relu", "tanh"]))
    unknown activation 'rellu'; did you mean 'relu'? Known: relu, tanh.
    """
    names = sorted(known)
    near = closest(name, names)
    hint = f"; did you mean {near!r}?" if near else "."
    return UsageError(f"unknown {kind} {name!r}{hint} Known: {', '.join(names)}.")
