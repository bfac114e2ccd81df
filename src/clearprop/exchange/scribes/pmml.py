"""PMML 4.4: derived fields for the columns, and a NeuralNetwork. PMML computes in float64.

Four things are written otherwise than the program has them: an embedding becomes weights on its labels, the second of
two probabilities and a number's units become a last layer of identity neurons, the ends of an interval are transformed
outputs, and the golden rows are the standard's own ModelVerification.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np
from numpy.typing import NDArray

import clearprop
from clearprop.exchange.scribes.draft import Draft, Scribe, free, lacking
from clearprop.program import (
    Above,
    Activate,
    Cell,
    Clip,
    Code,
    Complement,
    Cosine,
    Dense,
    Fill,
    InBins,
    Join,
    Label,
    Look,
    Missing,
    Numbers,
    OneHot,
    Program,
    Round,
    SignedLog,
    Sine,
    Standardise,
    Step,
    Turn,
    Unscale,
)

Array = NDArray[Any]

_ACTIVATIONS = {
    "identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "rectifier", "exp": "exponential",
    "step": "threshold", "gaussian": "Gauss", "softsign": "Elliott", "sin": "sine",
}  # fmt: skip


def _apply(function: str, *arguments: Element | float) -> Element:
    element = Element("Apply", function=function)
    element.extend(argument if isinstance(argument, Element) else _constant(argument) for argument in arguments)
    return element


def _constant(value: float) -> Element:
    element = Element("Constant", dataType="double")
    element.text = repr(float(value))
    return element


def _field(name: str) -> Element:
    return Element("FieldRef", field=name)


def _in_bins(s: InBins, x: str) -> Element:
    norm = Element("NormContinuous", field=x, outliers="asExtremeValues")
    for b, edge in enumerate(s.edges):
        norm.append(Element("LinearNorm", orig=repr(edge), norm=repr(float(b))))
    return norm


def _signed_log(s: SignedLog, x: str) -> Element:
    size = _apply("ln", _apply("+", 1, _apply("/", _apply("abs", _apply("-", _field(x), s.middle)), s.unit)))
    negative = _apply("lessThan", _field(x), s.middle)
    return _apply("*", _apply("if", negative, -1, 1), size)


def _turn(s: Turn, x: str) -> Element:
    def moment() -> Element:
        return _apply("+", _field(x), s.start)

    whole = _apply("*", s.period, _apply("floor", _apply("/", moment(), s.period)))
    return _apply("/", _apply("*", 2 * np.pi, _apply("-", moment(), whole)), s.period)


_VALUES: dict[type[Step], Callable[[Any, str], Element]] = {
    Cell: lambda s, x: _field(x),
    Missing: lambda s, x: _apply("if", _apply("isMissing", _field(x)), 1, 0),
    Fill: lambda s, x: Element("FieldRef", field=x, mapMissingTo=repr(s.value)),
    Standardise: lambda s, x: _apply("/", _apply("-", _field(x), s.mean), s.scale),
    Clip: lambda s, x: _apply("min", _apply("max", _field(x), s.low), s.high),
    InBins: _in_bins,
    SignedLog: _signed_log,
    Turn: _turn,
    Sine: lambda s, x: _apply("sin", _field(x)),
    Cosine: lambda s, x: _apply("cos", _field(x)),
}

_STRUCTURE: tuple[type[Step], ...] = (
    Join, Round, Code, OneHot, Look, Numbers, Dense, Activate, Complement, Unscale, Label
)  # fmt: skip


class _Layers:
    """The neurons: what enters them, and layer after layer with weights and activation."""

    def __init__(self, program: Program) -> None:
        self.inputs: list[Element] = []  # an expression for each
        self.fields: list[tuple[str, Element]] = []
        self.layers: list[tuple[Array, Array, str]] = []
        self._program = program
        ends = _numbers(program)[1:]
        for step in program.steps:
            if not any(step is end for end in ends):
                self._take(step)

    def _take(self, step: Step) -> None:
        if isinstance(step, Dense):
            b = np.zeros(step.width) if step.b is None else step.b.astype(np.float64)
            self.layers.append((step.W.astype(np.float64), b, "identity") if self.layers else self._first(step, b))
        elif isinstance(step, Activate):
            self.layers[-1] = (*self.layers[-1][:2], step.f.name)
        elif isinstance(step, Complement):
            self.layers.append((np.array([[-1.0, 1.0]]), np.array([1.0, 0.0]), "identity"))
        elif isinstance(step, Unscale):
            self.layers.append((np.array([[step.scale]]), np.array([step.mean]), "identity"))
        elif type(step) in _VALUES and not isinstance(step, Cell):
            self.fields.append(
                (f"v{self._program.place(step)}", _VALUES[type(step)](step, self._name(step.operands[0])))
            )

    def _first(self, step: Dense, b: Array) -> tuple[Array, Array, str]:
        """Make the inputs of the first layer, and return its weights and biases on them.

        A category gives an input for each label and one for a missing cell. Any other text is none of them, and its
        weights are the bias, from which those of the labels are counted.
        """
        weights, at = [], 0
        for part in _parts(step.of):
            rows = step.W[at : at + part.width].astype(np.float64)
            at += part.width
            if isinstance(part, OneHot | Look):
                assert isinstance(part.of, Code)
                rows = part.table.astype(np.float64) @ rows if isinstance(part, Look) else rows
                other = len(part.of.labels)
                b, rows = b + rows[other], np.delete(rows - rows[other], other, axis=0)
                self.inputs += _marks(part.of, self._name(part.of.of))
            else:
                names = part.names if isinstance(part, Numbers) else (self._name(part),)
                self.inputs += [_field(name) for name in names]
            weights.append(rows)
        return np.vstack(weights), b, "identity"

    def _name(self, step: Step) -> str:
        if isinstance(step, Round):  # PMML rounds nothing
            return self._name(step.of)
        return step.name if isinstance(step, Cell) else f"v{self._program.place(step)}"


def _parts(step: Step) -> list[Step]:
    """Return what stands side by side in the network's input; PMML rounds nothing."""
    if isinstance(step, Round):
        return _parts(step.of)
    return [part for one in step.parts for part in _parts(one)] if isinstance(step, Join) else [step]


