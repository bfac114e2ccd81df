"""Every setting of a training is an option, and reaches the training."""

from __future__ import annotations

import tomllib

import pytest

from clearprop import load
from clearprop.cli._options import flags, spelled
from clearprop.cli.config import TrainConfig

QUICK = ("--epochs", "2", "--hidden", "8,4", "--quiet", "--out", "m.safetensors")
GIVEN = {
    "activation": "tanh,relu",
    "dropout": "0.1,0.2,0.3",
    "embedding": "4",
    "initializer": "he_normal",
    "max_norm": "2",
    "frozen": "1",
    "label_smoothing": "0.1",
    "l1": "0.001",
    "class_weight": "balanced",
    "optimizer": "adamw:weight_decay=0.1",
    "schedule": "cosine:final=0.1",
    "clip_value": "0.5",
    "averaging": "0.5",
    "max_seconds": "100",
    "min_delta": "0.01",
    "monitor": "validation_metric",
    "on_divergence": "raise",
    "precision": "float64",
    "threads": "1",
}


def test_every_option_reaches_the_estimator(clearprop):
    words = [word for option, value in GIVEN.items() for word in (f"--{option.replace('_', '-')}", value)]
    result = clearprop("train", "iris", *QUICK, *words, "--no-shuffle", "--no-certify")

    assert result.code == 0, result.err
    recipe = load("m.safetensors").recipe()
    assert recipe.activation == ("tanh", "relu")
    assert recipe.dropout == (0.1, 0.2, 0.3)
    assert (recipe.embedding, recipe.initializer, recipe.max_norm, recipe.frozen) == (4, "he_normal", 2.0, (1,))
    assert (recipe.label_smoothing, recipe.l1, recipe.class_weight) == (0.1, 0.001, "balanced")
    assert (recipe.rule().weight_decay, recipe.learning_rates().final) == (0.1, 0.1)
    assert (recipe.clip_value, recipe.averaging, recipe.shuffle) == (0.5, 0.5, False)
    assert (recipe.max_seconds, recipe.min_delta, recipe.monitor) == (100.0, 0.01, "validation_metric")
    assert (recipe.on_divergence, recipe.precision, recipe.n_threads) == ("raise", "float64", 1)
    assert recipe.certify is False


def test_a_printed_configuration_is_read_again(clearprop, tmp_path):
    words = [word for option, value in GIVEN.items() for word in (f"--{option.replace('_', '-')}", value)]
    printed = clearprop("train", "iris", *words, "--print-config").out
    (tmp_path / "run.toml").write_text(printed)

    assert clearprop("train", "--config", "run.toml", "--print-config").out == printed
    assert tomllib.loads(printed)["dropout"] == [0.1, 0.2, 0.3]


def test_the_shortest_command_of_a_configuration_gives_the_configuration(clearprop):
    words = [word for option, value in GIVEN.items() for word in (f"--{option.replace('_', '-')}", value)]
    wanted = clearprop("train", "iris", *words, "--no-shuffle", "--na", "?", "--na", "-", "--print-config").out
    settings = TrainConfig.of(tomllib.loads(wanted))
    known = settings.known()
    shortest = [part for word, value in settings.changed().items() if word != "data"
                for part in spelled(word, known[word], value)]  # fmt: skip

    assert clearprop("train", "iris", *shortest, "--print-config").out == wanted


_FILES = {word for word, one in TrainConfig.known().items() if one.group == "Files"}
_NOT_SHOWN = {"train": {"data"}, "verify": {"data", "stream", "max_seconds", *_FILES}}


@pytest.mark.parametrize("command", _NOT_SHOWN)
def test_the_help_shows_every_setting_of_a_training(clearprop, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = clearprop(command, "--help").out
    for word, one in TrainConfig.known().items():
        assert (flags(word, one).split("/")[0] + " " in shown) == (word not in _NOT_SHOWN[command]), word


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dropout", "0.1,x"], "--dropout '0.1,x': must be a number in [0, 1), or one per layer"),
        (["--monitor", "loos"], '--monitor \'loos\': must be "loss", "validation_loss" or "validation_metric"'),
        (
            ["--initializer", "he_norml"],
            "--initializer 'he_norml': unknown initializer 'he_norml'; did you mean 'he_normal'?",
        ),
        (["--embedding", "big"], '--embedding \'big\': must be a whole number of 1 or more, or "one-hot" or "auto"'),
        (["--optimizer", "adamw:decay"], "options follow a name as in huber:threshold=2, got 'adamw:decay'"),
        (["--schedule", "step:evry=2"], "the schedule 'step' has no option 'evry'; it takes every, decay"),
        (["--frozen", "one"], "--frozen: expected whole numbers of 1 or more"),
        (["--evaluations", "5"], "n_evaluations must be left out beside the update rule 'adam'"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_an_option_without_meaning_is_refused(clearprop, options, words):
    result = clearprop("train", "iris", "--epochs", "1", *options)

    assert result.code == 2
    assert words in result.err.replace("\n", " ")


def test_a_file_with_a_value_that_does_not_fit_is_named(clearprop, tmp_path):
    (tmp_path / "run.toml").write_text('data = "iris"\nmax_norm = -1\n')
    result = clearprop("train", "--config", "run.toml")

    assert result.code == 4
    assert "run.toml: max_norm = -1: must be a number above 0, or None" in result.err


@pytest.mark.parametrize("loss", ["poisson", "gamma", "squared_error", "huber:threshold=0.5"])
def test_check_begins_where_train_begins(clearprop, loss):
    assert clearprop("check", "diabetes", "--hidden", "4", "--loss", loss).code == 0
