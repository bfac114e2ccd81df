"""The fields of PMML: what each is as a straight line in the columns of a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.readers.xml import Element

_DEEPEST = 40


@dataclass(frozen=True)
class Straight:
    """Σ weight · column + shift."""

    weights: dict[str, float]
    shift: float

    def scaled(self, factor: float, shift: float = 0.0) -> Straight:
        """Return this line times a factor, plus a shift."""
        return Straight({name: w * factor for name, w in self.weights.items()}, self.shift * factor + shift)

    def plus(self, other: Straight) -> Straight:
        """Return the sum of two lines."""
        names = dict.fromkeys((*self.weights, *other.weights))
        weights = {name: self.weights.get(name, 0.0) + other.weights.get(name, 0.0) for name in names}
        return Straight(weights, self.shift + other.shift)


def number(text: str | None, what: str) -> float:
    """Return a text as a number; ForeignFileError if it is none."""
    try:
        return float(text or "")
    except ValueError:
        raise ForeignFileError(f"{what} must be a number, got {(text or '')[:40]!r}.") from None


class Fields:
    """Columns of a row, and the fields derived of them."""

    def __init__(self, root: Element, network: Element) -> None:
        dictionary = root.one("DataDictionary")
        self._declared = {field.need("name"): field for field in (dictionary.all("DataField") if dictionary else [])}
        self._derived: dict[str, Element] = {}
        for place in (root.one("TransformationDictionary"), network.one("LocalTransformations")):
            for field in place.all("DerivedField") if place else []:
                self._derived[field.need("name")] = field
        self._mining = [one for schema in network.all("MiningSchema") for one in schema.all("MiningField")]
        self._marked: set[str] = set()
        self._filled_in: list[tuple[str, str]] = []
        self._done: dict[str, Straight] = {}

    def expression(self, parent: Element, of_target: bool = False) -> Straight:
        """Return what stands in a DerivedField as a line; of a target, in its own values."""
        children = [child for child in parent.children if child.name not in ("Extension", "Value", "Interval")]
        if len(children) != 1:
            raise ForeignFileError("a DerivedField must hold one expression.")
        return self._line(children[0], 0)

    def _line(self, element: Element, depth: int) -> Straight:
        if depth > _DEEPEST:
            raise ForeignFileError(f"expressions are nested more than {_DEEPEST} deep.")
        if element.name == "Constant":
            return Straight({}, number(element.text, "a constant"))
        if element.name == "FieldRef":
            return self._field(element.need("field"), depth + 1)
        if element.name == "NormContinuous":
            return self._norm(element, depth)
        if element.name == "NormDiscrete":
            name = f"{element.need('field')} = {element.need('value')}"
            self._marked.add(name)
            return Straight({name: 1.0}, 0.0)
        if element.name == "Apply":
            return self._apply(element, depth)
        raise ReaderCannot(f"{element.name[:40]} cannot be folded into weights; {_CAN}.")

    def _field(self, name: str, depth: int) -> Straight:
        if name in self._done:
            return self._done[name]
        if name in self._derived:
            derived = self._derived[name]
            children = [child for child in derived.children if child.name not in ("Extension", "Value", "Interval")]
            if len(children) != 1 or depth > _DEEPEST:
                raise ForeignFileError("a DerivedField must hold one expression, and must not depend on itself.")
            line = self._line(children[0], depth + 1)
        elif name in self._declared:
            line = Straight({name: 1.0}, 0.0)
        else:
            raise ForeignFileError(f"the field {name[:80]!r} is not declared.")
        self._done[name] = line
        return line

    def _norm(self, element: Element, depth: int) -> Straight:
        points = [
            (number(one.need("orig"), "orig"), number(one.need("norm"), "norm")) for one in element.all("LinearNorm")
        ]
        if len(points) != 2 or points[0][0] == points[1][0]:
            raise ReaderCannot(f"NormContinuous with {len(points)} points cannot be folded into weights; {_CAN}.")
        (x0, y0), (x1, y1) = points
        slope = (y1 - y0) / (x1 - x0)
        return self._field(element.need("field"), depth + 1).scaled(slope, y0 - x0 * slope)

    def _apply(self, element: Element, depth: int) -> Straight:
        function = element.need("function")
        if function == "if":
            return self._filled(element, depth)
        if element.get("mapMissingTo") is not None or len(element.children) != 2 or function not in "+-*/":
            raise ReaderCannot(f"the function {function[:40]!r} cannot be folded into weights; {_CAN}.")
        left, right = (self._line(child, depth + 1) for child in element.children)
        if function == "+":
            return left.plus(right)
        if function == "-":
            return left.plus(right.scaled(-1))
        if function == "*" and not (left.weights and right.weights):
            return right.scaled(left.shift) if right.weights else left.scaled(right.shift)
        if function == "/" and not right.weights and right.shift != 0:
            return Straight({name: w / right.shift for name, w in left.weights.items()}, left.shift / right.shift)
        raise ReaderCannot(f"a product or quotient of fields cannot be folded into weights; {_CAN}.")

    def _filled(self, element: Element, depth: int) -> Straight:
        """Return a field whose missing cells a constant fills in: the filling is told, and is not in the weights."""
        test, *branches = element.children
        turned = {"isMissing": -1, "isNotMissing": 1}.get(test.get("function") or "")
        known = [child for child in branches if child.name != "Constant"]
        filling = [child for child in branches if child.name == "Constant"]
        asked = test.children[0].get("field") if len(test.children) == 1 else None
        right = len(branches) == 2 and len(known) == 1 == len(filling) and turned is not None
        if not right or known[0].get("field") != asked or branches[::turned][0] is not known[0]:
            raise ReaderCannot(f"a case cannot be folded into weights; {_CAN}.")
        self._filled_in.append((str(asked), (filling[0].text or "").strip()))
        return self._line(known[0], depth + 1)

    def typed_label(self, label: str) -> Any:
        """Return a class as the text it is, or as a whole number where its field is of them."""
        target = next((one for one in self._mining if one.get("usageType") in ("target", "predicted")), None)
        field = self._declared.get(target.need("name")) if target is not None else None
        whole = field is not None and field.get("dataType") == "integer"
        return int(number(label, "a class")) if whole else label

    def fillings(self) -> Iterator[str]:
        """Yield a sentence if missing cells are filled in, which is not in the weights."""
        values: list[tuple[str, str | None]] = [*self._filled_in]
        values += [(one.need("name"), one.get("missingValueReplacement")) for one in self._mining]
        told = ", ".join(f"{name} by {value}" for name, value in values if value is not None)
        if told:
            yield f"PMML fills in missing cells ({told[:300]}); do that before you predict."

    def marks(self, columns: tuple[str, ...]) -> Iterator[str]:
        """Yield a sentence if columns are marks of labels."""
        if self._marked & set(columns):
            yield 'columns named "field = label" are 1 where the field has that label, else 0.'


_CAN = "sums of fields, each times a constant, and NormContinuous of two points can"
