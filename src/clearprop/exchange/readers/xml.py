"""XML as elements: no document type, no entity but the five of the standard, bounded in depth, size and number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from clearprop.errors import ForeignFileError
from clearprop.exchange.readers.bounded import MAX_TEXT_BYTES

_DEEPEST = 64
_MOST_ELEMENTS = 4_000_000


@dataclass(eq=False)
class Element:
    """An element: its name without namespace, attributes, text of its own, children."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def need(self, name: str) -> str:
        """Return an attribute.

        Raises
        ------
        ForeignFileError
            If there is none.
        """
        value = self.attributes.get(name)
        if value is None:
            raise ForeignFileError(f"<{self.name}> must have the attribute {name!r}.")
        return value

    def all(self, name: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> Element | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) >= _DEEPEST:
            raise ForeignFileError(
                f"the XML has more than {_MOST_ELEMENTS} elements, or is nested more than {_DEEPEST} deep."
            )
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def text(self, text: str) -> None:
        self._texts[-1].append(text)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def parse_xml(data: bytes) -> Element:
    """Return the root element of an XML text.

    Raises
    ------
    ForeignFileError
        If it is not well formed, too large or too deep, or has a document type or an entity of its own.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise ForeignFileError(f"the XML has {len(data)} bytes; at most {MAX_TEXT_BYTES} are read.")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse  # and with it every entity that a file could declare
    parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, ForeignFileError):
            raise
        raise ForeignFileError(f"the XML is not well formed: {error}.") from None
    assert builder.root is not None
    return builder.root


def _refuse(*_: Any) -> Any:
    raise ForeignFileError("the XML has a document type or entities, which are not read; remove the <!DOCTYPE ...>.")
