"""docs/equations.md: its worked numbers are the engine's, and it leaves nothing out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import documented
from clearprop import Dense, Network, Objective
from clearprop.engines import open_session
from clearprop.equations import (
    ACTIVATIONS,
    INITIALIZERS,
    LOSSES,
    RULES,
    SCHEDULES,
    backprop,
    get_rule,
    r_operator,
    sensitivities,
)
from clearprop.equations.graph import Graph, activation, row_losses, squared_norm, total, variable
from clearprop.model import from_arrays

PAGE = documented.EQUATIONS
SECTION = PAGE.split("## 7. A network worked by hand")[1].split("\n## 8.")[0]
NUMBERS = {
    name: np.array(json.loads(value), float)
    for block in re.findall(r"^```text\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    for name, value in re.findall(r"^(\w+) = (.+)$", block, re.MULTILINE)
}
PARAMETERS = ("W1", "b1", "W2", "b2")


def worked_trace():
    network = Network(2, (Dense(2, "relu"), Dense(1, "identity")), Objective("squared_error", l2=0.1))
    parameters = from_arrays(network, {name: NUMBERS[name] for name in PARAMETERS})
    return open_session(network, parameters, get_rule("sgd"), seed=0, engine="numpy").trace(NUMBERS["X"], NUMBERS["Y"])


def test_the_page_shows_every_array_of_the_worked_network():
    by_layer = {f"{name}{l}" for name in ("W", "b", "z", "a", "delta", "dW", "db") for l in (1, 2)}
    assert set(NUMBERS) == by_layer | {"X", "Y", "losses", "D", "R", "J"}


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in "DRJ"])
def test_every_worked_array_is_the_engine_s(name):
    np.testing.assert_allclose(worked_trace()[name], NUMBERS[name], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", ["D", "R", "J"])
def test_the_worked_objective_is_the_engine_s(name):
    assert getattr(worked_trace(), name) == pytest.approx(float(NUMBERS[name]), rel=1e-14)


def test_the_worked_gradients_are_those_of_the_computational_graph():
    p = {name: variable(name, NUMBERS[name]) for name in PARAMETERS}
    a1 = activation("relu", variable("X", NUMBERS["X"]) @ p["W1"] + p["b1"])
    D = total(row_losses("squared_error", a1 @ p["W2"] + p["b2"], NUMBERS["Y"]) * 0.5)
    graph = Graph(D + (squared_norm(p["W1"]) + squared_norm(p["W2"])) * 0.05)
    assert graph.forward() == pytest.approx(float(NUMBERS["J"]), rel=1e-14)
    graph.backward()
    for name in PARAMETERS:
        np.testing.assert_allclose(p[name].gradient, NUMBERS["d" + name], rtol=1e-14, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("name", [*ACTIVATIONS, *LOSSES, *RULES, *SCHEDULES, *INITIALIZERS])
def test_every_name_stands_in_the_page(name):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize(
    ("name", "equation"),
    [(name, f.formula) for name, f in ACTIVATIONS.items()]
    + [(name, loss.formula) for name, loss in LOSSES.items()]
    + [(name, rule.equation) for name, rule in RULES.items()]
    + [(name, schedule.equation) for name, schedule in SCHEDULES.items()],
)
def test_every_equation_of_the_code_stands_in_its_row_of_the_page(name, equation):
    assert f"\n| `{name}` | `{equation}` |" in PAGE.replace("\\|", "|")


@pytest.mark.parametrize("module", [backprop, sensitivities, r_operator])
def test_every_tag_of_the_code_stands_in_the_page(module):
    text = Path(module.__file__).read_text(encoding="utf-8")
    tags = re.findall(r"^ +((?:F|BP|S|R)\d)  ", text, re.MULTILINE)
    assert len(tags) >= 3
    assert not [tag for tag in tags if rf"\textbf{{{tag}}}" not in PAGE]
