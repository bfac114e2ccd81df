"""An effort chooses the settings that are left out, and no other."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from clearprop.cli.app import app
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.examination import examine, part_again
from clearprop.fitting.checkpoints import CheckpointPlan
from clearprop.fitting.efforts import FEWEST_ROWS, VALUES, Size, suited
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import BY_EFFORT, ON_TABLES, settings_of
from clearprop.report import report_page
from clearprop.tables import read_table

GIVEN = {
    "hidden": (5,), "activation": "tanh", "dropout": 0.3, "bins": 4, "root_rates": True, "optimizer": "sgd",
    "learning_rate": 0.5, "schedule": "step", "averaging": 0.5, "clamp": True, "members": 3, "n_epochs": 7,
    "patience": 3, "l2": 0.01,
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
    assert recipe.l2 is None


@pytest.mark.parametrize("effort", ["standard", "best"])
def test_more_rows_never_get_more_epochs_or_members_and_never_none_of_them(effort):
    rows = [100, 1_000, 16_000, 40_000, 64_001, 100_001, 256_001, 5_000_000]
    chosen = [suited(effort, Size(n)) for n in rows]
    for name in ("n_epochs", "members"):
        counts = [one[name] for one in chosen]
        assert counts == sorted(counts, reverse=True)
        assert counts[0] == VALUES[effort][name]
        assert counts[-1] >= 1
    assert all(one["bins"] for one in chosen)


def test_no_more_members_than_groups_and_rows_without_weight_do_not_count():
    n = 120
    data = {"x": np.arange(n) % 7.0, "g": np.arange(n) % 3, "y": np.arange(n) % 2}
    short = TableClassifier("y", effort="standard", n_epochs=1, hidden=(3,))
    assert short.set_params(group="g").fit(data).facts_.members == 3
    few = short.set_params(group=None).fit(data, sample_weight=(np.arange(n) % 7 == 0).astype(float))
    assert few.facts_.members == 1


def test_many_columns_enter_without_bins():
    assert suited("standard", Size(5_000, 62))["bins"] == 16
    assert suited("standard", Size(5_000, 63))["bins"] is None


@pytest.mark.parametrize("effort", ["standard", "best"])
def test_a_handful_of_rows_gets_what_quick_takes(effort):
    recipe = TableClassifier(effort=effort).recipe(Size(FEWEST_ROWS - 1))
    assert all(getattr(recipe, name) == one.default for name, one in settings_of(Recipe).items() if name != "effort")


@pytest.mark.parametrize("effort", ["standard", "best"])
def test_rows_in_the_order_of_time_or_in_parts_get_one_network(effort, tmp_path):
    n = 120
    data = {"x": np.arange(n) % 7.0, "t": np.arange(n, dtype=float), "y": np.arange(n) % 2}
    settings = {"effort": effort, "n_epochs": 1, "hidden": (3,)}
    assert len(TableClassifier("y", time="t", **settings).prepare(data).parts.held)
    plan = CheckpointPlan(tmp_path)
    assert TableClassifier("y", **settings).fit(data, checkpoints=plan).facts_.members == 1
    assert TableClassifier("y", **settings).fit(data).facts_.members == VALUES[effort]["members"]


def test_every_setting_an_effort_chooses_is_left_out_by_default():
    left_out = {name for name, one in ON_TABLES.settings(Recipe).items() if one.default in (None, "auto")}
    assert left_out >= BY_EFFORT


def test_the_facts_say_the_effort_and_what_it_chose():
    facts = TableClassifier(effort="quick", n_epochs=2).fit("iris").facts_
    assert facts.effort == "quick"
    assert facts.chosen["hidden"] == [128, 64]
    assert "n_epochs" not in facts.chosen
    assert set(facts.chosen) == BY_EFFORT - {"n_epochs"}
    assert facts.choice == ""


def test_the_facts_and_the_report_say_what_standard_chose():
    model = TableClassifier(effort="standard", n_epochs=1, bins=0).fit("iris")
    assert model.facts_.choice == (
        "The effort standard chose, for 150 rows: hidden 128-128-128, activation mish, dropout 0.0, root_rates yes, "
        "l2 0.0, optimizer adam:beta2=0.95, learning_rate 0.04, schedule flat_cosine, averaging 0.0, members 8, "
        "patience none."
    )
    assert model.facts_.choice in report_page(examine(model, part_again(model, read_table("iris"))))


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


@pytest.mark.parametrize("name", sorted(BY_EFFORT - {"l2"}))
def test_whoever_gives_one_of_those_settings_chooses_and_the_others_are_those_of_quick(name):
    assert TableClassifier(**{name: GIVEN[name]}).recipe().effort == "quick"


def test_nothing_given_is_standard_and_what_an_effort_does_not_choose_changes_nothing():
    for settings in ({}, {"max_seconds": 5.0, "l2": 0.1, "loss": "cross_entropy", "embedding": 4}):
        assert TableClassifier(**settings).recipe().effort == "standard"


@pytest.mark.parametrize("effort", ["standard", "best"])
def test_a_change_that_the_doctor_advises_leaves_the_effort_as_it_is(effort):
    model = TableClassifier().set_params(effort=effort, members=1, n_epochs=2).fit("iris")
    model.effort = None if effort == "standard" else effort
    model.members = model.n_epochs = None
    change = model.as_fit(model.prepare("iris")).change(dropout=0.2)
    assert model.set_params(**change).recipe().effort == effort
