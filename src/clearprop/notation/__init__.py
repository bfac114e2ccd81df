"""Notation: mathematics as data that is written, executed and explained. See README.md."""

from clearprop.notation.expressions import Expression, Symbol
from clearprop.notation.markup import Markup, Prose
from clearprop.notation.shapes import Axis, Shape

__all__ = ["Axis", "Expression", "Markup", "Prose", "Shape", "Symbol"]
