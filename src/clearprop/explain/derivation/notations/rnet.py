"""rnet: Yuret's summary (2014), written as Matlab is."""

from __future__ import annotations

from typing import ClassVar

from clearprop.explain.derivation.orientation import Columns
from clearprop.explain.derivation.writer import Writer
from clearprop.notation.expressions import Expression, hadamard
from clearprop.notation.markup import Accent, Letter, Markup, Prose, Row, call, indexed
from clearprop.notation.operations import Glyphs
from clearprop.notation.shapes import Axis


class Rnet(Writer):
    """Columns are samples; layer 1 is the input, and w[l] leads from layer l to layer l + 1."""

    name = "rnet"
    title = "z[l], ∇z[l], ∇w[l]; columns are samples, layer 1 is the input"
    orientation = Columns
    samples = "M"
    sample_index = "m"
    says = frozenset({"bias"})
    glyphs = Glyphs(times="∗", hadamard=".∗", transpose="′")
    intro: ClassVar[Prose] = (
        "Every column is one of M samples. Layer 1 is the input; w[l] and b[l] lead from layer l to layer l + 1. ",
        "A ∇ before a letter is the gradient of J by it; 1/M stands in the last ∇z. .∗ is element by element.",
    )

    def letter(self, kind: str, l: int) -> Markup:
        if kind == "slope":
            return Row((Letter("∂"), call(Letter("f"), self.letter("z", l))))
        if kind == "upstream":
            return Row((Letter("∇"), self.letter("a", l)))
        if kind == "x":
            return Row((Accent(Letter("a")), indexed("", l + 1).parts[1]))
        letter = {"delta": "z", "dW": "w", "db": "b", "W": "w"}.get(kind, kind)
        own = indexed(letter, l if letter in "wb" else l + 1)
        return Row((Letter("∇"), own)) if kind in ("delta", "dW", "db") else own

    def function(self, l: int) -> Markup:
        return Letter("f")

    def axis(self, l: int) -> Axis:
        return Axis(f"N[{l + 1}]", self.network.sizes[l])

    def through(self, upstream: Expression, slope: Expression) -> Expression:
        return hadamard(slope, upstream)
