"""A stage without a formula of its own: its name stands for what it does, and it is run itself."""

from __future__ import annotations

from typing import Any

from clearprop.explain.derivation.orientation import Orientation, array_kind
from clearprop.notation.expressions import Expression, apply
from clearprop.notation.markup import Letter, Markup, Script, call, partial
from clearprop.notation.operations import Operation
from clearprop.notation.shapes import Shape
from clearprop.notation.stage_formulas import Part, Pen, StageFormula


def _value(pen: Pen, part: Part) -> Expression:
    stage, lies, own = part.stage, pen.lies, list(part.names)

    def run(X: Any, *parameters: Any) -> Any:
        return lies.load("data", stage.forward(lies.unload("data", X), _unloaded(lies, part, parameters)))

    name, shape = Letter(stage.name.replace("_", " ")), lies.shape("data", pen.stage_axis(part))
    made = _operation(stage.name, shape, run, lambda X, *p: call(name, X, *p))
    return apply(made, pen.columns(part), *(pen.parameter(part, slot) for slot in own))


def _gradients(pen: Pen, part: Part, upstream: Expression) -> dict[str, Expression]:
    return {own: pen.sum_of_samples(upstream, lambda u, own=own: _pulled(pen, part, own, u)) for own in part.names}


def _pulled(pen: Pen, part: Part, wanted: str, upstream: Expression) -> Expression:
    """Return (∂y/∂p)ᵀ applied to the upstream gradient, all samples added up."""
    stage, lies, own = part.stage, pen.lies, list(part.names)

    def run(upstream: Any, X: Any, *parameters: Any) -> Any:
        arrays = _unloaded(lies, part, parameters)
        pulled = stage.pullback(lies.unload("data", X), arrays, lies.unload("data", upstream))[wanted]
        return lies.load(array_kind(pulled.ndim), pulled)

    def write(u: Markup, *_: Markup) -> Markup:
        slope = partial(Letter(stage.name.replace("_", " ")), pen.parameter(part, wanted).write(pen.glyphs))
        return call(Script(slope, above=Letter(pen.glyphs.transpose)), u)

    made = _operation(f"{stage.name} pullback", pen.parameter(part, wanted).shape, run, write)
    return apply(made, upstream, pen.columns(part), *(pen.parameter(part, slot) for slot in own))


def _unloaded(lies: Orientation, part: Part, parameters: tuple[Any, ...]) -> dict[str, Any]:
    return {
        slot.name: lies.unload(array_kind(len(slot.shape)), array)
        for slot, array in zip(part.stage.slots, parameters, strict=True)
    }


def _operation(name: str, shape: Shape, run: Any, write: Any) -> Operation:
    return Operation(name, name, lambda *_: shape, run, lambda _, *written: write(*written))


APPLIED = StageFormula(lambda pen, part: pen.stage_axis(part), _value, _gradients)
