"""Every engine that is present, in both precisions."""

from __future__ import annotations

import pytest

from clearprop.engines import ENGINES, present


@pytest.fixture(params=sorted(present()))
def engine(request):
    return ENGINES[request.param]


@pytest.fixture(params=("float64", "float32"))
def dtype(request):
    return request.param
