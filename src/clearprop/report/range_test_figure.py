"""A learning-rate range test as a figure."""

from __future__ import annotations

from pathlib import Path

from clearprop.errors import UsageError, WriteError
from clearprop.training.range_test import RangeTest

FORMATS = (".png", ".svg", ".pdf")


def save_range_test(found: RangeTest, path: str | Path) -> None:
    """Draw J against the learning rate, and mark the suggestion.

    Parameters
    ----------
    found : RangeTest
    path : str or Path
        Its ending, one of `FORMATS`, says what is written.

    Raises
    ------
    UsageError
        If the ending of the path is not one of `FORMATS`.
    WriteError
        If the system refuses.
    """
    from matplotlib.figure import Figure

    path = Path(path)
    if path.suffix not in FORMATS:
        raise UsageError(f"a figure is one of {', '.join(FORMATS)}, got {str(path)!r}; name it so.")
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.semilogx(found.learning_rates, found.losses, color="0.8", label="J of each step")
    axes.semilogx(found.learning_rates, found.smoothed, color="C0", label="smoothed")
    axes.axvline(found.suggested, color="C3", linestyle="--", label=f"suggested: {found.suggested:.2g}")
    low, start = found.smoothed.min(), found.smoothed[0]
    axes.set_ylim(low - 0.1 * (start - low), start + 0.5 * (start - low))
    axes.set(xlabel="learning rate", ylabel="J")
    axes.legend()
    try:
        figure.savefig(path)
    except OSError as error:
        raise WriteError(f"{path} could not be written: {error.strerror or error}; name another place.") from error
