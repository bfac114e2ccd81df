"""Descriptions as JSON data: networks, losses, update rules and schedules, by name from closed tables.

Every form here is part of the file format (docs/file-format.md): its fields and their defaults stay as they are.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationError, create_model

from clearprop.equations.losses import LOSSES, Loss
from clearprop.equations.optimizers import RULES, Rule
from clearprop.equations.schedules import SCHEDULES, Schedule
from clearprop.equations.stages import STAGES, Stage
from clearprop.errors import UsageError, unknown_name
from clearprop.files.strict_json import plain, shown
from clearprop.model import Dense, Inputs, Network, Objective

Json = dict[str, Any]
Form = TypeVar("Form", bound=BaseModel)
Described = TypeVar("Described", Loss, Rule, Schedule, Stage)

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)


class _InputsForm(BaseModel):
    model_config = _STRICT
    n_numeric: int
    categories: list[int] = []
    embedding: list[Literal["one-hot"] | int] = []


class _StagesForm(BaseModel):
    """Inputs that the three numbers above do not say, since schema 1.2."""

    model_config = _STRICT
    stages: list[Json]


class _DenseForm(BaseModel):
    model_config = _STRICT
    units: int
    activation: str = "relu"
    dropout: float = 0.0
    bias: bool = True
    init: str = "auto"
    max_norm: float | None = None
    learning_rate: float = 1.0
    frozen: bool = False


class _ObjectiveForm(BaseModel):
    model_config = _STRICT
    loss: Json
    l1: float = 0.0
    l2: float = 0.0
    penalize_bias: bool = False
    reduction: str = "mean"
    penalty_per_row: bool = False


class _NetworkForm(BaseModel):
    model_config = _STRICT
    inputs: Json
    layers: list[_DenseForm]
    objective: _ObjectiveForm


def network_to_json(network: Network) -> Json:
    """Return the description of a network as JSON data."""
    objective = _fields(network.objective) | {"loss": loss_to_json(network.objective.loss)}
    layers = [_fields(layer) for layer in network.layers]
    inputs = _inputs_to_json(network.inputs)
    data: Json = plain({"inputs": inputs, "layers": layers, "objective": objective}, "network")
    return data


def network_from_json(data: Any) -> Network:
    """Return the network that JSON data describe.

    Raises
    ------
    UsageError
        If a field is unknown or missing, has the wrong kind, or does not make a sound network; the message says which.
    """
    form = validate(_NetworkForm, data, "network")
    inputs = _inputs_from_json(form.inputs)
    layers = tuple(Dense(**dict(layer)) for layer in form.layers)
    objective = Objective(**(dict(form.objective) | {"loss": loss_from_json(form.objective.loss)}))
    return Network(inputs, layers, objective)


def _inputs_to_json(inputs: Inputs) -> Json:
    if not inputs.plain:
        return {"stages": [_to_json(stage) for stage in inputs.stages]}
    return {"n_numeric": inputs.n_numeric, "categories": inputs.categories, "embedding": inputs.embeddings}


def _inputs_from_json(data: Json) -> Inputs:
    if "stages" in data:
        form = validate(_StagesForm, data, "network.inputs")
        return Inputs(stages=[_from_json("input stage", STAGES, stage) for stage in form.stages])
    plain_form = validate(_InputsForm, data, "network.inputs")
    return Inputs(plain_form.n_numeric, tuple(plain_form.categories), tuple(plain_form.embedding))


def loss_to_json(loss: Loss) -> Json:
    """Return a loss as ``{"name": ..., option: value, ...}``."""
    return _to_json(loss)


def loss_from_json(data: Any) -> Loss:
    """Return the loss that JSON data describe. Raises UsageError if they are not sound."""
    return _from_json("loss", LOSSES, data)


def rule_to_json(rule: Rule) -> Json:
    """Return an update rule as ``{"name": ..., option: value, ...}``."""
    return _to_json(rule)


def rule_from_json(data: Any) -> Rule:
    """Return the update rule that JSON data describe. Raises UsageError if they are not sound."""
    return _from_json("optimizer", RULES, data)


def schedule_to_json(schedule: Schedule) -> Json:
    """Return a schedule as ``{"name": ..., option: value, ...}``."""
    return _to_json(schedule)


def schedule_from_json(data: Any) -> Schedule:
    """Return the schedule that JSON data describe. Raises UsageError if they are not sound."""
    return _from_json("schedule", SCHEDULES, data)


def validate(form: type[Form], data: Any, where: str) -> Form:
    """Return the data in that form.

    Raises
    ------
    UsageError
        If they do not have it; the message names the first field that does not fit.
    """
    try:
        return form.model_validate(data)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False)[0]
    place = ".".join([where, *(shown(str(step)) for step in first["loc"])])
    if first["type"] == "extra_forbidden":
        raise UsageError(f"{place} is not known here; known are {', '.join(form.model_fields)} and what lies in them.")
    if first["type"] == "missing":
        raise UsageError(f"{place} is missing.")
    raise UsageError(f"{place}: {first['msg']}, got {repr(first['input'])[:80]}.")


def _fields(description: Any) -> Json:
    """Return the fields of a dataclass; tuples become lists in `plain`."""
    return {field.name: getattr(description, field.name) for field in fields(description)}


def _to_json(described: Loss | Rule | Schedule | Stage) -> Json:
    options = {
        # warm_up holds the schedule that follows it, lookahead the rule that it looks after
        name: _to_json(value) if isinstance(value, Rule | Schedule) else value
        for name, value in _fields(described).items()
    }
    data: Json = plain({"name": described.name, **options}, described.name)
    return data


def _from_json(kind: str, table: dict[str, type[Described]], data: Any) -> Described:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise UsageError(f'{kind} must be an object with a "name", got {repr(data)[:80]}.')
    name = data["name"]
    if name not in table:
        raise unknown_name(kind, name[:80], table)
    options = {option: value for option, value in data.items() if option != "name"}
    described: Any = table[name]
    made: Described = described(**dict(validate(_options_form(described), options, name)))
    return made


@cache
def _options_form(described: Any) -> type[BaseModel]:
    """Return the form of the options of one loss, rule, schedule or stage: those of its dataclass, in their kinds."""
    hints = get_type_hints(described)
    options: dict[str, Any] = {}
    for field in fields(described):
        hint = _NESTED.get(hints[field.name], hints[field.name])
        default = field.default_factory() if callable(field.default_factory) else field.default
        options[field.name] = (Annotated[hint, _TUPLES], ... if default is MISSING else default)
    return create_model(f"{described.__name__}Form", __config__=_STRICT, **options)


def _tuples(value: Any) -> Any:
    """Return lists as the tuples they were before they became JSON."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


_TUPLES = BeforeValidator(_tuples)
_NESTED: dict[Any, Any] = {
    Rule: Annotated[Any, PlainValidator(rule_from_json)],
    Schedule: Annotated[Any, PlainValidator(schedule_from_json)],
}
_TABLES: dict[str, dict[str, Any]] = {"loss": LOSSES, "optimizer": RULES, "schedule": SCHEDULES, "input stage": STAGES}
for _table in _TABLES.values():  # in advance, so that loading a file compiles nothing
    for _described in _table.values():
        _options_form(_described)
