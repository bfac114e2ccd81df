"""diagnose_fit: run every check, the most severe finding first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from clearprop.cells import Cell, Lines, Part, Shown, Table
from clearprop.clinic import columns, duplicates, layers, learning
from clearprop.clinic.records import SEVERITIES, Finding, Fit

Check = Callable[[Fit], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "training stayed finite": learning.diverged,
    "the loss starts near that of a guess": learning.start,
    "the net can learn one batch by heart": learning.one_batch,
    "few units are dead": layers.dead,
    "few units are saturated": layers.saturated,
    "each step moves the weights a little": layers.update_ratio,
    "the columns are of one size": columns.unscaled,
    "the target is of size 1": columns.unscaled_target,
    "no column is constant": columns.constant,
    "no column is there twice": duplicates.duplicate,
    "no column gives the answer away": columns.leak,
    "the penalty is not too strong": learning.penalty,
    "held-out rows do as well as training rows": learning.overfitting,
    "training was long enough": learning.too_short,
    "every class is predicted": learning.never_predicted,
}
"""Every check by what it wants to see."""


@dataclass(frozen=True, repr=False)
class FitDiagnosis(Shown):
    """What the doctor found.

    Attributes
    ----------
    findings : tuple of Finding
        The most severe first; empty for a healthy fit.
    passed : tuple of str
        What was looked at and is well.
    """

    findings: tuple[Finding, ...]
    passed: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def as_cell(self) -> Cell:
        """Return each finding with its evidence and its change, and what is well."""
        n, severe = len(self.findings), any(one.severity == "severe" for one in self.findings)
        parts = [part for one in self.findings for part in _said(one)]
        if self.passed:
            parts.append(Table(("check", "result"), [("", [(name, "well") for name in self.passed])], words=(1,)))
        found = "1 finding" if n == 1 else f"{n} findings, the most severe first"
        title = "Healthy: nothing found" if self.healthy else found
        return Cell(title, parts, "good" if self.healthy else "severe" if severe else "")

    def __repr__(self) -> str:
        return f"<FitDiagnosis: {', '.join(one.name for one in self.findings) or 'healthy'}>"

    def __str__(self) -> str:
        checked = len(self.passed)
        if self.healthy:
            return f"This fit is healthy: {checked} checks, nothing found."
        return "\n".join([*map(str, self.findings), f"{checked} other checks found nothing."])


def _said(finding: Finding) -> list[Part]:
    """Return a finding in sentences, and its change as a line to be copied."""
    change = finding.set_params.strip()
    told = str(finding).removesuffix(finding.set_params)
    return [told[:1].upper() + told[1:], *([Lines([change])] if change else [])]


def diagnose_fit(fit: Fit) -> FitDiagnosis:
    """Examine a finished fit.

    Nothing is changed. The cost is that of about a thousand training steps.

    Parameters
    ----------
    fit : Fit
        Network, parameters before and after, rows, history, plan.

    Returns
    -------
    FitDiagnosis
        Each finding has its evidence, a severity, and the change of a parameter that it calls for.
    """
    findings: list[Finding] = []
    passed = []
    with np.errstate(all="ignore"):
        for name, check in CHECKS.items():
            found = list(check(fit))
            findings += found
            if not found:
                passed.append(name)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return FitDiagnosis(tuple(findings), tuple(passed))