def _marks(step: Code, field: str) -> list[Element]:
    """Return an expression that is 1 or 0 for each label, and for a missing cell."""
    known = [Element("NormDiscrete", field=field, value=label, mapMissingTo="0") for label in step.labels]
    return [*known, _apply("if", _apply("isMissing", _field(field)), 1, 0)]


def why_not(program: Program) -> str | None:
    """Return what of the program PMML lacks."""
    for step in program.steps:
        if isinstance(step, Activate) and step.f.name not in (*_ACTIVATIONS, "softmax"):
            has = ", ".join(sorted((*_ACTIVATIONS, "softmax")))
            return f"PMML 4.4 has no activation {step.f.name!r} (it has {has})"
    several = program.decision is None and program.values.width > 1 and not _numbers(program)
    if isinstance(program.decision, Above) or several:
        return "several answers at once, of which its evaluators give one"
    unknown = lacking(program, (*_STRUCTURE, *_VALUES))
    if unknown is None and not _is_layered(program):
        return "a network that is not columns first and then layer after layer"
    return unknown and f"the step {unknown}"


def _numbers(program: Program) -> list[Unscale]:
    """Return a number and the ends of its interval, each its own shift of one output; nothing where there are none."""
    parts = program.values.operands if isinstance(program.values, Join) and program.decision is None else ()
    found = [part for part in parts if isinstance(part, Unscale)]
    return found if len(found) == len(parts) and len({(id(one.of), one.scale) for one in found}) == 1 else []


def _is_layered(program: Program) -> bool:
    """Return whether only layers follow the first layer, each on the one before."""
    layers = [step for step in program.steps if isinstance(step, Dense)]
    within = (Dense, Activate)
    return all(isinstance(step.of, within) for step in layers[1:]) and not any(
        isinstance(of, (*within, Unscale, Join, Numbers))
        for step in program.steps
        if type(step) in _VALUES
        for of in step.operands
    )


def write(draft: Draft) -> dict[str, bytes]:
    """Return the document."""
    program = draft.program
    target, network = _target(program), _Layers(program)
    root = Element("PMML", xmlns="http://www.dmg.org/PMML-4_4", version="4.4")
    header = SubElement(root, "Header", description=" ".join(draft.head))
    SubElement(header, "Application", name="clearprop", version=clearprop.__version__)
    _dictionary(root, program, target)
    classes = program.decision is not None
    model = SubElement(
        root, "NeuralNetwork", modelName=draft.name, activationFunction="identity",
        functionName="classification" if classes else "regression",
    )  # fmt: skip
    _schema(model, program, target)
    _outputs(model, program, target)
    transformations = SubElement(model, "LocalTransformations")
    for name, expression in network.fields:
        _derived(transformations, expression, name=name)
    _neurons(model, network)
    _neural_outputs(model, program, target, len(network.layers))
    _verification(model, draft, target)
    indent(root, " ")
    return {".pmml": tostring(root, encoding="utf-8", xml_declaration=True)}


def _target(program: Program) -> str:
    return free("target" if program.decision is not None else program.names[0], set(_given(program)))


def output_names(program: Program) -> list[str]:
    """Return the names of the fields that hold the values."""
    taken = {*_given(program), _target(program)}
    kind = "probability of " if program.decision is not None else "predicted "
    return [free(f"{kind}{name}", taken) for name in program.names]


def _given(program: Program) -> list[str]:
    return [cell.name for cell in program.cells] or list(program.numbers.names if program.numbers else ())


def _labels(program: Program) -> tuple[str, list[str]]:
    """Return the type of the labels, and the labels as PMML writes them."""
    assert isinstance(program.decision, Label)
    labels = program.decision.labels
    types = {bool: "boolean", int: "integer", float: "double", str: "string"}
    return types[type(labels[0])], [str(label).lower() if isinstance(label, bool) else str(label) for label in labels]


