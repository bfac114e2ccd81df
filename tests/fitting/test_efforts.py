"""An effort chooses the settings that are left out, and no other."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from clearprop.cli.app import app
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.fitting.efforts import VALUES
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import BY_EFFORT, ON_TABLES, settings_of

GIVEN = {
    "hidden": (5,), "activation": "tanh", "dropout": 0.3, "bins": 4, "root_rates": True, "optimizer": "sgd",
    "learning_rate": 0.5, "schedule": "step", "averaging": 0.5, "members": 3, "n_epochs": 7, "patience": 3,
}  # fmt: skip


def test_quick_is_what_the_recipe_declares():
    recipe = TableClassifier(effort="quick").recipe()
    assert {name: getattr(recipe, name) for name in settings_of(Recipe) if name != "effort"} == {
        name: one.default for name, one in settings_of(Recipe).items() if name != "effort"
    }


@pytest.mark.parametrize("effort", VALUES)
def test_what_is_left_out_is_chosen_by_the_effort(effort):
    recipe = TableRegressor(effort=effort).recipe()
    assert VALUES[effort] == {name: getattr(recipe, name) for name in VALUES[effort]}
    assert set(VALUES[effort]) <= BY_EFFORT


@pytest.mark.parametrize("effort", VALUES)
@pytest.mark.parametrize("name", sorted(BY_EFFORT))
def test_what_is_given_counts_as_it_is(effort, name):
    recipe = TableClassifier(effort=effort, **{name: GIVEN[name]}).recipe()
    assert getattr(recipe, name) == GIVEN[name]


@pytest.mark.parametrize("value", [("bins", 0), ("patience", None), ("dropout", 0.0), ("root_rates", False)])
def test_nothing_can_be_asked_for_by_name(value):
    name, nothing = value
    assert getattr(TableClassifier(effort="standard", **{name: nothing}).recipe(), name) == nothing


@pytest.mark.parametrize("effort", VALUES)
def test_a_batch_solver_gets_no_settings_of_steps(effort):
    recipe = TableRegressor(effort=effort, optimizer="lbfgs").recipe()
    recipe.refuse_ignored()
    assert recipe.learning_rate is None


def test_every_setting_an_effort_chooses_is_left_out_by_default():
    left_out = {name for name, one in ON_TABLES.settings(Recipe).items() if one.default in (None, "auto")}
    assert left_out >= BY_EFFORT


def test_the_facts_say_the_effort_and_what_it_chose():
    facts = TableClassifier(effort="quick", n_epochs=2).fit("iris").facts_
    assert facts.effort == "quick"
    assert facts.chosen["hidden"] == [128, 64]
    assert "n_epochs" not in facts.chosen
    assert set(facts.chosen) == BY_EFFORT - {"n_epochs"}


def test_the_command_line_takes_an_effort_and_what_is_given_beside_it(tmp_path):
    out = tmp_path / "m.safetensors"
    words = ["train", "iris", "--effort", "standard", "--epochs", "2", "--hidden", "4", "--out", str(out), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["effort"] == "standard"
    assert facts["members"] == VALUES["standard"]["members"]
    assert facts["chosen"]["activation"] == VALUES["standard"]["activation"]
    assert not {"hidden", "n_epochs"} & set(facts["chosen"])
