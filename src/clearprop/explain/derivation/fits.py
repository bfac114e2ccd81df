"""Why this transposition is the only one that fits: all eight products of two matrices, tried by their axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product as pairs

from clearprop.notation import operations as op
from clearprop.notation.expressions import Apply, Expression, transpose, walk
from clearprop.notation.markup import Prose
from clearprop.notation.operations import Glyphs
from clearprop.notation.shapes import ONE, Axis, Shape, describe, names

Same = Callable[[Axis, Axis], bool]


def products(expression: Expression) -> Iterator[Apply]:
    """Yield the matrix products of an expression."""
    for node in walk(expression):
        if isinstance(node, Apply) and node.operation is op.MATMUL:
            yield node


def fitting(A: Expression, B: Expression, shape: Shape, same: Same) -> list[Apply]:
    """Return those of the eight products of A and B, either first, transposed or not, that have the shape."""
    found = []
    for (first, second), left, right in pairs(((A, B), (B, A)), (False, True), (False, True)):
        candidate = _product(transpose(first) if left else first, transpose(second) if right else second, same)
        if candidate and all(map(same, _outer_axes(candidate), shape)):
            found.append(candidate)
    return found


def explain_fit(made: Apply, glyphs: Glyphs) -> Prose:
    """Return in words why a product is written this way round."""
    A, B = (_bare(argument) for argument in made.arguments)
    by_axis = fitting(A, B, made.shape, lambda a, b: a == b)
    summed = made.arguments[0].shape[1]
    says: Prose = (
        made.write(glyphs), f" must be {names(made.shape)}. ",
        A.write(glyphs), f" is {names(A.shape)}, ", B.write(glyphs), f" is {names(B.shape)}. ",
    )  # fmt: skip
    if len(by_axis) > 1:
        return (*says, "The matrix is symmetric, so its transpose would fit too, and be the same.")
    over = "there is nothing to sum over, each pair is multiplied" if summed == ONE else f"it sums over {summed.name}"
    says = (*says, f"Of their eight products, either one first and transposed or not, only this one fits: {over}.")
    return (*says, *_by_luck(made, A, B, glyphs))


def _by_luck(made: Apply, A: Expression, B: Expression, glyphs: Glyphs) -> Prose:
    """Name the products that the sizes of this network would let run although their axes are wrong."""
    right = made.write(glyphs)
    lucky = [p for p in fitting(A, B, made.shape, _same_size) if p.write(glyphs) != right]
    if not lucky:
        return ()
    some = [part for product in lucky[:2] for part in (product.write(glyphs), " or ")][:-1]
    return (f" Here, at {describe(made.shape)}, ", *some, " would run as well, and be wrong: the axes are not these.")


def _same_size(a: Axis, b: Axis) -> bool:
    return a == b or (a.size is not None and a.size == b.size)


def _product(A: Expression, B: Expression, same: Same) -> Apply | None:
    if not same(A.shape[1], B.shape[0]):
        return None
    return Apply(op.MATMUL, (A, B))


def _outer_axes(made: Apply) -> Shape:
    A, B = made.arguments
    return (A.shape[0], B.shape[1])


def _bare(expression: Expression) -> Expression:
    if isinstance(expression, Apply) and expression.operation is op.TRANSPOSE:
        return expression.arguments[0]
    return expression
