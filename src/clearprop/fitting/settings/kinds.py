"""Kinds of values: a test, the words for it, and how a command line and a configuration spell such a value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np

from clearprop.errors import UsageError, unknown_name

Names = Callable[[], Iterable[str]]
"""The names of a closed table, looked up when they are asked for: the tables are in rooms that are slow to load."""


@dataclass(frozen=True)
class Kind:
    """What a setting may be.

    Attributes
    ----------
    must : str
        What a message says it must: "be a number above 0".
    holds : function
        Whether a value is one.
    spelled : str
        What the reference says of it: "number > 0".
    option : type
        What the command line reads a word as; str where `read` makes something of it.
    read : function
        From a word of the command line, once it is of the type `option`, to the value.
    plain : function
        From TOML or JSON, which know lists but no tuples, to the value; what does not fit stays as it is.
    noun, names : str, function or None
        What the names of a closed table are names of, and those names.
    """

    must: str
    holds: Callable[[Any], bool]
    spelled: str
    option: type = str
    read: Callable[[Any], Any] = lambda word: word
    plain: Callable[[Any], Any] = lambda value: value
    noun: str = ""
    names: Names | None = None

    def check(self, subject: str, value: Any) -> None:
        """Refuse what is no such value.

        Raises
        ------
        UsageError
            Saying what the subject must be and what came; with the nearest name where it is one of a table.
        """
        if not self.holds(value):
            raise self._of_a_name(value) or UsageError(f"{subject} must {self.must}, got {value!r}.")

    def objection(self, value: Any) -> str:
        """Return what is to be said of what is no such value, once it has been named."""
        return str(self._of_a_name(value) or f"must {self.must}.")

    def _of_a_name(self, value: Any) -> UsageError | None:
        """Return the error of a name that is not in the table."""
        if self.names is not None:
            for one in value if _is_list(value) else [value]:
                if one is None or (isinstance(one, str) and not self.holds(one)):
                    return unknown_name(self.noun, one, self.names())
        return None


def number(*, least: float | None = None, above: float | None = None, below: float | None = None,
           most: float | None = None) -> Kind:  # fmt: skip
    """Return the numbers between these ends; a whole number is one too."""
    ends = (("≥", least, operator.ge), (">", above, operator.gt), ("<", below, operator.lt), ("≤", most, operator.le))
    given = [(sign, end, test) for sign, end, test in ends if end is not None]
    return Kind(
        _number_in_words(least, above, below, most),
        lambda v: _is_real(v) and all(test(v, end) for _, end, test in given),
        " ".join(["number", ", ".join(f"{sign} {end:g}" for sign, end, _ in given)]).strip(),
        float,
    )


def whole(least: int, below: int | None = None) -> Kind:
    """Return the whole numbers from `least` on."""
    upper = "" if below is None else " and below 2⁶³" if below == 2**63 else f" and below {below}"
    return Kind(
        f"be a whole number of {least} or more{upper}",
        lambda v: is_whole(v) and least <= v and (below is None or v < below),
        f"whole number ≥ {least}" + upper.replace(" and below", ", <"),
        int,
    )


def flag() -> Kind:
    """Return True and False."""
    return Kind("be True or False", lambda v: isinstance(v, bool | np.bool_), "true or false", bool)


def text() -> Kind:
    """Return any text."""
    return Kind("be text", lambda v: isinstance(v, str), "text")


def column() -> Kind:
    """Return what a column may be called: text, a number of a frame without names, a tuple of one with levels."""
    return Kind("name a column", lambda v: isinstance(v, str | Integral | tuple), "text")


def weights_of_classes() -> Kind:
    """Return "balanced", and weights by class."""
    return Kind(
        'be "balanced" or a dict of weights by class',
        lambda v: isinstance(v, Mapping) or (isinstance(v, str) and v == "balanced"),
        '"balanced"',
    )


def texts() -> Kind:
    """Return any number of texts."""
    return Kind(
        "be a list of text",
        lambda v: _is_list(v) and all(isinstance(one, str) for one in v),
        "list of text",
        list,
        tuple,
        _as_tuple,
    )


def kinds_of_columns() -> Kind:
    """Return any number of "column=kind", such as "zip=category" or "when=date:%d.%m.%Y"."""
    return replace(
        texts(),
        must='be a list of "column=kind", such as "zip=category"',
        holds=lambda v: _is_list(v) and all(isinstance(one, str) and "=" in one.strip("=") for one in v),
    )


def record() -> Kind:
    """Return a dict of options by name."""
    return Kind("be a dict of options", lambda v: isinstance(v, Mapping), "dict")


def one_of(*words: str) -> Kind:
    """Return some words."""
    listed = [f'"{word}"' for word in words]
    return Kind(
        f"be {', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else f"be {listed[0]}",
        lambda v: isinstance(v, str) and v in words,
        ", ".join(listed),
    )


def named(
    noun: str, names: Names, record: Callable[[], type] | None = None, must: str = "", options: bool = False
) -> Kind:
    """Return the names of a closed table, with options behind a colon if they may have them; and records, if there are.

    "huber" and "huber:threshold=2" are names of losses, and ``Huber(2)`` is the record of the second.
    """

    def holds(value: Any) -> bool:
        if isinstance(value, str):
            return (value.partition(":")[0] if record is not None or options else value) in names()
        return record is not None and isinstance(value, record())

    return Kind(
        must or f"be the name of {noun}",
        holds,
        "name",
        noun=noun,
        names=names,
    )


def optional(kind: Kind, words: str = "None") -> Kind:
    """Return a kind, or None."""
    return replace(kind, must=f"{kind.must}, or {words}", holds=lambda v: v is None or kind.holds(v))


def either(kind: Kind, *values: Any, words: str) -> Kind:
    """Return a kind, or one of some values besides."""
    return replace(
        kind,
        must=f"{kind.must}, or {words}",
        holds=lambda v: kind.holds(v) or any(type(v) is type(value) and v == value for value in values),
        spelled=f"{kind.spelled}, or {words}",
        option=str,
        read=_number_or_word,
    )


def per_layer(kind: Kind, must: str, read: Callable[[str], Any] = float) -> Kind:
    """Return a kind, or a sequence of such values: one for all layers, or one for each."""
    return Kind(
        must,
        lambda v: all(map(kind.holds, v)) if _is_list(v) else kind.holds(v),
        f"{kind.spelled}, or list of these",
        str,
        lambda word: _of_layers(word, read),
        _as_tuple,
        kind.noun,
        kind.names,
    )


def sequence(kind: Kind, must: str, spelled: str, read: Callable[[str], Any]) -> Kind:
    """Return the sequences of a kind."""
    return Kind(must, lambda v: _is_list(v) and all(map(kind.holds, v)), spelled, str, read, _as_tuple)


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, and not True or False."""
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_)


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if _is_list(value) else value


def _number_or_word(word: str) -> int | str:
    return int(word) if word.strip().isdigit() else word


def _of_layers(word: str, read: Callable[[str], Any]) -> Any:
    """Return "0.1" as 0.1, and "0.1,0.2" as both; what is no number stays text, and the check says so."""
    try:
        values = tuple(read(part.strip()) for part in word.split(","))
    except ValueError:
        return word
    return values if len(values) > 1 else values[0]


def _number_in_words(least: float | None, above: float | None, below: float | None, most: float | None) -> str:
    if least == 0 and below is not None:
        return f"be a number in [0, {below:g})"
    if least is not None and most is not None:
        return f"be a number from {least:g} to {most:g}"
    if above is not None:
        return f"be a number above {above:g}"
    return "be a number" if least is None else f"be a number of {least:g} or more"
