"""lecture: Soleymani's slides (2019): one sample at a time, local × upstream, Jacobians written out."""

from __future__ import annotations

from typing import ClassVar

from clearprop.explain.derivation import steps
from clearprop.explain.derivation.orientation import OneSample
from clearprop.explain.derivation.writer import Writer
from clearprop.notation import operations as op
from clearprop.notation.activation_formulas import activation_formula
from clearprop.notation.expressions import Expression, Symbol, apply, matmul, scale, subtract, transpose
from clearprop.notation.loss_formulas import LOSS_FORMULAS
from clearprop.notation.markup import Accent, Fenced, Letter, Markup, Number, Prose, Script, call, partial
from clearprop.notation.shapes import Shape


class Lecture(Writer):
    """A sample is a column vector; every arrow of the computation has its local Jacobian."""

    name = "lecture"
    title = "Jacobians, local × upstream; one sample at a time"
    orientation = OneSample
    samples = "N"
    sample_index = "n"
    says = frozenset({"bias"})
    scales_delta = False
    intro: ClassVar[Prose] = (
        "The equations hold for one sample n, a column vector; only D, E and the gradients of E at the end add the "
        "samples up. A gradient by a vector has the shape of that vector, so the local Jacobian, outputs by inputs, "
        "stands transposed before the upstream gradient.",
    )

    def letter(self, kind: str, l: int) -> Markup:
        above = Fenced(Number(str(l)), "[", "]")
        if kind in ("delta", "upstream"):
            return partial(self.fixed_letter("losses"), self.letter("z" if kind == "delta" else "a", l))
        if kind in ("dW", "db"):
            return partial(Letter("E"), self.letter(kind[1:], l))
        if kind == "slope":
            return call(Letter("f′"), self.letter("z", l))
        base = Accent(Letter("a")) if kind == "x" else Letter({"mask": "r"}.get(kind, kind))
        return Script(base, above=above)

    def function(self, l: int) -> Markup:
        return Letter("f")

    def fixed_letter(self, name: str) -> Markup:
        named = {"Y": Letter("y"), "J": Letter("E"), "losses": Letter("loss")}
        return named.get(name) or super().fixed_letter(name)

    def jacobian(self, l: int) -> Symbol:
        """Return the symbol of ∂a[l]/∂z[l]."""
        n = self.axis(l)
        shape: Shape = (n, n)
        return Symbol(f"jacobian{l}", partial(self.letter("a", l), self.letter("z", l)), shape)

    def last_delta(self) -> None:
        loss, L = self.network.objective.loss, self.network.L
        gradient = LOSS_FORMULAS[loss.name].gradient(loss, self.symbol("a", L), self.compared())
        self.delta("upstream", L, gradient, steps.last_delta(self))

    def delta(self, label: str, l: int, upstream: Expression, step: Prose) -> None:
        """Write upstream gradient, local Jacobian, and their product."""
        self.equation("upstream", self.symbol("upstream", l), upstream, steps.upstream(self, l))
        self.equation("local", self.jacobian(l), self._local(l), self._local_step(l))
        product = matmul(transpose(self.jacobian(l)), self.symbol("upstream", l))
        self.equation("local × upstream", self.symbol("delta", l), product, step)

    def _local(self, l: int) -> Expression:
        f, a = self.network.f[l], self.symbol("a", l)
        if not f.elementwise:
            return subtract(apply(op.DIAGONAL, a), matmul(a, transpose(a)))
        slope = activation_formula(f, self.lies.outputs).slope
        return apply(op.DIAGONAL, slope(self.z(l), a) if slope else apply(op.ONES, self.z(l)))

    def _local_step(self, l: int) -> Prose:
        f = self.network.f[l]
        if f.elementwise:
            return (f"The Jacobian of {f.name} is diagonal: each unit's a depends on its own z alone.",)
        return ("The Jacobian of softmax is full: each unit's a depends on the z of all units.",)

    def weight_gradient(self, x: Expression, delta: Expression) -> Expression:
        return self._over_samples(self.lies.outer(x, delta))

    def bias_gradient(self, delta: Expression) -> Expression:
        return self._over_samples(delta)

    def _over_samples(self, of_one: Expression) -> Expression:
        total = self.lies.sum_samples(self.sample_index)
        if self.weighted:
            return apply(total, scale(self.per_sample("s"), of_one))
        return self.averaged(apply(total, of_one))
