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
from pathlib import Path

import numpy as np
import pytest

from clearprop import load
from clearprop.cli._scores import PARTS
from clearprop.engines import native_missing
from clearprop.engines._native_core import core
from clearprop.equations import RULES
from clearprop.training.solvers import SOLVERS

PATHS = {"PYTHONPATH": os.pathsep.join(sys.path)}
QUICK = ("--epochs", "5", "--hidden", "8", "--quiet")


def test_train_predict_evaluate_inspect_check_a_table(clearprop, houses):
    """The whole way, from a raw file to scores and a proof."""
    trained = clearprop(
        "train", houses, "--target", "price", "--hidden", "16", "--epochs", "80", "--out", "m.safetensors"
    )
    assert trained.code == 0
    assert "test" in trained.out
    assert "epoch 1/80" in trained.err
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
    monkeypatch.setattr("clearprop.estimators.table.job.SCORED_CELLS", 1000)
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


def test_a_missing_target_is_asked_for_as_the_command_line_spells_it(clearprop, houses):
    result = clearprop("train", houses)
    assert result.code == 2
    assert "--target COLUMN" in result.err
    assert '"rooms", "age", "town", "price"' in result.err


def test_rows_without_the_target_are_not_sent_to_be_evaluated(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", "--out", "m.safetensors", *QUICK)
    new = tmp_path / "new.csv"
    new.write_text("rooms,age,town\n3,20,north\n")

    assert "Next: clearprop inspect m.safetensors" in clearprop("predict", "m.safetensors", new).err
    assert "Next: clearprop evaluate m.safetensors" in clearprop("predict", "m.safetensors", houses).err


def test_scores_of_the_rows_that_were_trained_on_are_called_too_good(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", "--out", "m.safetensors", *QUICK)
    other = tmp_path / "other.csv"
    other.write_text(houses.read_text())

    assert "too good" in clearprop("evaluate", "m.safetensors", houses).err
    assert "too good" not in clearprop("evaluate", "m.safetensors", other).err


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


def test_doctor_names_engines_and_libraries(clearprop):
    facts = clearprop("doctor", "--json").facts

    assert facts["engines"]["numpy"] == "ready"
    assert facts["libraries"]["duckdb"] != "MISSING"


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "inspect", "check", "doctor"])
def test_every_command_explains_itself(clearprop, command):
    result = clearprop(command, "--help")

    assert result.code == 0
    assert "Usage: clearprop" in result.out


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
    """The training of `make demo`: 97 %, on average, for how hard the test rows are is a matter of the seed."""
    trained = [clearprop("train", "digits", "--seed", str(seed), "--json") for seed in range(4)]
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


def test_a_batch_solver_is_verified_but_not_cut(clearprop):
    result = clearprop("verify", "wine", "--optimizer", "lbfgs", "--epochs", "3", "--threads", "1,2,4")
    assert result.code == 0
    cut = clearprop("verify", "wine", "--optimizer", "lbfgs", "--resume-at", "2")
    assert cut.code == 2
    assert "cut between two steps" in cut.err


