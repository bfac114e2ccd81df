"""Equation and Section: what a derivation is made of."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.explain.derivation.fits import explain_fit, products
from clearprop.notation.expressions import Expression, Symbol
from clearprop.notation.markup import Markup, Prose, Row, Sign
from clearprop.notation.operations import Glyphs


@dataclass(frozen=True)
class Equation:
    """``target = general = expression``.

    Attributes
    ----------
    label : str
        The rule it is an instance of: F1, F2, BP1 .. BP4, or what the notation calls it.
    target : Symbol
    expression : Expression
        What is evaluated, literally.
    general : Markup or None
        The form with the function's name, before the function is put in.
    step : tuple of str and Markup
        The chain-rule step that gives it.
    sign : str
        ``=`` or ``:=``.
    """

    label: str
    target: Symbol
    expression: Expression
    step: Prose
    general: Markup | None = None
    sign: str = "="

    def write(self, glyphs: Glyphs) -> Markup:
        """Return the written equation."""
        general = (self.general, Sign("=")) if self.general else ()
        return Row((self.target.markup, Sign(self.sign), *general, self.expression.write(glyphs)))

    def fits(self, glyphs: Glyphs) -> tuple[Prose, ...]:
        """Return, for each matrix product in it, why this transposition is the only one that fits."""
        return tuple(explain_fit(product, glyphs) for product in products(self.expression))


@dataclass(frozen=True)
class Section:
    """A part of a derivation: the equations in the order in which they are run."""

    title: str
    intro: Prose
    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Text:
    """A whole derivation, as it is read.

    Attributes
    ----------
    headline, title : str
        What is derived; the notation in a few words.
    intro : tuple of str and Markup
        How to read it.
    notes : tuple of prose
    sections : tuple of Section
    glyphs : Glyphs
    """

    headline: str
    title: str
    intro: Prose
    notes: tuple[Prose, ...]
    sections: tuple[Section, ...]
    glyphs: Glyphs
