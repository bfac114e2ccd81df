"""Objects that R's dput has written: lists, vectors of numbers and text, their attributes. Nothing is evaluated.

Calls, formulas and functions are skipped to the comma or bracket that ends them.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError
from clearprop.exchange.readers.bounded import text_of
from clearprop.exchange.readers.rds import RObject, RSkipped, RVector

_BEGINS = re.compile(rb"\s*(structure\(\s*)?list\(")
_TOKEN = re.compile(
    r"""\s+|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<name>`[^`]*`|[^\W\d][\w.]*|\.[^\W\d][\w.]*|\.)"""
    r"|(?P<number>0x[0-9a-fA-F.]+(?:p[+-]?\d+)?L?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?L?)|(?P<sign>==|.)",
    re.DOTALL,
)
_MOST_TOKENS, _DEEPEST = 2_000_000, 100
_WORDS = {"TRUE": True, "FALSE": False, "NaN": float("nan"), "Inf": float("inf"), "NA": float("nan")}
_MISSING = ("NA_real_", "NA_integer_", "NA_character_")
_OPEN, _CLOSE = "([{", ")]}"
_OLD = {".Names": "names", ".Dim": "dim", ".Dimnames": "dimnames"}
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}

Argument = tuple[str | None, Any]


def is_dput(data: bytes) -> bool:
    """Return whether bytes begin as a list that dput has written."""
    return _BEGINS.match(data[:200]) is not None


def read_dput(data: bytes) -> Any:
    """Return the object.

    Raises
    ------
    ForeignFileError
        If it is damaged, or larger than is read.
    """
    reader = _Reader(_tokens(text_of(data, "what R has written")))
    return reader.value(0)


def _tokens(text: str) -> list[tuple[str, str]]:
    made = []
    for found in _TOKEN.finditer(text):
        if found.lastgroup is not None:
            made.append((found.lastgroup, found.group()))
        if len(made) > _MOST_TOKENS:
            raise ForeignFileError(f"what R has written holds more than {_MOST_TOKENS} words.")
    return made


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def _word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at][1] if at < len(self.tokens) else ""

    def value(self, depth: int) -> Any:
        """Return what is up to the next comma or closing bracket."""
        if depth > _DEEPEST:
            raise ForeignFileError(f"what R has written has more than {_DEEPEST} lists within one another.")
        begun, word = self.at, self._word()
        made: Any = None
        if word in (",", ")"):
            return RSkipped()
        if word in ("structure", "list", "c") and self._word(1) == "(":
            self.at += 2
            made = _MADE[word](self._arguments(depth + 1))
        elif word in ("character", "numeric", "integer", "logical") and [self._word(k) for k in (1, 2, 3)] == [*"(0)"]:
            self.at += 4
            made = RVector([] if word == "character" else np.zeros(0))
        else:
            made = self._literal()
        if self._word() in (",", ")", ""):
            return made
        self.at = begun
        self._skip()
        return RSkipped()

    def _literal(self) -> Any:
        """Return a number, a text or a word for one; a range of whole numbers as a vector."""
        sign = -1 if self._word() == "-" else 1
        self.at += sign < 0
        kind, word = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "text":
            return RVector([re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), word[1:-1])])
        if word == "NULL":
            return None
        if kind != "number":
            known = float("nan") if word in _MISSING else _WORDS.get(word)
            return RSkipped() if known is None else RVector(np.array([sign * known]))
        first = sign * _number(word)
        if self._word() == ":" and self.tokens[self.at + 1 : self.at + 2] and self.tokens[self.at + 1][0] == "number":
            last = _number(self._word(1))
            self.at += 2
            if not abs(last - first) < _MOST_TOKENS:
                raise ForeignFileError(f"a range of whole numbers may have {_MOST_TOKENS} of them, not {first}:{last}.")
            return RVector(np.arange(first, last + 1))
        return RVector(np.array([first]))

    def _arguments(self, depth: int) -> list[Argument]:
        """Return names and values up to the closing bracket."""
        made: list[Argument] = []
        while True:
            if self._word() == ")":
                self.at += 1
                return made
            name = None
            if self._word(1) == "=" and self.tokens[self.at][0] in ("name", "text"):
                name = self._word().strip("`\"'")
                self.at += 2
            made.append((name, self.value(depth)))
            if self._word() == ",":
                self.at += 1
            elif self._word() != ")":
                raise ForeignFileError("what R has written ends early, or is damaged.")

    def _skip(self) -> None:
        """Go on to the comma or the bracket that ends this value."""
        depth = 0
        while self.at < len(self.tokens):
            kind, word = self.tokens[self.at]
            if depth == 0 and kind == "sign" and word in f",{_CLOSE}":
                return
            depth += (kind == "sign") * ((word in _OPEN) - (word in _CLOSE))
            self.at += 1


def _number(word: str) -> float:
    digits = word.removesuffix("L")
    try:
        return float.fromhex(digits) if digits.startswith("0x") else float(digits)
    except (ValueError, OverflowError):
        raise ForeignFileError(f"{word[:20]!r} should be a number.") from None


def _list(arguments: list[Argument]) -> RObject:
    names: list[Any] = [name or "" for name, _ in arguments]
    return RObject([value for _, value in arguments], names if any(names) else None)


def _vector(arguments: list[Argument]) -> Any:
    """Return one vector of several; none if something among them is no data."""
    parts = [value.values for _, value in arguments if isinstance(value, RVector)]
    if len(parts) < len(arguments) or not parts:
        return RSkipped()
    if any(isinstance(part, list) for part in parts):
        return RVector([str(one) for part in parts for one in part])
    return RVector(np.concatenate(parts))


def _structure(arguments: list[Argument]) -> Any:
    """Return an object with its attributes."""
    made: Any = arguments[0][1] if arguments else None
    attributes = {_OLD.get(name, name): value for name, value in arguments[1:] if name is not None}
    if isinstance(made, RObject):
        classes, names = attributes.get("class"), attributes.get("names")
        given = list(names.values) if isinstance(names, RVector) and isinstance(names.values, list) else made.names
        kinds = classes.values if isinstance(classes, RVector) and isinstance(classes.values, list) else ()
        return RObject(made.items, given, tuple(kinds), attributes)
    if isinstance(made, RVector):
        return RVector(made.values, attributes)
    return RSkipped(attributes)


_MADE = {"structure": _structure, "list": _list, "c": _vector}
