"""Writer: writes the derivation of one network. A notation is a subclass that says what it writes differently.

The order of the equations is the order of the computation: input, forward pass, objective, backward pass, gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from clearprop.equations.stages import Embedding, Numbers
from clearprop.equations.stages.beside import Part
from clearprop.errors import UsageError
from clearprop.explain.derivation import steps
from clearprop.explain.derivation.applied import APPLIED
from clearprop.explain.derivation.equation import Equation, Section
from clearprop.explain.derivation.vocabulary import Vocabulary
from clearprop.model.network import Network
from clearprop.notation import operations as op
from clearprop.notation.activation_formulas import activation_formula
from clearprop.notation.expressions import (
    Apply,
    Constant,
    Expression,
    Symbol,
    add,
    apply,
    decimal,
    divide,
    hadamard,
    scale,
    subtract,
)
from clearprop.notation.loss_formulas import LOSS_FORMULAS
from clearprop.notation.markup import (
    Letter,
    Number,
    Prose,
    Row,
    call,
)
from clearprop.notation.stage_formulas import STAGE_FORMULAS, StageFormula

EXTENSIONS = {
    "bias": "It has no bias: b is added, one number per unit and the same for every sample.",
    "l1": "It has no l1 penalty: the term and its derivative, sign(W), are added.",
    "l2": "It has no l2 penalty: the term and its derivative are added.",
    "dropout": "It has no dropout: a mask is put on the input of a layer, forward and backward alike.",
    "weights": "It has no sample weights: every sample gets its own factor in the place of 1/m.",
    "categories": "It has numeric inputs only: the one-hot codes H and the embeddings E stand in the input.",
    "stages": "It has no stages before the first layer: what they make of X stands in the input.",
}
"""What a notation's document may lack, and how it is said nevertheless."""


