"""What the doctor is shown, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearprop.equations.optimizers import Rule
from clearprop.model import Network, Parameters
from clearprop.training import Plan, Rows

SEVERITIES = ("severe", "warning", "hint")


@dataclass(frozen=True, eq=False)
class Fit:
    """A finished fit, as the doctor sees it.

    Attributes
    ----------
    network : Network
    parameters, start : Parameters
        As training left them, and as it began.
    rows : Rows
        That it was trained on.
    plan : Plan
    rule : Rule or None
        None where a solver of all rows at once trained it.
    validation : Rows or None
    history : mapping of str to sequence
        One entry per epoch, as `clearprop.training.as_columns` gives it.
    stopped : str or None
        Why training ended; see `clearprop.training.Progress`.
    columns : sequence of str
        Names of the columns of X.
    judged : sequence of int or None
        The columns of X that stand for something a user can leave out or scale; None for all.
    words : mapping of str to str
        The estimator's name for a setting, where it is not the general one: {"l2": "alpha"}.
    beside : mapping of str to object
        Settings without which a change would change more than it says.
    """

    network: Network
    parameters: Parameters
    start: Parameters
    rows: Rows
    plan: Plan
    rule: Rule | None
    validation: Rows | None = None
    history: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    stopped: str | None = None
    columns: Sequence[str] = ()
    judged: Sequence[int] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> Sequence[str]:
        """Names of the columns of X: x0, x1, ... where none are given."""
        return self.columns or [f"x{j}" for j in range(self.rows.X.shape[1])]

    def change(self, **settings: Any) -> dict[str, Any]:
        """Return settings under the names the estimator has for them."""
        return {self.words.get(name, name): value for name, value in {**self.beside, **settings}.items()}


@dataclass(frozen=True)
class Finding:
    """One thing that ails a fit.

    Attributes
    ----------
    name : str
        Of the ailment, one word or two.
    severity : {"severe", "warning", "hint"}
    says : str
        What was found, in one sentence.
    evidence : dict of str to float
        The numbers it was found by.
    advice : str
        What to do.
    parameters : dict of str to Any
        The exact change, ready for ``estimator.set_params(**finding.parameters)``; empty where the change is one of
        the data.
    """

    name: str
    severity: str
    says: str
    evidence: dict[str, float]
    advice: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in self.evidence.items())
        return f"{self.severity}: {self.says} ({numbers}). {self.advice}{self.set_params}"

    @property
    def set_params(self) -> str:
        """The change as a line of Python; "" where it is one of the data."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f" set_params({settings})" if settings else ""
