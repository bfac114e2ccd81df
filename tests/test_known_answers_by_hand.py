"""A 2-2-1 network worked by hand in fractions of powers of 2, so that every engine must hit every number exactly.

J = 1/N Σ ½ (a − y)² + ½ l2 Σ W²,  l2 = 1/2,  relu hidden, identity output, N = 2 rows::

    X = [ 1  2 ]    W1 = [ 1   -1  ]    b1 = [ 0  -1/2 ]    W2 = [ 1/2 ]    b2 = [ -1/2 ]    Y = [ 2 ]
        [-1  1 ]         [ 1/2  1/2]                             [ 1   ]                         [ 0 ]

F1  z1 = X W1 + b1:   row 0:  1·1 + 2·1/2 = 2         1·(-1) + 2·1/2 - 1/2 = -1/2
                      row 1: -1·1 + 1·1/2 = -1/2     -1·(-1) + 1·1/2 - 1/2 = 1
F2  a1 = max(z1, 0):  row 0: 2, 0                     row 1: 0, 1
F1  z2 = a1 W2 + b2:  row 0: 2·1/2 + 0·1 - 1/2 = 1/2  row 1: 0·1/2 + 1·1 - 1/2 = 1/2
F2  a2 = z2
D   ℓ = ½ (1/2 - 2)² = 9/8 and ½ (1/2 - 0)² = 1/8;   D = (9/8 + 1/8) / 2 = 5/8
R   Σ W² = 1 + 1 + 1/4 + 1/4 + 1/4 + 1 = 15/4;        R = ½ · 1/2 · 15/4 = 15/16;   J = 25/16
BP1 delta2 = (a2 - Y) / N:           row 0: -3/4      row 1: 1/4
BP2 delta2 W2ᵀ:                      row 0: -3/8, -3/4            row 1: 1/8, 1/4
    times f′(z1) (1 where z1 > 0):   row 0: -3/8, 0               row 1: 0, 1/4         = delta1
BP3 dW2 = a1ᵀ delta2 + l2 W2:        2·(-3/4) + 0 + 1/4 = -5/4    0 + 1·1/4 + 1/2 = 3/4
    dW1 = Xᵀ delta1 + l2 W1:         1·(-3/8) + 1/2 = 1/8        -1·1/4 - 1/2 = -3/4
                                     2·(-3/8) + 1/4 = -1/2        1·1/4 + 1/4 = 1/2
BP4 db2 = -3/4 + 1/4 = -1/2;         db1 = -3/8, 1/4
One step of gradient descent, η = 1/2:
    W1 = [ 15/16  -5/8 ]   b1 = [ 3/16  -5/8 ]   W2 = [ 9/8 ]   b2 = [ -1/4 ]
         [ 3/4     1/4 ]                              [ 5/8 ]
"""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.engines import Order, open_session, present
from clearprop.equations import get_rule
from clearprop.model import Dense, Network, Objective, from_arrays

X = np.array([[1.0, 2.0], [-1.0, 1.0]])
Y = np.array([[2.0], [0.0]])
NETWORK = Network(2, (Dense(2, "relu"), Dense(1, "identity")), Objective("squared_error", l2=0.5))
START = {"W1": [[1, -1], [1 / 2, 1 / 2]], "b1": [0, -1 / 2], "W2": [[1 / 2], [1]], "b2": [-1 / 2]}

TRACE = {
    "z1": [[2, -1 / 2], [-1 / 2, 1]],
    "a1": [[2, 0], [0, 1]],
    "z2": [[1 / 2], [1 / 2]],
    "a2": [[1 / 2], [1 / 2]],
    "losses": [9 / 8, 1 / 8],
    "delta2": [[-3 / 4], [1 / 4]],
    "delta1": [[-3 / 8, 0], [0, 1 / 4]],
    "dW2": [[-5 / 4], [3 / 4]],
    "dW1": [[1 / 8, -3 / 4], [-1 / 2, 1 / 2]],
    "db2": [-1 / 2],
    "db1": [-3 / 8, 1 / 4],
}
AFTER = {"W1": [[15 / 16, -5 / 8], [3 / 4, 1 / 4]], "b1": [3 / 16, -5 / 8], "W2": [[9 / 8], [5 / 8]], "b2": [-1 / 4]}


@pytest.fixture(params=sorted(present()))
def session(request):
    return open_session(NETWORK, from_arrays(NETWORK, START, np.float32), get_rule("sgd"), 0, engine=request.param)


@pytest.mark.parametrize("name", TRACE)
def test_every_array_of_the_trace(session, name):
    assert session.trace(X, Y)[name].tolist() == TRACE[name]


def test_objective_and_its_two_parts(session):
    trace = session.trace(X, Y)
    assert (trace.D, trace.R, trace.J) == (5 / 8, 15 / 16, 25 / 16)


def test_one_step(session):
    steps = session.run(X, Y, None, Order.of(np.arange(2), 2), np.array([0.5]))
    assert (steps.losses.tolist(), steps.penalties.tolist()) == ([25 / 16], [15 / 16])
    after = session.trace(X, Y).parameters
    assert {name: after[name].tolist() for name in after} == AFTER
