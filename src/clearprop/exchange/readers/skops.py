""".skops: scikit-learn in a zip, a tree of nodes in schema.json and an .npy for each array. Nothing is executed."""

from __future__ import annotations

from typing import Any

from clearprop.errors import ClearpropError, ForeignFileError, ModelFileError, ReaderCannot
from clearprop.exchange.foreign import Foreign
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import Archive, npy_array
from clearprop.exchange.readers.sklearn import Thing, from_things
from clearprop.files.strict_json import parse_bounded

_MAX_SCHEMA_BYTES = 1 << 25
_MAX_DEPTH = 64
_MAX_VALUES = 4_000_000


def read(archive: Archive, asked: Asked) -> Foreign:
    """Return the network of a .skops file."""
    text = archive.read("schema.json", _MAX_SCHEMA_BYTES)
    try:
        schema = parse_bounded(text, "schema.json", _MAX_DEPTH, _MAX_VALUES)
    except ModelFileError as error:
        raise ForeignFileError(str(error)) from None
    root = _Tree(archive).thing(schema)
    try:
        return from_things(_steps(root))
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        if isinstance(error, ClearpropError):
            raise
        raise ForeignFileError(f"an attribute is of another kind than scikit-learn's: {str(error)[:100]}.") from None


def _steps(root: Thing) -> list[tuple[str, Thing]]:
    if root.kind != "Pipeline":
        return [("", root)]
    steps = root["steps"]
    if not isinstance(steps, list) or not steps or not all(isinstance(step, list) and len(step) == 2 for step in steps):
        raise ForeignFileError("the steps of the pipeline must be pairs of a name and an object.")
    return [(str(name), _as_thing(step)) for name, step in steps]


def _as_thing(step: Any) -> Thing:
    if isinstance(step, Thing):
        return step
    if step in (None, "passthrough"):
        return Thing("passthrough", {})
    raise ReaderCannot(f"a step of the pipeline is {type(step).__name__}, expected a transformer or a network.")


class _Tree:
    """The nodes of a schema, turned into plain data and `Thing`s by closed rules, only where they are asked for."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.known: dict[Any, Any] = {}

    def thing(self, node: Any) -> Thing:
        """Return an object with its attributes."""
        value = self.value(node)
        if not isinstance(value, Thing):
            raise ReaderCannot(f"schema.json holds {type(value).__name__}, expected an estimator or a pipeline.")
        return value

    def value(self, node: Any) -> Any:
        """Return what a node stands for; None for what no network needs, such as a random state."""
        if not isinstance(node, dict) or not isinstance(node.get("__loader__"), str):
            raise ForeignFileError("a node of schema.json must be an object that names its loader.")
        if node["__loader__"] == "CachedNode":
            return self.known.get(_identity(node))
        read = getattr(self, f"_{node['__loader__']}", None)
        made = None if read is None else read(node)
        self.known[_identity(node)] = made
        return made

    def _JsonNode(self, node: Any) -> Any:
        content = node.get("content")
        if not isinstance(content, str):
            raise ForeignFileError("a JsonNode must hold text.")
        try:
            return parse_bounded(content, "a value of schema.json", _MAX_DEPTH, _MAX_VALUES)
        except ModelFileError:
            return None  # NaN and Infinity, which scikit-learn has among its settings

    def _ListNode(self, node: Any) -> Any:
        content = node.get("content")
        if not isinstance(content, list):
            raise ForeignFileError("a list of schema.json must hold one.")
        if node.get("type") == "numbers" or len(content) > 10_000:
            return None
        return [self.value(inside) for inside in content]

    _TupleNode = _ListNode

    def _DictNode(self, node: Any) -> Any:
        content = node.get("content")
        if not isinstance(content, dict):
            raise ForeignFileError("a dict of schema.json must hold one.")
        return {name: self.value(inside) for name, inside in content.items() if name not in _NOT_NEEDED}

    def _NdArrayNode(self, node: Any) -> Any:
        name = node.get("file")
        if node.get("type") == "json":
            return self.value(node["content"]) if isinstance(node.get("content"), dict) else None
        if not isinstance(name, str):
            raise ForeignFileError("an array of schema.json must name its file.")
        return npy_array(self.archive.read(name), name[:80])

    def _ObjectNode(self, node: Any) -> Any:
        kind, content = node.get("__class__"), node.get("content")
        if not isinstance(kind, str) or not (isinstance(content, dict) or content is None):
            raise ForeignFileError("an object of schema.json must have a class and attributes.")
        attributes = {} if content is None else self.value(content)
        return Thing(kind[:80], attributes if isinstance(attributes, dict) else {})


_NOT_NEEDED = {"loss_curve_", "validation_scores_", "_optimizer", "_random_state", "_label_binarizer", "random_state"}


def _identity(node: Any) -> Any:
    number = node.get("__id__")
    return number if isinstance(number, int) else None
