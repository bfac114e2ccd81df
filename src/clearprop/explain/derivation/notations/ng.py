"""ng: Ng's three steps, with layers as superscripts in brackets."""

from __future__ import annotations

from typing import ClassVar

from clearprop.explain.derivation.orientation import Columns
from clearprop.explain.derivation.writer import Writer
from clearprop.notation.markup import Accent, Fenced, Letter, Markup, Number, Prose, Script, call, partial
from clearprop.notation.operations import Glyphs


class Ng(Writer):
    """Columns are samples; δ belongs to the loss of each sample, and 1/m stands in step 3."""

    name = "ng"
    title = "superscripts [l], three steps; columns are samples"
    orientation = Columns
    sample_index = "i"
    says = frozenset({"bias"})
    glyphs = Glyphs(hadamard="∘")
    scales_delta = False
    labels: ClassVar[dict[str, str]] = {"BP1": "Step 1", "BP2": "Step 2", "BP3": "Step 3", "BP4": "Step 3"}
    intro: ClassVar[Prose] = (
        "Every column is one sample. δ is the gradient of each sample's own loss ℒ by z; the mean over the samples is "
        "taken in step 3, where the gradients of J are formed.",
    )

    def letter(self, kind: str, l: int) -> Markup:
        above = Fenced(Number(str(l)), "[", "]")
        if kind == "slope":
            return call(Script(Letter("g′"), above=above), self.letter("z", l))
        if kind == "upstream":
            return (
                Script(Letter("∇"), below=self.letter("a", l)) if l == 0 else partial(Letter("ℒ"), self.letter("a", l))
            )
        if kind in ("dW", "db"):
            return partial(Letter("J"), self.letter(kind[1:], l))
        base = Accent(Letter("a")) if kind == "x" else Letter({"delta": "δ", "mask": "r"}.get(kind, kind))
        return Script(base, above=above)

    def function(self, l: int) -> Markup:
        return Script(Letter("g"), above=Fenced(Number(str(l)), "[", "]"))

    def fixed_letter(self, name: str) -> Markup:
        return Letter("ℒ") if name == "losses" else super().fixed_letter(name)
