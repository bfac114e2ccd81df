"""A reader of PMML's NeuralNetwork, written after the standard; it knows nothing of clearprop."""

from __future__ import annotations

import math
from itertools import pairwise

SPACE = {"": "http://www.dmg.org/PMML-4_4"}

FUNCTIONS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "ln": math.log, "abs": abs, "floor": math.floor, "sin": math.sin, "cos": math.cos, "min": min, "max": max,
    "lessThan": lambda a, b: a < b, "if": lambda test, yes, no: yes if test else no,
    "isMissing": lambda a: a is None, "isIn": lambda a, *known: a in known,
}  # fmt: skip
ACTIVATIONS = {
    "identity": lambda z: z, "logistic": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "exponential": math.exp,
    "rectifier": lambda z: max(z, 0.0), "threshold": lambda z: float(z > 0),
    "Gauss": lambda z: math.exp(-z * z), "Elliott": lambda z: z / (1 + abs(z)), "sine": math.sin,
}  # fmt: skip


def tag(element):
    return element.tag.split("}")[1]


def evaluate(element, fields):
    """Return the value of an expression."""
    if tag(element) == "Constant":
        return element.text or "" if element.get("dataType") == "string" else float(element.text)
    if tag(element) == "FieldRef":
        value = fields[element.get("field")]
        return float(element.get("mapMissingTo")) if value is None and element.get("mapMissingTo") else value
    if tag(element) == "NormDiscrete":
        value = fields[element.get("field")]
        return float(element.get("mapMissingTo")) if value is None else float(value == element.get("value"))
    if tag(element) == "NormContinuous":
        return along(
            fields[element.get("field")], [(float(one.get("orig")), float(one.get("norm"))) for one in element]
        )
    return FUNCTIONS[element.get("function")](*(evaluate(part, fields) for part in element))


def along(x, points):
    """Return y of the broken line through the points; beyond them, that of the outermost."""
    x = min(max(x, points[0][0]), points[-1][0])
    (low, b), (high, c) = next(pair for pair in pairwise(points) if x <= pair[1][0])
    return b + (x - low) / (high - low) * (c - b)


def answer(model, row):
    """Return the values of the output neurons of a NeuralNetwork for one row, and of outputs made of the first."""
    fields = dict(row)
    for derived in model.findall("LocalTransformations/DerivedField", SPACE):
        fields[derived.get("name")] = evaluate(derived[0], fields)
    inputs = model.findall("NeuralInputs/NeuralInput", SPACE)
    neurons = {one.get("id"): evaluate(one[0][0], fields) for one in inputs}
    for layer in model.findall("NeuralLayer", SPACE):
        f = ACTIVATIONS[layer.get("activationFunction")]
        made = {
            neuron.get("id"): f(
                float(neuron.get("bias"))
                + sum(float(c.get("weight")) * neurons[c.get("from")] for c in neuron.findall("Con", SPACE))
            )
            for neuron in layer.findall("Neuron", SPACE)
        }
        if layer.get("normalizationMethod") == "softmax":
            e = {name: math.exp(z - max(made.values())) for name, z in made.items()}
            made = {name: one / sum(e.values()) for name, one in e.items()}
        neurons |= made
    found = [neurons[one.get("outputNeuron")] for one in model.findall("NeuralOutputs/NeuralOutput", SPACE)]
    outputs = model.findall("Output/OutputField", SPACE)
    made = {outputs[0].get("name"): found[0]}
    return found + [evaluate(one[0], made) for one in outputs if one.get("feature") == "transformedValue"]


def verified(root, model):
    """Yield the golden rows of the document, and the values it promises for them."""
    fields = model.findall("ModelVerification/VerificationFields/VerificationField", SPACE)
    outputs = {one.get("name") for one in model.findall("Output/OutputField", SPACE)}
    kinds = {one.get("name"): one.get("dataType") for one in root.findall("DataDictionary/DataField", SPACE)}
    for row in model.findall("ModelVerification/InlineTable/row", SPACE):
        cells = {one.get("field"): row.find(one.get("column"), SPACE) for one in fields}
        given = {
            name: None if cell is None else cell.text if kinds[name] == "string" else float(cell.text)
            for name, cell in cells.items()
            if name not in outputs
        }
        yield given, [float(cells[name].text) for name in cells if name in outputs]
