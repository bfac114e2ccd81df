"""Descriptions go to JSON and come back the same; what is not in the closed tables is refused by name."""

import json
from dataclasses import fields

import numpy as np
import pytest

from clearprop.equations.activations import ACTIVATIONS
from clearprop.equations.losses import LOSSES, Focal, get_loss
from clearprop.equations.optimizers import RULES, get_rule
from clearprop.equations.schedules import SCHEDULES, Cosine, Step, WarmUp, get_schedule
from clearprop.errors import UsageError
from clearprop.files import descriptions
from clearprop.files.descriptions import (
    loss_from_json,
    loss_to_json,
    network_from_json,
    network_to_json,
    rule_from_json,
    rule_to_json,
    schedule_from_json,
    schedule_to_json,
)
from clearprop.model import Dense, Inputs, Network, Objective, mlp

RICH = Network(
    Inputs(3, categories=(4, 5), embedding=("one-hot", 2)),
    (
        Dense(6, "gelu", dropout=0.25, bias=False, init="he_normal", max_norm=2.5, learning_rate=0.5, frozen=True),
        Dense(2, "softmax"),
    ),
    Objective(Focal(focusing=1.5), l1=1e-3, l2=0.1, penalize_bias=True, reduction="sum", penalty_per_row=True),
)


def through_json(data):
    return json.loads(json.dumps(data))


def test_a_network_with_every_option_comes_back_equal():
    assert network_from_json(through_json(network_to_json(RICH))) == RICH


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_comes_back(name):
    network = mlp(2, 3, 1, hidden=name)
    assert network_from_json(through_json(network_to_json(network))) == network


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_comes_back(name):
    assert loss_from_json(through_json(loss_to_json(get_loss(name)))) == get_loss(name)


@pytest.mark.parametrize("name", RULES)
def test_every_update_rule_comes_back(name):
    rule = get_rule(name, learning_rate=0.125, clip_norm=3.0)
    assert rule_from_json(through_json(rule_to_json(rule))) == rule


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_comes_back(name):
    assert schedule_from_json(through_json(schedule_to_json(get_schedule(name)))) == get_schedule(name)


def test_a_schedule_inside_a_schedule_comes_back():
    schedule = WarmUp(2.0, then=WarmUp(1.0, then=Cosine(0.1)))
    assert schedule_from_json(through_json(schedule_to_json(schedule))) == schedule
    assert schedule_to_json(WarmUp(then=Step()))["then"]["name"] == "step"


def test_options_left_out_take_their_defaults():
    assert rule_from_json({"name": "adam", "learning_rate": 0.5}) == get_rule("adam", learning_rate=0.5)
    data = {"inputs": {"n_numeric": 2}, "layers": [{"units": 1}], "objective": {"loss": {"name": "squared_error"}}}
    assert network_from_json(data) == Network(2, (Dense(1),), "squared_error")


def test_numpy_numbers_in_a_description_become_plain_ones():
    network = Network(3, (Dense(np.int64(2), dropout=np.float64(0.5)),), "squared_error")
    assert type(network_to_json(network)["layers"][0]["units"]) is int


@pytest.mark.parametrize(
    ("form", "description"),
    [
        (descriptions._DenseForm, Dense),
        (descriptions._ObjectiveForm, Objective),
        (descriptions._NetworkForm, Network),
    ],
)
def test_the_forms_of_the_format_know_every_field(form, description):
    """Whoever adds a field to a description must decide what it means in a file; see the room's README."""
    assert set(form.model_fields) == {field.name for field in fields(description)}


def test_the_defaults_of_the_format_are_those_of_the_descriptions():
    sparse = {"inputs": {"n_numeric": 1}, "layers": [{"units": 2}], "objective": {"loss": {"name": "absolute"}}}
    assert network_from_json(sparse) == Network(Inputs(1), (Dense(2),), Objective("absolute"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: n["layers"][1].update(activation="sofmax"), "did you mean 'softmax'"),
        (lambda n: n["layers"][0].update(activation="__import__"), "unknown activation '__import__'"),
        (lambda n: n["layers"][0].update(units="6"), "network.layers.0.units: .* got '6'"),
        (lambda n: n["layers"][0].update(units=6.5), "network.layers.0.units"),
        (lambda n: n["layers"][0].update(units=True), "network.layers.0.units"),
        (lambda n: n["layers"][0].update(units=0), "at least 1 unit"),
        (lambda n: n["layers"][0].update(dropout=float("nan")), "network.layers.0.dropout"),
        (lambda n: n["layers"][0].update(dropout=1.0), r"dropout must be in \[0, 1\)"),
        (lambda n: n["layers"][0].update(colour="red"), "network.layers.0.colour is not known here"),
        (lambda n: n["layers"][0].pop("units"), "network.layers.0.units is missing"),
        (lambda n: n.update(layers=[]), "at least one layer"),
        (lambda n: n.update(layers={}), "network.layers"),
        (lambda n: n.pop("inputs"), "network.inputs is missing"),
        (lambda n: n["inputs"].update(n_numeric=-1), "at least one input column"),
        (lambda n: n["inputs"].update(embedding=["one-hot"]), "one entry per categorical column"),
        (lambda n: n["inputs"].update(embedding=["two-hot", 2]), "network.inputs.embedding"),
        (lambda n: n["objective"].update(loss="focal"), "network.objective.loss"),
        (lambda n: n["objective"].update(loss={"name": "os.system"}), "unknown loss 'os.system'"),
        (lambda n: n["objective"].update(loss={"name": ["focal"]}), 'must be an object with a "name"'),
        (lambda n: n["objective"].update(loss={"name": "focal", "focusing": "2"}), "focal.focusing"),
        (lambda n: n["objective"].update(loss={"name": "focal", "gamma": 2.0}), "focal.gamma is not known here"),
        (lambda n: n["objective"].update(l2=-1.0), "l2 must be 0 or more"),
        (lambda n: n["objective"].update(reduction="avg"), "unknown reduction 'avg'"),
        (lambda n: n["layers"][1].update(activation="tanh"), "needs outputs that are simplex"),
    ],
)
def test_an_unsound_description_is_refused_with_the_reason(change, message):
    data = through_json(network_to_json(RICH))
    change(data)
    with pytest.raises(UsageError, match=message):
        network_from_json(data)


@pytest.mark.parametrize("data", [None, 3, "adam", [], {}, {"name": None}, {"name": "adm"}, {"name": "adam", "b": 1}])
def test_an_unsound_rule_is_refused(data):
    with pytest.raises(UsageError):
        rule_from_json(data)


@pytest.mark.parametrize("then", [None, "step", {"name": "step", "every": "3"}, {"name": "never"}])
def test_an_unsound_inner_schedule_is_refused(then):
    with pytest.raises(UsageError):
        schedule_from_json({"name": "warm_up", "then": then})
