"""A fork in the middle of other threads' trainings and predictions: the child trains and predicts, to the same bits."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from contextlib import contextmanager

import numpy as np
import pytest

from clearprop import MLPClassifier
from clearprop.engines import present

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(3000, 40)), rng.integers(0, 3, 3000)
LONGEST = 300.0  # seconds a child may take; it needs a tenth of one


def trained(engine, seed=0):
    """Train on several threads; return the weights' bytes and what it answers, to rounding on the numpy engine.

    That one takes a single BLAS thread in a child, where its parent may take several.
    """
    enough = {"max_iter": 9, "tol": 1e9, "n_iter_no_change": 1}  # two epochs, and no word about it
    model = MLPClassifier((96, 64), batch_size=500, engine=engine, n_threads=2, random_state=seed, **enough).fit(X, Y)
    found = np.concatenate([*(W.ravel() for W in model.coefs_), model.predict_proba(X[:50]).ravel()])
    return (found if engine == "native" else np.round(found, 6)).tobytes()


@contextmanager
def load(engine, n_threads=3):
    """Keep threads training, and one predicting, while the block runs."""
    stopped = threading.Event()

    def work(seed):
        while not stopped.is_set():
            trained(engine, seed)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(1, n_threads + 1)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stopped.set()
        for worker in workers:
            worker.join()


def child_of_a_fork(engine, expected):
    """Fork; in the child train, and end with 0 if it comes to the same bits. Return the child's number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own word on forks beside threads, and JAX's
        child = os.fork()
    if child == 0:
        code = 2
        try:
            code = 0 if trained(engine) == expected else 3
        finally:
            os._exit(code)
    return child


def end_of(child):
    """Return how a child ended; None if it had to be killed."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


# A soak, and not of the numpy engine: a fork waits, now and then for ever, for OpenBLAS where it multiplies meanwhile.
@pytest.mark.soak
@pytest.mark.parametrize("engine", sorted(set(present()) & {"native"}))
@pytest.mark.parametrize("n_forks", [500])
def test_a_child_forked_in_the_middle_of_other_threads_work_trains_to_the_same_bits(engine, n_forks):
    expected, moments = trained(engine), np.random.default_rng(int.from_bytes(os.urandom(4)))
    ends = []
    with load(engine):
        for _ in range(n_forks):
            time.sleep(float(moments.uniform(0, 0.05)))
            ends.append(end_of(child_of_a_fork(engine, expected)))
            assert ends[-1] == 0, f"fork {len(ends)}: {ends[-1]}"
    print(f"{engine}: {len(ends)} forks", file=sys.stderr)
