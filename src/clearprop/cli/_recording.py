"""The recording of a training: where it goes, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.cli.config import TrainConfig
from clearprop.cli.output import as_word, check_out
from clearprop.errors import UsageError
from clearprop.explain.film import LARGEST, film
from clearprop.explain.worked_numbers import Most
from clearprop.paths import same_place

if TYPE_CHECKING:
    from clearprop.recording import Recorder, Recording

ENDINGS = (".safetensors", ".html")


def check_recording(settings: TrainConfig, model: str) -> None:
    """Refuse, before any work is done, a recording that could not be written or would replace another file.

    Raises
    ------
    UsageError
    """
    path = settings.record
    assert path is not None
    if Path(path).suffix not in ENDINGS:
        raise UsageError(f"--record {path}: a recording is called something.safetensors, or something.html for a page.")
    check_out(path, settings.data, option="--record")
    for other in (model, settings.report):
        if other and same_place(path, other):
            raise UsageError(f"--record {path} is where {other} is written; write one of them elsewhere.")


def write_recording(recorder: Recorder, settings: TrainConfig) -> None:
    """Write what was recorded: as data, or as a page."""
    from clearprop.recording import Recording

    path = settings.record
    assert path is not None
    if Path(path).suffix == ".html":
        write_page(Recording.of(recorder.run), path)
    else:
        recorder.save(path)


@dataclass(frozen=True)
class Shown:
    """What a page shows of a recording: see `clearprop.explain.film.film`."""

    rows: tuple[int, ...] = ()
    most: Most = field(default_factory=Most)
    notation: str = "clearprop"
    megabytes: float = LARGEST


def write_page(recording: Recording, path: str | Path, shown: Shown = Shown()) -> int:
    """Write a recording as a page; return its bytes."""
    from clearprop.files import write_atomically
    from clearprop.recording import Replay
    from clearprop.report.run_page import run_page

    frames = film(Replay(recording), shown.rows, shown.most, shown.notation, shown.megabytes)
    content = run_page(frames, Path(recording.title).name).encode()
    write_atomically(path, content)
    return len(content)


def told_of(path: str) -> str:
    """Return what is said of a recording once it is written."""
    if Path(path).suffix == ".html":
        return f"Recorded the run: open {path} in a browser; it needs no network."
    return f"Recorded the run: clearprop replay {as_word(path)}"
