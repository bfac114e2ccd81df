"""The commands that look inside: explain, derive, and what train, inspect and check say of the gradient."""

from __future__ import annotations

import pytest

import clearprop as package
from clearprop.explain import NOTATIONS, derive
from clearprop.explain.worked_numbers import Most, worked_numbers
from clearprop.report import worked_page

QUICK = ("--epochs", "3", "--hidden", "8", "--quiet")


@pytest.fixture
def iris(clearprop):
    """Train a small model."""
    clearprop("train", "iris", *QUICK, "--out", "iris.safetensors")
    return "iris.safetensors"


def test_explain_writes_a_page_with_the_names_of_columns_classes_and_the_row(clearprop, iris, tmp_path):
    result = clearprop("explain", iris, "iris", "--row", "17", "--out", "page.html")
    assert result.code == 0
    assert "Wrote page.html" in result.err
    page = (tmp_path / "page.html").read_text("utf-8")
    for name in ("row 17", *package.load(iris).schema_.feature_names, "setosa", "virginica"):
        assert name in page


def test_explain_in_json_names_the_page(clearprop, iris, tmp_path):
    facts = clearprop("explain", iris, "iris", "--row", "3", "--json").facts
    assert facts["page"] == "row-3.html"
    assert facts["bytes"] == (tmp_path / "row-3.html").stat().st_size < 2_000_000


def test_explain_refuses_a_row_that_is_not_there(clearprop, iris):
    result = clearprop("explain", iris, "iris", "--row", "150")
    assert result.code == 3
    assert "0 to 149" in result.err


@pytest.mark.parametrize("notation", NOTATIONS)
def test_derive_writes_every_notation(clearprop, notation):
    result = clearprop("derive", "4-8-3", "--output", "softmax", "--notation", notation)
    assert result.code == 0
    assert result.out.rstrip() == str(derive(package.mlp(4, 8, 3, output="softmax"), notation)).rstrip()


@pytest.mark.parametrize(("format", "sign"), [("markdown", "$"), ("latex", "\\documentclass"), ("html", "<math")])
def test_derive_writes_every_format_of_a_model_to_a_file(clearprop, iris, tmp_path, format, sign):
    result = clearprop("derive", iris, "--format", format, "--out", "derivation")
    assert result.code == 0
    assert result.out == ""
    assert sign in (tmp_path / "derivation").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "sign"), [("d.html", "<math"), ("d.md", "$"), ("d.tex", "\\documentclass"), ("d", "db[1] = Σ_rows")]
)
def test_derive_writes_what_the_ending_of_the_file_says(clearprop, tmp_path, name, sign):
    assert clearprop("derive", "4-8-3", "--out", name).code == 0
    assert sign in (tmp_path / name).read_text("utf-8")


def test_derive_does_not_write_over_the_model(clearprop, iris, tmp_path):
    before = (tmp_path / iris).read_bytes()
    result = clearprop("derive", iris, "--out", iris)
    assert (result.code, (tmp_path / iris).read_bytes()) == (2, before)
    assert "is the file that is read, and would be lost" in result.err


def test_derive_in_json_lists_the_equations(clearprop):
    facts = clearprop("derive", "2,3,1", "--hidden", "tanh", "--json").facts
    assert [equation["name"] for equation in facts["equations"]][:3] == ["a0", "z1", "a1"]
    assert facts["format"] == "text"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("4",), "sizes such as 4-8-3"),
        (("4-x-3",), "sizes such as 4-8-3"),
        (("4-8-3", "--notation", "ngg"), "did you mean 'ng'"),
        (("4-8-3", "--format", "pdf"), "markdown"),
    ],
)
def test_derive_says_what_it_expected(clearprop, arguments, expected):
    result = clearprop("derive", *arguments)
    assert result.code == 2
    assert expected in result.err


def test_inspect_shows_the_certificate(clearprop, iris):
    says = clearprop("inspect", iris, "--json").facts["facts"]["certificate"]["says"]
    assert says.startswith("gradient certified on ")
    shown = clearprop("inspect", iris).out
    assert "Gradient certified on 10 rows. In every parameter an error of" in shown
    assert shown.count("J = Σ") == 1


def test_check_certifies_the_engine_that_trains(clearprop):
    result = clearprop("check", "iris", "--hidden", "8", "--json")
    assert result.code == 0
    assert result.facts["certificate"]["passed"]
    assert result.facts["certificate"]["rounding"] > 1e-8  # of float32


def test_a_diverged_training_prints_its_autopsy_and_exits_with_5(clearprop, houses):
    result = clearprop(
        "train", houses, "--target", "price", *QUICK, "--optimizer", "sgd", "--learning-rate", "1e30", "--epochs", "9"
    )
    assert result.code == 5
    for told in ("Likely cause: ", "Change learning_rate: 1e+30 → 0.001.", "The row: ", "town = ", "Epoch "):
        assert told in result.err


@pytest.mark.parametrize("command", ["explain", "derive"])
def test_help(clearprop, command):
    result = clearprop(command, "--help")
    assert result.code == 0
    assert "--json" in result.out


def test_the_page_of_the_command_is_that_of_the_library(clearprop, iris, tmp_path):
    clearprop("explain", iris, "iris", "--row", "2", "--rows", "3", "--units", "5", "--out", "page.html")
    model = package.load(iris)
    X, Y, names = model.encode("iris")
    title = "iris, row 2, worked through"
    numbers = worked_numbers(model.network_, model.parameters_, X, Y, row=2, names=names, most=Most(rows=3, units=5))
    page = worked_page(numbers, title)
    assert (tmp_path / "page.html").read_text("utf-8") == page
