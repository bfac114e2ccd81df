"""The directives `commands`, `configuration-keys` and `setting-words`, written from the program itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from inspect import Parameter, getdoc, signature
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from docutils import nodes
from settings_table import HEADS, WORDS, setting_rows, word_rows
from sphinx.util.docutils import SphinxDirective
from typer.models import ArgumentInfo

from clearprop.cli._known_names import KNOWN
from clearprop.cli.app import app as application
from clearprop.cli.config import TrainConfig


@dataclass(frozen=True)
class _Parameter:
    """An argument or an option of a command, as its function declares it."""

    name: str
    info: Any
    kind: type
    default: Any

    @property
    def is_argument(self) -> bool:
        return isinstance(self.info, ArgumentInfo)

    @property
    def term(self) -> str:
        """How it is written: DATA, [DATA], --quiet or --target TEXT."""
        if self.is_argument:
            name = (self.info.metavar or self.name).upper()
            return name if self.default is Parameter.empty else f"[{name}]"
        first = [self.info.default] if isinstance(self.info.default, str) else []  # typer takes it for a default here
        names = [*first, *(self.info.param_decls or ())] or [f"--{self.name.replace('_', '-')}"]
        value = "" if self.kind is bool else f" {self.info.metavar or _PLACEHOLDERS.get(self.kind, 'TEXT')}"
        return ", ".join(names) + value

    @property
    def help(self) -> str:
        text = self.info.help or ""
        if self.name in KNOWN and not self.is_argument:
            text += f" Known: {KNOWN[self.name]()}."
        said = "[default" in text or self.default in (None, "", Parameter.empty) or isinstance(self.default, bool)
        return text if said else f"{text}  [default: {self.default}]"


_PLACEHOLDERS = {int: "INTEGER", float: "NUMBER", Path: "PATH"}


def parameters(command: Any) -> list[_Parameter]:
    """Return what a command's function declares to typer."""
    hints, found = get_type_hints(command, include_extras=True), []
    for name, parameter in signature(command).parameters.items():
        kind, info = get_args(hints[name])
        kinds = [part for part in get_args(kind) if part is not NoneType] or [kind]
        if not info.hidden:
            found.append(_Parameter(name, info, kinds[0], parameter.default))
    return found


class Commands(SphinxDirective):
    """One section per command: what it does, its arguments and its options."""

    def run(self) -> list[nodes.Node]:
        shown = [entry for entry in application.registered_commands if not entry.hidden]
        return [_section(f"clearprop {entry.name}", entry.callback) for entry in shown]


class ConfigurationKeys(SphinxDirective):
    """A table of every key of a configuration file."""

    def run(self) -> list[nodes.Node]:
        return [_table(HEADS, [_cells(f"`{key}`", value, default and f"`{default}`", said)
                               for key, value, default, said in setting_rows(TrainConfig)])]  # fmt: skip


class SettingWords(SphinxDirective):
    """A table of what each setting of a training is called where."""

    def run(self) -> list[nodes.Node]:
        return [_table(WORDS, [_cells(*row) for row in word_rows()])]


def _section(title: str, command: Any) -> nodes.section:
    section = nodes.section(ids=[nodes.make_id(title)], names=[title])
    section += nodes.title("", title)
    section += [nodes.paragraph("", "", *_inline(part)) for part in (getdoc(command) or "").split("\n\n")]
    shown = parameters(command)
    section += _code(" ".join([title, *(one.term for one in shown if one.is_argument), "[OPTIONS]"]))
    section += nodes.definition_list("", *map(_definition, shown))
    return section


def _definition(parameter: _Parameter) -> nodes.definition_list_item:
    body = nodes.definition("", nodes.paragraph("", "", *_inline(parameter.help)))
    return nodes.definition_list_item("", nodes.term("", "", nodes.literal("", parameter.term)), body)


def _cells(*texts: str) -> list[list[nodes.Node]]:
    return [_inline(text) for text in texts]


def _inline(text: str) -> list[nodes.Node]:
    """Return a line of help, what stands in backticks as code."""
    pieces = text.replace("\n", " ").split("`")
    return [nodes.literal("", piece) if i % 2 else nodes.Text(piece) for i, piece in enumerate(pieces)]


def _code(text: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language="sh")


def _table(titles: Iterable[str], rows: Iterable[Iterable[list[nodes.Node]]]) -> nodes.table:
    titles, rows = tuple(titles), list(rows)
    head = nodes.thead("", _row(_inline(title) for title in titles))
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in titles), head, cols=len(titles))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group)


def _row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("commands", Commands)
    app.add_directive("configuration-keys", ConfigurationKeys)
    app.add_directive("setting-words", SettingWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
