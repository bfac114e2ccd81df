"""Join ES modules to one script, for a page that is one file.

Each module becomes a function that is called once, after those it imports; what it exports is what the function
returns. So names stay private to their module, as where a browser loads the files itself. Only the plain forms are
understood, and any other is refused: ``import { a, b as c } from "./file.mjs"``, one to a line, and ``export`` before
``const``, ``function`` or ``class``, whose values cannot change behind the importer's back.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+\.mjs)";$', re.MULTILINE)
_NAME = re.compile(r"(\w+)(?: +as +(\w+))?")
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function\*?) +(\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*$|\bimport\(.*$|</script.*$", re.MULTILINE | re.IGNORECASE)


def joined(entry: str, read: Callable[[str], str]) -> str:
    """Return the script of a module and of all it imports, directly or not.

    Parameters
    ----------
    entry : str
        Path of the module to begin with, such as ``worked_page/page.mjs``.
    read : callable
        From a path to the text of that module.

    Raises
    ------
    ValueError
        If modules import one another in a circle, a name is imported that is not exported, or an import or export is
        written in a form that is not understood; the message names module and line.
    """
    exports: dict[str, list[str]] = {}
    scripts: list[str] = []

    def add(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise ValueError(f"modules import one another in a circle: {' → '.join((*importers, path))}.")
        if path in exports:
            return
        text = read(path)
        for match in _IMPORT.finditer(text):
            add(_beside(path, match[2]), (*importers, path))
        exports[path] = _EXPORT.findall(text)
        scripts.append(_called_once(path, text, exports))

    add(entry, ())
    return "\n".join(scripts)


def _called_once(path: str, text: str, exports: dict[str, list[str]]) -> str:
    def taken(match: re.Match[str]) -> str:
        wanted, names = _beside(path, match[2]), _NAME.findall(match[1])
        if missing := [name for name, _ in names if name not in exports[wanted]]:
            raise ValueError(f"{path} imports {', '.join(missing)}, which {wanted} does not export.")
        pattern = ", ".join(f"{name}: {alias}" if alias else name for name, alias in names)
        return f"const {{ {pattern} }} = {_variable(wanted)};"

    body = _EXPORT.sub("", _IMPORT.sub(taken, text))
    if other := _OTHER.search(body):
        raise ValueError(f"{path}: {other[0]!r} cannot be joined; clearprop/report/modules.py says what can.")
    returned = f"return {{ {', '.join(exports[path])} }};\n" if exports[path] else ""
    return f"const {_variable(path)} = (() => {{\n{body}{returned}}})();"


def _beside(path: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _variable(path: str) -> str:
    return re.sub(r"\W", "$", path.removesuffix(".mjs"))
