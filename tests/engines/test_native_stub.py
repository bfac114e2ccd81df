"""The stub of the compiled core says what the core has: names, parameters, and which of them may be left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from clearprop.engines import native
from clearprop.engines.native.core import INTERFACE, core, native_missing
from clearprop.engines.native.description import describe
from clearprop.equations import get_loss
from clearprop.equations.optimizers import SGD
from clearprop.model import Dense, Network, Objective, mlp

pytestmark = pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")

STUB = ast.parse((Path(native.__file__).parent / "_native.pyi").read_text())


def public(names):
    return {name for name in names if not name.startswith("_")}


def parts(node):
    """Return what a class or the module declares, by name."""
    found = {}
    for part in node.body:
        if isinstance(part, ast.AnnAssign):
            found[part.target.id] = part
        elif isinstance(part, ast.ClassDef | ast.FunctionDef):
            found[part.name] = part
    return found


def parameters(function):
    """Return names, how many may be left out, and what comes back."""
    names = [a.arg for a in function.args.posonlyargs + function.args.args]
    return names, len(function.args.defaults), ast.unparse(function.returns)


def told(bound):
    """Return the same of a function of the core, which says it in its first line."""
    line = re.sub(
        r"\[dtype=[^]]*\]|clearprop\.engines\.native\._native\.|collections\.abc\.", "", bound.__doc__.splitlines()[0]
    )
    return parameters(ast.parse(f"def {line}: ...").body[0])


MODULE = parts(STUB)
SHARED = parts(MODULE["_Session"])


def test_every_name_of_the_module_stands_in_the_stub_and_the_other_way_round():
    imported = {"Any", "NDArray", "Array"}
    assert public(MODULE) - imported == public(dir(core)) - imported


@pytest.mark.parametrize("kind", ["SessionFloat32", "SessionFloat64"])
def test_a_session_has_the_methods_of_the_stub(kind):
    assert public(SHARED) == public(dir(getattr(core, kind)))
    assert [base.id for base in MODULE[kind].bases] == ["_Session"]


@pytest.mark.parametrize("name", [name for name, part in SHARED.items() if isinstance(part, ast.FunctionDef)])
@pytest.mark.parametrize("kind", ["SessionFloat32", "SessionFloat64"])
def test_a_method_takes_and_gives_what_the_stub_says(kind, name):
    names, optional, back = parameters(SHARED[name])
    bound = getattr(core, kind).__dict__[name]
    if SHARED[name].decorator_list:
        assert bound.__doc__ == f"(self) -> {back}"
    else:
        names_there, optional_there, back_there = told(bound)
        assert (names_there, optional_there) == (names, optional)
        assert back_there.split("[")[0] == back.split("[")[0]


def test_networks_and_functions_too():
    assert told(core.Network.__init__)[:2] == parameters(parts(MODULE["Network"])["__init__"])[:2]
    assert told(core.peak) == parameters(MODULE["peak"])


def test_the_interface_is_the_one_the_sources_were_written_for():
    assert core.INTERFACE == INTERFACE


def test_an_array_of_another_kind_is_refused_and_never_copied():
    """A copy would take what is computed, and the caller would see nothing of it."""
    session = core.SessionFloat64(describe(mlp(1, 1), SGD(), 0), 1, "", False, False)
    with pytest.raises(TypeError):
        session.predict(np.ones((2, 1)), np.empty((2, 1), np.float32))
    with pytest.raises(TypeError):
        session.get_parameters(np.empty(4)[::2])


def test_every_option_of_a_loss_is_handed_on_and_the_core_wants_as_many_as_it_names(monkeypatch):
    network = Network(2, (Dense(1, "identity"),), Objective(get_loss("huber", threshold=0.25)))
    assert describe(network, SGD(), 0)
    for options in ((), ("threshold", "threshold")):
        monkeypatch.setitem(core.LOSSES, "huber", options)
        with pytest.raises(ValueError, match="wrong number of options"):
            describe(network, SGD(), 0)
