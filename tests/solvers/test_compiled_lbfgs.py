"""SciPy's compiled L-BFGS-B steps are those of `scipy.optimize.minimize`, which stands in where there are none."""

import numpy as np
import pytest

from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import Dense, Network, Objective, initial
from clearprop.solvers import Limits, compiled, minimise
from clearprop.training import Rows

RNG = np.random.default_rng(4)
X = RNG.normal(size=(50, 3))
Y = np.sin(X @ RNG.normal(size=(3, 2)))
NETWORK = Network(3, (Dense(6, "tanh"), Dense(2, "identity")), Objective("squared_error", l2=1e-3))


def fitted(**limits):
    session = open_session(NETWORK, initial(NETWORK, 1), get_rule("sgd"), seed=0, engine="numpy")
    report = minimise(session, NETWORK, Rows(X, Y), "lbfgs", Limits(condition=False, **limits))
    return report, session.get_state().parameters


@pytest.mark.parametrize("limits", [{"n_iterations": 15}, {"n_iterations": 400, "gradient": 1e-4, "value": 1e-9}])
def test_the_compiled_steps_are_those_of_minimize(limits, monkeypatch):
    report, w = fitted(**limits)

    monkeypatch.setattr(compiled, "VERSIONS", ())
    assert compiled.compiled_step() is None
    slow_report, slow_w = fitted(**limits)

    assert report == slow_report
    np.testing.assert_array_equal(w, slow_w)


@pytest.mark.parametrize(("what", "value"), [("VERSIONS", ("0.19",)), ("ARGUMENTS", "setulb(m,x)")])
def test_a_step_that_is_not_known_is_not_called(what, value, monkeypatch):
    monkeypatch.setattr(compiled, what, value)
    assert compiled.compiled_step() is None
