"""`clearprop worksheet`, `clearprop grade` and `clearprop diagnose`."""

from __future__ import annotations

import numpy as np
import pytest

import clearprop as package
from clearprop.explain.worksheets import draw_sheet, variants


@pytest.fixture
def sheet(clearprop):
    result = clearprop(
        "worksheet", "--sizes", "2-2-1", "--notation", "ng", "--seed", "4", "--out", "s.html", "--template", "t.csv"
    )
    assert result.code == 0
    return draw_sheet((2, 2, 1), "ng", ("delta", "dW"), 4)


def write(path, sheet, students):
    names = [cell.name for cell in sheet.cells]
    lines = [",".join(["student", *(f'"{name}"' for name in names)])]
    lines += [",".join([student, *map(str, numbers)]) for student, numbers in students.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_class_is_graded_and_every_mistake_is_named(clearprop, sheet, tmp_path):
    right = [sheet.value(cell) for cell in sheet.cells]
    mistake = next(one for one in variants(sheet) if one.mistakes == ("wrong_sign",))
    write(tmp_path / "answers.csv", sheet, {"Ada": right, "Ben": mistake.numbers.round(3), "Cy": [""] * len(right)})
    ada, ben, cy = clearprop("grade", "s.html", "answers.csv", "--json").facts["students"]
    assert (ada["right"], ada["wrong"], ada["mistakes"]) == (len(right), [], [])
    assert ben["mistakes"] == ["wrong_sign"]
    assert cy["empty"] == len(right)
    shown = clearprop("grade", "s.html", "answers.csv")
    assert shown.code == 0
    assert "y − a" in shown.out.replace("\n", " ")


def test_the_template_names_every_cell(sheet, tmp_path):
    head = (tmp_path / "t.csv").read_text("utf-8").strip()
    assert head == ",".join(['"student"', *(f'"{cell.name}"' for cell in sheet.cells)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("student,dX\nAda,1\n", "dX"),
        ('student,"delta2[1,1]"\nAda,one\n', "line 2"),
        ("", "no answers"),
        ("a,b\nx\n", "as many cells"),
    ],
)
def test_answers_that_cannot_be_read_are_named(clearprop, sheet, tmp_path, text, words):
    (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
    result = clearprop("grade", "s.html", "answers.csv")
    assert result.code in (2, 3)
    assert words in result.err


def test_a_page_that_is_no_sheet_is_refused(clearprop, sheet, tmp_path):
    (tmp_path / "other.html").write_text(
        '<script type="application/json" id="sheet">{"version": 1}</script>', encoding="utf-8"
    )
    assert "does not hold" in clearprop("grade", "other.html", "t.csv").err
    assert "no page of" in clearprop("grade", "t.csv", "t.csv").err


@pytest.mark.parametrize(
    "arguments", [("--sizes", "2-x"), ("--sizes", "99-99"), ("--blanks", "dX"), ("--notation", "greek")]
)
def test_a_sheet_that_cannot_be_is_one_line(clearprop, arguments):
    result = clearprop("worksheet", *arguments)
    assert result.code == 2
    assert result.err.count("\n") == 1


def test_diagnose_names_the_mistake_in_an_npz(clearprop, tmp_path):
    clearprop("train", "iris", "--epochs", "2", "--hidden", "4", "--quiet")
    found = package.load("iris.safetensors").trace("iris")
    np.savez(tmp_path / "mine.npz", dW2=found.dW[2] * 150, delta1=found.delta[1])
    result = clearprop("diagnose", "iris.safetensors", "iris", "mine.npz")
    assert result.code == 1
    np.savez(tmp_path / "mine.npz", dW1=-found.dW[1], dW2=-found.dW[2], delta1=-found.delta[1])
    wrong = clearprop("diagnose", "iris.safetensors", "iris", "mine.npz", "--json")
    assert "wrong_sign" in wrong.facts["findings"][0]["mistakes"]
    np.savez(tmp_path / "mine.npz", dW1=found.dW[1], delta2=found.delta[2])
    assert clearprop("diagnose", "iris.safetensors", "iris", "mine.npz").code == 0


def test_diagnose_never_unpickles(clearprop, tmp_path):
    clearprop("train", "iris", "--epochs", "1", "--hidden", "2", "--quiet")
    np.savez(tmp_path / "evil.npz", dW1=np.array([print], dtype=object))
    result = clearprop("diagnose", "iris.safetensors", "iris", "evil.npz")
    assert (result.code, "no .npz of numbers" in result.err) == (3, True)
