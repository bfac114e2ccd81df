"""Trained: what a training on a table leaves, one network or several, and all that is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearprop.engines import Session
from clearprop.fitting.calibrating import calibration_of, tempered
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.held import held_answers, with_held
from clearprop.fitting.members import parts_of
from clearprop.fitting.plain import to_plain
from clearprop.fitting.table_job import TableJob, facts_of
from clearprop.model import Network, Parameters
from clearprop.tables import Schema


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training on a table leaves.

    Attributes
    ----------
    schema : Schema
        Its target remembers how the held-out rows were answered.
    network : Network
    members : tuple of Parameters
        Of each network, the probabilities made to hold.
    facts : TrainingFacts
    sessions : list of Session
        At those parameters, to predict with.
    """

    schema: Schema
    network: Network
    members: tuple[Parameters, ...]
    facts: TrainingFacts
    sessions: list[Session]


def trained(job: TableJob, found: Sequence[Fitted], estimator: str, settings: Mapping[str, Any]) -> Trained:
    """Return what is kept of a training: calibrated, with what the held-out rows have shown.

    Parameters
    ----------
    job : TableJob
    found : sequence of Fitted
        Of each member.
    estimator, settings : str, mapping
        Who trains, and what it was asked for.
    """
    sessions = [fitted.open() for fitted in found]
    answers = held_answers(job, sessions)
    calibration = calibration_of(job, answers)
    if calibration.temperature != 1:
        found = [tempered(fitted, calibration.temperature) for fitted in found]
        sessions = [fitted.open() for fitted in found]
        answers = held_answers(job, sessions)
    plain = {name: to_plain(value) for name, value in settings.items()}
    facts = facts_of(job, found[0], estimator, plain).but(
        parts=parts_of(job, sessions, answers), members=len(found), seconds=sum(one.progress.seconds for one in found),
        calibration=calibration.as_plain(),
    )  # fmt: skip
    schema, members = with_held(job, sessions, answers, calibration.curve), tuple(fitted.parameters for fitted in found)
    return Trained(schema, found[0].network, members, facts, sessions)
