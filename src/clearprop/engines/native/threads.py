"""How many threads the native engine may use."""

from __future__ import annotations

import math
import os
import time
from functools import lru_cache
from pathlib import Path

from clearprop.engines.threads import exact_threads, thread_limit

_QUOTAS = (
    ("/sys/fs/cgroup/cpu.max", None),
    ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
)

QUOTA_SECONDS = 10
"""How long an answer of the control group counts: it may change while the process runs, but seldom."""


def available_threads() -> int:
    """Return how many threads this process may keep busy.

    It is what `exactly_threads` asks for; else the smallest of the processors the process may run on, the quota of its
    control group, the limit of `at_most_threads`, and ``OMP_NUM_THREADS``, which users and joblib's workers set to
    divide a machine.
    """
    if (exact := exact_threads()) is not None:
        return exact
    limits = [_processors(), _quota(_QUOTAS, int(time.monotonic()) // QUOTA_SECONDS)]
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdigit() and int(asked) > 0:
        limits.append(int(asked))
    return max(1, min([*limits, thread_limit() or limits[0]]))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=1)
def _quota(quotas: tuple[tuple[str, str | None], ...], now: int) -> int:
    """Return the whole processors the control group grants, rounded up; very many where there is no quota."""
    for quota_file, period_file in quotas:
        try:
            words = Path(quota_file).read_text().split()
            words += Path(period_file).read_text().split() if period_file else []
        except OSError:
            continue
        if len(words) == 2 and words[0].isdigit() and int(words[1]) > 0:
            return max(1, math.ceil(int(words[0]) / int(words[1])))
    return 1 << 16
