"""The mistake finder: which classic mistake explains a wrong hand-written gradient?

Every mistake of the catalogue, alone and with every other one, is made on purpose; the one that comes out where the
user's numbers are is named. The evidence is what is left of the difference once it is undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.engines.tracing import trace
from clearprop.errors import DataError, UsageError, unknown_name
from clearprop.model import Network, Parameters, without_dropout
from clearprop.proofs.mistaken import Mistake, mistaken
from clearprop.proofs.mistakes import MISTAKES

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
    """

    mistakes: tuple[str, ...]
    says: str
    equations: tuple[str, ...]
    residual: float
    equivalent: tuple[tuple[str, ...], ...] = ()

    @property
    def explains(self) -> bool:
        """Whether nothing but rounding is left."""
        return self.residual <= EXPLAINED


@dataclass(frozen=True)
class Diagnosis:
    """What became of a comparison.

    Attributes
    ----------
    differences : dict of str to float
        Relative difference of each given quantity from the right one.
    findings : tuple of Finding
        The likeliest first; empty if nothing is wrong.
    """

    differences: dict[str, float]
    findings: tuple[Finding, ...]

    @property
    def correct(self) -> bool:
        """Whether the numbers are right."""
        return max(self.differences.values()) <= EXPLAINED

    def __str__(self) -> str:
        if self.correct:
            agree = "agrees" if len(self.differences) == 1 else "agree"
            return f"correct: {', '.join(self.differences)} {agree} with the derivative of J."
        sizes = ", ".join(f"{name} ({size:.2g})" for name, size in self.differences.items() if size > EXPLAINED)
        wrong = f"wrong, by relative difference: {sizes}."
        first = self.findings[0]
        if not first.explains:
            return f"{wrong} No mistake of the catalogue, and no two of them, explains it."
        lines = [wrong, f"The mistake: {first.says}.", *first.equations]
        lines.append(f"Undoing it leaves {first.residual:.1g} of the difference.")
        return "\n".join(lines)


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
        If a shape differs.
    """
    found = trace(without_dropout(network), parameters, X, Y, weights)
    right = mistaken(found, ())
    mine = _given(my_gradients or {}, my_delta or {}, right)
    differences = {name: _difference(mine[name], right[name]) for name in mine}
    if max(differences.values()) <= EXPLAINED:
        return Diagnosis(differences, ())
    with np.errstate(all="ignore"):  # a mistake may overflow; then it is not the one
        candidates = ((mistakes, mistaken(found, mistakes)) for mistakes in _suspects())
        return Diagnosis(differences, _rank(mine, right, candidates))


def _given(gradients: Mapping[str, Any], delta: Any, right: Named) -> Named:
    """Return what the user gave under the names of the equations, checked."""
    layers = delta.items() if isinstance(delta, Mapping) else enumerate(delta)
    named = {(name if name.startswith("d") else f"d{name}"): values for name, values in gradients.items()}
    named.update({f"delta{l}": values for l, values in layers if values is not None and l != 0})
    mine = {name: np.asarray(values, np.float64) for name, values in named.items()}
    if not mine:
        raise UsageError("there is nothing to compare; give my_gradients, my_delta, or both.")
    for name, values in mine.items():
        if name not in right:
            raise unknown_name("quantity", name, right)
        if values.shape != right[name].shape:
            raise DataError(
                f"{name} must have shape {right[name].shape}, got {values.shape}; rows are samples, and weights are "
                "(n_in, n_out)."
            )
    return mine


def _suspects() -> Iterator[tuple[Mistake, ...]]:
    yield from ((mistake,) for mistake in MISTAKES)
    yield from combinations(MISTAKES, 2)


def _rank(mine: Named, right: Named, candidates: Iterator[tuple[tuple[Mistake, ...], Named]]) -> tuple[Finding, ...]:
    """Return the best explanations, those that need fewer mistakes first among those that explain all."""
    found: list[tuple[Finding, Named]] = []
    for mistakes, numbers in candidates:
        if _same(numbers, right, mine):
            continue  # in this network the mistake changes nothing
        residual = max(_difference(mine[name], numbers[name]) for name in mine)
        found.append((_finding(mistakes, residual), numbers))
    found.sort(key=lambda pair: (0.0 if pair[0].explains else pair[0].residual, len(pair[0].mistakes)))
    if found and found[0][0].explains:
        (first, numbers), rest = found[0], found[1:]
        twins = tuple(f.mistakes for f, n in rest if f.explains and len(f.mistakes) == len(first.mistakes))
        found[0] = (replace(first, equivalent=twins), numbers)
    return tuple(finding for finding, _ in found[:_KEPT])


def _finding(mistakes: tuple[Mistake, ...], residual: float) -> Finding:
    equations = tuple(dict.fromkeys(mistake.equation for mistake in mistakes))
    return Finding(
        tuple(mistake.name for mistake in mistakes),
        "; and ".join(mistake.says for mistake in mistakes),
        equations,
        residual,
    )


def _same(numbers: Named, right: Named, mine: Named) -> bool:
    return all(_difference(numbers[name], right[name]) <= EXPLAINED for name in mine)


def _difference(one: Array, other: Array) -> float:
    """Return the relative difference of two arrays."""
    size = max(float(np.linalg.norm(one)), float(np.linalg.norm(other)))
    if size == 0:
        return 0.0
    difference = float(np.linalg.norm(one - other)) / size
    return difference if np.isfinite(difference) else float("inf")
