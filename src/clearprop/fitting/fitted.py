"""Fitted: what a training leaves. Standing: where an earlier one stood, for one that goes on with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from clearprop.clinic import Autopsy
from clearprop.engines import Choice, Session, State, get_precision
from clearprop.equations.optimizers import Rule
from clearprop.fitting.averaging import Average
from clearprop.model import Network, Parameters, parameter_shapes
from clearprop.proofs import Certificate
from clearprop.solvers import SolverReport
from clearprop.training import Plan, Progress, Stopped


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a run stood, by default before its first step.

    Attributes
    ----------
    state : State or None
        Weights and the rule's memory; None begins where the job does.
    progress : Progress
        Epochs, history, the best epoch.
    average : Average or None
        The mean of the weights so far, where one is kept.
    certificate : Certificate or None
        Of the gradient, where it has been certified: it is not certified again.
    cut : bool
        Whether the run is the job's own, cut short: what is certified is then its beginning, as in the straight run.
    """

    state: State | None = None
    progress: Progress = field(default_factory=Progress)
    average: Average | None = None
    certificate: Certificate | None = None
    cut: bool = False


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network.

    Attributes
    ----------
    network : Network
    rule : Rule
    plan : Plan
        As it was at the end: a rule of stopping may have lowered the learning rate.
    state : State
        Weights and the rule's memory, as training left them.
    parameters : Parameters
        What is kept of it: the weights of the state, those of the best epoch after a divergence, or their mean.
    progress : Progress
        History, best epoch, and why training ended.
    choice : Choice
        The engine that trained it.
    report : SolverReport or None
        How a batch solver ended; None if steps were taken, or it could not begin.
    certificate : Certificate or None
        Of the gradient it began with; None if it was left out.
    autopsy : Autopsy or None
        Where training diverged.
    average : Average or None
        The mean of the weights, where one is kept.
    """

    network: Network
    rule: Rule
    plan: Plan
    state: State
    parameters: Parameters
    progress: Progress
    choice: Choice
    report: SolverReport | None = None
    certificate: Certificate | None = None
    autopsy: Autopsy | None = None
    average: Average | None = None

    @property
    def engine(self) -> str:
        """The name of the engine that trained it."""
        return self.choice.name

    @property
    def diverged(self) -> bool:
        """Whether training ended at a number that is not finite."""
        return self.progress.stopped == Stopped.DIVERGED

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended it."""
        return self.progress.stopped == Stopped.INTERRUPTED

    def open(self) -> Session:
        """Open a session that predicts with what is kept, on the engine that trained it."""
        asked, dtype = self.choice.request.precision, self.parameters.vector.dtype
        precision = asked if asked.dtype == dtype else get_precision(dtype)
        choice = replace(self.choice, request=replace(self.choice.request, precision=precision))
        return choice.open(self.parameters, self.plan.seed)


def kept_parameters(network: Network, state: State, progress: Progress) -> Parameters:
    """Return the weights of a state, or those of the best epoch where training diverged after one."""
    best = progress.best if progress.stopped == Stopped.DIVERGED else None
    return Parameters(parameter_shapes(network), state.parameters if best is None else best.parameters)
