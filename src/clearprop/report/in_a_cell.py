"""A page of ours in a cell of a notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

from clearprop.cells import Printer

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass(frozen=True, repr=False)
class PageInCell:
    """A page that a notebook shows in a frame of its own.

    The page stands in the cell, so it works offline and wherever the notebook goes. It runs sandboxed: no name from
    the data, and no script of the page, reaches the notebook.

    Attributes
    ----------
    page : str
        What is shown; write it to a file as UTF-8 to have it outside.
    height : int
        Of the frame, in pixels.
    """

    page: str
    height: int = 720

    @property
    def title(self) -> str:
        """What the page is called."""
        found = _TITLE.search(self.page)
        return unescape(found[1]) if found else "A page"

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{escape(self.title)}" '
            f'sandbox="allow-scripts" style="width: 100%; height: {self.height:d}px; border: 0" '
            f'srcdoc="{escape(self.page)}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<{self.title}: a page of {len(self.page.encode()) / 1024:.0f} KB, to be seen in a notebook>"

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        printer.text(repr(self))


def in_a_cell(page: str, height: int = 720) -> PageInCell:
    """Show a page in a notebook.

    Parameters
    ----------
    page : str
        What `worked_page`, `run_page`, `report_page` or another function of this room returns.
    height : int
        In pixels; the page scrolls in it.

    Returns
    -------
    PageInCell
        To be the last expression of a cell, or to be given to IPython's `display`.
    """
    return PageInCell(page, height)
