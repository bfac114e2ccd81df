"""The mistake finder: which classic mistake explains a wrong hand-written gradient?

Every mistake of the catalogue, alone and with every other one, in all layers and in one, is made on purpose; the one
that comes out where the user's numbers are is named. The evidence is what is left of the difference once it is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.cells import Cell, Lines, Part, Shown, Table
from clearprop.engines.tracing import trace
from clearprop.errors import DataError, UsageError, unknown_name
from clearprop.model import Network, Parameters, Trace, without_dropout
from clearprop.proofs.mistaken import Mistake, mistaken
from clearprop.proofs.mistakes import BP3, MISTAKES

Array = NDArray[Any]
Named = dict[str, Array]

EXPLAINED = 1e-6  # what rounding may leave, in float32 too where nothing cancels
_KEPT = 5


@dataclass(frozen=True)
class Finding:
    """One explanation of the numbers.

    Attributes
    ----------
    mistakes : tuple of str
        Names from the catalogue; one or two.
    says : str
    equations : tuple of str
        Those that are broken, as they should be.
    residual : float
        Relative difference left once the mistakes are undone, in the worst quantity; 0 explains all.
    equivalent : tuple of tuple of str
        Other mistakes that lead to the very same numbers in this network.
    layer : int or None
        The only layer in which they were made; None for all.
    """

    mistakes: tuple[str, ...]
    says: str
    equations: tuple[str, ...]
    residual: float
    equivalent: tuple[tuple[str, ...], ...] = ()
    layer: int | None = None

    @property
    def explains(self) -> bool:
        """Whether nothing but rounding is left."""
        return self.residual <= EXPLAINED


@dataclass(frozen=True)
class Suspicion:
    """What may have been done wrong: mistakes made together, in every layer or in one."""

    mistakes: tuple[Mistake, ...]
    layer: int | None = None

    def finding(self, residual: float, half: bool) -> Finding:
        """Return it as a finding; `half`: whether the loss has a ½."""
        says = "; and ".join((half and mistake.with_half) or mistake.says for mistake in self.mistakes)
        return Finding(
            tuple(mistake.name for mistake in self.mistakes),
            says if self.layer is None else f"in layer {self.layer} alone, {says}",
            tuple(dict.fromkeys(mistake.equation for mistake in self.mistakes)),
            residual,
            layer=self.layer,
        )


@dataclass(frozen=True, repr=False)
class Diagnosis(Shown):
    """What became of a comparison.

    Attributes
    ----------
    differences : dict of str to float
        Relative difference of each given quantity from the right one.
    findings : tuple of Finding
        The likeliest first; empty if nothing is wrong.
    not_finite : tuple of str
        Which quantities hold NaN or an infinity, and where; nothing else is looked for then.
    """

    differences: dict[str, float]
    findings: tuple[Finding, ...]
    not_finite: tuple[str, ...] = ()

    @property
    def correct(self) -> bool:
        """Whether the numbers are right."""
        return max(self.differences.values()) <= EXPLAINED

    def as_cell(self) -> Cell:
        """Return the verdict, the equations that are broken, and how far every quantity is off."""
        says, *equations = str(self).split("\n")
        parts: list[Part] = [says[:1].upper() + says[1:]]
        if equations:
            mistake, *broken, undone = equations
            parts += [mistake, Lines(broken), undone]
        rows = [(name, _size(size), "yes" if size <= EXPLAINED else "NO") for name, size in self.differences.items()]
        parts.append(Table(("quantity", "relative difference", "right"), [("", rows)]))
        if self.findings:
            parts.append(_likeliest(self.findings))
        return Cell("Correct" if self.correct else "Wrong", parts, "good" if self.correct else "severe")

    def __repr__(self) -> str:
        return f"<Diagnosis {str(self).splitlines()[0]}>"

    def __str__(self) -> str:
        if self.correct:
            agree = "agrees" if len(self.differences) == 1 else "agree"
            return f"correct: {', '.join(self.differences)} {agree} with the derivative of J."
        if self.not_finite:
            cause = "Look for 0 / 0, the logarithm of 0, and exp of a large z in your code."
            return f"wrong: {'; '.join(self.not_finite)}. {cause}"
        sizes = ", ".join(f"{name} ({size:.2g})" for name, size in self.differences.items() if size > EXPLAINED)
        wrong = f"wrong, by relative difference: {sizes}."
        first = self.findings[0]
        if not first.explains:
            return f"{wrong} No mistake of the catalogue, and no two of them, explains it."
        lines = [wrong, f"The mistake: {first.says}.", *first.equations]
        lines.append(f"Undoing it leaves {first.residual:.1g} of the difference.")
        return "\n".join(lines)


def _size(difference: float) -> str:
    return f"{difference:.2g}".replace("-", "−")


def _likeliest(findings: Sequence[Finding]) -> Table:
    """Return what was tried, and what each mistake leaves of the difference."""
    head = ["mistake", "in layers", "difference that is left", "the same numbers by"]
    rows = []
    for one in findings:
        layer = "all" if one.layer is None else str(one.layer)
        twins = "; ".join(" and ".join(mistakes) for mistakes in one.equivalent)
        rows.append([" and ".join(one.mistakes), layer, _size(one.residual), twins])
    used = len(head) if any(row[-1] for row in rows) else len(head) - 1
    return Table(head[:used], [("", [row[:used] for row in rows])], "The likeliest mistakes", words=(3,))


def diagnose(
    network: Network,
    parameters: Parameters,
    X: Array,
    Y: Array,
    my_gradients: Mapping[str, ArrayLike] | None = None,
    my_delta: Mapping[int, ArrayLike] | Sequence[ArrayLike | None] | None = None,
    weights: Array | None = None,
) -> Diagnosis:
    """Compare hand-written gradients with the right ones, and name the mistake in them.

    Mistakes are looked for in all layers alike, one or two of them; where these explain nothing, in one layer alone.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    X : array (batch, n_columns)
    Y : array (batch, n_out) or class indices (batch,)
    my_gradients : mapping of str to array, optional
        Under the names "dW1", "db1", "dE1" ... (or "W1", "b1", "E1"), as many of them as there are.
    my_delta : list or mapping of layer to array, optional
        delta[l] (batch, n_out of layer l); entry 0 of a list is not used.
    weights : array (batch,), optional

    Returns
    -------
    Diagnosis
        Print it for the mistake and the equation it breaks. Dropout is left out.

    Raises
    ------
    UsageError
        If nothing is given to compare, or a name is unknown.
    DataError
        If a shape differs, and is not that of the transposed array either.
    """
    traced = trace(without_dropout(network), parameters, X, Y, weights)
    right = mistaken(traced, ())
    mine, turned = _given(my_gradients or {}, my_delta or {}, right)
    not_finite = tuple(f"{name} {_where_not_finite(values)}" for name, values in mine.items() if not _finite(values))
    differences = {name: inf if name in turned else _difference(mine[name], right[name]) for name in mine}
    if not_finite or max(differences.values()) <= EXPLAINED:
        return Diagnosis(differences, (), not_finite)
    with np.errstate(all="ignore"):  # a mistake may overflow; then it is not the one
        findings = _findings(traced, mine, right, _everywhere(turned))
        if not findings or not findings[0].explains:
            findings = _findings(traced, mine, right, (*_everywhere(turned), *_in_one_layer(network.L))) or findings
    return Diagnosis(differences, tuple(_with_turned(finding, turned) for finding in findings))


def _given(gradients: Mapping[str, Any], delta: Any, right: Named) -> tuple[Named, tuple[str, ...]]:
    """Return what the user gave under the names of the equations, checked; and the names of what was transposed."""
    layers = delta.items() if isinstance(delta, Mapping) else enumerate(delta)
    named = {(name if name.startswith("d") else f"d{name}"): values for name, values in gradients.items()}
    named.update({f"delta{l}": values for l, values in layers if values is not None and l != 0})
    mine = {name: np.asarray(values, np.float64) for name, values in named.items()}
    if not mine:
        raise UsageError("there is nothing to compare; give my_gradients, my_delta, or both.")
    turned = []
    for name, values in mine.items():
        if name not in right:
            raise unknown_name("quantity", name, right)
        if values.shape == right[name].shape:
            continue
        if values.ndim != 2 or values.shape[::-1] != right[name].shape:
            raise DataError(
                f"{name} must have shape {right[name].shape}, got {values.shape}; rows are samples, and weights are "
                "(n_in, n_out)."
            )
        mine[name] = values.T
        turned.append(name)
    return mine, tuple(turned)


def _finite(values: Array) -> bool:
    return bool(np.isfinite(values).all())


def _where_not_finite(values: Array) -> str:
    """Return the first entry that is no number, and how many there are."""
    wrong = ~np.isfinite(values)
    first = np.argwhere(wrong)[0].tolist()
    others = int(wrong.sum()) - 1
    return f"is {values[tuple(first)]} at {first}" + (f" and in {others} other places" if others else "")


def _everywhere(turned: Sequence[str]) -> tuple[Suspicion, ...]:
    """Return what may have been done in all layers: one mistake or two, or none beside a transposition."""
    singles = [Suspicion((mistake,)) for mistake in MISTAKES]
    pairs = [Suspicion(pair) for pair in combinations(MISTAKES, 2)]
    return (*([Suspicion(())] if turned else []), *singles, *pairs)


def _in_one_layer(L: int) -> Iterator[Suspicion]:
    local = [mistake for mistake in MISTAKES if mistake.step not in ("scales", "output")]
    for l in range(1, L + 1):
        yield from (Suspicion((mistake,), l) for mistake in local)
        yield from (Suspicion(pair, l) for pair in combinations(local, 2))


def _findings(traced: Trace, mine: Named, right: Named, suspicions: Iterable[Suspicion]) -> tuple[Finding, ...]:
    """Return the best explanations, those that need fewer mistakes first among those that explain all."""
    found: list[tuple[Finding, Named]] = []
    for suspicion in suspicions:
        numbers = mistaken(traced, suspicion.mistakes, suspicion.layer)
        if suspicion.mistakes and _same(numbers, right, mine):
            continue  # in this network the mistake changes nothing
        residual = max(_difference(mine[name], numbers[name]) for name in mine)
        found.append((suspicion.finding(residual, "½" in traced.network.objective.loss.formula), numbers))
    found.sort(key=lambda pair: (0.0 if pair[0].explains else pair[0].residual, len(pair[0].mistakes)))
    if found and found[0][0].explains:
        first, rest = found[0][0], found[1:]
        twins = (f.mistakes for f, _ in rest if f.explains and len(f.mistakes) == len(first.mistakes))
        others = tuple(dict.fromkeys(mistakes for mistakes in twins if mistakes != first.mistakes))
        found[0] = (replace(first, equivalent=others), found[0][1])
    return tuple(finding for finding, _ in found[:_KEPT])


def _with_turned(finding: Finding, turned: Sequence[str]) -> Finding:
    """Return a finding that also says what was transposed."""
    if not turned:
        return finding
    says = (
        f"{' and '.join(turned)} {'is' if len(turned) == 1 else 'are'} transposed: rows are samples, W is (n_in, n_out)"
    )
    names = ("dW_transposed", *(name for name in finding.mistakes if name != "dW_transposed"))
    rest = "" if len(names) == 1 else finding.says
    equations = tuple(dict.fromkeys((BP3, *finding.equations)))
    return replace(finding, mistakes=names, says="; and ".join(filter(None, (says, rest))), equations=equations)


def _same(numbers: Named, right: Named, mine: Named) -> bool:
    return all(_difference(numbers[name], right[name]) <= EXPLAINED for name in mine)


def _difference(one: Array, other: Array) -> float:
    """Return the relative difference of two arrays."""
    size = max(float(np.linalg.norm(one)), float(np.linalg.norm(other)))
    if size == 0:
        return 0.0
    difference = float(np.linalg.norm(one - other)) / size
    return difference if np.isfinite(difference) else inf
