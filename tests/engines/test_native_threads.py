"""A process takes no more processors than it may: of its affinity, its control group, its user, its pool of workers."""

from __future__ import annotations

import joblib
import pytest

from clearprop.engines.native import threads as _native_threads
from clearprop.engines.native.threads import available_threads


def test_omp_num_threads_is_obeyed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert available_threads() == 1


@pytest.mark.parametrize("text", ["", "many", "0", "-2"])
def test_an_omp_num_threads_that_is_no_number_is_ignored(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    expected = available_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert available_threads() == expected


def test_the_processors_a_process_may_run_on_are_all_it_takes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(_native_threads.os, "sched_getaffinity", lambda process: {3}, raising=False)
    assert available_threads() == 1


@pytest.mark.parametrize(
    ("quota", "expected"), [("100000 100000", 1), ("150000 100000", 2), ("300000 100000", 3), ("max 100000", 8)]
)
def test_the_quota_of_a_control_group_is_obeyed(monkeypatch: pytest.MonkeyPatch, tmp_path, quota: str, expected: int):
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(_native_threads, "_processors", lambda: 8)
    monkeypatch.setattr(_native_threads, "_QUOTAS", ((str(tmp_path / "cpu.max"), None),))
    assert available_threads() == expected


def test_workers_of_joblib_divide_the_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    assert joblib.Parallel(n_jobs=2)(joblib.delayed(available_threads)() for _ in range(2)) == [1, 1]
