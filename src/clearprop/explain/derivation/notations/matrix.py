"""matrix: "A Derivation of Backpropagation in Matrix Form": x_i = f_i(W_i x_{i−1}), without a letter for z."""

from __future__ import annotations

from typing import ClassVar

from clearprop.explain.derivation import steps
from clearprop.explain.derivation.orientation import Columns
from clearprop.explain.derivation.writer import Writer
from clearprop.notation.expressions import Expression
from clearprop.notation.loss_formulas import LOSS_FORMULAS
from clearprop.notation.markup import (
    PRIME,
    Accent,
    Letter,
    Markup,
    Number,
    Prose,
    Script,
    call,
    partial,
    subscripted,
)
from clearprop.notation.operations import Glyphs


class Matrix(Writer):
    """Columns are samples; the pre-activation is always written out, and δ is never shortened."""

    name = "matrix"
    title = "δᵢ, Wᵢ xᵢ₋₁; columns are samples"
    orientation = Columns
    sample_index = "m"
    says = frozenset[str]()
    glyphs = Glyphs(hadamard="∘")
    intro: ClassVar[Prose] = (
        "Every column is one sample; for a single sample the matrices x, δ and t are vectors, and the same equations "
        "hold. The pre-activation has no letter of its own. E is what is minimised, t the truth.",
    )

    def letter(self, kind: str, l: int) -> Markup:
        if kind == "slope":
            return call(Script(self.function(l), above=PRIME), self.affine(l).write(self.glyphs))
        if kind in ("dW", "db", "upstream"):
            return partial(Letter("E"), self.letter({"upstream": "a"}.get(kind, kind[1:]), l))
        if kind == "x":
            return Script(Accent(Letter("x")), below=Number(str(l)))
        if kind == "z":
            return self.affine(l).write(self.glyphs)
        return subscripted({"a": "x", "delta": "δ", "mask": "r"}.get(kind, kind), l)

    def function(self, l: int) -> Markup:
        return subscripted("f", l)

    def fixed_letter(self, name: str) -> Markup:
        return {"Y": Letter("t"), "J": Letter("E")}.get(name) or super().fixed_letter(name)

    def z(self, l: int) -> Expression:
        return self.affine(l)

    def linear(self, l: int) -> None:
        """The pre-activation is written inside the activation."""

    def last_delta(self) -> None:
        loss, L = self.network.objective.loss, self.network.L
        gradient = LOSS_FORMULAS[loss.name].gradient(loss, self.symbol("a", L), self.compared())
        self.delta("BP1", L, self.scaled_once(gradient), steps.last_delta(self))

    def _check(self) -> None:
        super()._check()
        if self.network.objective.reduction == "mean":
            self.notes.append(
                ("The document adds up the samples; this network takes their mean: 1/m is in the last δ.",)
            )
