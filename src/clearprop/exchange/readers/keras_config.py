"""The configuration of a model of Keras: its layers in order, those of models within it among them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.readers.bounded import MAX_LAYERS

_MODELS = ("Sequential", "Functional", "Model")
_DEEPEST_MODEL = 8


@dataclass(frozen=True)
class Listed:
    """A layer of a configuration.

    Attributes
    ----------
    kind : str
        Its class.
    name : str
    options : dict
    models : tuple of str
        The names of the models that it is in, but for the outermost.
    place : str
        Where its weights are in a .keras: layers/sequential/layers/dense_1.
    """

    kind: str
    name: str
    options: dict[str, Any]
    models: tuple[str, ...]
    place: str


def listed(config: Any) -> list[Listed]:
    """Return the layers in order; a functional model must be a chain.

    Raises
    ------
    ReaderCannot
        If it is no chain of layers.
    ForeignFileError
        If it is damaged.
    """
    kind = config.get("class_name") if isinstance(config, dict) else None
    inner = config.get("config") if isinstance(config, dict) else None
    made = list(_inside(str(kind), inner, (), ""))
    if len(made) > MAX_LAYERS:
        raise ForeignFileError(f"the configuration of Keras has {len(made)} layers; at most {MAX_LAYERS} are read.")
    return made


def _inside(kind: str, config: Any, models: tuple[str, ...], place: str) -> Iterator[Listed]:
    """Yield the layers of a model, whose weights are numbered by class within it."""
    layers = config.get("layers") if isinstance(config, dict) else None
    if kind not in _MODELS or not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        raise ReaderCannot(f"the model is {kind[:40]!r}; Sequential and Functional models of dense layers are read.")
    if len(models) > _DEEPEST_MODEL:
        raise ForeignFileError(f"the configuration of Keras has more than {_DEEPEST_MODEL} models within one another.")
    made = _named(layers)
    if kind != "Sequential":
        _check_chain(layers, made)
    seen: Counter[str] = Counter()
    for inner, name, options in made:
        snake = _snake(inner)
        own = f"{place}layers/{snake}_{seen[snake]}" if seen[snake] else f"{place}layers/{snake}"
        seen[snake] += 1
        if inner in _MODELS:
            yield from _inside(inner, options, (*models, name), f"{own}/")
        else:
            yield Listed(inner, name, options, models, own)


def _named(layers: list[Any]) -> list[tuple[str, str, dict[str, Any]]]:
    made = []
    for k, layer in enumerate(layers, start=1):
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
            raise ForeignFileError(f"layer {k} of the configuration must have a class and a config.")
        name = layer["config"].get("name", layer.get("name", ""))
        made.append((str(layer.get("class_name")), str(name), layer["config"]))
    return made


def _check_chain(layers: list[Any], made: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Refuse a functional model in which a layer takes something other than the one before it, or is used twice."""
    for k, (layer, before) in enumerate(zip(layers[1:], made, strict=False), start=2):
        nodes = layer.get("inbound_nodes")
        sources = set(_sources(nodes, 0))
        if not isinstance(nodes, list) or len(nodes) != 1 or sources != {before[1]}:
            raise ReaderCannot(
                f"layer {k} ({made[k - 1][0]}) takes {', '.join(sorted(sources))[:80] or 'nothing'}, or is used twice; "
                "a chain of layers can be read, without branches and shared layers."
            )


def _sources(value: Any, depth: int) -> Any:
    """Yield the names of the layers that a call of a layer takes, in Keras 3 (keras_history) and 2 (lists)."""
    if depth > 12:
        raise ForeignFileError("inbound_nodes are nested too deep.")
    if isinstance(value, dict):
        history = value.get("keras_history")
        if isinstance(history, list | tuple) and history:
            yield str(history[0])
        else:
            for inside in value.values():
                yield from _sources(inside, depth + 1)
    elif isinstance(value, list | tuple):
        if value and isinstance(value[0], str):
            yield value[0]
        else:
            for inside in value:
                yield from _sources(inside, depth + 1)


def _snake(kind: str) -> str:
    """Return the name a class has in the file: BatchNormalization is batch_normalization."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
