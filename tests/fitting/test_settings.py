"""Every setting is declared once; constructors, docstrings, commands and configurations say the same of it."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer
from settings_table import setting_rows
from typer.testing import CliRunner

from clearprop.cli._options import with_settings
from clearprop.cli.config import TrainConfig, resolve
from clearprop.errors import UsageError
from clearprop.estimators import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import ON_CLASSES, ON_COMMANDS, ON_NUMBERS, ON_TABLES, Settings, setting, settings_of
from clearprop.fitting.settings.kinds import number

SRC = Path(__file__).parents[2] / "src"
ESTIMATORS = [
    (MLPClassifier, ON_CLASSES),
    (MLPRegressor, ON_NUMBERS),
    (TableClassifier, ON_TABLES),
    (TableRegressor, ON_TABLES),
]


@pytest.mark.parametrize(("estimator", "surface"), ESTIMATORS)
def test_a_constructor_has_the_declared_settings_and_defaults(estimator, surface):
    arguments = inspect.signature(estimator).parameters
    assert {name: argument.default for name, argument in arguments.items()} == {
        word: one.default for word, one in surface.settings(Recipe).items()
    }


def entries(estimator):
    """Return (names, type) of every entry under Parameters of a docstring."""
    text = inspect.cleandoc(estimator.__doc__).partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    return [(names.split(", "), kind) for names, kind in re.findall(r"^(\w[\w, ]*) : (.*)$", text, re.MULTILINE)]


@pytest.mark.parametrize(("estimator", "surface"), ESTIMATORS[:3])
def test_a_docstring_has_an_entry_for_every_setting_in_the_order_of_the_constructor(estimator, surface):
    named = [name for names, _ in entries(estimator) for name in names]
    assert sorted(named) == sorted(surface.settings(Recipe))
    assert named == list(inspect.signature(estimator).parameters)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_docstring_says_the_default(estimator):
    arguments = inspect.signature(estimator).parameters
    for names, kind in entries(estimator):
        said = ast.literal_eval(f"({kind.partition('default=')[2]},)")
        assert said in ((arguments[names[0]].default,), tuple(arguments[name].default for name in names)), names


def test_every_setting_has_a_sentence_and_a_default_that_it_allows():
    for name, one in settings_of(TrainConfig).items():
        assert one.help.endswith("."), name
        assert one.kind.holds(one.default), name
    for surface in (ON_TABLES, ON_CLASSES, ON_NUMBERS, ON_COMMANDS):
        for word, one in surface.settings(Settings).items():
            assert one.kind.holds(one.default), word


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor, TableClassifier, TableRegressor])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_norm", -1), ("initializer", "he"), ("averaging", 1.0), ("clip_value", 0), ("clip_norm", 0),
        ("n_threads", 0), ("on_divergence", "shrug"), ("max_seconds", 0), ("frozen", [0]), ("frozen", 1),
        ("precision", "float16"), ("activation", ["relu", "tahn"]), ("dropout", [0.5, 1.0]), ("batch_size", 2.5),
    ],
)  # fmt: skip
def test_both_families_refuse_the_same_and_name_the_setting(estimator, setting, value):
    data = [[0.0], [1.0]] * 10, [0, 1] * 10
    with pytest.raises(
        UsageError, match=rf"^{estimator.__name__}: {setting} must .*, got |^unknown {setting} .* Known"
    ):
        estimator(**{setting: value}).fit(*data)


def test_the_nearest_name_is_looked_for_in_one_place():
    found = [path.name for path in SRC.rglob("*.py") if "get_close_matches" in path.read_text("utf-8")]
    assert found == ["errors.py"]


# A setting that nobody knew before


@dataclass(frozen=True, kw_only=True)
class Wider(Recipe):
    """A recipe with one setting more: one field, one effect."""

    sparkle: float = setting(0.0, number(least=0, below=1), "Share of the epochs to leave out.", "Length")

    def plan(self, n_rows, streamed=False):
        plan = super().plan(n_rows, streamed)
        return replace(plan, n_epochs=round(plan.n_epochs * (1 - self.sparkle)))


@dataclass(frozen=True, kw_only=True)
class WiderConfig(TrainConfig, Wider):
    """What a command knows of it."""


class SparklingTable(TableClassifier):
    _asked = Wider

    def __init__(self, *, sparkle=0.0, **settings):
        super().__init__(**settings)
        self.sparkle = sparkle


class SparklingMLP(MLPClassifier):
    _asked = Wider

    def __init__(self, *, sparkle=0.0, **settings):
        super().__init__(**settings)
        self.sparkle = sparkle


@pytest.mark.parametrize("estimator", [SparklingTable, SparklingMLP])
def test_a_new_setting_is_checked_in_both_families(estimator):
    with pytest.raises(UsageError, match=rf"{estimator.__name__}: sparkle must be a number in \[0, 1\), got 2"):
        estimator(sparkle=2).recipe()
    assert estimator(sparkle=0.5).recipe().sparkle == 0.5


def test_a_new_setting_has_its_effect():
    assert len(SparklingTable(sparkle=0.5, n_epochs=8, hidden=(4,)).fit("iris").history_["loss"]) == 4


def test_a_new_setting_is_read_from_a_configuration_and_written_to_one(tmp_path):
    (tmp_path / "run.toml").write_text('data = "iris"\nsparkle = 0.25\n')
    settings = resolve(tmp_path / "run.toml", {}, WiderConfig)
    assert settings.sparkle == 0.25
    assert "sparkle = 0.25\n" in settings.as_toml()
    assert settings.for_estimator()["sparkle"] == 0.25
    with pytest.raises(UsageError, match=r"--sparkle 3: must be a number in \[0, 1\)"):
        resolve(None, {"data": "iris", "sparkle": 3}, WiderConfig)


def test_a_new_setting_is_an_option_with_a_help():
    given = {}
    app = typer.Typer()

    @app.command()
    @with_settings(WiderConfig, lambda word, _: word != "data")
    def command(**settings):
        """Train."""
        given.update(settings)

    shown = CliRunner().invoke(app, ["--help"], terminal_width=200)
    assert re.search(r"--sparkle +.*Share of the epochs to leave out", shown.output)
    CliRunner().invoke(app, ["--sparkle", "0.5", "--dropout", "0,0.5", "--no-shuffle"], catch_exceptions=False)
    assert given == {"sparkle": 0.5, "dropout": (0.0, 0.5), "shuffle": False}


def test_a_new_setting_stands_in_the_reference():
    rows = {row[0]: row[1:] for row in setting_rows(WiderConfig)}
    assert rows["sparkle"] == ("number ≥ 0, < 1", "0.0", "Share of the epochs to leave out.")
