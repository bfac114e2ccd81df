"""Each command does what its help says: results on stdout, the rest on stderr, the plan's exit codes."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
import tomllib

import numpy as np
import pytest

from clearprop import load
from clearprop.cli._scores import PARTS
from clearprop.engines.native.core import core, native_missing
from clearprop.equations import RULES
from clearprop.solvers import SOLVERS

PATHS = {"PYTHONPATH": os.pathsep.join(sys.path)}
QUICK = ("--epochs", "5", "--hidden", "8", "--quiet")


def test_train_predict_evaluate_inspect_check_a_table(clearprop, houses):
    """The whole way, from a raw file to scores and a proof."""
    trained = clearprop(
        "train", houses, "--target", "price", "--hidden", "16", "--epochs", "80", "--out", "m.safetensors"
    )
    assert trained.code == 0
    assert "test" in trained.out
    assert "epoch 80/80" in trained.err
    assert "Next: clearprop inspect m.safetensors" in trained.err

    predicted = clearprop("predict", "m.safetensors", houses)
    rows = list(csv.DictReader(io.StringIO(predicted.out)))
    prices = [float(row["price"]) for row in csv.DictReader(houses.read_text().splitlines())]
    assert len(rows) == 300
    assert np.corrcoef([float(row["prediction"]) for row in rows], prices)[0, 1] > 0.95

    evaluated = clearprop("evaluate", "m.safetensors", houses, "--json")
    assert evaluated.facts["scores"]["r2"] > 0.9

    inspected = clearprop("inspect", "m.safetensors")
    assert "squared_error" in inspected.out

    checked = clearprop("check", "m.safetensors", houses, "--json")
    assert checked.code == 0
    assert checked.facts["passed"]
    assert {part["part"] for part in checked.facts["parts"]} == {"W1", "b1", "W2", "b2"}


def test_the_next_command_can_be_pasted(clearprop, houses):
    """Paths with blanks are quoted, and no option is forgotten."""
    spaced = houses.rename(houses.parent / "my houses.csv").name

    checked = clearprop("check", spaced, "--target", "price", "--rows", "8")
    trained = clearprop("train", spaced, "--target", "price", *QUICK)

    assert "Next: clearprop train 'my houses.csv' --target price" in checked.err
    assert "Next: clearprop inspect 'my houses.safetensors'" in trained.err


def test_data_cannot_steer_the_terminal(clearprop, tmp_path):
    """Escape sequences in names and cells are spelled out, in results and in errors."""
    lines = [f"{i / 7:.2f},{'uv'[i % 2]}\x1b[2J" for i in range(60)]
    (tmp_path / "rude.csv").write_text("\x1b[31mred,answer\n" + "\n".join(lines) + "\n")

    shown = clearprop("inspect", "rude.csv")
    trained = clearprop("train", "rude.csv", "--target", "answer", *QUICK)
    judged = clearprop("evaluate", "rude.safetensors", "rude.csv")
    refused = clearprop("train", "rude.csv", "--target", "\x1b[2J", "--quiet")

    assert "\\x1b[31mred" in shown.out
    assert "u\\x1b[2J" in judged.out
    assert refused.code == 3
    assert "\x1b" not in shown.out + trained.out + trained.err + judged.out + refused.err


def test_a_metric_of_a_sample_is_called_so(clearprop, tmp_path, monkeypatch):
    rows = np.random.default_rng(0).normal(size=(3000, 2))
    (tmp_path / "many.csv").write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in rows))
    arguments = ("train", "many.csv", "--target", "y", "--epochs", "1", "--hidden", "2")

    of_all_rows = clearprop(*arguments)
    monkeypatch.setattr("clearprop.fitting.members.SCORED_CELLS", 1000)
    of_a_sample = clearprop(*arguments)

    assert "sample" not in of_all_rows.err
    assert "the training loss and r2 are those of a sample of 1,020 rows" in of_a_sample.err
    assert ", r2 " in of_a_sample.err


def test_all_parts_are_measured_alike(clearprop):
    """What the table shows is D and the metric of the model as it was saved: no penalty, no dropout, no average."""
    result = clearprop("train", "diabetes", *QUICK, "--l2", "10", "--dropout", "0.5", "--json")
    parts = result.facts["parts"]

    assert list(parts) == ["training", "validation", "test"]
    assert parts["validation"]["loss"] == result.facts["best"]["validation_loss"]
    assert parts["test"]["metric"] == pytest.approx(result.facts["test"]["scores"]["r2"])
    for part in parts.values():  # with the target standardised, the loss of a constant is about a half
        assert 2 * part["loss"] == pytest.approx(1 - part["metric"], rel=0.5)


def test_the_version_is_told(clearprop):
    assert clearprop("--version").out.startswith("clearprop ")


def test_bundled_sets_need_no_target(clearprop):
    result = clearprop("train", "iris", *QUICK, "--json")

    assert result.code == 0
    assert result.facts["estimator"] == "TableClassifier"
    assert result.facts["test"]["rows"] == 30


def test_the_printed_configuration_trains_the_same_model(clearprop, tmp_path):
    printed = clearprop("train", "iris", *QUICK, "--seed", "3", "--na", "?", "--print-config")
    assert tomllib.loads(printed.out)["hidden"] == [8]
    (tmp_path / "run.toml").write_text(printed.out)

    clearprop("train", "iris", *QUICK, "--seed", "3", "--na", "?", "--out", "a.safetensors")
    clearprop("train", "--config", "run.toml", "--quiet", "--out", "b.safetensors")

    a, b = load("a.safetensors"), load("b.safetensors")
    assert a.parameters_.vector.tobytes() == b.parameters_.vector.tobytes()


def test_an_option_on_the_line_wins_over_the_file(clearprop, tmp_path):
    (tmp_path / "run.toml").write_text('data = "iris"\nepochs = 50\n')

    printed = clearprop("train", "--config", "run.toml", "--epochs", "7", "--print-config")

    assert tomllib.loads(printed.out)["epochs"] == 7


def test_rows_without_the_target_are_not_sent_to_be_evaluated(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", "--out", "m.safetensors", *QUICK)
    new = tmp_path / "new.csv"
    new.write_text("rooms,age,town\n3,20,north\n")

    assert "Next: clearprop inspect m.safetensors" in clearprop("predict", "m.safetensors", new).err
    assert "Next: clearprop evaluate m.safetensors" in clearprop("predict", "m.safetensors", houses).err


def test_scores_of_the_rows_that_were_trained_on_are_called_too_good(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", "--out", "m.safetensors", *QUICK)
    other, changed = tmp_path / "other.csv", tmp_path / "changed.csv"
    other.write_text(houses.read_text())
    changed.write_text(houses.read_text().replace("south", "north"))

    assert "too good" in clearprop("evaluate", "m.safetensors", houses).err
    assert "too good" in clearprop("evaluate", "m.safetensors", other).err
    assert "too good" in clearprop("evaluate", "m.safetensors", changed).err  # a third of its rows is another
    changed.write_text("\n".join(",".join(["9", *line.split(",")[1:]]) for line in houses.read_text().splitlines()[1:]))
    changed.write_text("rooms,age,town,price\n" + changed.read_text() + "\n")
    assert "too good" not in clearprop("evaluate", "m.safetensors", changed).err


def test_predictions_go_to_a_file_when_asked(clearprop, tmp_path):
    clearprop("train", "breast_cancer", *QUICK, "--out", "m.safetensors")

    result = clearprop("predict", "m.safetensors", "breast_cancer", "--out", "p.csv")

    rows = list(csv.DictReader((tmp_path / "p.csv").read_text().splitlines()))
    assert result.out == ""
    assert len(rows) == 569
    assert set(rows[0]) == {"prediction", "probability of benign", "probability of malignant"}
    assert sum(float(rows[0][name]) for name in list(rows[0])[1:]) == pytest.approx(1)


def test_inspect_shows_columns_and_the_guessed_task(clearprop, houses):
    facts = clearprop("inspect", houses, "--target", "price", "--json").facts

    assert facts["rows"] == 300
    assert facts["task"] == "numbers"
    kinds = {column["name"]: column["kind"] for column in facts["columns"]}
    assert kinds == {"rooms": "number", "age": "number", "town": "category", "price": "number"}


def test_check_covers_the_network_train_would_begin_with(clearprop, houses):
    result = clearprop("check", houses, "--target", "price", "--hidden", "6,5", "--activation", "tanh", "--l1", "0.01")

    assert result.code == 0
    assert "W3" in result.out
    assert "Every gradient is the derivative of J." in result.err


@pytest.mark.parametrize("command", ["about", "doctor"])
def test_about_names_engines_and_libraries_and_goes_by_its_old_name_too(clearprop, command):
    facts = clearprop(command, "--json").facts

    assert facts["engines"]["numpy"] == "ready"
    assert facts["libraries"]["duckdb"] != "MISSING"


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "inspect", "check", "about"])
def test_every_command_explains_itself(clearprop, command):
    result = clearprop(command, "--help")

    assert result.code == 0
    assert "Usage: clearprop" in result.out


def test_the_old_name_of_about_is_not_shown(clearprop):
    assert not re.search(r"\bdoctor\b", clearprop("--help").out)


def test_the_help_of_train_names_every_optimizer(clearprop):
    words = set(re.findall(r"\w+", clearprop("train", "--help").out))

    assert {*RULES, *SOLVERS} <= words


def test_a_batch_solver_is_cut_short_and_goes_on(clearprop):
    cut = clearprop("train", "wine", "--optimizer", "lbfgs", "--epochs", "3", "--checkpoint-dir", "c", "--json")
    assert cut.facts["solver_report"]["stopped"] == "iterations"
    gone_on = clearprop("resume", "c", "--json")

    assert gone_on.facts["epochs"] == 3
    assert gone_on.facts["test"] == cut.facts["test"]


def test_digits_are_told_apart_as_they_stand(clearprop):
    """97 %, on average, for how hard the test rows are is a matter of the seed."""
    trained = [clearprop("train", "digits", "--effort", "quick", "--seed", str(seed), "--json") for seed in range(4)]
    assert np.mean([result.facts["test"]["scores"]["accuracy"] for result in trained]) >= 0.97


def test_a_batch_solver_reports_its_end(clearprop):
    """Without a learning rate or a batch size, of which it has none."""
    trained = clearprop("train", "diabetes", "--optimizer", "lm", "--hidden", "4", "--epochs", "5")
    shown = clearprop("inspect", "diabetes.safetensors").out
    report = "lm stopped after 5 iterations"
    assert report in trained.err
    assert report in shown
    assert "gradient norm" in shown
    assert "condition number" in shown
    assert "batch size" not in shown
    assert "learning rate" not in shown


def test_trainbr_finds_its_own_penalty_unless_one_is_given(clearprop):
    command = ("train", "diabetes", "--optimizer", "trainbr", "--hidden", "2", "--epochs", "3")
    assert "The data determine" in clearprop(*command).err
    assert "finds the penalty itself" in clearprop(*command, "--l2", "0.1").err


def test_divergence_saves_the_best_and_exits_with_5(clearprop, houses, tmp_path):
    options = ("--optimizer", "sgd", "--learning-rate", "0.3", "--schedule", "exponential", "--quiet")
    config = tmp_path / "run.toml"
    config.write_text(f'data = "{houses}"\ntarget = "price"\nhidden = [8]\n')

    result = clearprop("train", "--config", config, *options, "--learning-rate", "1e12", "--out", "m.safetensors")

    assert result.code == 5
    assert "diverged" in result.err


@pytest.mark.parametrize("what", [KeyboardInterrupt(), RuntimeError("Query interrupted")], ids=["python", "duckdb"])
def test_ctrl_c_before_the_training_is_no_error_to_report(clearprop, monkeypatch, what):
    def read(*_, **__):
        raise what

    monkeypatch.setattr("clearprop.tables.sources.read._read_file", read)
    result = clearprop("inspect", "any.csv")
    assert (result.code, result.err) == (130, "clearprop: interrupted.\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), ["With --checkpoint-dir it could be resumed.", "Next: clearprop inspect m.safetensors"]),
        (("--checkpoint-dir", "kept"), ["Next: clearprop resume kept"]),
    ],
    ids=["no checkpoints", "checkpoints"],
)
def test_ctrl_c_keeps_the_best_model_and_exits_with_130(clearprop, monkeypatch, options, told):
    from clearprop.training import loop

    taken = []

    def interrupt_after_three_epochs(self, start, stop, original=loop.Training._take_steps):
        taken.append(self.progress.epoch)
        if self.progress.epoch == 3:
            signal.raise_signal(signal.SIGINT)
        return original(self, start, stop)

    monkeypatch.setattr(loop.Training, "_take_steps", interrupt_after_three_epochs)
    result = clearprop("train", "iris", *QUICK, "--epochs", "500", "--out", "m.safetensors", *options)

    assert result.code == 130
    assert set(told) <= set(result.err.splitlines())
    assert "best" in result.err
    assert max(taken) == 3
    assert load("m.safetensors").facts_.interrupted


def test_about_says_that_the_native_engine_is_missing_and_how_to_get_it():
    script = (
        "import sys; sys.modules['clearprop.engines.native._native'] = None; sys.argv[1:] = ['about']; "
        "from clearprop.cli import main; main()"
    )
    command, environment = [sys.executable, "-c", script], os.environ | PATHS | {"PYTHONIOENCODING": "utf-8"}
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert said.returncode == 0, said.stderr
    words = " ".join(said.stdout.split())
    assert "native MISSING" in words
    assert "no C++20 compiler was found" in words
    assert "repeat pip install" in words


@pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")
def test_bf16_is_trained_kept_shown_checked_and_proven(clearprop):
    trained = clearprop("train", "iris", "--precision", "bf16", *QUICK, "--json")
    assert trained.facts["certificate"]["rounding"] == 2.0**-8
    assert clearprop("predict", "iris.safetensors", "iris").code == 0

    assert clearprop("inspect", "iris.safetensors", "--json").facts["precision"] == "bf16"
    assert "bf16, stored in float32" in clearprop("inspect", "iris.safetensors").out
    assert "Engine native, bf16. Gradient certified" in clearprop("check", "iris.safetensors", "iris").out

    proven = clearprop(
        "verify", "iris", "--precision", "bf16", "--resume-at", "7", "--threads", "1,2,4", "--epochs", "3", "--json"
    )
    assert proven.code == 0
    assert len(proven.facts["runs"]) == 5


def test_a_slower_engine_is_not_taken_without_a_word(clearprop, monkeypatch):
    if not native_missing():
        monkeypatch.setattr(core, "LOSSES", {})
    trained = clearprop("train", "iris", *QUICK)
    assert "note: the engine 'numpy' trained it: " in trained.err


def test_the_command_line_is_the_module_too():
    """In an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "clearprop", "--version"], capture_output=True, text=True, env=os.environ | PATHS
    )
    assert done.returncode == 0
    assert done.stdout.startswith("clearprop ")
    wrong = subprocess.run([sys.executable, "-m", "clearprop", "trian"], capture_output=True, env=os.environ | PATHS)
    assert wrong.returncode == 2


def test_inspect_shows_the_scores_in_the_order_of_train(clearprop):
    def parts(text):
        return [line.split()[0] for line in text.splitlines() if line.split()[:1] and line.split()[0] in PARTS]

    trained = clearprop("train", "iris", *QUICK)
    inspected = clearprop("inspect", "iris.safetensors")
    assert parts(trained.out) == parts(inspected.out) == list(PARTS)


def test_inspect_leaves_out_what_there_is_nothing_to_say_of(clearprop):
    clearprop("train", "iris", *QUICK)
    assert "begun at" not in clearprop("inspect", "iris.safetensors").out
