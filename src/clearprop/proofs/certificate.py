"""The certificate: is the engine's gradient the gradient of the objective that is configured?

The engine's claim g is compared with slopes of J that know no derivative (`clearprop.proofs.ray`), along directions
v in the space of all parameters::

    g · v  ≈  Σ_n scale_n ∂ℓ_n/∂v + ∂R/∂v

* along the gradient: v has the signs of g, so an error of one factor in any part adds up and cannot cancel;
* at random: a part that g leaves out altogether is seen too;
* along the weights, if there is a penalty: its part of the gradient adds up likewise.

Each part of v (W1, b1, ...) is scaled until it moves the z of its layer by about 1, so no layer drowns the others.
Rows that lie on a kink get weight 0, in the claim and in the slopes alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.cells import Cell, Shown, Table, number
from clearprop.engines import REFERENCE, Session, open_session
from clearprop.equations import get_rule
from clearprop.equations.philox import PURPOSE_CERTIFICATE, generator
from clearprop.equations.targets import check_targets
from clearprop.errors import DataError
from clearprop.model import Network, Parameters
from clearprop.proofs.blame import WrongTerm, find_wrong_terms
from clearprop.proofs.comparison import Comparison, ComparisonCase, within
from clearprop.proofs.directions import along_signs, at_random, restricted
from clearprop.proofs.scatter import measure_scatter

Array = NDArray[Any]

_ATTEMPTS = 4  # to leave out rows on kinks
_SLOPES = ("along", "gradient · v", "slope of J", "difference", "by rounding, at most", "agrees")
_WANTED_RESOLUTION = 2e-4  # a part in which less than an error of 0.02 % can be seen is looked at by itself


@dataclass(frozen=True, repr=False)
class Certificate(Shown):
    """What the check of one gradient found.

    Attributes
    ----------
    passed : bool
        Whether the gradient is that of J, as far as rounding lets one see.
    objective : str
        J, in symbols and words.
    J, J_difference : float
        The engine's J on the rows looked at, and by how much the equations in float64 come to another number.
    comparisons : tuple of Comparison
    wrong : tuple of WrongTerm
        Empty if passed, or if something was not finite.
    resolution : dict of str to float or None
        The smallest relative error that would have been seen in each parameter's gradient; None where that gradient is
        0 and has no relative error.
    n_rows, n_rows_on_kinks : int
        Rows looked at, and how many of them were left out because they are too near a kink, where J has no
        derivative.
    rounding : float
        Relative rounding unit of the engine's arithmetic, which the tolerances follow.
    step, seed : int
    """

    passed: bool
    objective: str
    J: float
    J_difference: float
    comparisons: tuple[Comparison, ...]
    wrong: tuple[WrongTerm, ...]
    resolution: dict[str, float | None]
    n_rows: int
    n_rows_on_kinks: int
    rounding: float
    step: int
    seed: int

    @property
    def conclusive(self) -> bool:
        """Whether any row was left to look at."""
        return self.n_rows > self.n_rows_on_kinks

    @property
    def finite(self) -> bool:
        """Whether J and all that was claimed are numbers; if not, there was nothing to certify."""
        return math.isfinite(self.J) and all(math.isfinite(comparison.claimed) for comparison in self.comparisons)

    def as_dict(self) -> dict[str, Any]:
        """Return the certificate as strict JSON can hold it."""
        finite: dict[str, Any] = _without_infinities(self)
        return finite

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Certificate:
        """Return the certificate that `as_dict` wrote; a number that was not finite is nan.

        Raises
        ------
        TypeError
            If an entry is missing or not of this version.
        """
        comparisons = tuple(Comparison(**_with_nan(entry)) for entry in data.get("comparisons", ()))
        wrong = tuple(WrongTerm(**entry) for entry in data.get("wrong", ()))
        return cls(**_with_nan(data) | {"comparisons": comparisons, "wrong": wrong})

    def as_cell(self) -> Cell:
        """Return the verdict, and the slopes it rests on."""
        known = self.finite and self.conclusive
        title = "Gradient certified" if self.passed else "The gradient is NOT that of J"
        says = str(self)
        rows = f"Rows looked at: {self.n_rows}; left out, being too near a kink of J: {self.n_rows_on_kinks}."
        tables = [Table(_SLOPES, [("", [_slopes(one) for one in self.comparisons])], "Slopes of J along directions")]
        if self.resolution:
            seen = [(f"∂J/∂{name}", _percent(error)) for name, error in self.resolution.items()]
            tables.append(Table(("parameter", "an error of"), [("", seen)], "What would have been seen"))
        tone = "good" if known and self.passed else "severe"
        return Cell(
            title if known else "The gradient could not be certified",
            [says[:1].upper() + says[1:], rows, *tables],
            tone,
        )

    def __repr__(self) -> str:
        return f"<Certificate: {self}>"

    def __str__(self) -> str:
        if not self.finite:
            found = "the gradient is not finite" if math.isfinite(self.J) else f"J is {self.J}"
            return f"the gradient could not be certified: {found}."
        if not self.conclusive:
            return f"the gradient could not be certified: each of the {self.n_rows} rows is too near a kink of J."
        if self.passed:
            seen = max((r for r in self.resolution.values() if r is not None), default=math.nan)
            return (
                f"gradient certified on {self.n_rows - self.n_rows_on_kinks} rows: {self.objective}. "
                f"In every parameter an error of {100 * seen:.1g} % would have been seen."
            )
        found = "; ".join(str(term) for term in self.wrong) or "the slopes of J disagree with it"
        return f"the gradient is NOT that of {self.objective}: {found}."


def _slopes(one: Comparison) -> list[str]:
    slope = one.data + one.l2 + one.l1
    numbers = [number(value) for value in (one.claimed, slope, one.difference, one.tolerance)]
    return [one.direction, *numbers, "yes" if one.agrees else "NO"]


def _percent(error: float | None) -> str:
    return "–" if error is None else f"{100 * error:.2g} %"


def certify(
    session: Session,
    X: Array,
    Y: Array,
    weights: Array | None = None,
    n_rows: int = 32,
    seed: int = 0,
    rounding: float | None = None,
) -> Certificate:
    """Check the session's gradient against slopes of the objective it is configured with.

    Loss, output, penalty, weights and the dropout masks of the current step all take part. The session is unchanged.

    Parameters
    ----------
    session : Session
        Of any engine.
    X : array (batch, n_columns)
        Or a SciPy matrix in CSR; the rows looked at become dense.
    Y : array (batch, n_out) or class indices (batch,)
    weights : array (batch,), optional
    n_rows : int
        Rows to look at, drawn from those given: the cost is about 30 forward passes over these few.
    seed : int
        Of the rows and the directions.
    rounding : float, optional
        Relative rounding unit of the engine's arithmetic; what the session says if left out. Where it is coarser than
        the parameters' precision, as with products of rounded float32 numbers, how far it throws the
        gradient about is measured.

    Returns
    -------
    Certificate

    Raises
    ------
    DataError
        If X, Y and weights differ in length, or no row is left to look at.
    """
    rounding = session.rounding if rounding is None else rounding
    X, Y = X if hasattr(X, "toarray") else np.asarray(X), np.asarray(Y)
    weights = None if weights is None else np.asarray(weights)
    rows = _draw_rows(X, Y, weights, n_rows, seed)
    X, Y = _dense(X[rows]), Y[rows]
    weights = None if weights is None else weights[rows]
    on_kinks = np.zeros(len(rows), bool)
    with np.errstate(all="ignore"):  # what overflows is found not to be a number
        for attempt in range(_ATTEMPTS):
            case = _case_of(session, X, Y, weights, rounding, seed)
            findings = _compare(case, generator(seed, PURPOSE_CERTIFICATE, 1 + attempt))
            if not findings.kinked.any():
                break
            on_kinks |= findings.kinked
            weights = np.where(on_kinks, 0, np.ones(len(rows)) if weights is None else weights)
        return _conclude(case, findings, on_kinks, rounding, seed)


def certify_parameters(
    network: Network,
    parameters: Parameters,
    X: Array,
    Y: Array,
    weights: Array | None = None,
    n_rows: int = 32,
    seed: int = 0,
) -> Certificate:
    """Check the reference engine's gradient at the given parameters.

    Parameters
    ----------
    network : Network
    parameters : Parameters
        In their precision the engine computes.
    X, Y, weights, n_rows, seed
        As in `certify`; the seed is that of the dropout masks too.

    Returns
    -------
    Certificate

    Raises
    ------
    DataError
        If X, Y and weights differ in length, no row is left to look at, or the loss has no meaning for a target.
    """
    check_targets(np.asarray(Y), network.objective.loss, network.n_out)
    session = open_session(network, parameters, get_rule("sgd"), seed, engine=REFERENCE)
    return certify(session, X, Y, weights, n_rows, seed)


def _dense(X: Any) -> Array:
    rows: Array = X.toarray() if hasattr(X, "toarray") else X
    return rows


def _draw_rows(X: Array, Y: Array, weights: Array | None, n_rows: int, seed: int) -> Array:
    """Return up to n_rows row numbers with weight, in order."""
    n = X.shape[0]
    w = np.ones(n) if weights is None else weights
    if len(Y) != n or w.shape != (n,):
        raise DataError(f"X has {n} rows, but Y has {len(Y)} and weights have shape {w.shape}.")
    drawn = generator(seed, PURPOSE_CERTIFICATE).permutation(np.flatnonzero(w > 0))[:n_rows]
    if not len(drawn):
        raise DataError(f"a certificate needs a row with weight above 0, and n_rows 1 or more, got n_rows = {n_rows}.")
    return np.sort(drawn)


def _case_of(session: Session, X: Array, Y: Array, weights: Array | None, rounding: float, seed: int) -> ComparisonCase:
    trace = session.trace(X, Y, weights)
    J, gradient = session.gradients(X, Y, weights)
    claim = gradient.over(gradient.vector.astype(np.float64))
    own = float(np.finfo(trace.parameters.vector.dtype).eps)
    if rounding <= own:
        return ComparisonCase(trace, J, claim, rounding)
    scatter = measure_scatter(session, trace, J, claim, rounding, generator(seed, PURPOSE_CERTIFICATE, 98))
    return ComparisonCase(trace, J, claim, own, scatter)


class _Findings(NamedTuple):
    comparisons: list[Comparison]
    kinked: Array
    resolution: dict[str, float | None]


def _compare(case: ComparisonCase, rng: np.random.Generator) -> _Findings:
    """Compare along directions that move everything, then single parts in which too little could be seen."""
    directions = _directions(case, rng)
    comparisons, kinked = case.compare(directions)
    along_gradient = directions["gradient"]
    resolution = _resolution(case.claim, along_gradient, comparisons[0].tolerance)
    hidden = [name for name, smallest in resolution.items() if smallest is not None and smallest > _WANTED_RESOLUTION]
    if hidden and not kinked.any():
        alone = {name: restricted(along_gradient, [name]) for name in hidden}
        single, _ = case.compare({f"{name} alone": direction for name, direction in alone.items()})
        comparisons += single
        for name, comparison in zip(hidden, single, strict=True):
            resolution[name] = _resolution(case.claim, alone[name], comparison.tolerance)[name]
    return _Findings(comparisons, kinked, resolution)


def _directions(case: ComparisonCase, rng: np.random.Generator) -> dict[str, Parameters]:
    trace, claim = case.trace, case.claim
    directions = {"gradient": along_signs(claim, trace, rng), "random": at_random(claim, trace, rng)}
    if case.penalised:
        along_weights = along_signs(case.parameters, trace, rng)
        directions["weights"] = restricted(along_weights, case.penalised)
    return directions


def _resolution(claim: Parameters, direction: Parameters, tolerance: float) -> dict[str, float | None]:
    """Return the relative error of each parameter's gradient that would exceed the tolerance."""
    parts = {name: float(np.sum(np.abs(claim[name] * direction[name]))) for name in claim}
    return {name: tolerance / part if part > 0 else None for name, part in parts.items()}


def _conclude(case: ComparisonCase, findings: _Findings, on_kinks: Array, rounding: float, seed: int) -> Certificate:
    difference, tolerance = case.objective_difference()
    passed = within(difference, tolerance) and all(comparison.agrees for comparison in findings.comparisons)
    finite = math.isfinite(case.J) and bool(np.isfinite(case.claim.vector).all())
    wrong = finite and not passed
    return Certificate(
        passed=passed,
        objective=case.trace.network.objective.describe(),
        J=case.J,
        J_difference=difference,
        comparisons=tuple(findings.comparisons),
        wrong=find_wrong_terms(case, generator(seed, PURPOSE_CERTIFICATE, 99)) if wrong else (),
        resolution=findings.resolution,
        n_rows=len(on_kinks),
        n_rows_on_kinks=int(np.sum(on_kinks)),
        rounding=rounding,
        step=case.trace.step,
        seed=seed,
    )


def _with_nan(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in values.items()}


def _without_infinities(value: Any) -> Any:
    """Return nested values, dataclasses as dicts, with what JSON has no number for replaced by None."""
    if isinstance(value, Certificate | Comparison | WrongTerm):
        value = vars(value)
    if isinstance(value, dict):
        return {key: _without_infinities(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
