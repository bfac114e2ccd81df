"""The metadata entry "clearprop": version, description, facts and fingerprint of a model file."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from clearprop.errors import ModelFileError
from clearprop.files.container import Array
from clearprop.files.descriptions import Json, validate
from clearprop.files.strict_json import canonical, parse, plain

SCHEMA_VERSION = (1, 5)
"""The newest there is. A file without what came later says 1.0, so that older versions read it without a warning."""

HELD = ("held", "curve", "low")
"""What the target of a table may say of rows that were held out, and of the limits of answers."""

MOST_MEMBERS = 10_000
_Length = Annotated[int, Field(ge=0, lt=1 << 40)]


class CheckpointForm(BaseModel):
    """What a checkpoint says beyond a model."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rule: Json
    step: Annotated[int, Field(ge=0, lt=1 << 63)]
    progress: Json
    vectors: list[Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]]
    records: Annotated[list[_Length], Field(min_length=2, max_length=2)] | None = None


class EntryForm(BaseModel):
    """The fields of the entry; since schema 1.1 `records` of a checkpoint, since 1.2 `stages`, since 1.3 `members`;
    since 1.4 the target of a table may have what `HELD` names; since 1.5 its columns may be of the kind "bins"."""

    model_config = ConfigDict(extra="forbid", strict=True)
    schema_version: str
    network: Json
    table: Json | None
    facts: Json
    sha256: str
    checkpoint: CheckpointForm | None = None
    members: Annotated[int, Field(ge=2, le=MOST_MEMBERS)] | None = None


def write_entry(fields: Json, tensors: Mapping[str, Array]) -> str:
    """Return the text of the entry with these fields, its version and fingerprint added."""
    version = "1.1" if "records" in fields.get("checkpoint", {}) else "1.0"
    if "stages" in fields["network"]["inputs"]:
        version = "1.2"
    if "members" in fields:
        version = "1.3"
    if any(word in _target_of(fields) for word in HELD):
        version = "1.4"
    if any(column.get("kind") == "bins" for column in _columns_of(fields)):
        version = "1.5"
    entry = plain({"schema_version": version, **fields}, "the model file")
    return canonical(entry | {"sha256": fingerprint(entry, tensors)})


def _target_of(fields: Json) -> Json:
    """Return what the table says of its target; nothing where there is none."""
    return (fields["table"] or {}).get("target") or {}


def _columns_of(fields: Json) -> list[Json]:
    """Return what the table says of its columns; nothing where there is none."""
    return (fields["table"] or {}).get("columns") or []


def read_entry(text: str) -> tuple[EntryForm, Json]:
    """Return the entry, checked, and as it stands in the file.

    Raises
    ------
    ModelFileError
        If it is no strict JSON or of a newer major version.
    UsageError
        If a field is unknown, missing or of the wrong kind.
    """
    data = parse(text, "the entry 'clearprop'")
    if not isinstance(data, dict):
        raise ModelFileError("the entry 'clearprop' must be a JSON object.")
    newer = check_version(data.get("schema_version"), SCHEMA_VERSION)
    known = {name: value for name, value in data.items() if name in EntryForm.model_fields} if newer else data
    return validate(EntryForm, known, "clearprop"), data


def fingerprint(entry: Json, tensors: Mapping[str, Array]) -> str:
    """Return the SHA-256, in hexadecimal, of the entry without its fingerprint and of all tensors in order of names."""
    unsigned = {name: value for name, value in entry.items() if name != "sha256"}
    digest = hashlib.sha256(canonical(unsigned).encode())
    for name in sorted(tensors):
        digest.update(tensors[name].reshape(-1).data)
    return digest.hexdigest()


def check_version(version: Any, known: tuple[int, int]) -> bool:
    """Return whether the file is of a newer minor version than the one known, after a warning."""
    match = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,4})", version) if isinstance(version, str) else None
    if match is None:
        raise ModelFileError(f'schema_version must be like "1.0", got {repr(version)[:40]}; the file is damaged.')
    major, minor = int(match[1]), int(match[2])
    ours = ".".join(map(str, known))
    if major != known[0]:
        advice = "upgrade clearprop" if major > known[0] else "save it anew with the clearprop that wrote it"
        raise ModelFileError(f"the file has schema {version}, this clearprop reads {known[0]}.x; {advice}.")
    if minor > known[1]:
        warnings.warn(
            f"the file has schema {version}, this clearprop knows {ours}: what is new in it is not looked at; "
            "upgrade clearprop to be sure.",
            UserWarning,
            stacklevel=2,
        )
    return minor > known[1]