class Writer(Vocabulary):
    """The notation of clearprop itself: rows are samples, ``l`` is the same layer everywhere."""

    says: ClassVar[frozenset[str]] = frozenset(EXTENSIONS)
    """What the document behind the notation has words for; the rest is added in its spirit, with a note."""
    labels: ClassVar[dict[str, str]] = {}
    intro: ClassVar[Prose] = (
        "Every row of a matrix is one sample. Lists start at 0, the input, so l is the same layer in all of them. ",
        "delta is exactly the derivative of J by z: 1/m enters once, in the last delta.",
    )

    def __init__(self, network: Network, weighted: bool) -> None:
        super().__init__(network, weighted)
        self.notes: list[Prose] = []
        self.sections: list[Section] = []
        self._equations: list[Equation] = []
        self._check()

    # The equations.

    def write(self) -> tuple[Section, ...]:
        """Write all sections."""
        for title, intro, parts in (
            ("The input", (), (self.inputs,)),
            ("Forward", steps.FORWARD, (self.forward,)),
            ("The objective", steps.OBJECTIVE, (self.loss, self.objective)),
            ("Backward", steps.BACKWARD, (self.backward,)),
            ("The gradients", steps.GRADIENTS, (self.gradients, self.stage_gradients)),
        ):
            self._equations = []
            for part in parts:
                part()
            self.sections.append(Section(title, intro, tuple(self._equations)))
        return tuple(self.sections)

    def equation(self, label: str, target: Symbol, expression: Expression, step: Prose, **more: Any) -> None:
        """Write one equation."""
        self._equations.append(Equation(self.labels.get(label, label), target, expression, step, **more))

    def inputs(self) -> None:
        """Write a[0], the stages side by side."""
        parts, a0 = self.network.stage.parts, self.symbol("a", 0)
        if all(isinstance(part.stage, Numbers) for part in parts) and len(parts) == 1:
            self.equation("F0", a0, Symbol("X", Letter("X"), a0.shape), steps.INPUT)
            return
        joined = op.join(self.lies.outputs, a0.shape, self.lies.comma)
        self.equation("F0", a0, apply(joined, *(formula_of(part).value(self, part) for part in parts)), steps.ENCODED)

    def forward(self) -> None:
        """Write F1 and F2 of every layer."""
        for l in range(1, self.network.L + 1):
            self.drop(l - 1)
            self.linear(l)
            self.activate(l)

    def drop(self, l: int) -> None:
        """Write what dropout leaves of a[l]."""
        if self.dropped(l):
            a, mask = self.symbol("a", l), self.symbol("mask", l)
            self.equation("F1", self.symbol("x", l), hadamard(a, mask), steps.dropout(self, l))

    def linear(self, l: int) -> None:
        """Write F1, z[l]."""
        self.equation("F1", self.symbol("z", l), self.affine(l), steps.linear(self, l))

    def affine(self, l: int) -> Expression:
        """Return the right side of F1."""
        product = self.lies.linear(self.seen(l - 1), self.symbol("W", l))
        return add(product, self.symbol("b", l)) if self.network.layers[l - 1].bias else product

    def activate(self, l: int) -> None:
        """Write F2, a[l]."""
        f, z, units = self.network.f[l], self.z(l), self.lies.outputs
        value = activation_formula(f, units).value(z) if f.elementwise else apply(op.softmax(units), z)
        general = call(self.function(l), z.write(self.glyphs)) if f.name != "identity" else None
        self.equation("F2", self.symbol("a", l), value, steps.activation(self, l), general=general)

    def loss(self) -> None:
        """Write ℓ of each sample."""
        loss, a = self.network.objective.loss, self.symbol("a", self.network.L)
        smooth = getattr(loss, "label_smoothing", 0.0)
        if smooth:
            share = Constant(smooth / self.network.n_out, f"{decimal(smooth)}/{self.network.n_out}")
            self.equation("J1", self.compared(), add(scale(1 - smooth, self.Y()), share), steps.SMOOTHING)
        terms = LOSS_FORMULAS[loss.name].terms(loss, a, self.compared())
        self.equation("J1", self.per_sample("losses"), self._summed(terms), steps.loss(self))

    def _summed(self, terms: Expression) -> Expression:
        """Return the sum over the outputs, with a minus before it and not within."""
        if isinstance(terms, Apply) and terms.operation is op.NEGATE:
            return apply(op.NEGATE, self._summed(terms.arguments[0]))
        return apply(self.lies.sum_outputs(), terms)

    def objective(self) -> None:
        """Write J = D + R."""
        if self.weighted:
            w, total = self.per_sample("weights"), apply(op.TOTAL, self.per_sample("weights"))
            mean = self.network.objective.reduction == "mean"
            self.equation("J2", self.per_sample("s"), divide(w, total) if mean else w, steps.WEIGHTS)
        losses = self.per_sample("losses")
        D = apply(op.TOTAL, self.scaled(losses)) if self.weighted else self.averaged(apply(op.TOTAL, losses))
        self.equation("J2", self.scalar("D"), D, steps.data_term(self))
        R = self.penalty()
        if R is not None:
            self.equation("J3", self.scalar("R"), R, steps.penalty(self))
        J = self.scalar("D") if R is None else add(self.scalar("D"), self.scalar("R"))
        self.equation("J4", self.scalar("J"), J, steps.J)

    def penalty(self) -> Expression | None:
        """Return R, or None where nothing is penalised."""
        objective, terms = self.network.objective, []
        if objective.l2:
            half = Constant(0.5 * objective.l2, f"½·{decimal(objective.l2)}")
            terms.append(self.per_row(scale(half, self._sum_of(op.SQUARE_NORM))))
        if objective.l1:
            terms.append(self.per_row(scale(objective.l1, self._sum_of(op.ONE_NORM))))
        return None if not terms else terms[0] if len(terms) == 1 else add(*terms)

    def _sum_of(self, norm: op.Operation) -> Expression:
        kinds = ("W", "b") if self.network.objective.penalize_bias else ("W",)
        present = [self.symbol(k, l) for l in range(1, self.network.L + 1) for k in kinds if self.has(k, l)]
        total: Expression = apply(norm, present[0])
        for symbol in present[1:]:
            total = add(total, apply(norm, symbol))
        return total

    def backward(self) -> None:
        """Write BP1, then BP2 down to layer 1."""
        L = self.network.L
        self.last_delta()
        for l in range(L - 1, 0, -1):
            label, step = "BP2", steps.hidden_delta(self, l)
            self.delta(label, l, self.from_above(l), step)

    def last_delta(self) -> None:
        """Write BP1: the short form where loss and activation have one, else the chain rule in full."""
        L, loss = self.network.L, self.network.objective.loss
        formula, a, Y = LOSS_FORMULAS[loss.name], self.symbol("a", L), self.compared()
        if formula.short and loss.canonical == self.network.f[L].name:
            self.equation(
                "BP1", self.symbol("delta", L), self.scaled_once(formula.short(loss, a, Y)), steps.short_delta(self)
            )
        else:
            self.delta("BP1", L, self.scaled_once(formula.gradient(loss, a, Y)), steps.last_delta(self))

    def delta(self, label: str, l: int, upstream: Expression, step: Prose) -> None:
        """Write delta[l]: the upstream gradient pulled back through the activation."""
        f, target, a = self.network.f[l], self.symbol("delta", l), self.symbol("a", l)
        slope = activation_formula(f, self.lies.outputs).slope if f.elementwise else None
        if not f.elementwise:
            u = self.symbol("upstream", l)
            self.equation(label, u, upstream, steps.upstream(self, l))
            mean = apply(self.lies.sum_outputs(), hadamard(a, u))
            self.equation(label, target, hadamard(a, subtract(u, mean)), steps.softmax(self, l))
        elif slope is None:
            self.equation(label, target, upstream, step)
        else:
            self.equation(label, self.symbol("slope", l), slope(self.z(l), a), steps.slope(self, l))
            self.equation(label, target, self.through(upstream, self.symbol("slope", l)), step)

    def through(self, upstream: Expression, slope: Expression) -> Expression:
        """Return the upstream gradient times f′, elementwise."""
        return hadamard(upstream, slope)

    def from_above(self, l: int) -> Expression:
        """Return ∂J/∂a[l]."""
        down = self.lies.back(self.symbol("delta", l + 1), self.symbol("W", l + 1))
        return hadamard(down, self.symbol("mask", l)) if self.dropped(l) else down

    def gradients(self) -> None:
        """Write BP3 and BP4 of every layer."""
        for l in range(self.network.L, 0, -1):
            x, delta = self.seen(l - 1), self.symbol("delta", l)
            self.equation(
                "BP3", self.symbol("dW", l), self.penalised("W", l, self.weight_gradient(x, delta)), steps.dW(self, l)
            )
            if self.has("b", l):
                self.equation(
                    "BP4", self.symbol("db", l), self.penalised("b", l, self.bias_gradient(delta)), steps.db(self, l)
                )

    def weight_gradient(self, x: Expression, delta: Expression) -> Expression:
        """Return the gradient of D by weights that take x to where delta is."""
        if self.scales_delta:
            return self.lies.outer(x, delta)
        if self.weighted:
            return self.lies.outer(x, self.scaled(delta))
        return self.averaged(self.lies.outer(x, delta))

    def bias_gradient(self, delta: Expression) -> Expression:
        """Return the gradient of D by the bias."""
        total = self.lies.sum_samples(self.sample_index)
        if self.scales_delta:
            return apply(total, delta)
        return apply(total, self.scaled(delta)) if self.weighted else self.averaged(apply(total, delta))

    def penalised(self, kind: str, l: int, gradient: Expression) -> Expression:
        """Return the gradient with the penalty's part added."""
        objective, W = self.network.objective, self.symbol(kind, l)
        if kind == "b" and not objective.penalize_bias:
            return gradient
        if objective.l2:
            gradient = add(gradient, self.per_row(scale(objective.l2, W)))
        if objective.l1:
            gradient = add(gradient, self.per_row(scale(objective.l1, apply(op.SIGN, W))))
        return gradient

    def stage_gradients(self) -> None:
        """Write the gradients of the input stages' parameters."""
        if not self.network.stage.slots:
            return
        upstream = self.symbol("upstream", 0)
        self.equation("BP2", upstream, self.from_above(0), steps.upstream(self, 0))
        for part in self.network.stage.parts:
            if not part.names:
                continue
            formula, letter = formula_of(part), "H" if part.stage.n_codes else "X"
            index = Row((Letter(letter), Number(str(part.k))))
            block = self.lies.block(part.block.start, part.block.stop, formula.block(self, part), index)
            step = steps.EMBEDDED if isinstance(part.stage, Embedding) else steps.STAGE
            for own, gradient in formula.gradients(self, part, apply(block, upstream)).items():
                self.equation("BP3", self.parameter(part, own, gradient=True), gradient, step)

    def sum_of_samples(self, of_samples: Expression, summed: Callable[[Expression], Expression]) -> Expression:
        """Return a sum over samples of something linear in what belongs to each, 1/m in the place it has here."""
        if self.scales_delta:
            return summed(of_samples)
        return summed(self.scaled(of_samples)) if self.weighted else self.averaged(summed(of_samples))

    # Where 1/m and the sample weights stand.

    def averaged(self, total: Expression) -> Expression:
        """Return the sum over samples divided by m, where the objective is a mean."""
        return scale(self.one_over_m(), total) if self.network.objective.reduction == "mean" else total

    def per_row(self, penalty: Expression) -> Expression:
        """Return a part of the penalty, divided by m or by the sum of the weights where the objective says so."""
        if not self.network.objective.penalty_per_row:
            return penalty
        share = divide(1, apply(op.TOTAL, self.per_sample("weights"))) if self.weighted else self.one_over_m()
        return scale(share, penalty)

    def scaled(self, of_samples: Expression) -> Expression:
        """Return what belongs to the samples, each times its factor in D."""
        return hadamard(self.per_sample("s"), of_samples) if self.weighted else self.averaged(of_samples)

    def scaled_once(self, of_samples: Expression) -> Expression:
        """Return it scaled if this notation has the factor in delta."""
        return self.scaled(of_samples) if self.scales_delta else of_samples

    def _check(self) -> None:
        for l, layer in enumerate(self.network.layers, start=1):
            if layer.activation == "step":
                raise UsageError(
                    f"layer {l} has the activation 'step', whose derivative is 0 wherever it exists: there is no "
                    "backward pass to derive. Use 'sigmoid', its smooth relative."
                )
        missing = [feature for feature in EXTENSIONS if feature in self._features() - self.says]
        if missing:
            words = " ".join(EXTENSIONS[feature] for feature in missing)
            self.notes.append((f"The document behind this notation says less than this network asks for. {words}",))

    def _features(self) -> set[str]:
        """Return which of the extensions this network needs."""
        layers, objective = self.network.layers, self.network.objective
        needs = {
            "bias": any(layer.bias for layer in layers),
            "l1": objective.l1 > 0,
            "l2": objective.l2 > 0,
            "dropout": any(layer.dropout for layer in layers),
            "weights": self.weighted,
            "categories": bool(self.network.inputs.categories),
            "stages": not self.network.inputs.plain,
        }
        return {feature for feature, needed in needs.items() if needed}


def formula_of(part: Part) -> StageFormula:
    """Return how a stage is written: by its formula, or else by its name."""
    return STAGE_FORMULAS.get(part.stage.name, APPLIED)
