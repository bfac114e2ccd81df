"""theta: Ng's Coursera notes: Θ with the bias as column 0, Δ that adds up over the samples, D, and λ."""

from __future__ import annotations

from typing import Any, ClassVar

from clearprop.explain.derivation import steps
from clearprop.explain.derivation.orientation import OneSample, column_joined
from clearprop.explain.derivation.vocabulary import small
from clearprop.explain.derivation.writer import Writer
from clearprop.notation import operations as op
from clearprop.notation.expressions import Constant, Expression, Symbol, add, apply, divide, hadamard, scale
from clearprop.notation.expressions import matmul as product
from clearprop.notation.markup import (
    Accent,
    Fenced,
    Letter,
    Markup,
    Number,
    Prose,
    Script,
    call,
    row,
    subscripted,
)
from clearprop.notation.shapes import Axis, Shape

_BIAS, _NOT_BIAS = row(Letter("j"), "=", Number("0")), row(Letter("j"), "≥", Number("1"))


class Theta(Writer):
    """One sample at a time; layer 1 is the input, and Θ of layer l leads to layer l + 1."""

    name = "theta"
    title = "Θ, Δ, D, λ; one sample at a time, the bias as column 0"
    orientation = OneSample
    sample_index = "t"
    says = frozenset({"bias", "l2"})
    scales_delta = False
    intro: ClassVar[Prose] = (
        "One sample t at a time. Layer 1 is the input; Θ of layer l leads from layer l to layer l + 1, and its column "
        "0 holds the bias, which meets a unit that is always 1. Δ starts from 0 and adds up over the samples; D is the "
        "gradient of J.",
    )

    def letter(self, kind: str, l: int) -> Markup:
        if kind == "slope":
            return call(Script(Letter("g′"), above=self._above(l)), self.letter("z", l))
        if kind in ("W", "theta"):
            return Script(Letter("Θ"), above=self._above(l - 1))
        if kind == "accumulator":
            return Script(Letter("Δ"), above=self._above(l - 1))
        if kind in ("b", "dW", "db"):
            letter, index = {"b": ("Θ", Number("0")), "dW": ("D", _NOT_BIAS), "db": ("D", _BIAS)}[kind]
            below = index if self.has("b", l) else None
            return Script(Letter(letter), below=below, above=self._above(l - 1))
        if kind == "upstream":
            return Script(Letter("e"), above=self._above(l))
        base = Accent(Letter("a")) if kind == "x" else Letter({"delta": "δ", "mask": "r"}.get(kind, kind))
        return Script(base, above=self._above(l))

    def function(self, l: int) -> Markup:
        return Script(Letter("g"), above=self._above(l))

    def fixed_letter(self, name: str) -> Markup:
        named = {
            "Y": Letter("y"), "lambda2": Letter("λ"), "lambda1": subscripted("λ", 1),
            "D": Script(Letter("J"), below=Letter("data")), "R": Script(Letter("J"), below=Letter("reg")),
        }  # fmt: skip
        return named.get(name) or super().fixed_letter(name)

    def axis(self, l: int) -> Axis:
        return Axis("s" + small(l + 1), self.network.sizes[l])

    def theta(self, l: int, kind: str = "theta") -> Symbol:
        """Return Θ of dense layer l (or Δ, of the same shape): (units, 1 + inputs)."""
        if not self.has("b", l):
            shape: Shape = (self.axis(l), self.axis(l - 1))
        else:
            n = self.axis(l - 1)
            shape = (self.axis(l), Axis(f"1+{n.name}", (n.size or 0) + 1))
        return Symbol(f"{kind}{l}", self.letter(kind, l), shape)

    def bare(self, symbol: Symbol, l: int) -> Expression:
        """Return Θ (or Δ) without column 0, the bias."""
        if not self.has("b", l):
            return symbol
        shape = (self.axis(l), self.axis(l - 1))
        return apply(op.part((..., slice(1, None)), shape, _NOT_BIAS), symbol)

    def column_0(self, symbol: Symbol, l: int) -> Expression:
        """Return the bias column of Θ (or Δ)."""
        return apply(op.part((..., slice(0, 1)), self.lies.shape("bias", self.axis(l)), _BIAS), symbol)

    def with_one(self, l: int) -> Expression:
        """Return the input of dense layer l with the bias unit above it."""
        x = self.seen(l - 1)
        return apply(op.prepend_one((self.theta(l).shape[1], x.shape[1])), x) if self.has("b", l) else x

    def affine(self, l: int) -> Expression:
        return product(self.theta(l), self.with_one(l))

    def from_above(self, l: int) -> Expression:
        above = self.bare(self.theta(l + 1), l + 1)
        down = product(apply(op.TRANSPOSE, above), self.symbol("delta", l + 1))
        return hadamard(down, self.symbol("mask", l)) if self.dropped(l) else down

    def gradients(self) -> None:
        """Write Δ and D of every layer."""
        for l in range(self.network.L, 0, -1):
            accumulator = self.theta(l, "accumulator")
            outer = self.weight(product(self.symbol("delta", l), apply(op.TRANSPOSE, self.with_one(l))))
            total = apply(op.accumulate(accumulator.markup), outer)
            self.equation("Δ", accumulator, total, self._adds_up(l), sign=":=")
            D = self.penalised("W", l, self.bare(accumulator, l))
            self.equation("D", self.symbol("dW", l), self.averaged(D), steps.dW(self, l))
            if self.has("b", l):
                D = self.penalised("b", l, self.column_0(accumulator, l))
                self.equation("D", self.symbol("db", l), self.averaged(D), steps.db(self, l))

    def penalised(self, kind: str, l: int, gradient: Expression) -> Expression:
        objective = self.network.objective
        if kind == "b" and not objective.penalize_bias:
            return gradient
        theta = self.bare(self.theta(l), l) if kind == "W" else self.column_0(self.theta(l), l)
        if objective.l2:
            gradient = add(gradient, scale(self.scalar("lambda2"), theta))
        return add(gradient, scale(self.scalar("lambda1"), apply(op.SIGN, theta))) if objective.l1 else gradient

    def weight_gradient(self, x: Expression, delta: Expression) -> Expression:
        return self.averaged(apply(self.lies.sum_samples(self.sample_index), self.weight(self.lies.outer(x, delta))))

    def weight(self, of_one: Expression) -> Expression:
        """Return what one sample adds to Δ."""
        return scale(self.per_sample("weights"), of_one) if self.weighted else of_one

    def averaged(self, total: Expression) -> Expression:
        if self.weighted and self.network.objective.reduction == "mean":
            return scale(divide(1, apply(op.TOTAL, self.per_sample("weights"))), total)
        return super().averaged(total)

    def penalty(self) -> Expression | None:
        """Return λ/2m times the sum of squares, and so for λ₁."""
        objective, terms = self.network.objective, []
        if objective.l2:
            half = scale(Constant(0.5, "½"), scale(self.scalar("lambda2"), self._total(op.SQUARE_NORM)))
            terms.append(self.averaged(half))
        if objective.l1:
            terms.append(self.averaged(scale(self.scalar("lambda1"), self._total(op.ONE_NORM))))
        return None if not terms else terms[0] if len(terms) == 1 else add(*terms)

    def _total(self, norm: op.Operation) -> Expression:
        whole = self.network.objective.penalize_bias
        blocks = [(self.theta(l), l) for l in range(1, self.network.L + 1)]
        first, *rest = (apply(norm, theta if whole else self.bare(theta, l)) for theta, l in blocks)
        total: Expression = first
        for term in rest:
            total = add(total, term)
        return total

    def inputs_of(self, arrays: dict[str, Any]) -> dict[str, Any]:
        values, objective, w = super().inputs_of(arrays), self.network.objective, arrays["weights"]
        total = 1.0 if objective.reduction == "sum" else float(w.sum())
        l1, l2 = objective.strengths(w)
        values |= {"lambda1": l1 * total, "lambda2": l2 * total}
        for l in range(1, self.network.L + 1):
            values[f"theta{l}"] = column_joined(arrays.get(f"b{l}"), arrays[f"W{l}"])
        return values

    def _above(self, l: int) -> Markup:
        return Fenced(Number(str(l + 1)))

    def _adds_up(self, l: int) -> Prose:
        return (
            "From 0, for one sample t after the other: ", *steps.dW(self, l)[:2],
            " is added up over the samples; Δ is the accumulator.",
        )  # fmt: skip

    def _check(self) -> None:
        super()._check()
        if any(f.name != "sigmoid" for f in self.network.f[1:]):
            words = (
                "The notes take the sigmoid in every layer and the logistic cost. Where this network has others, their "
                "own g, g′ and cost are put in; δ = a − y at the end is kept where it is true."
            )
            self.notes.append((words,))
