from __future__ import annotations

import pytest

from clearprop.engines._native_threads import available_threads


def test_omp_num_threads_is_obeyed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert available_threads() == 1


@pytest.mark.parametrize("text", ["", "many", "0", "-2"])
def test_an_omp_num_threads_that_is_no_number_is_ignored(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    expected = available_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert available_threads() == expected
