"""The directive `made`: an HTML page that a block of this page has written, shown in it and linked."""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

FOLDER = "_made"


class Made(SphinxDirective):
    """A frame with the page in it, and a link that opens it by itself."""

    required_arguments = 1
    option_spec: ClassVar = {"title": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        up = "../" * len(PurePosixPath(self.env.docname).parents[:-1])
        return [
            nodes.raw(
                "", frame(f"{up}{FOLDER}/{self.env.docname}/{self.arguments[0]}", self.options["title"]), format="html"
            )
        ]


def frame(address: str, title: str) -> str:
    """Return a page within a page."""
    address, title = escape(address), escape(title)
    return (
        f'<div class="made"><iframe src="{address}" title="{title}" loading="lazy"></iframe>'
        f'<p><a href="{address}" target="_blank">{title}, in a window of its own</a></p></div>'
    )


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("made", Made)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
