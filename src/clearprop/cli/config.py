"""The configuration of a training run: every option of ``clearprop train``, as a file and as a record."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clearprop.errors import ConfigurationError, UsageError


class TrainConfig(BaseModel):
    """All that a run depends on. Written by ``--print-config``, read by ``--config``; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: str
    target: str | None = None
    task: Literal["auto", "classes", "numbers"] = "auto"
    hidden: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    dropout: float = Field(0.0, ge=0, lt=1)
    l1: float = Field(0.0, ge=0)
    l2: float | None = Field(None, ge=0)
    loss: str | None = None
    optimizer: str = "adam"
    learning_rate: float | None = Field(None, gt=0)
    schedule: str = "constant"
    clip_norm: float | None = Field(None, gt=0)
    batch_size: int | None = Field(None, ge=1)
    epochs: int = Field(200, ge=1)
    patience: int = Field(20, ge=1)
    validation: float = Field(0.15, ge=0, lt=1)
    test: float = Field(0.2, ge=0, lt=1)
    group: str | None = None
    time: str | None = None
    class_weight: Literal["balanced"] | None = None
    engine: str = "auto"
    precision: Literal["float32", "float64", "bf16"] = "float32"
    seed: int = Field(0, ge=0, lt=2**63)
    na: tuple[str, ...] = ()
    bad_rows: Literal["error", "quarantine"] = "error"
    max_bad: float = Field(0.001, ge=0, le=1)
    checkpoint_dir: str | None = None
    checkpoint_epochs: int | None = Field(1, ge=1)
    checkpoint_seconds: float | None = Field(None, gt=0)
    stream: bool | None = None
    out: str | None = None
    report: str | None = None

    def as_toml(self) -> str:
        """Return the configuration as TOML; options that are not set stand there as comments."""
        lines = (_toml_line(name, value) for name, value in self.model_dump(mode="json").items())
        return "\n".join(lines) + "\n"


def resolve(path: Path | None, options: dict[str, Any]) -> TrainConfig:
    """Return the configuration of a file, overridden by the options that were given.

    Raises
    ------
    ConfigurationError
        If the file is not TOML, or a key or value does not fit; the message names it.
    UsageError
        If there is no file, and an option does not fit.
    """
    values = _read(path) if path else {}
    values |= {name: value for name, value in options.items() if value is not None}
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        explained = "; ".join(_explain(problem, path) for problem in error.errors())
        raise (ConfigurationError if path else UsageError)(explained) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path} does not exist; write one with: clearprop train DATA --print-config > {path}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not a TOML file: {error}.") from None


def _explain(problem: Any, path: Path | None) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    where = f"{path}: " if path else ""
    if problem["type"] == "extra_forbidden":
        from clearprop.errors import unknown_name

        return where + str(unknown_name("option", name, TrainConfig.model_fields))
    if problem["type"] == "missing":
        return f"{where}{name} is missing; name the data to train on."
    given = f"{where}{name} =" if path else f"--{name.replace('_', '-')}"
    return f"{given} {problem['input']!r}: {problem['msg'].lower()}."


def _toml_line(name: str, value: Any) -> str:
    if value is None:
        return f"# {name} ="
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"
