"""Input stages: from a row of X to a[0]. `stage` says what one is, `columns` has them all, `beside` joins them."""

from __future__ import annotations

from typing import Any

from clearprop.equations._tables import build
from clearprop.equations.stages.beside import Beside
from clearprop.equations.stages.columns import Embedding, Numbers, OneHot, Staircase
from clearprop.equations.stages.stage import Stage, Straight

__all__ = ["STAGES", "Beside", "Embedding", "Numbers", "OneHot", "Stage", "Staircase", "Straight", "get_stage"]

STAGES: dict[str, type[Stage]] = {stage.name: stage for stage in (Numbers, Staircase, OneHot, Embedding)}


def get_stage(name: str, **options: Any) -> Stage:
    """Return the input stage of that name with its options set.

    Raises
    ------
    UsageError
        If there is no such stage, or it has no such option.
    """
    return build("input stage", STAGES, name, options)
