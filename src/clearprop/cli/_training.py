"""Train on a table and save: what ``clearprop train`` does once its options are settled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from clearprop.cli._scores import certificate_words, metric_of, score_table
from clearprop.cli._settings import begin, checkpoint_plan, model_path
from clearprop.cli.config import TrainConfig
from clearprop.cli.output import as_word, check_out, next_command, note, print_json, print_table
from clearprop.clinic.layer_states import InsideRecorder
from clearprop.errors import UsageError
from clearprop.estimators.facts import known
from clearprop.estimators.streaming import closing, open_table, take_rows
from clearprop.fitting.checkpoints import Resumption
from clearprop.tables import Table
from clearprop.training import Stopped

TOLD = (Stopped.DIVERGED, Stopped.INTERRUPTED, Stopped.TIME, Stopped.CALLBACK)
"""The endings worth a word: all but those everybody expects."""
DIVERGED = 5


@dataclass(frozen=True)
class Outcome:
    """A finished training, ready to be shown."""

    path: str
    notes: list[str]
    facts: dict[str, Any]


def train_and_save(settings: TrainConfig, quiet: bool, resume: Resumption | None = None) -> Outcome:
    """Read, hold out the test rows, train (or go on training), score and save.

    Raises
    ------
    ClearpropError
        Whatever reading, training or saving raises.
    """
    _check_outputs(settings)
    table = open_table(settings.data, settings.stream, **settings.read_options())
    with closing(table, settings.data):
        return _train_on(table, settings, quiet, resume)


def _check_outputs(settings: TrainConfig) -> None:
    """Refuse, before any work is done, a model or a report that could not be written or would replace another file."""
    path = model_path(settings)
    if settings.out is not None:  # else it is called like the data, and reading says what is wrong with a model
        check_out(path, settings.data)
    if settings.report:
        check_out(settings.report, settings.data, option="--report")
        if Path(settings.report).resolve() == Path(path).resolve():
            raise UsageError(f"--report {settings.report} is where the model is saved; write one of them elsewhere.")


def _train_on(table: Table, settings: TrainConfig, quiet: bool, resume: Resumption | None) -> Outcome:
    begun = begin(settings, table, quiet)
    model, table = begun.model, begun.table
    recorder = InsideRecorder()
    listeners = [recorder] if settings.report else []
    plan = checkpoint_plan(settings)
    _fit(model, table, rows=begun.training, checkpoints=plan, resume=resume, listeners=listeners)
    path = model_path(settings)
    model.facts_ |= {"test": {"rows": 0, "scores": {}}, "config": settings.as_plain()}
    if settings.report:
        model.facts_["inside"] = recorder.as_dict()
    model.save(path)  # before anything is asked of the test rows that may fail
    if begun.test is not None:
        _judge(model, take_rows(table, begun.test))
        model.save(path)
    if settings.report:
        from clearprop.cli._reporting import write_report
        from clearprop.examination import part_again

        write_report(model, part_again(model, table, begun.training, begun.test), settings.report)
    return _outcome(path, model.facts_)


def _judge(model: Any, test: Table) -> None:
    """Put the scores on the test rows into the facts; what is not known of them is None, and a note says why."""
    judged = model.evaluate(test)
    scores = known(judged.scores)
    model.facts_["test"] = {"rows": judged.n_rows, "scores": scores}
    model.facts_["parts"]["test"] = known({"rows": judged.n_rows, "loss": judged.loss, "metric": judged.metric})
    unknown = [name for name, value in scores.items() if value is None]
    if unknown:
        rows = "the only test row has" if judged.n_rows == 1 else f"all {judged.n_rows} test rows have"
        note = f"not known: {', '.join(unknown)}, since {rows} one and the same target; --test takes more rows."
        model.facts_["notes"] = [*model.facts_["notes"], note]


def show(outcome: Outcome, as_json: bool) -> None:
    """Print a finished training, and exit as its ending asks for."""
    if as_json:
        print_json(outcome.facts)
    else:
        print_table(*score_table(outcome.facts))
    for remark in outcome.notes:
        note(remark)
    note(f"Saved {outcome.path}")
    report = outcome.facts["config"]["report"]
    if report:
        note(f"Wrote the report {report}")
    next_command(_next(outcome))
    if outcome.facts["stopped"] == Stopped.DIVERGED:
        raise typer.Exit(DIVERGED)
    if outcome.facts["interrupted"]:
        raise typer.Exit(128 + outcome.facts["signal"])


def _next(outcome: Outcome) -> str:
    """Return the command to go on with: that of the rest of a training that was cut short, if it left checkpoints."""
    folder = outcome.facts["config"]["checkpoint_dir"]
    if outcome.facts["interrupted"] and folder is not None:
        return f"clearprop resume {as_word(folder)}"
    return f"clearprop inspect {as_word(outcome.path)}"


def _fit(model: Any, table: Table, **options: Any) -> None:
    """Fit; an interruption leaves the best weights so far, and the facts say so."""
    import warnings

    from clearprop.estimators import CertificateWarning, DivergenceWarning, InterruptedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)  # the facts hold all three, and the command shows them
        warnings.simplefilter("ignore", InterruptedWarning)
        warnings.simplefilter("ignore", CertificateWarning)
        try:
            model.fit(table, **options)
        except KeyboardInterrupt:
            if not hasattr(model, "facts_") or not model.facts_["interrupted"]:
                raise  # before the first step, or after the last one: there is no such model to save


def _outcome(path: str, facts: dict[str, Any]) -> Outcome:
    metric = metric_of(facts)
    notes = [f"note: {remark}" for remark in facts["notes"]]
    sampled = facts["parts"]["training"]["rows"]
    if sampled < facts["training_rows"]:
        notes.insert(0, f"note: the training loss and {metric} are those of a sample of {sampled:,} rows")
    if facts["stopped"] in TOLD:
        notes.append(Stopped(facts["stopped"]).says)
    if facts["solver_report"]:
        notes.append(facts["solver_report"]["says"])
    if facts["interrupted"] and facts["config"]["checkpoint_dir"] is None:
        notes.append("With --checkpoint-dir it could be resumed.")
    if facts["autopsy"]:
        notes.append(facts["autopsy"])
    certificate = facts["certificate"]
    if certificate:
        notes.append(certificate_words(certificate) if certificate["passed"] else f"WARNING: {certificate['says']}")
    shown = {name: value for name, value in facts.items() if name not in ("history", "inside")}
    return Outcome(path, notes, shown | {"model": path})
