"""SciPy's compiled L-BFGS-B, called one step at a time.

`scipy.optimize.minimize` puts layers of Python around each evaluation of J: about 18 µs, three times as long as J
itself takes on a few dozen rows. The compiled step underneath asks for J and its gradient by returning. It is no public
part of SciPy, so it is called in the versions it was tried in only, and with the arguments known here only; elsewhere
`minimize` takes the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
import scipy.optimize

from clearprop.training.rows import Array

VERSIONS = ("1.15", "1.16", "1.17")  # of SciPy, that the tests have run with
ARGUMENTS = "setulb(m,x,l,u,nbd,f,g,factr,pgtol,wa,iwa,task,lsave,isave,dsave,maxls,ln_task)"
MEMORY = 10  # pairs of steps and changes of the gradient; SciPy's default
SEARCHES = 20  # evaluations of one line search, likewise
_NEW_ITERATION, _EVALUATE = 1, 3


def compiled_step() -> Callable[..., None] | None:
    """Return SciPy's compiled step, or None where it is not known to be the one that `take_steps` calls."""
    version = ".".join(scipy.__version__.split(".")[:2])
    step = getattr(getattr(scipy.optimize, "_lbfgsb", None), "setulb", None)
    described = str(getattr(step, "__doc__", "")).strip()
    return step if version in VERSIONS and described == ARGUMENTS else None


def take_steps(
    step: Callable[..., None],
    value_and_gradient: Callable[[Array], tuple[float, Array]],
    w: Array,
    gradient: float,
    on_iteration: Callable[[Array], None],
) -> None:
    """Minimise from w until no component of the gradient is larger, no step lowers J, or `on_iteration` raises."""
    n, m = w.size, MEMORY
    x, J, g, no_bounds = np.array(w), 0.0, np.zeros(n), np.zeros(n)
    work = np.zeros(2 * m * n + 5 * n + 11 * m * m + 8 * m), np.zeros(3 * n, np.int32)
    task, search_task = np.zeros(2, np.int32), np.zeros(2, np.int32)
    saved: tuple[Any, ...] = np.zeros(4, np.int32), np.zeros(44, np.int32), np.zeros(29)
    bounded = np.zeros(n, np.int32)
    while True:
        step(m, x, no_bounds, no_bounds, bounded, J, g, 0.0, gradient, *work, task, *saved, SEARCHES, search_task)
        if task[0] == _EVALUATE:
            J, g = value_and_gradient(x)
        elif task[0] == _NEW_ITERATION:
            on_iteration(x)
        else:
            return
