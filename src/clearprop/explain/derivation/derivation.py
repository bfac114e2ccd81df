"""Derivation: the equations of one network in one notation; written, and run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.cells import Printer
from clearprop.equations.targets import as_rows, one_hot
from clearprop.errors import DataError, unknown_name
from clearprop.explain.derivation import documents
from clearprop.explain.derivation.equation import Equation, Section, Text
from clearprop.explain.derivation.notations import NOTATIONS
from clearprop.explain.derivation.writer import Writer
from clearprop.model.network import Network, check_network
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace
from clearprop.notation.markup import Prose

Array = NDArray[Any]


class Derivation:
    """The complete forward and backward derivation of one network in one notation.

    Attributes
    ----------
    network : Network
    notation : str
    title : str
        The notation in a few words.
    intro : tuple of str and Markup
        How to read it.
    notes : tuple of prose
        What the notation does not say by itself, and how it is said nevertheless.
    sections : tuple of Section
        The equations in the order in which they are run.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.network = writer.network
        self.notation = writer.name
        self.title = writer.title
        self.intro: Prose = writer.intro
        self.glyphs = writer.glyphs
        self.sections: tuple[Section, ...] = writer.write()
        self.notes: tuple[Prose, ...] = tuple(writer.notes)

    @property
    def orientation(self) -> str:
        """How samples lie: "Rows", "Columns", or "OneSample" at a time."""
        return self._writer.orientation.__name__

    @property
    def scales_delta(self) -> bool:
        """Whether δ holds the factor that a sample has in J, such as 1/m; if not, dW does."""
        return self._writer.scales_delta

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Every equation, in order."""
        return tuple(equation for section in self.sections for equation in section.equations)

    def evaluate(
        self,
        parameters: Parameters,
        X: ArrayLike,
        Y: ArrayLike,
        weights: ArrayLike | None = None,
        mask: Sequence[Array | None] = (),
    ) -> dict[str, Array]:
        """Run every written equation literally, in its own orientation.

        Parameters
        ----------
        parameters : Parameters
        X : array (batch, n_columns)
        Y : array (batch, n_out), or (batch,) class indices
        weights : array (batch,), optional
            Sample weights, for a derivation that was written with ``weighted=True``.
        mask : sequence of array (batch, n) or None
            mask[l] is the dropout mask on a[l], as in `Trace.mask`; left out, nothing is dropped.

        Returns
        -------
        dict of str to array
            The left side of every equation, by clearprop's name for it ("z1", "delta2", "dW1", "J"), lying as this
            notation has it: columns, rows, or one column vector per sample, stacked along axis 0.

        Raises
        ------
        DataError
            If weights are given, but the equations were written without; or the weights add up to 0.
        """
        values = self._start(parameters, np.asarray(X), np.asarray(Y), weights, mask)
        found: dict[str, Array] = {}
        with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
            for equation in self.equations:
                found[equation.target.name] = values[equation.target.name] = equation.expression.evaluate(values)
        return found

    def compare(self, trace: Trace) -> dict[str, float]:
        """Run every equation on what a trace started from, and compare with what the engine computed.

        Returns
        -------
        dict of str to float
            For every quantity that the trace has: the largest difference, relative to its largest entry (see
            `relative_error`).
        """
        weights = trace.weights if self._writer.weighted else None
        found = self.evaluate(trace.parameters, trace.X, trace.Y, weights, trace.mask)
        engine = {**trace.arrays(), "D": np.asarray(trace.D), "R": np.asarray(trace.R), "J": np.asarray(trace.J)}
        errors = {}
        for name in found.keys() & engine.keys():
            ours, theirs = found[name], self._writer.load(name, engine[name])
            if name.startswith("delta") and not self._writer.scales_delta:
                ours = ours * self._writer.load("weights", trace.scales)
            errors[name] = relative_error(ours, theirs)
        return errors

    @property
    def text(self) -> Text:
        """All that is read, for a document of another kind."""
        sizes = " – ".join(map(str, self.network.sizes))
        headline = f"Backpropagation of a {sizes} network, notation {self.notation}"
        return Text(headline, self.title, self.intro, self.notes, self.sections, self.glyphs)

    def latex(self) -> str:
        """Return a LaTeX document (needs amsmath only)."""
        return documents.latex(self.text)

    def markdown(self) -> str:
        """Return Markdown with LaTeX between dollar signs."""
        return documents.markdown(self.text)

    def html(self) -> str:
        """Return one HTML page with native MathML: no script, no font, nothing to load."""
        return documents.html(self.text)

    def _repr_html_(self) -> str:
        return documents.cell(self.text)

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __str__(self) -> str:
        return documents.plain(self.text)

    def __repr__(self) -> str:
        return f"<Derivation in notation {self.notation!r}: {len(self.equations)} equations>"

    def _start(
        self, parameters: Parameters, X: Array, Y: Array, weights: ArrayLike | None, mask: Sequence[Array | None]
    ) -> dict[str, Any]:
        """Return the values of the symbols that no equation defines."""
        network, dtype = self.network, parameters.vector.dtype
        if weights is not None and not self._writer.weighted:
            raise DataError("these equations are written without sample weights; use derive(..., weighted=True).")
        w = np.ones(len(X), dtype) if weights is None else np.asarray(weights, dtype)
        if network.objective.reduction == "mean" and not w.sum() > 0:
            raise DataError("the weights add up to 0, so their mean is not defined; give some row a weight above 0.")
        arrays: dict[str, Array] = dict(parameters)
        arrays |= {"weights": w, "Y": as_rows(Y, network.n_out, dtype, network.takes_classes)}
        for part in network.stage.parts:
            columns = X[:, part.columns].astype(dtype)
            arrays[self._writer.columns(part).name] = columns
            if part.stage.n_codes:
                arrays[self._writer.one_hot(part).name] = one_hot(columns[:, 0], part.stage.n_codes, dtype)
        given = list(mask) or [None] * network.L
        for l in range(network.L):
            if self._writer.dropped(l):
                shape = (len(X), network.sizes[l])
                arrays[f"mask{l}"] = np.ones(shape, dtype) if given[l] is None else np.asarray(given[l])
        return self._writer.inputs_of(arrays)


def relative_error(ours: Array, theirs: Array) -> float:
    """Return the largest difference, relative to the largest entry of theirs, or to 1e-4 where all are smaller.

    (A gradient that is 0 in mathematics is some 1e-17 in arithmetic, and says nothing relative to itself.)
    """
    difference = float(np.max(np.abs(ours - theirs), initial=0.0))
    return difference / max(float(np.max(np.abs(theirs), initial=0.0)), 1e-4)


def derive(network: Network, notation: str = "clearprop", weighted: bool = False) -> Derivation:
    """Derive the forward and backward pass of a network.

    Parameters
    ----------
    network : Network
    notation : {"clearprop", "rnet", "matrix", "ng", "lecture", "theta"}
        Whose letters and orientation.
    weighted : bool
        Whether samples have weights; if not, 1/m is written in their place.

    Returns
    -------
    Derivation

    Raises
    ------
    UsageError
        If `network` is none, there is no such notation, or a layer is one through which nothing can be derived.

    Examples
    --------
    >>> from clearprop import mlp
    >>> derivation = derive(mlp(2, 3, 1, hidden="tanh"), notation="rnet")
    >>> print(derivation.equations[1].write(derivation.glyphs).plain())
    z[2] = w[1] * a[1] + b[1]
    """
    check_network(network)
    if notation not in NOTATIONS:
        raise unknown_name("notation", notation, NOTATIONS)
    return Derivation(NOTATIONS[notation](network, weighted))
