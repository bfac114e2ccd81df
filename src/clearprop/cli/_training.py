"""Train on a table and save: what ``clearprop train`` does once its options are settled."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import typer

from clearprop.cli._recording import check_recording, told_of, write_recording
from clearprop.cli._scores import certificate_words, metric_of, score_table
from clearprop.cli._settings import build_estimator, checkpoint_plan, model_path, prepare
from clearprop.cli._signals import SIGNALS
from clearprop.cli._together import wait_for_all
from clearprop.cli.config import TrainConfig
from clearprop.cli.output import as_word, check_folder, check_out, next_command, note, print_json, print_table
from clearprop.clinic.layer_states import InsideRecorder
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.errors import Interrupted, UsageError
from clearprop.fitting.certification import CertificateWarning
from clearprop.fitting.checkpoints import Resumption
from clearprop.fitting.endings import refuse_divergence
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.recorded import recorder_for
from clearprop.fitting.streaming import closing, open_table
from clearprop.paths import same_place
from clearprop.tables import Table
from clearprop.training import EpochEnded, Event, Listener, OfSeveral, StepsDone, Stopped, TrainingStarted

TOLD = (Stopped.DIVERGED, Stopped.INTERRUPTED, Stopped.TIME, Stopped.CALLBACK)
"""The endings worth a word: all but those everybody expects."""
DIVERGED = 5


@dataclass(frozen=True)
class Outcome:
    """A finished training, ready to be shown."""

    path: str
    settings: TrainConfig
    facts: TrainingFacts

    @property
    def notes(self) -> list[str]:
        """What is to be said of it."""
        return _notes(self.facts, self.settings)


def train_and_save(
    settings: TrainConfig, quiet: bool, resume: Resumption | None = None, exchange: Exchange = ALONE
) -> Outcome:
    """Read, hold out the test rows, train (or go on training), score and save: of several processes, the first saves.

    Raises
    ------
    ClearpropError
        Whatever reading, training or saving raises.
    """
    _check_outputs(settings)
    table = open_table(settings.data, settings.stream, **settings.read_options())
    with closing(table, settings.data):
        return _train_on(table, settings, quiet, resume, exchange)


def _check_outputs(settings: TrainConfig) -> None:
    """Refuse, before any work is done, a model or a report that could not be written or would replace another file."""
    path = model_path(settings)
    if settings.out is not None:  # else it is called like the data, and reading says what is wrong with a model
        check_out(path, settings.data)
    if settings.report:
        check_out(settings.report, settings.data, option="--report")
        if same_place(settings.report, path):
            raise UsageError(f"--report {settings.report} is where the model is saved; write one of them elsewhere.")
    if settings.record:
        check_recording(settings, path)
    if settings.checkpoint_dir is not None:
        check_folder(settings.checkpoint_dir, "--checkpoint-dir")


def _train_on(
    table: Table, settings: TrainConfig, quiet: bool, resume: Resumption | None, exchange: Exchange
) -> Outcome:
    model = build_estimator(settings, table, quiet)
    job = prepare(model, settings, table, exchange=exchange)
    recorder = InsideRecorder()
    listeners: list[Listener] = [OfSeveral(recorder)] if settings.report else []
    recording = recorder_for(job, settings.record_mb, {"config": settings.as_kept()}) if settings.record else None
    listeners += [recording] if recording else []
    path = model_path(settings)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CertificateWarning)  # the facts hold it, and the command shows it
            warnings.showwarning = _as_note if exchange.rank == 0 else _to_nobody
            fitted = model.train(job, [*listeners, OfSeveral(_obey_signals)], checkpoint_plan(settings, resume))
        if recording is not None:
            write_recording(recording, settings)  # of a run that diverged too
        refuse_divergence(fitted, settings.on_divergence)
        if exchange.rank > 0:
            return Outcome(path, settings, model.facts_)
        inside = recorder.as_dict() if settings.report else None
        model.note(config=settings.as_kept(), inside=inside)
        model.save(path)  # before anything is asked of the test rows that may fail
    finally:
        number = SIGNALS.release()
    if number is not None and not model.facts_.interrupted:
        note(f"Saved {path}")
        raise Interrupted(number)
    if job.test is not None:
        model.judge(job)
        model.save(path)
    if settings.report:
        from clearprop.cli._reporting import write_report
        from clearprop.examination import part_again

        write_report(model, part_again(model, table), settings.report)
    return Outcome(path, settings, model.facts_)


def _obey_signals(event: Event) -> None:
    """Put signals off from the first step on, until the model is saved; stop after the slice in which one came."""
    if isinstance(event, TrainingStarted):
        SIGNALS.hold()
    elif SIGNALS.pending is not None and isinstance(event, StepsDone | EpochEnded):
        event.training.progress.signal_number = SIGNALS.pending
        event.training.stop(Stopped.INTERRUPTED)


def _as_note(message: Warning | str, *_: object, **__: object) -> None:
    """Show a warning as the command shows all that is worth a word."""
    note(f"note: {message}")


def _to_nobody(*_: object, **__: object) -> None:
    """Leave a warning to the first process."""


def show(outcome: Outcome, as_json: bool, exchange: Exchange = ALONE) -> None:
    """Print a finished training, in the first process, and exit as its ending asks for."""
    if exchange.rank == 0:
        _print(outcome, as_json)
    wait_for_all(exchange)
    facts = outcome.facts
    if facts.stopped == Stopped.DIVERGED:
        raise typer.Exit(DIVERGED)
    if facts.interrupted:
        raise typer.Exit(128 + (facts.signal or 0))


def _print(outcome: Outcome, as_json: bool) -> None:
    facts = outcome.facts
    if as_json:
        plain = {name: value for name, value in facts.as_plain().items() if name not in ("history", "inside")}
        print_json(plain | {"model": outcome.path})
    else:
        print_table(*score_table(facts))
    for remark in outcome.notes:
        note(remark)
    note(f"Saved {outcome.path}")
    if outcome.settings.report:
        note(f"Wrote the report {outcome.settings.report}")
    if outcome.settings.record:
        note(told_of(outcome.settings.record))
    next_command(_next(outcome))


def _next(outcome: Outcome) -> str:
    """Return the command to go on with: that of the rest of a training that was cut short, if it left checkpoints."""
    folder = outcome.settings.checkpoint_dir
    if outcome.facts.interrupted and folder is not None:
        return f"clearprop resume {as_word(folder)}"
    return f"clearprop inspect {as_word(outcome.path)}"


def _notes(facts: TrainingFacts, settings: TrainConfig) -> list[str]:
    """Return what is to be said of a training, sentence by sentence."""
    notes = [f"note: {remark}" for remark in facts.notes]
    sampled = facts.parts["training"].rows
    if sampled < facts.training_rows:
        notes.insert(0, f"note: the training loss and {metric_of(facts)} are those of a sample of {sampled:,} rows")
    if facts.stopped in TOLD:
        notes.append(facts.stopped.says)
    if facts.solver_report:
        notes.append(facts.solver_report["says"])
    if facts.interrupted and settings.checkpoint_dir is None:
        notes.append("With --checkpoint-dir it could be resumed.")
    if facts.autopsy:
        notes.append(facts.autopsy)
    certificate = facts.certificate
    if certificate:
        notes.append(certificate_words(certificate) if certificate["passed"] else f"WARNING: {certificate['says']}")
    return notes
