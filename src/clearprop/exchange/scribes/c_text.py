"""Text of C: strings, numbers, arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.exchange.scribes.draft import identifiers
from clearprop.exchange.scribes.text import numeral, wrapped
from clearprop.program import Kind

TYPES: dict[Kind, str] = {"float32": "float", "float64": "double", "code": "int"}

_WORDS = """
auto bool break case catch char class complex const continue default delete do double else enum explicit export
extern false float for friend goto if imaginary inline int long mutable namespace new NULL operator private
protected public register restrict return short signed sizeof static struct switch template this throw true try
typedef typename union unsigned using virtual void volatile while NAN INFINITY errno linux unix
"""

RESERVED = frozenset(_WORDS.split())
"""Words of C and C++, and what headers and compilers define, that cannot be the name of a field."""


def string(text: str) -> str:
    """Return a string of C: UTF-8, whatever is no plain letter as an octal escape; no trigraph can arise."""
    return '"' + "".join(map(_sign, text.encode())) + '"'


def _sign(byte: int) -> str:
    sign = chr(byte)
    if sign in '"\\?':
        return f"\\{sign}"
    return sign if 32 <= byte < 127 else f"\\{byte:03o}"


def declared(kind: Kind, name: str) -> str:
    """Return the declaration of a variable or field."""
    return f"const char *{name}" if kind == "text" else f"{TYPES[kind]} {name}"


def fields(names: Sequence[str]) -> dict[str, str]:
    """Return the name of a field for each column; one that means something to a compiler gets a line at its end."""
    free = tuple(f"{name}_" if name in RESERVED else name for name in names)
    return dict(zip(names, identifiers(free), strict=True))


def comment(text: str) -> str:
    """Return text that can stand in a comment."""
    return text.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?").replace("\n", " ")


def number(value: Any, kind: Kind = "float64") -> str:
    """Return a number as C reads it, in its own precision."""
    if value != value:
        return "NAN"
    text = numeral(np.float32(value) if kind == "float32" else float(value))
    return f"{text}f" if kind == "float32" else text


def array(name: str, values: NDArray[Any], kind: Kind) -> str:
    """Return the definition of a constant array, row after row."""
    return constants(TYPES[kind], name, (number(value, kind) for value in values.ravel()), values.size)


def constants(type: str, name: str, items: Iterable[str], n: int) -> str:
    """Return the definition of a constant array of so many items."""
    return f"static const {type} {name}[{n}] = {{\n{wrapped(items)}\n}};\n"


def strings(name: str, texts: Sequence[str]) -> str:
    """Return the definition of a constant array of strings."""
    return constants("char *const", name, map(string, texts), len(texts))
