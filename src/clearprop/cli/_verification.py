"""The runs ``clearprop verify`` compares: one straight, one cut and resumed from a file, one on n threads."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from clearprop.cli._settings import build_estimator, prepare
from clearprop.cli.config import TrainConfig
from clearprop.engines import exactly_threads
from clearprop.errors import UsageError
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption
from clearprop.fitting.streaming import closing, open_table
from clearprop.training import Event, RunStopped


@dataclass(frozen=True)
class Run:
    """The end of a run: its steps, and the hash of all it left."""

    steps: int
    sha256: str


def straight(settings: TrainConfig, n_threads: int | None = None) -> Run:
    """Train without a break."""
    return _fit(settings, n_threads=n_threads)


def interrupted(settings: TrainConfig, step: int, folder: Path) -> Run:
    """Train up to a step, write the checkpoint, forget everything, read it and go on."""
    _fit(settings, checkpoints=CheckpointPlan(folder, pause_at=step))
    found = read_resumption(folder)
    if found.state.step != step:
        raise UsageError(f"the training has {found.state.step} steps only, it cannot be cut after step {step}.")
    return _fit(settings, checkpoints=CheckpointPlan(resume=found))


def _fit(settings: TrainConfig, n_threads: int | None = None, checkpoints: CheckpointPlan | None = None) -> Run:
    table, ends = open_table(settings.data, settings.stream, **settings.read_options()), list[Run]()
    threads = contextlib.nullcontext() if n_threads is None else exactly_threads(n_threads)

    def watch(event: Event) -> None:
        if isinstance(event, RunStopped):
            ends.append(_describe(event))

    with closing(table, settings.data), threads:
        model = build_estimator(settings, table, quiet=True)
        model.train(prepare(model, settings, table, in_parts=True), [watch], checkpoints)
    return ends[0]


def _describe(event: RunStopped) -> Run:
    state = event.training.session.get_state()
    digest = hashlib.sha256(state.parameters.tobytes())
    for name in sorted(state.slots):
        digest.update(name.encode() + state.slots[name].tobytes())
    records = [record.as_dict() | {"seconds": 0} for record in event.training.progress.records]
    digest.update(json.dumps(records).encode())
    return Run(state.step, digest.hexdigest())
