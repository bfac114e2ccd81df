"""The limit on threads: in force inside, gone outside, the smaller one wins."""

from time import sleep

import pytest
from threadpoolctl import threadpool_info

from clearprop.engines import at_most_threads, side_by_side
from clearprop.engines.native.threads import available_threads
from clearprop.engines.threads import thread_limit
from clearprop.errors import UsageError


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_inside_the_limit_holds_and_outside_it_is_gone(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = available_threads(), blas_threads()
    with at_most_threads(1):
        assert available_threads() == 1
        assert blas_threads() == {1}
    assert (available_threads(), blas_threads()) == before
    assert thread_limit() is None


def test_a_limit_above_the_machines_changes_nothing():
    before = available_threads()
    with at_most_threads(10_000):
        assert available_threads() == before


def test_no_limit_of_its_own_keeps_the_one_around_it():
    with at_most_threads(1), at_most_threads(None):
        assert thread_limit() == 1


def test_a_limit_without_meaning():
    with pytest.raises(UsageError, match="n_threads must be 1 or more, got 0"), at_most_threads(0):
        pass


def test_side_by_side_each_has_one_thread_and_answers_come_in_order():
    seen = list(side_by_side(lambda k: (k, available_threads(), blas_threads()), range(20), 4))
    assert seen == [(k, 1, {1}) for k in range(20)]
    assert thread_limit() is None


def test_side_by_side_an_error_is_raised_and_no_other_is_begun():
    begun = []

    def work(k):
        begun.append(k)
        if k == 0:
            raise UsageError("this one cannot")
        sleep(0.05)

    with pytest.raises(UsageError, match="this one cannot"):
        list(side_by_side(work, range(200), 2))
    assert len(begun) < 100
