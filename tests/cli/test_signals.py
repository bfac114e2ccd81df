"""A signal at any moment of any command ends it with 128 + its number, without a traceback, and nothing is lost."""

from __future__ import annotations

import json
import signal
import sys
import time
import urllib.request

import pytest
import signalled

from clearprop import load
from clearprop.cli import _signals, _training
from clearprop.cli._signals import Signals, name_of
from clearprop.cli.app import app
from clearprop.errors import Interrupted
from clearprop.training import TrainingStarted


def test_a_few_signals_at_drawn_moments_end_commands_in_order(tmp_path):
    ended = signalled.send_signals(tmp_path, 10, seed=0)
    assert sum(ended.values()) > 0


def test_every_command_is_sent_signals():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert known - {"doctor"} == {words[0] for words in signalled.COMMANDS.values()}


@pytest.mark.soak
def test_five_hundred_signals_at_drawn_moments_end_commands_in_order(tmp_path):
    ended = signalled.send_signals(tmp_path, 500, seed=0)
    print(ended)
    assert sum(ended.values()) > 250


@pytest.mark.parametrize("number", signalled.SIGNALS)
def test_a_signal_ends_the_studio_while_it_serves(tmp_path, number):
    with signalled.begin(signalled.COMMANDS["studio"], tmp_path) as process:
        told = process.stderr.readline()
        assert told.startswith("Open http://127.0.0.1:")
        wait_until(told.split()[1])
        process.send_signal(number)
        assert process.stderr.read() == f"Ctrl-C ends it.\nclearprop: {name_of(number)}.\n"
    assert process.returncode == 128 + number


def wait_until(address):
    """Wait until a server answers."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{address} does not answer")


@pytest.mark.parametrize("number", signalled.SIGNALS)
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.15])
def test_a_signal_while_the_libraries_load_leaves_nothing(tmp_path, number, delay):
    end = signalled.run(signalled.COMMANDS["train"], tmp_path, number, delay)
    assert end.before_the_program or end.code == 128 + number
    assert list(tmp_path.iterdir()) == []
    if not end.before_the_program:
        assert "Traceback" not in end.err


@pytest.fixture
def signals(monkeypatch):
    """The handler of a process of its own, which has begun."""
    one = Signals()
    one.begin()
    monkeypatch.setattr(_training, "SIGNALS", one)
    before, hook = {number: signal.getsignal(number) for number in signalled.SIGNALS}, sys.unraisablehook
    one.install()
    yield one
    one.end()
    sys.unraisablehook = hook
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", signalled.SIGNALS)
def test_a_signal_between_the_last_step_and_the_saving_loses_no_weights(
    clearprop, signals, tmp_path, monkeypatch, number
):
    refuse = _training.refuse_divergence

    def signalled_before(*arguments):
        signal.raise_signal(number)  # training is over, and nothing is on disk
        refuse(*arguments)

    monkeypatch.setattr(_training, "refuse_divergence", signalled_before)
    result = clearprop("train", "iris", "--epochs", "2", "--quiet", "--json")
    assert result.code == 128 + number
    assert load(tmp_path / "iris.safetensors").facts_.epochs == 2
    assert json.loads(result.out)["error"]["exit_code"] == 128 + number
    assert "test" not in json.loads(result.out)


@pytest.mark.parametrize("number", signalled.SIGNALS)
def test_a_signal_just_before_the_first_step_stops_after_it_and_saves(
    clearprop, signals, tmp_path, monkeypatch, number
):
    obey = _training._obey_signals

    def early(event):
        obey(event)
        if isinstance(event, TrainingStarted):
            signal.raise_signal(number)

    monkeypatch.setattr(_training, "_obey_signals", early)
    for optimizer in ("adam", "lbfgs"):
        signals.came = None
        out = f"{optimizer}.safetensors"
        options = ("--epochs", "5000", "--patience", "5000", "--optimizer", optimizer, "--quiet", "--out", out)
        result = clearprop("train", "iris", *options)
        assert result.code == 128 + number, result.err
        assert load(tmp_path / out).facts_.signal == number


@pytest.mark.parametrize("number", signalled.SIGNALS)
def test_a_signal_before_training_ends_the_command_with_its_number(clearprop, signals, tmp_path, monkeypatch, number):
    monkeypatch.setattr(_training, "prepare", lambda *_, **__: signal.raise_signal(number))
    result = clearprop("train", "iris")
    assert result.code == 128 + number
    assert "Traceback" not in result.err
    assert not (tmp_path / "iris.safetensors").exists()


def test_what_a_library_makes_of_a_signal_is_still_told_as_the_signal(clearprop, signals, monkeypatch):
    """duckdb, for one, raises a RuntimeError of its own."""

    def read(*_, **__):
        try:
            signal.raise_signal(signal.SIGTERM)
        except Interrupted:
            raise RuntimeError("the query was cancelled") from None

    monkeypatch.setattr(_training, "open_table", read)
    result = clearprop("train", "iris")
    assert (result.code, "internal error" in result.err) == (143, False)


def test_a_signal_that_a_library_swallows_comes_again(clearprop, signals, monkeypatch):
    monkeypatch.setattr(_signals, "LATER", 0.05)
    monkeypatch.setattr(_signals.os, "kill", lambda _, number: signal.raise_signal(number))  # to this thread

    def read(*_, **__):
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            time.sleep(60)

    monkeypatch.setattr(_training, "open_table", read)
    result = clearprop("train", "iris")
    assert (result.code, "Traceback" in result.err) == (143, False)


def test_what_is_ignored_stays_ignored():
    """Under nohup SIGHUP is."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    others, hook = {number: signal.getsignal(number) for number in signalled.SIGNALS}, sys.unraisablehook
    try:
        Signals().install()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        sys.unraisablehook = hook
        for number, handler in others.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGHUP, before)


def test_a_signal_met_in_a_finalizer_is_not_lost(clearprop, signals, monkeypatch):
    """Nothing can be raised from there; Python would print a traceback and go on."""

    class Finalized:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    def read(*_, **__):
        made = Finalized()
        del made
        time.sleep(60)

    monkeypatch.setattr(_training, "open_table", read)
    result = clearprop("train", "iris")
    assert (result.code, "Traceback" in result.err, "ignored" in result.err) == (143, False, False)
