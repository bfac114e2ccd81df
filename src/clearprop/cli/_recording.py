"""The recording of a training: where it goes, and how it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.cli.config import TrainConfig
from clearprop.cli.output import check_out
from clearprop.errors import UsageError
from clearprop.paths import same_place

if TYPE_CHECKING:
    from clearprop.recording import Recorder

ENDINGS = (".safetensors",)


def check_recording(settings: TrainConfig, model: str) -> None:
    """Refuse, before any work is done, a recording that could not be written or would replace another file.

    Raises
    ------
    UsageError
    """
    path = settings.record
    assert path is not None
    if Path(path).suffix not in ENDINGS:
        raise UsageError(f"--record {path}: a recording is called something{' or something'.join(ENDINGS)}.")
    check_out(path, settings.data, option="--record")
    for other in (model, settings.report):
        if other and same_place(path, other):
            raise UsageError(f"--record {path} is where {other} is written; write one of them elsewhere.")


def write_recording(recorder: Recorder, settings: TrainConfig) -> None:
    """Write what was recorded."""
    assert settings.record is not None
    recorder.save(settings.record)