BAD_INPUT = {
    "a missing file": (["train", "nofile.csv", "--target", "y"], 3, "no file nofile.csv"),
    "a missing target": (["train", "houses.csv", "--target", "prize"], 3, 'did you mean "price"'),
    "no target": (["train", "houses.csv"], 2, "target"),
    "an unknown activation": (["train", "iris", "--activation", "rellu"], 2, "did you mean 'relu'"),
    "an unknown optimizer": (["train", "iris", "--optimizer", "adamm"], 2, "did you mean 'adam'"),
    "a loss for numbers": (["train", "iris", "--loss", "poisson"], 2, "is for numbers"),
    "class weights for numbers": (
        ["train", "diabetes", "--class-weight", "balanced"],
        2,
        "class_weight has no meaning",
    ),
    "an unknown solver": (["train", "iris", "--optimizer", "lbgfs"], 2, "did you mean 'lbfgs'"),
    "a rate for a solver": (["train", "iris", "--optimizer", "lbfgs", "--learning-rate", "1"], 2, "takes no steps"),
    "an unknown engine": (["train", "iris", "--engine", "numpi"], 2, "did you mean 'numpy'"),
    "an unknown option": (["train", "iris", "--epoch", "3"], 2, "--epochs"),
    "sizes that are none": (["train", "iris", "--hidden", "big"], 2, "256,128"),
    "no configuration": (["train", "--config", "no.toml"], 4, "does not exist"),
    "an unknown key": (["train", "--config", "typo.toml"], 4, "did you mean 'epochs'"),
    "a value that does not fit": (["train", "--config", "value.toml"], 4, "dropout"),
    "no data": (["train"], 2, "data is missing"),
    "an option out of range": (["train", "iris", "--dropout", "1.5"], 2, "--dropout 1.5"),
    "a choice that is none": (["train", "iris", "--task", "words"], 2, "--task 'words'"),
    "no folder for the model": (["train", "iris", "--out", "no/m.safetensors"], 2, "no folder no"),
    "a folder for predictions": (["predict", "no.safetensors", "iris", "--out", "."], 2, "is a folder"),
    "a model without its ending": (["train", "iris", "--out", "m.bin"], 2, "something.safetensors"),
    "a model over its data": (["train", "word.csv", "--target", "y", "--out", "word.csv"], 2, "something.safetensors"),
    "predictions over their data": (["predict", "no.safetensors", "one.csv", "--out", "./one.csv"], 2, "would be lost"),
    "a network for a model": (["check", "no.safetensors", "iris", "--hidden", "3"], 2, "--hidden has no meaning"),
    "a model that is no file": (["predict", "no.safetensors", "iris"], 4, "no.safetensors"),
    "a truncated model": (["predict", "truncated.safetensors", "iris"], 4, "cut off"),
    "an altered model": (["predict", "altered.safetensors", "iris"], 4, "altered or damaged"),
    "a foreign model": (["inspect", "foreign.safetensors"], 4, "foreign.safetensors"),
    "a word among numbers": (["train", "word.csv", "--target", "y"], 3, 'word.csv:12, column "x"'),
    "a ragged line": (["train", "ragged.csv", "--target", "y"], 3, "ragged.csv:5"),
    "an empty file": (["train", "empty.csv", "--target", "y"], 3, "empty"),
    "one class": (["train", "one.csv", "--target", "y"], 3, "one class only"),
    "nothing but missing cells": (["train", "missing.csv", "--target", "y"], 3, "no value in any training row"),
    "infinity": (["train", "infinite.csv", "--target", "y"], 3, 'column "x"'),
}


@pytest.fixture
def bad_files(tmp_path, houses):
    """Write everything the bad commands read."""
    ys = ["ab"[i % 2] for i in range(60)]
    xs = [f"{i / 7:.3f}" for i in range(60)]

    def write(name: str, x: list[str], y: list[str] = ys) -> None:
        (tmp_path / name).write_text("x,y\n" + "".join(f"{a},{b}\n" for a, b in zip(x, y, strict=True)))

    write("word.csv", [*xs[:10], "4O", *xs[11:]])
    write("one.csv", xs, ["a"] * 60)
    write("missing.csv", [""] * 60)
    write("infinite.csv", [*xs[:10], "inf", *xs[11:]])
    write("ragged.csv", [*xs[:3], "1,2", *xs[4:]])
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "typo.toml").write_text('data = "iris"\nepoch = 3\n')
    (tmp_path / "value.toml").write_text('data = "iris"\ndropout = 1.5\n')
    sound = (Path(__file__).parents[1] / "golden" / "1.0-classes.safetensors").read_bytes()
    (tmp_path / "truncated.safetensors").write_bytes(sound[:-8])
    (tmp_path / "altered.safetensors").write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    (tmp_path / "foreign.safetensors").write_bytes(b"PK\x03\x04 a zip file, really")


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gives_one_clear_line_and_the_right_code(clearprop, bad_files, name):
    arguments, code, words = BAD_INPUT[name]

    result = clearprop(*arguments)

    assert result.code == code, result.err
    assert words in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


def test_an_error_is_one_object_with_json(clearprop):
    result = clearprop("train", "nofile.csv", "--target", "y", "--json")

    assert result.facts["error"]["exit_code"] == 3
    assert "nofile.csv" in result.facts["error"]["message"]


def test_debug_shows_where(clearprop):
    result = clearprop("train", "iris", "--activation", "rellu", "--debug")

    assert "Traceback" in result.err
    assert result.code == 2


