"""What the reference says of the settings: read from their declarations, without Sphinx."""

from __future__ import annotations

import json
from typing import Any

from clearprop.cli._known_names import KNOWN
from clearprop.fitting.settings import ON_CLASSES, ON_COMMANDS, ON_NUMBERS, ON_TABLES, Setting, Settings, Surface

HEADS = ("key", "value", "default", "meaning")
WORDS = ("command line", "`TableClassifier`, `TableRegressor`", "`MLPClassifier`, `MLPRegressor`", "acts")


def setting_rows(declared: type) -> list[tuple[str, str, str, str]]:
    """Return key, value, default and meaning of every setting a configuration has."""
    return [(word, one.kind.spelled, _default(one), meaning(word, one)) for word, one in _keys(declared).items()]


def word_rows() -> list[tuple[str, str, str, str]]:
    """Return what each setting is called where, with the default there, and what it acts on."""
    surfaces = (_shown(ON_COMMANDS), _shown(ON_TABLES), {**_shown(ON_NUMBERS), **_shown(ON_CLASSES)})
    rows = []
    for name in dict.fromkeys(name for surface in surfaces for name in surface):
        cells = tuple(_called(surface.get(name)) for surface in surfaces)
        one = next(surface[name][1] for surface in surfaces if name in surface)
        rows.append((*cells, "steps" if one.of_steps else "batch solvers" if one.of_solvers else ""))
    return rows


def meaning(word: str, one: Setting) -> str:
    """Return the sentence on a setting, and the names it takes."""
    chosen = f" By default: {one.chosen}." if one.chosen else ""
    return one.help + chosen + (f" Known: {KNOWN[word]()}." if word in KNOWN else "")


def _keys(declared: type) -> dict[str, Setting]:
    return ON_COMMANDS.settings(declared)


def _shown(surface: Surface) -> dict[str, tuple[str, Setting]]:
    return {one.name: (word, one) for word, one in surface.settings(Settings).items()}


def _called(found: tuple[str, Setting] | None) -> str:
    if found is None:
        return ""
    default = _default(found[1])
    return f"`{found[0]}` = `{default}`" if default else f"`{found[0]}`"


def _default(one: Setting) -> str:
    return "" if one.default in (None, "") else _written(one.default)


def _written(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)
