"""R's binary serialisation (.rds, .RData; gzip or plain), as plain data: lists, numbers, text. Nothing is evaluated.

Closures, environments, promises and language objects are walked over, because what is wanted may come after them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError

_MOST_ITEMS = 4_000_000
_DEEPEST = 250


@dataclass(eq=False)
class RObject:
    """A list with names and a class, as R has it.

    Attributes
    ----------
    items : list
    names : list of str or None
    classes : tuple of str
    attributes : dict
    """

    items: list[Any]
    names: list[Any] | None = None
    classes: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the item of a name."""
        if self.names is None or name not in self.names:
            return default
        return self.items[self.names.index(name)]

    def need(self, name: str) -> Any:
        """Return the item of a name; ForeignFileError if there is none."""
        if self.names is None or name not in self.names:
            raise ForeignFileError(f"the R object has no {name!r}.")
        return self.get(name)


@dataclass(eq=False)
class RVector:
    """A vector of R: numbers, logicals or text, with its attributes."""

    values: Any
    attributes: dict[str, Any] = field(default_factory=dict)


class RSkipped:
    """Something that is no data: a function, an environment, a call."""

    attributes: dict[str, Any]

    def __init__(self, attributes: dict[str, Any] | None = None) -> None:
        self.attributes = attributes or {}


SKIPPED = RSkipped()