def _dictionary(root: Element, program: Program, target: str) -> None:
    dictionary = SubElement(root, "DataDictionary")
    holds = {cell.name: cell.holds for cell in program.cells}
    for name in _given(program):
        if holds.get(name) == "text":
            field = SubElement(dictionary, "DataField", name=name, optype="categorical", dataType="string")
            SubElement(field, "Value", value="", property="missing")
        else:
            SubElement(dictionary, "DataField", name=name, optype="continuous", dataType="double")
    if program.decision is None:
        SubElement(dictionary, "DataField", name=target, optype="continuous", dataType="double")
        return
    kind, labels = _labels(program)
    field = SubElement(dictionary, "DataField", name=target, optype="categorical", dataType=kind)
    for label in labels:
        SubElement(field, "Value", value=label)


def _schema(model: Element, program: Program, target: str) -> None:
    schema = SubElement(model, "MiningSchema")
    for name in _given(program):
        SubElement(schema, "MiningField", name=name)
    SubElement(schema, "MiningField", name=target, usageType="target")


def _outputs(model: Element, program: Program, target: str) -> None:
    outputs, names = SubElement(model, "Output"), output_names(program)
    number = {"optype": "continuous", "dataType": "double"}
    if program.decision is None:
        SubElement(outputs, "OutputField", number, name=names[0], feature="predictedValue")
        shifts = [one.mean - _numbers(program)[0].mean for one in _numbers(program)]
        for name, shift in zip(names[1:], shifts[1:], strict=True):
            field = SubElement(outputs, "OutputField", number, name=name, feature="transformedValue")
            field.append(_apply("+", _field(names[0]), shift))
        return
    for name, label in zip(names, _labels(program)[1], strict=True):
        SubElement(outputs, "OutputField", number, name=name, feature="probability", value=label)


def _derived(parent: Element, expression: Element, **attributes: str) -> None:
    SubElement(parent, "DerivedField", attributes, optype="continuous", dataType="double").append(expression)


def _neurons(model: Element, network: _Layers) -> None:
    inputs = SubElement(model, "NeuralInputs", numberOfInputs=str(len(network.inputs)))
    for i, expression in enumerate(network.inputs):
        _derived(SubElement(inputs, "NeuralInput", id=f"0,{i}"), expression)
    for l, (W, b, f) in enumerate(network.layers, start=1):
        how = {"activationFunction": _ACTIVATIONS.get(f, "identity")}
        if f == "softmax":
            how["normalizationMethod"] = "softmax"
        if f == "step":
            how["threshold"] = "0"
        layer = SubElement(model, "NeuralLayer", how, numberOfNeurons=str(len(b)))
        for j, bias in enumerate(b.tolist()):
            neuron = SubElement(layer, "Neuron", id=f"{l},{j}", bias=repr(bias))
            for i, weight in enumerate(W[:, j].tolist()):
                SubElement(neuron, "Con", {"from": f"{l - 1},{i}"}, weight=repr(weight))


def _neural_outputs(model: Element, program: Program, target: str, last: int) -> None:
    labels = [None] if program.decision is None else _labels(program)[1]
    outputs = SubElement(model, "NeuralOutputs", numberOfOutputs=str(len(labels)))
    for j, label in enumerate(labels):
        output = SubElement(outputs, "NeuralOutput", outputNeuron=f"{last},{j}")
        if label is None:
            _derived(output, _field(target))
        else:
            derived = SubElement(output, "DerivedField", optype="categorical", dataType=_labels(program)[0])
            SubElement(derived, "NormDiscrete", field=target, value=label)


def _verification(model: Element, draft: Draft, target: str) -> None:
    """Write the golden rows as the standard has them; a missing cell is left out."""
    golden, program = draft.golden, draft.program
    given, answers = _given(program), output_names(program)
    root = SubElement(
        model, "ModelVerification", recordCount=str(len(golden)), fieldCount=str(len(given) + len(answers))
    )
    fields = SubElement(root, "VerificationFields")
    names = [*given, *answers]
    for k, name in enumerate(names):
        tolerance = {"precision": "1e-5", "zeroThreshold": "1e-6"} if name in answers else {}
        SubElement(fields, "VerificationField", {"field": name, "column": f"c{k}", **tolerance})
    table = SubElement(root, "InlineTable")
    columns = list(golden.rows.values()) if isinstance(golden.rows, dict) else golden.rows.T.tolist()
    for row in zip(*columns, *golden.values.T.tolist(), strict=True):
        _row(SubElement(table, "row"), row)


def _row(element: Element, cells: Sequence[Any]) -> None:
    for k, cell in enumerate(cells):
        if cell == cell and cell != "":
            SubElement(element, f"c{k}").text = cell if isinstance(cell, str) else repr(cell)


SCRIBE = Scribe("pmml", "PMML 4.4", (".pmml", ".xml"), write, why_not, {"float32": 5e-7, "float64": 1e-12})
