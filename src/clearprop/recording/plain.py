"""A plan of training as plain data, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from clearprop.errors import ClearpropError, ModelFileError
from clearprop.files import schedule_from_json, schedule_to_json
from clearprop.training import Plan

_LEFT_OUT = ("schedule",)


def plan_to_plain(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON data."""
    plain = {field.name: getattr(plan, field.name) for field in fields(plan) if field.name not in _LEFT_OUT}
    return plain | {"schedule": schedule_to_json(plan.schedule)}


def plan_from_plain(data: dict[str, Any]) -> Plan:
    """Undo `plan_to_plain`.

    Raises
    ------
    ModelFileError
        If the data are not those of a plan.
    """
    try:
        return Plan(**(data | {"schedule": schedule_from_json(data["schedule"])}))
    except (KeyError, TypeError, ValueError, ClearpropError) as error:
        raise ModelFileError(f"the recording's plan does not hold: {type(error).__name__}: {error}.") from None