def test_a_failed_run_leaves_the_old_model_alone(clearprop, tmp_path):
    clearprop("train", "iris", *QUICK, "--out", "m.safetensors")
    before = (tmp_path / "m.safetensors").read_bytes()

    clearprop("train", "iris", "--activation", "rellu", "--out", "m.safetensors")

    assert (tmp_path / "m.safetensors").read_bytes() == before


def test_wrong_columns_at_predict_time_are_named(clearprop, houses, tmp_path):
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")
    (tmp_path / "other.csv").write_text(houses.read_text().replace("rooms", "room_count"))

    result = clearprop("predict", "m.safetensors", "other.csv")

    assert result.code == 3
    assert "rooms" in result.err


def test_columns_are_matched_by_name(clearprop, houses, tmp_path):
    """Another order of the columns, and no target, give the same predictions."""
    clearprop("train", houses, "--target", "price", *QUICK, "--out", "m.safetensors")
    rows = list(csv.DictReader(houses.read_text().splitlines()))
    with (tmp_path / "other.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["town", "age", "rooms"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    assert clearprop("predict", "m.safetensors", "other.csv").out == clearprop("predict", "m.safetensors", houses).out


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

    monkeypatch.setattr("clearprop.tables.read._read_file", read)
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
    assert load("m.safetensors").facts_["interrupted"]


def test_verify_proves_resume_and_threads(clearprop):
    result = clearprop("verify", "iris", "--resume-at", "3,7", "--threads", "1,2", "--epochs", "3", "--json")

    assert result.code == 0
    assert result.facts["passed"]
    assert [run["run"] for run in result.facts["runs"]] == [
        "straight", "cut after step 3, resumed", "cut after step 7, resumed", "1 thread", "2 threads",
    ]  # fmt: skip


def test_verify_takes_the_arguments_of_train(clearprop):
    """All that change the training, and none of those about files and progress."""
    import inspect

    from clearprop.cli import train, verify

    of_train, of_verify = (set(inspect.signature(module.command).parameters) for module in (train, verify))
    assert of_train - of_verify == {
        "data", "out", "report", "checkpoint_dir", "checkpoint_epochs", "checkpoint_seconds", "stream", "config",
        "print_config", "find_lr", "plot", "quiet",
    }  # fmt: skip


def test_verify_trains_as_train_does(clearprop):
    """On the same rows: those held out are left out here too."""
    options = ("--l2", "0.1", "--test", "0.5", "--epochs", "3", "--batch-size", "16")
    n_rows = clearprop("train", "iris", *options, "--json").facts["training_rows"]
    steps = {run["steps"] for run in clearprop("verify", "iris", *options, "--json").facts["runs"]}
    assert steps == {3 * -(-n_rows // 16)}


def test_the_doctor_says_that_the_native_engine_is_missing_and_how_to_get_it():
    script = (
        "import sys; sys.modules['clearprop.engines._native'] = None; sys.argv[1:] = ['doctor']; "
        "from clearprop.cli import main; main()"
    )
    command, environment = [sys.executable, "-c", script], os.environ | PATHS | {"PYTHONIOENCODING": "utf-8"}
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert said.returncode == 0, said.stderr
    words = " ".join(said.stdout.split())
    assert "native MISSING" in words
    assert "no C++20 compiler was found" in words
    assert "repeat pip install" in words


def test_verify_works_as_it_stands(clearprop):
    assert clearprop("verify", "iris", "--resume-at", "7").code == 0


def test_verify_says_when_there_is_nothing_to_cut(clearprop):
    result = clearprop("verify", "iris", "--resume-at", "100000", "--epochs", "1")

    assert result.code == 2
    assert "steps only" in result.err


def test_verify_notices_runs_that_differ(clearprop, monkeypatch):
    """A resumed run that lost the optimizer's memory is found out."""
    from dataclasses import replace

    from clearprop.cli import _verification

    original = _verification.read_resumption

    def forgetful(folder):
        found = original(folder)
        slots = {name: np.zeros_like(slot) for name, slot in found.state.slots.items()}
        return replace(found, state=replace(found.state, slots=slots))

    monkeypatch.setattr(_verification, "read_resumption", forgetful)
    result = clearprop("verify", "iris", "--resume-at", "7", "--json")

    assert result.code == 1
    assert not result.facts["passed"]


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