class Unserialiser:
    """Objects of the binary form (XDR), one after the other, from bytes that begin with it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.items, self.depth = data, 2, 0, 0
        self.references: list[Any] = []
        version = self._int()
        self._int(), self._int()
        if version == 3:
            self._letters(self._length(self._int()))
        elif version != 2:
            raise ForeignFileError(f"R's serialisation has version 2 or 3, this is {version}.")

    def _take(self, n: int) -> bytes:
        if n < 0 or self.at + n > len(self.data):
            raise ForeignFileError("the file of R ends early, or is damaged.")
        part = self.data[self.at : self.at + n]
        self.at += n
        return part

    def _int(self) -> int:
        return int(struct.unpack(">i", self._take(4))[0])

    def _length(self, n: int) -> int:
        if n == -1:
            raise ForeignFileError("the file of R holds a vector of more than 2^31 entries; that is more than is read.")
        if n < 0 or n > len(self.data):
            raise ForeignFileError("the file of R names a length that it does not have.")
        return n

    def object(self) -> Any:
        """Return the next object."""
        self.items += 1
        if self.items > _MOST_ITEMS or self.depth > _DEEPEST:
            raise ForeignFileError(f"the file of R has more than {_MOST_ITEMS} objects, or {_DEEPEST} within another.")
        self.depth += 1
        made = self._object(self._int())
        self.depth -= 1
        return made

    def _object(self, flags: int) -> Any:
        kind, attributed, tagged = flags & 0xFF, bool(flags & 0x200), bool(flags & 0x400)
        if kind in _NOTHING:
            return None if kind == 254 else SKIPPED
        if kind in _VECTORS:
            vector = self._vector(kind)
            attributes = self._attributes() if attributed else {}
            return RVector(vector, attributes)
        if kind in (19, 20):  # a list, an expression
            items = [self.object() for _ in range(self._length(self._int()))]
            attributes = self._attributes() if attributed else {}
            return _listed(items, attributes)
        if kind in _PAIRS:
            return self._pairs(kind, attributed, tagged)
        if kind == 1:
            name = self.object()
            self.references.append(name)
            return name
        if kind == 9:
            return self._text()
        return self._rare(kind, flags, attributed)

    def _vector(self, kind: int) -> Any:
        n = self._length(self._int())
        if kind == 16:
            return [self.object() for _ in range(n)]
        return self._values(kind, n)

    def _values(self, kind: int, n: int) -> Any:
        width, dtype = {14: (8, ">f8"), 13: (4, ">i4"), 10: (4, ">i4"), 15: (16, ">c16"), 24: (1, "u1")}[kind]
        made = np.frombuffer(self._take(n * width), dtype)
        return made.astype(np.float64) if kind == 14 else made

    def _letters(self, n: int) -> bytes:
        return self._take(n)

    def _text(self) -> str | None:
        n = self._int()
        if n == -1:
            return None
        return self._letters(self._length(n)).decode("utf-8", "replace")

    def _attributes(self) -> dict[str, Any]:
        pairs = self.object()
        return pairs if isinstance(pairs, dict) else {}

    def _pairs(self, kind: int, attributed: bool, tagged: bool) -> Any:
        """Return a pairlist as a dict; of anything else that is made of pairs only its attributes.

        A long pairlist is a chain of tails, so it is walked in a loop.
        """
        made: dict[str, Any] = {}
        first: dict[str, Any] = {}
        while True:
            attributes = self._attributes() if attributed else {}
            first = first or attributes
            tag = self.object() if tagged else None
            value = self.object()
            if isinstance(tag, str):
                made[tag] = value
            flags = self._int()
            self.items += 1
            if self.items > _MOST_ITEMS:
                raise ForeignFileError(f"the file of R has more than {_MOST_ITEMS} objects.")
            if flags & 0xFF not in _PAIRS:
                self._object(flags)
                return made if kind == 2 else RSkipped(first)
            attributed, tagged = bool(flags & 0x200), bool(flags & 0x400)

    def _rare(self, kind: int, flags: int, attributed: bool) -> Any:
        if kind == 255:  # seen before
            index = flags >> 8 or self._int()
            if not 1 <= index <= len(self.references):
                raise ForeignFileError("the file of R refers to an object that it does not hold.")
            return self.references[index - 1]
        if kind == 4:
            self.references.append(SKIPPED)
            self._int()
            for _ in range(4):
                self.object()
            return SKIPPED
        if kind in (247, 248, 249):  # a package, a namespace, by name
            self._int()
            for _ in range(self._length(self._int())):
                self.object()
            self.references.append(SKIPPED)
            return SKIPPED
        return self._code_and_other(kind, attributed)

    def _code_and_other(self, kind: int, attributed: bool) -> Any:
        if kind in (7, 8):  # a function of R itself, by name
            self._letters(self._length(self._int()))
            return SKIPPED
        if kind == 238:  # a vector in a shorter form: its class, its state, its attributes
            self.object()
            state = self.object()
            self.object()
            return _expanded(state)
        if kind == 21:
            return self._bytecode(attributed)
        if kind == 25:  # S4
            if attributed:
                self._attributes()
            return SKIPPED
        if kind in (22, 23):
            return self._pointer(kind, attributed)
        raise ForeignFileError(
            f"the file of R holds an object of kind {kind}, which is not read; save the weights alone."
        )

    def _pointer(self, kind: int, attributed: bool) -> Any:
        self.references.append(SKIPPED)
        if kind == 22:
            self.object(), self.object()
        if attributed:
            self._attributes()
        return SKIPPED

    def _bytecode(self, attributed: bool) -> Any:
        self._int()
        self._compiled()
        if attributed:
            self._attributes()
        return SKIPPED

    def _compiled(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ForeignFileError(f"the file of R has more than {_DEEPEST} objects within another.")
        self.object()
        for _ in range(self._length(self._int())):
            kind = self._int()
            if kind == 21:
                self._compiled()
            elif kind in _LANGUAGE:
                self._language(kind)
            else:
                self.object()
        self.depth -= 1

    def _language(self, kind: int) -> None:
        """Walk over code among the constants of compiled code, which has a form of its own."""
        while kind in _LANGUAGE:
            self.items += 1
            if self.items > _MOST_ITEMS:
                raise ForeignFileError(f"the file of R has more than {_MOST_ITEMS} objects.")
            if kind == 243:
                self._int()
                return
            if kind == 244:
                self._int()
                kind = self._int()
                continue
            if kind in (239, 240):
                self._attributes()
            self.object()
            self.depth += 1
            if self.depth > _DEEPEST:
                raise ForeignFileError(f"the file of R has more than {_DEEPEST} objects within another.")
            self._language(self._int())
            self.depth -= 1
            kind = self._int()
        self.object()


_NOTHING = (254, 253, 252, 251, 250, 242, 241)  # NULL; the environments of R itself, and what is missing
_PAIRS = (2, 3, 5, 6, 17)  # pairlists, closures, promises, calls, dots
_VECTORS = (10, 13, 14, 15, 16, 24)
_LANGUAGE = (2, 6, 239, 240, 243, 244)


def _listed(items: list[Any], attributes: dict[str, Any]) -> RObject:
    names, classes = (attributes.get(name) for name in ("names", "class"))
    return RObject(
        items,
        list(names.values) if isinstance(names, RVector) else None,
        tuple(map(str, classes.values)) if isinstance(classes, RVector) else (),
        attributes,
    )


def _expanded(state: Any) -> Any:
    """Return the vector of a compact form: a range of whole numbers, or one that only wraps another."""
    if isinstance(state, RObject) and state.items:
        return state.items[0]
    if isinstance(state, RVector) and isinstance(state.values, np.ndarray) and len(state.values) == 3:
        n, start, step = state.values.tolist()
        if 0 <= n <= 1_000_000:
            return RVector(start + step * np.arange(int(n)))
    return SKIPPED
