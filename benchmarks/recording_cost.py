"""What recording costs: CPU time of trainings with a recorder and without, the least of several."""

from __future__ import annotations

import time

from clearprop import TableClassifier
from clearprop.fitting.recorded import recorder_for

REPEATS = 15
CASES = (("iris", {"n_epochs": 160}), ("iris", {"hidden": (16, 16), "n_epochs": 2000}), ("digits", {"n_epochs": 60}))


def seconds(data: str, recorded: bool, settings: dict[str, object]) -> float:
    """Train once; return its CPU time."""
    model = TableClassifier(patience=None, **settings)
    job = model.prepare(data)
    listeners = [recorder_for(job)] if recorded else []
    started = time.process_time()
    model.train(job, listeners)
    return time.process_time() - started


if __name__ == "__main__":
    for data, settings in CASES:
        pairs = [(seconds(data, False, settings), seconds(data, True, settings)) for _ in range(REPEATS)]
        bare, recorded = (min(times) for times in zip(*pairs, strict=True))
        print(f"{data} {settings}: {bare:.3f} s, recorded {recorded:.3f} s, {recorded / bare - 1:+.1%}")
