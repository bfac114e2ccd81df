"""The network's own equations, as MathML for the report."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.explain import derive
from clearprop.explain.derivation.equation import Equation
from clearprop.model import Network
from clearprop.notation.shapes import describe


@dataclass(frozen=True)
class Formula:
    """One equation: its label, its MathML and its shape."""

    label: str
    mathml: str
    shape: str


def formulas(network: Network, weighted: bool) -> list[tuple[str, list[Formula]]]:
    """Return every section of the derivation: its title and its equations."""
    derivation = derive(network, weighted=weighted)

    def write(equation: Equation) -> Formula:
        return Formula(equation.label, equation.write(derivation.glyphs).mathml(), describe(equation.target.shape))

    return [(section.title, [write(equation) for equation in section.equations]) for section in derivation.sections]
