"""Export: a trained model as a file of another format, with rows to check it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clearprop.errors import GoldenRowsDiffer, ScribeCannot, UsageError, unknown_name
from clearprop.exchange.deployed import Deployed
from clearprop.exchange.golden import golden
from clearprop.exchange.lowering import lower
from clearprop.exchange.runtimes import RUNTIMES, Checked, check
from clearprop.exchange.scribes import SCRIBES, Draft, Scribe
from clearprop.exchange.scribes.draft import MARK, identifier
from clearprop.files import write_atomically
from clearprop.program import Program

ROUNDINGS = 2  # of the model itself, by which an export in the same precision may differ


@dataclass(frozen=True, eq=False)
class Exported:
    """An export that was written: its scribe and draft, and the files, the one that was asked for first."""

    scribe: Scribe
    draft: Draft
    files: tuple[Path, ...]

    def __repr__(self) -> str:
        """Return which files hold which format; the whole model is in the draft."""
        return f"Exported({', '.join(map(str, self.files))}: {self.scribe.title})"

    def check(self) -> list[Checked]:
        """Run the golden rows on every runtime at hand."""
        return [check(self.draft, self.files[0], one, self.tolerance) for one in RUNTIMES[self.scribe.name]]

    @property
    def tolerance(self) -> float:
        """How far values may be from the model's own: what the format allows, and the rounding of the model itself."""
        return self.scribe.tolerance[self.draft.precision] + ROUNDINGS * self.draft.golden.rounding

    def judge(self, checked: list[Checked]) -> None:
        """Raise GoldenRowsDiffer if a runtime is further from the model than the format's tolerance."""
        for found in checked:
            if found.difference is not None and not (found.difference <= self.tolerance and found.decisions == 0):
                raise GoldenRowsDiffer(
                    f"{found.runtime} differs from the model by {found.difference:.3g} on the golden rows, expected at "
                    f"most {self.tolerance:g}, and in {found.decisions} decisions; do not use {self.files[0]}, and "
                    "please report it."
                )


def export(deployed: Deployed, path: str | Path, to: str | None = None, name: str | None = None) -> Exported:
    """Write a model in another format.

    Parameters
    ----------
    deployed : Deployed
    path : str or path
        Of the file; where a format has two, the other one stands beside it.
    to : str, optional
        A name from `SCRIBES`; the path's ending decides if it is left out.
    name : str, optional
        What the functions are called by; the file's name if left out.

    Returns
    -------
    Exported

    Raises
    ------
    UsageError
        If there is no such format, or the path's ending is that of none.
    ScribeCannot
        If the format lacks something the model needs.
    """
    path = Path(path)
    scribe = _scribe(path, to)
    program = lower(deployed)
    refuse(scribe, program)
    draft = Draft(identifier(name or path.stem), path.stem, program, golden(deployed, program), deployed.notes)
    contents = scribe.write(draft)
    return Exported(scribe, draft, tuple(_written(path, contents)))


def refuse(scribe: Scribe, program: Program) -> None:
    """Raise ScribeCannot if the format lacks something, and name formats that have it."""
    why_not = scribe.why_not(program)
    if why_not is not None:
        others = [other.name for other in SCRIBES.values() if other.why_not(program) is None]
        advice = f"these can: {', '.join(others)}" if others else "no format here can"
        raise ScribeCannot(f"{scribe.title} cannot hold this model: {why_not}; {advice}.")


def _scribe(path: Path, to: str | None) -> Scribe:
    if to is not None:
        if to not in SCRIBES:
            raise unknown_name("format", to, SCRIBES)
        return SCRIBES[to]
    by_ending = {ending: scribe for scribe in reversed(SCRIBES.values()) for ending in scribe.endings}
    if path.suffix.lower() not in by_ending:
        raise UsageError(
            f"the ending of {path} is that of no format ({', '.join(sorted(by_ending))}); use one, or name the format."
        )
    return by_ending[path.suffix.lower()]


def _written(path: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write the files: the first under the path itself, another beside it under its own ending."""
    first, *others = contents
    files = [path, *(path.with_suffix(ending) for ending in others)]
    for file in files[1:]:
        _check_beside(file, path)
    for file, content in zip(files, (contents[first], *(contents[ending] for ending in others)), strict=True):
        write_atomically(file, content)
    return files


def _check_beside(file: Path, path: Path) -> None:
    """Refuse to write a second file, whose name nobody has given, over one that no export has written."""
    if file == path:
        raise UsageError(f"{path} is where the header goes; give the name of the source, {path.with_suffix('.c')}.")
    if file.exists() and MARK.encode() not in file.read_bytes()[:1000]:
        raise UsageError(f"{file}, which goes beside {path}, is there and not of an export; choose another name.")
