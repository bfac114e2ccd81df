"""A page: one template in the frame that all pages share, and whatever it carries along."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

_TEMPLATES = files("clearprop.report") / "templates"


def read(path: str) -> str:
    """Return the text of a file below `templates`."""
    return (_TEMPLATES / path).read_text(encoding="utf-8")


def page(
    template: str,
    styles: Sequence[str],
    values: Mapping[str, Any],
    filters: Mapping[str, Callable[..., str]] | None = None,
) -> str:
    """Return one self-contained HTML page: what it needs stands in it, and its policy forbids all else.

    Parameters
    ----------
    template : str
        Such as ``worked_page/page.html``; it extends `frame.html`.
    styles : sequence of str
        Style sheets, by path.
    values : mapping
        What the template names, ``title`` among it; a name that is missing is an error.
    filters : mapping of str to callable, optional
        From a value to how the page writes it.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True, loader=FunctionLoader(read), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(filters or {})
    return environment.get_template(template).render(style="".join(map(read, styles)), **values)


def embedded(numbers: Mapping[str, Any]) -> str:
    """Return JSON that cannot end the script element it stands in, whatever names the data have."""
    text = json.dumps(numbers, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
