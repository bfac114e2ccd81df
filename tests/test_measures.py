"""Measures of the house: how long a function is, how many parameters it has, who imports whom."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import numpy as np
import pytest

SRC = Path(__file__).parents[1] / "src"
PACKAGE = SRC / "clearprop"
FILES = sorted(PACKAGE.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def functions():
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, FUNCTIONS):
                yield path, node


def lines(node):
    """How long a function is, its docstring apart."""
    first = node.body[0]
    said = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) is not None else 0
    return node.end_lineno - node.lineno + 1 - said


def parameters(node):
    given = node.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs) if one.arg not in ("self", "cls")]
    return len(named) + (given.vararg is not None) + (given.kwarg is not None)


def test_a_file_is_short():
    assert {path.name: n for path in FILES if (n := len(path.read_text("utf-8").splitlines())) > 400} == {}


def text_of_estimators():
    return [line for path in (PACKAGE / "estimators").rglob("*.py") for line in path.read_text("utf-8").splitlines()]


def test_estimators_are_thin():
    """What is no estimator has a room of its own."""
    assert len(text_of_estimators()) < 2500


def test_estimators_have_types():
    untyped = [line for line in text_of_estimators() if re.search(r"\bAny\b", line) and "import" not in line]
    assert 1000 * len(untyped) / len(text_of_estimators()) < 15


ESTIMATOR = r"(?:\w*estimator|\w*model|mlp|classifier|regressor)"


def test_who_takes_an_estimator_says_so():
    found = [line for path in FILES for line in re.findall(rf"\b{ESTIMATOR}: Any\b", path.read_text("utf-8"))]
    assert len(found) <= 5


def test_an_estimator_alone_assigns_to_itself():
    assert [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store | ast.Del)
        and re.fullmatch(ESTIMATOR, ast.unparse(node.value).rpartition(".")[2].lstrip("_"))
    ] == []


def test_functions_are_short():
    assert np.percentile([lines(node) for _, node in functions()], 99) <= 27


def test_few_parameters_are_handed_around():
    """A constructor that users call, and a command, list all there is to say; nobody else does."""
    assert {
        f"{path.relative_to(PACKAGE)}: {node.name}": parameters(node)
        for path, node in functions()
        if parameters(node) > 8
        and node.name != "__init__"
        and not (path.parent.name == "cli" and node.name == "command")
    } == {}


def test_the_reference_is_read_in_a_minute():
    for name in ("engine", "session"):
        assert len((PACKAGE / f"engines/reference/{name}.py").read_text("utf-8").splitlines()) < 80


def test_a_name_of_a_parameter_is_never_read():
    """What W1 is, its slot says: nobody looks at the letter or the number of a name."""
    parsing = (
        r"\b(?:name|key|parameter|slot\.name)\[(?:0|1:)\]|startswith\(.d?[WbE].\)|int\(\w+\[1:\]\)|rstrip\(.0123456789"
    )
    found = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(parsing, line)
    ]
    assert [line for line in found if not line.startswith("tables/")] == []  # x1, x2 ... are columns of a file there


def test_few_files_know_a_precision_by_its_name():
    assert len([path for path in FILES if "bf16" in path.read_text("utf-8").lower()]) <= 4


def module(path):
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def imported(path):
    """Return the modules that a file imports at any time, for types alone included."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                yield f"{node.module}.{one.name}" if f"{node.module}.{one.name}" in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def test_imports_make_no_circle():
    """Of any kind: inside functions and for types too."""
    try:
        TopologicalSorter(
            {name: {*imported(path)} & MODULES.keys() - {name} for name, path in MODULES.items()}
        ).prepare()
    except CycleError as found:
        pytest.fail(" -> ".join(found.args[1]))


def test_no_two_test_files_have_one_name():
    """Pytest imports them by their name alone."""
    names = [path.name for path in Path(__file__).parent.rglob("*.py") if path.name != "conftest.py"]
    assert len(names) == len({*names})


def test_whatever_checkers_are_told_to_pass_over_has_a_reason():
    told = [
        line for path in FILES for line in path.read_text("utf-8").splitlines() if re.search(r"ignore\[|noqa", line)
    ]
    assert told, "this looks for what stands there"
    assert [line for line in told if not re.search(r"# (type: ignore\[[\w-]+\]|noqa: \w+)  # \w+", line)] == []


def test_nothing_private_stands_unused():
    """What is defined at the top of a file for this file alone is named a second time in it."""
    unused = []
    for path in FILES:
        words = Counter(re.findall(r"\w+", path.read_text("utf-8")))
        defined = [node.name for node in parsed(path).body if isinstance(node, (*FUNCTIONS, ast.ClassDef))]
        assigned = [node for node in parsed(path).body if isinstance(node, ast.Assign)]
        defined += [name.id for node in assigned for name in node.targets if isinstance(name, ast.Name)]
        unused += [
            f"{path.relative_to(PACKAGE)}: {name}" for name in defined if re.match("_[^_]", name) and words[name] == 1
        ]
    assert [found for found in unused if found != "cli/app.py: _options"] == []  # Typer calls it
