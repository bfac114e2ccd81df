"""Links that leave docs/ lead to the page that stands for the file; a file without a page is offered as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

ROOT = Path(__file__).parents[2]
_PAGES = {
    "README.md": "index",
    "CONTRIBUTING.md": "project/contributing",
    "CHANGELOG.md": "project/changelog",
    "examples/README.md": "notations/index",
    "src/clearprop/cli/README.md": "reference/command-line",
}
_ROOM = re.compile(r"src/clearprop/(\w+)/README\.md")


def page_of(name: str) -> str | None:
    """Return the page that stands for a file outside docs/, given by its path from the root of the project."""
    room = _ROOM.fullmatch(name)
    return _PAGES.get(name) or (f"reference/{room[1]}" if room else None)


def _redirect(app: Any, doctree: nodes.document) -> None:
    for link in list(doctree.findall(addnodes.download_reference)) + list(doctree.findall(addnodes.pending_xref)):
        name = _file_of(app.env, link)
        page = page_of(name)
        if link.get("reftype") == "myst" and name.startswith("docs/"):  # from a file that is included to a page
            page = name.removeprefix("docs/").removesuffix(".md")
        if page:
            options = {"refdomain": "std", "reftype": "doc", "refexplicit": True, "refdoc": app.env.docname}
            link.replace_self(addnodes.pending_xref("", *link.children, reftarget=f"/{page}", **options))


def _file_of(env: Any, link: nodes.Element) -> str:
    """Return the path, from the root of the project, of the file outside docs/ that a link names, or ""."""
    target: str = link["reftarget"]
    if link.get("reftype") == "myst":  # in a file that is included: relative to where that stands
        path = Path(_source_of(link)).parent / target.partition("#")[0]
    elif isinstance(link, addnodes.pending_xref):  # a page, as MyST sees it: an absolute path without its suffix
        path = Path(f"{target}.md") if link.get("refdomain") == "doc" else Path()
    else:
        path = Path(env.relfn2path(target, env.docname)[1])
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""


def _source_of(node: nodes.Element) -> str:
    """Return the path of the file that a node was written in."""
    while not node.source and node.parent is not None:
        node = node.parent
    return node.source or ""


def setup(app: Any) -> dict[str, bool]:
    app.connect("doctree-read", _redirect, priority=100)  # before files are collected for download
    return {"parallel_read_safe": True, "parallel_write_safe": True}
