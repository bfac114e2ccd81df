"""CONTRIBUTING's recipes, followed to the letter: a thing of each kind is added, and the tests there are run over it.

The files beside this one hold what goes where, section by section. Engines are added by `tests/engines/test_recipe.py`,
input stages by `tests/test_new_stage.py`, settings by `tests/fitting/test_settings.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = {
    "an activation": "an_activation.py",
    "a loss": "a_loss.py",
    "an optimizer": "a_rule.py",
    "a table format": "a_table_format.py",
    "an exported format": "an_exported_format.py",
    "a stopping rule": "a_stopping_rule.py",
    "a figure of the report": "a_figure.py",
}
SECTION = re.compile(r"^# ((?:src|tests|docs)/\S+)\n", re.MULTILINE)

EQUATIONS = (
    "tests/test_ledger.py", "tests/test_docs_equations.py", "tests/equations", "tests/engines/test_contract.py",
    "tests/engines/test_contract_steps.py",
    "tests/model/test_curvature.py", "tests/explain/test_derivation.py",
)  # fmt: skip
WRITTEN = "every_written_equation_evaluates_to_what_the_engine_computed or formulas_cover"
PROOFS = {
    "an activation": (EQUATIONS, f"isru or {WRITTEN} or test_every_name_is_in or test_every_pair", 80),
    "a loss": (EQUATIONS, f"pseudo_huber or {WRITTEN} or test_every_name_is_in or test_every_pair", 120),
    "an optimizer": (EQUATIONS, "sign_sgd or test_every_rule_has_an_oracle or test_every_name_is_in", 20),
    "a table format": (("tests/tables/test_file_formats.py",), "t.rec", 2),
    "an exported format": (("tests/exchange", "tests/cli/test_export_command.py"), "archive", 8),
}
"""The tests that are run over the thing that was added, and how many of them have to pass at the least."""


def sections(kind):
    """Return what a recipe's example puts into each file, by path."""
    _, *parts = SECTION.split((HERE / RECIPES[kind]).read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def recipe(kind):
    return CONTRIBUTING.split(f"### Add {kind}\n")[1].split("\n### ")[0].split("\n## ")[0]


def run(folder, program, files, chosen, *options):
    """Run tests in an interpreter of their own, in which the program has been run before anything is collected."""
    (folder / "added.py").write_text(program, encoding="utf-8")
    paths = [str(folder), *(str(ROOT / name) for name in ("src", "tests", "tests/equations", "tests/tables"))]
    environment = {k: v for k, v in os.environ.items() if k != "CLEARPROP_NO_SKIPS"} | {
        "PYTHONPATH": os.pathsep.join(paths), "PYTEST_PLUGINS": "added",
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *options, *files]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("kind", RECIPES)
def test_a_recipe_names_the_files_that_are_to_be_changed_and_no_others(kind):
    named = re.findall(r"^\d+\. `([^`]+)`", recipe(kind), re.MULTILINE)
    assert named == list(sections(kind))
    assert f"`tests/recipes/{RECIPES[kind]}`" in recipe(kind)


@pytest.mark.parametrize("kind", PROOFS)
def test_what_a_recipe_adds_is_proven_by_the_tests_there_are(kind, tmp_path):
    files, chosen, least = PROOFS[kind]
    ran = run(tmp_path, "\n".join(sections(kind).values()), files, chosen)
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert int(re.search(r"(\d+) passed", ran.stdout)[1]) >= least


WITHOUT = [
    ("an activation", "src/clearprop/notation/activation_formulas.py", "formulas_cover"),
    ("an activation", "tests/equations/oracles.py", "librarys_own and isru"),
    ("an activation", "docs/equations.md", "stands_in_the_documentation and isru"),
    ("a loss", "src/clearprop/notation/loss_formulas.py", "formulas_cover"),
    ("a loss", "tests/equations/oracles.py", "every_loss_with_every_output and pseudo_huber"),
    ("a loss", "docs/equations.md", "stands_in_the_documentation and pseudo_huber"),
    ("an optimizer", "tests/equations/test_update_rules.py", "test_every_rule_has_an_oracle"),
    ("an optimizer", "docs/equations.md", "stands_in_the_documentation and sign_sgd"),
]
"""A recipe, a file it names, and a test that fails as long as that file is left as it was."""


@pytest.mark.parametrize(("kind", "path", "chosen"), WITHOUT)
def test_a_place_left_out_is_asked_for(kind, path, chosen, tmp_path):
    rest = "\n".join(text for other, text in sections(kind).items() if other != path)
    files = ("tests/test_ledger.py", "tests/equations", "tests/explain/test_derivation.py")
    ran = run(tmp_path, rest, files, chosen, "-x")
    assert ran.returncode == 1, ran.stdout[-3000:]
    assert "1 failed" in ran.stdout


def added(kind):
    """Run an example here; the caller takes out again what it puts in."""
    names = {}
    exec(compile("\n".join(sections(kind).values()), RECIPES[kind], "exec"), names)
    return names


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_a_stopping_rule_ends_a_training(engine):
    from clearprop.engines import open_session
    from clearprop.equations import get_rule
    from clearprop.model import initial, mlp
    from clearprop.training import Plan, Rows, Stopped, Training

    network = mlp(2, 1)
    X = np.random.default_rng(1).standard_normal((40, 2))
    session = open_session(network, initial(network, 1), get_rule("sgd"), seed=1, engine=engine)
    plan, rule = Plan(n_epochs=500, batch_size=40, learning_rate=0.3), added("a stopping rule")["Flat"](1e-3)
    progress = Training(session, network, Rows(X, X @ [[1.0], [2.0]]), plan, stopping=[rule]).run()
    assert progress.stopped is Stopped.CONVERGED
    norms = [record.gradient_norm for record in progress.records]
    assert norms[-1] < 1e-3 <= min(norms[:-1])


def test_a_figure_stands_in_the_report(monkeypatch):
    from clearprop import TableRegressor
    from clearprop.examination import examine, part_again
    from clearprop.report import report_page
    from clearprop.report.figures import sections as of_the_report
    from clearprop.tables import read_table

    model = TableRegressor(hidden=(4,), n_epochs=4).fit("diabetes")
    examination = examine(model, part_again(model, read_table("diabetes")))
    assert "The gap" not in report_page(examination)
    monkeypatch.setattr(of_the_report, "FIGURES", dict(of_the_report.FIGURES))
    added("a figure of the report")
    page = report_page(examination)
    assert "The gap" in page
    assert "Gap between validation loss and loss" in page
