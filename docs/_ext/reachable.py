"""What scrolls can be scrolled by the keyboard, and what is marked up as a heading or a list is one."""

from __future__ import annotations

import re
from typing import Any

_SCROLLS = re.compile(r'<pre(?=[ >])(?! tabindex)|<div class="(?:math|table-wrapper[^"]*)"(?! tabindex)')
_CAPTION = re.compile(r'(<p class="caption" role="heading")(?! aria-level)')
_SIGNATURE = re.compile(r'<dl>(?=\s*<dd><em class="sig-param")')  # a list without a term
_PARTS = ("body", "furo_navigation_tree")


def reachable(html: str) -> str:
    """Return a page whose code, formulas and tables take the focus."""
    html = _SIGNATURE.sub('<dl role="presentation">', html)
    return _CAPTION.sub(r'\1 aria-level="2"', _SCROLLS.sub(r'\g<0> tabindex="0"', html))


def _mend(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    context.update({name: reachable(context[name]) for name in _PARTS if isinstance(context.get(name), str)})


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", _mend, priority=900)  # after the theme has made its navigation
    return {"parallel_read_safe": True, "parallel_write_safe": True}
