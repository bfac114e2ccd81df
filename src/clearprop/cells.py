"""Cells: how a value shows itself, as text for a terminal and as HTML for a notebook.

What is to be said is plain data: a title, sentences, lines and tables. Only this file knows markup, so whatever names
the data have, they are escaped here and stay text. A cell brings its own colours, dark where the reader's system or the
notebook is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol, TypeAlias

Rows: TypeAlias = Sequence[Sequence[str]]

STYLE = """
.clearprop-cell { color-scheme: light dark }
:is([data-jp-theme-light="true"], .vscode-light) .clearprop-cell { color-scheme: light }
:is([data-jp-theme-light="false"], .vscode-dark) .clearprop-cell { color-scheme: dark }
.clearprop-cell.clearprop-cell {
  --ink: light-dark(#1b1f24, #e6edf3); --soft: light-dark(#57606a, #9aa6b2); --line: light-dark(#d8dee4, #333b44);
  --paper: light-dark(#fff, #0f1419); --mark: light-dark(#0b62a8, #79b8ff);
  --good: light-dark(#2b7a3d, #5cc878); --severe: light-dark(#b3261e, #ff8a80);
  box-sizing: border-box; max-width: 60rem; margin: .2rem 0; padding: .6rem 1rem; border: 1px solid var(--line);
  border-radius: 8px; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  &[data-tone=good] { border-left: 4px solid var(--good) } &[data-tone=severe] { border-left: 4px solid var(--severe) }
  & > p { margin: .3rem 0; color: inherit; font-size: 14px; line-height: 1.5 }
  & > div { overflow-x: auto; margin: .6rem 0 }
  & > pre { margin: .4rem 0; padding: 0; border: 0; background: none; color: inherit; overflow-x: auto;
    font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre }
  & table { width: auto; margin: 0; border: 0; border-collapse: collapse; table-layout: auto; color: inherit;
    font-size: 13px; font-variant-numeric: tabular-nums }
  & tr:nth-child(n) { background: none }
  & :is(th, td) { padding: .2rem 1.1rem .2rem 0; border: 0; border-bottom: 1px solid var(--line); text-align: right;
    vertical-align: top; white-space: nowrap; max-width: none; color: inherit; font-weight: normal }
  & [scope=row], & [scope=rowgroup], & caption, & .words { text-align: left }
  & [scope=col], & caption { color: var(--soft); font-size: 13px; caption-side: top; vertical-align: bottom }
  @media (max-width: 600px) { padding: .5rem .6rem; & :is(th, td) { padding-right: .7rem } }
  & caption { padding: .2rem 0; white-space: nowrap } & [scope=rowgroup] { padding-top: .7rem; font-weight: 600 }
}
"""


@dataclass(frozen=True)
class Table:
    """Cells under a head; the first cell of a row names it.

    Attributes
    ----------
    head : sequence of str
    groups : sequence of (str, rows)
        Rows under a title; a table that is not cut into groups has one without a title.
    title : str
        Of the whole; "" where the cell has no other table.
    words : sequence of int
        Columns, besides the first, that hold words and no numbers.
    """

    head: Sequence[str]
    groups: Sequence[tuple[str, Rows]]
    title: str = ""
    words: Sequence[int] = ()


@dataclass(frozen=True)
class Lines:
    """Text that stands as it is written, such as equations."""

    lines: Sequence[str]


Part: TypeAlias = str | Lines | Table
"""A sentence, lines, or a table."""


@dataclass(frozen=True)
class Cell:
    """All that a value shows of itself.

    Attributes
    ----------
    title : str
        In one line.
    parts : sequence of Part
    tone : {"", "good", "severe"}
        Of the mark at its side; the words say it too.
    """

    title: str
    parts: Sequence[Part] = ()
    tone: str = ""

    def text(self) -> str:
        """Return it for a terminal."""
        return "\n\n".join([self.title, *map(_text_of, self.parts)])

    def html(self) -> str:
        """Return it for a notebook."""
        inside = "".join(_html_of(part, self.title) for part in self.parts)
        return framed(f"<p><strong>{escape(self.title)}</strong></p>{inside}", self.tone)


class Printer(Protocol):
    """What IPython hands to a value that is to print itself."""

    def text(self, text: str, /) -> object:
        """Print it."""


class Shown:
    """A value that shows itself: `print` and IPython as text, a notebook as HTML."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython looks at one class after the other: without this, at a __repr__ of this one before ours of the base
        type.__setattr__(cls, "_repr_pretty_", Shown._repr_pretty_)

    def as_cell(self) -> Cell:
        """Return what is shown, as plain data."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.as_cell().text()

    def _repr_html_(self) -> str:
        return self.as_cell().html()

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        printer.text(str(self))


def framed(inside: str, tone: str = "", style: str = "") -> str:
    """Return markup in the frame that every cell has, with its colours.

    Parameters
    ----------
    inside : str
        Markup; what comes from the data is escaped in it.
    tone : str
        As in `Cell`.
    style : str
        Further rules of style.
    """
    return f'<div class="clearprop-cell" data-tone="{escape(tone)}"><style>{STYLE}{style}</style>{inside}</div>'


def number(value: float | None) -> str:
    """Return a number in four digits; a dash where there is none."""
    return "–" if value is None else f"{float(value):.4g}".replace("-", "−")


def _text_of(part: Part) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Lines):
        return "\n".join(f"  {line}" for line in part.lines)
    cells = [part.head, *(row for _, rows in part.groups for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(part.head))]
    left = {0, *part.words}
    lines = [part.title] if part.title else []
    lines.append(_line(part.head, widths, left))
    for name, rows in part.groups:
        lines += ["", name] if name else []
        lines += [_line(row, widths, left) for row in rows]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int], left: Iterable[int]) -> str:
    padded = (
        cell.ljust(width) if i in left else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(["", *padded]).rstrip()


def _html_of(part: Part, title: str) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    if isinstance(part, Lines):
        lines = "\n".join(map(escape, part.lines))
        return f'<pre tabindex="0">{lines}</pre>'
    caption = f"<caption>{escape(part.title)}</caption>" if part.title else ""
    words = [' class="words"' if i == 0 or i in part.words else "" for i in range(len(part.head))]
    head = "".join(f'<th scope="col"{mark}>{escape(name)}</th>' for name, mark in zip(part.head, words, strict=True))
    body = "".join(f"<tbody>{_group(name, rows, words)}</tbody>" for name, rows in part.groups)
    label = escape(part.title or title)
    return (
        f'<div tabindex="0" role="region" aria-label="{label}"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"{body}</table></div>"
    )


def _group(name: str, rows: Rows, words: Sequence[str]) -> str:
    title = f'<tr><th scope="rowgroup" colspan="{len(words)}">{escape(name)}</th></tr>' if name else ""
    return title + "".join(f"<tr>{_row(row, words)}</tr>" for row in rows)


def _row(row: Sequence[str], words: Sequence[str]) -> str:
    cells = (f"<td{mark}>{escape(cell)}</td>" for cell, mark in zip(row[1:], words[1:], strict=True))
    return f'<th scope="row">{escape(row[0])}</th>' + "".join(cells)
