"""clearprop train --find-lr: a suggestion one can train with, a curve on the terminal, a figure."""

import pytest


def test_it_suggests_a_rate_that_trains_well(clearprop, houses):
    shown = clearprop("train", houses, "--target", "price", "--hidden", "16", "--find-lr", "--json")
    assert shown.code == 0
    assert len(shown.facts["losses"]) == len(shown.facts["learning_rates"]) == len(shown.facts["smoothed"])
    rate = shown.facts["suggested"]
    assert 1e-4 < rate < 1
    assert f"--learning-rate {rate:g}" in shown.err

    arguments = "--target", "price", "--hidden", "16", "--epochs", "80", "--quiet", "--json"
    trained = clearprop("train", houses, *arguments, "--learning-rate", str(rate))
    assert trained.facts["test"]["scores"]["r2"] > 0.9


def test_the_curve_stands_on_the_terminal_and_in_a_figure(clearprop, tmp_path):
    shown = clearprop("train", "iris", "--hidden", "8", "--find-lr", "--plot", "test.svg")
    assert shown.code == 0
    assert shown.out.count("*") >= 30
    assert "^" in shown.out
    assert "suggested learning rate: " in shown.out
    assert "<svg" in (tmp_path / "test.svg").read_text()
    assert not list(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--plot", "test.txt"), "a figure is one of .png"), (("--optimizer", "lbfgs"), "no learning rate to find")],
)
def test_what_makes_no_sense_is_refused_in_words(clearprop, arguments, words):
    refused = clearprop("train", "iris", "--find-lr", *arguments)
    assert refused.code == 2
    assert words in refused.err


def test_the_next_command_has_the_optimizer_the_rate_is_for(clearprop):
    shown = clearprop("train", "iris", "--find-lr", "--optimizer", "schedule_free_adamw")
    assert "clearprop train iris --optimizer schedule_free_adamw --learning-rate" in shown.err


def test_the_next_command_has_the_effort_the_rate_is_for(clearprop):
    assert "clearprop train iris --effort standard --learning-rate" in clearprop("train", "iris", "--find-lr").err
