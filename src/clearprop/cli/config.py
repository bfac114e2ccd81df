"""The configuration of a training run: every option of ``clearprop train``, as a file and as a record."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from clearprop.cli._file_options import as_options, kept_options
from clearprop.errors import ConfigurationError, UsageError, unknown_name
from clearprop.fitting.settings import ON_COMMANDS, ON_TABLES, Setting, Settings, setting
from clearprop.fitting.settings.kinds import number, one_of, optional, text, whole
from clearprop.fitting.settings.setting import COMMAND
from clearprop.paths import fault_of

RUN, FILES = "Run", "Files"
_HERE = {"where": frozenset({COMMAND})}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run asks for beside a training: the rows held out to the end, the files it leaves."""

    data: str = setting("", text(), "The table to train on.", RUN, **_HERE)
    task: str = setting(
        "auto", one_of("auto", "classes", "numbers"), "classes or numbers, if the guess is wrong.", RUN, **_HERE
    )
    start_from: str | None = setting(
        None, optional(text()), "Train this model on, an imported one too: its columns, layers and weights.", RUN,
        **_HERE,
    )  # fmt: skip
    test: float = setting(0.2, number(least=0, below=1), "Share of rows held out to the end.", RUN, **_HERE)
    out: str | None = setting(
        None, optional(text()), "Where to save the model.", FILES, chosen="DATA.safetensors", **_HERE
    )
    report: str | None = setting(None, optional(text()), "Write a report of it, one HTML page.", FILES, **_HERE)
    record: str | None = setting(
        None, optional(text()), "Record the run: into a .safetensors, to be replayed, or a page, .html.", FILES, **_HERE
    )
    record_mb: float = setting(20.0, number(above=0), "Megabytes a recording may take.", FILES, **_HERE)
    checkpoint_dir: str | None = setting(None, optional(text()), "Write checkpoints into this folder.", FILES, **_HERE)
    checkpoint_epochs: int | None = setting(1, optional(whole(1)), "Every so many epochs.", FILES, **_HERE)
    checkpoint_seconds: float | None = setting(
        None, optional(number(above=0)), "And after so many seconds.", FILES, **_HERE
    )


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Settings, Run):
    """All that a run depends on. Written by ``--print-config``, read by ``--config``; unknown keys are refused."""

    @classmethod
    def known(cls) -> Mapping[str, Setting]:
        """Return every setting by the word a command line has for it."""
        return ON_COMMANDS.settings(cls)

    @classmethod
    def of(cls, values: Mapping[str, Any], said: Said | None = None) -> Self:
        """Return the configuration of these values, by the words of the command line; the others are the defaults.

        Raises
        ------
        UsageError
            If a word is unknown or a value does not fit.
        """
        said, known = said or Said(), cls.known()
        for word in values:
            if word not in known:
                raise said.unknown(word, known)
        read = {word: known[word].kind.plain(value) for word, value in values.items()}
        for word, value in read.items():
            said.check(known[word], word, value)
        if not read.get("data"):
            raise said.error("data is missing; name the data to train on.")
        left_out = {one.name: one.default for one in known.values()}
        return cls(**left_out | {known[word].name: value for word, value in read.items()})

    def by_word(self) -> dict[str, Any]:
        """Return every value, by the words of the command line."""
        return {word: getattr(self, one.name) for word, one in self.known().items()}

    def as_plain(self) -> dict[str, Any]:
        """Return what `of` reads again, as JSON has it."""
        return {word: list(v) if isinstance(v, tuple) else v for word, v in self.by_word().items()}

    def as_kept(self) -> dict[str, Any]:
        """Return what a model file keeps: all but the files that a run leaves, which are no part of the training."""
        return {word: value for word, value in self.as_plain().items() if self.known()[word].group != FILES}

    def changed(self) -> dict[str, Any]:
        """Return the values that are not the defaults, by the words of the command line."""
        known = self.known()
        return {word: value for word, value in self.by_word().items() if value != known[word].default}

    def for_estimator(self) -> dict[str, Any]:
        """Return the arguments of a table estimator."""
        shown = self.known().values()
        arguments = {ON_TABLES.words.get(one.name, one.name): getattr(self, one.name)
                     for one in shown if ON_TABLES.shows(one)}  # fmt: skip
        return arguments | {"reading": kept_options(self.by_word())}

    def read_options(self) -> dict[str, Any]:
        """Return how the table is read."""
        return as_options(self.by_word()) | {"target": self.target}

    def as_toml(self) -> str:
        """Return the configuration as TOML; options that are not set stand there as comments."""
        return "\n".join(_toml_line(word, value) for word, value in self.as_plain().items()) + "\n"


@dataclass(frozen=True)
class Said:
    """Where values were given, for messages: in a configuration file, as options, or in what a file keeps."""

    file: Path | None = None
    as_options: bool = False

    def error(self, message: str) -> ConfigurationError | UsageError:
        """Return the error of this place."""
        return UsageError(message) if self.file is None else ConfigurationError(f"{self.file}: {message}")

    def unknown(self, word: str, known: Mapping[str, Any]) -> ConfigurationError | UsageError:
        """Return the error of a word that is none."""
        return self.error(str(unknown_name("option", word, known)))

    def check(self, one: Setting, word: str, value: Any) -> None:
        """Refuse a value that does not fit."""
        if one.kind.holds(value):
            return
        if self.as_options:
            shown = f"--{word.replace('_', '-')} {value!r}"
            raise UsageError(f"{shown}: {one.kind.objection(value)}")
        raise self.error(f"{word} = {_as_toml(value)}: {one.kind.objection(value)}{_meant(one, word, value)}")


def resolve(path: Path | None, options: Mapping[str, Any], config: type[TrainConfig] = TrainConfig) -> TrainConfig:
    """Return the configuration of a file, overridden by the options that were given.

    Raises
    ------
    ConfigurationError
        If the file is not TOML, or a key or value of it does not fit; the message names it.
    UsageError
        If an option does not fit.
    """
    given = {word: value for word, value in options.items() if value is not None}
    known = config.known()
    for word, value in given.items():
        Said(as_options=True).check(known[word], word, value)
    if path is None:
        return config.of(given)
    found = _read(path)
    return config.of({word: value for word, value in found.items() if word not in given} | given, Said(path))


def _meant(one: Setting, word: str, value: Any) -> str:
    """Return what to write in TOML for a value that is spelled as on a command line, or has quotes it should not."""
    words = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []
    if not words or not all(isinstance(part, str) for part in words):
        return ""
    try:
        whole = one.kind.read(_of_words(one.kind.option, words))
    except (ValueError, TypeError, KeyError):
        return ""
    return f" In TOML: {word} = {_as_toml(whole)}" if one.kind.holds(whole) else ""


def _of_words(option: type, words: list[str]) -> Any:
    """Return words as the command line would hand them to a setting of this type."""
    if option is bool:
        return {"true": True, "yes": True, "false": False, "no": False}[words[0].lower()]
    return words if option is list else option(",".join(words))


def _as_toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _read(path: Path) -> dict[str, Any]:
    fault = fault_of(path)
    if fault is not None:
        raise ConfigurationError(fault)
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder; name a TOML file in it.")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path} does not exist; write one with: clearprop train DATA --print-config > {path}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not a TOML file: {error}.") from None


def _toml_line(name: str, value: Any) -> str:
    if value is None:
        return f"# {name} ="
    return f"{name} = {_as_toml(value)}"
