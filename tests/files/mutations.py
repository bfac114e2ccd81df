"""Structure-aware mutations of model files, shared by the tests and by fuzz/model_file.py.

Most random changes of a file die at the first check. These change one part (tensor bytes, the header's JSON, the
entry's JSON or a value deep inside it) and then make the parts around it right again: length, escapes, fingerprint.
"""

import copy
import random

from drafts import Draft

VALUES = [
    None, True, False, 0, 1, -1, 2, 3, 16, 1 << 31, 1 << 53, 1 << 63, 10**39, 0.5, -0.0, 1e308, 5e-324,
    "", "W1", "relu", "softmax", "adam", "one-hot", "../x", "\0", "\ud7ff", [], {}, [0], [[]], {"name": "huber"},
]  # fmt: skip
BYTES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\\",
    b"\\u0000",
    b"0",
    b"9",
    b"-",
    b"e",
    b"NaN",
    b" ",
    b"\xff",
    b"\0",
]


def mutate(rng: random.Random, data: bytes = b"") -> bytes:
    """Return a mutation of a file, or of a fresh one where it is too broken to be taken apart."""
    try:
        return mutate_draft(rng, Draft.of(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        checkpoint, records = rng.random() < 0.4, rng.random() < 0.5
        return mutate_draft(rng, Draft(checkpoint, rng.choice(["F32", "F64"]), records))


def mutate_draft(rng: random.Random, draft: Draft) -> bytes:
    kind = rng.randrange(5)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        if kind == 0:
            change_value(rng, draft.entry)
        elif kind == 1:
            change_value(rng, draft.tensors)
        elif kind == 2:
            draft.data = bytearray(change_bytes(rng, bytes(draft.data)))
    if kind == 3:
        draft.entry_text = change_bytes(rng, draft.signed_entry().encode()).decode("utf-8", "replace")
    elif kind == 4:
        draft.header_text = change_bytes(rng, draft.header().encode())
    data = draft.to_bytes()
    return change_bytes(rng, data) if rng.random() < 0.1 else data


def change_value(rng: random.Random, value) -> None:
    """Replace, remove, rename, double or move one value somewhere inside JSON data."""
    places = list(walk(value)) or [({"": None}, "")]
    container, key = rng.choice(places)
    other_container, other_key = rng.choice(places)
    action = rng.randrange(6)
    if action <= 1:
        container[key] = copy.deepcopy(rng.choice(VALUES))
    elif action == 2:
        container[key] = copy.deepcopy(other_container[other_key])
    elif action == 3 and isinstance(container, dict):
        container[rng.choice(["x", "W1", "name", "units", "loss", ""])] = container.pop(key)
    elif action == 4:
        del container[key]
    elif isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    elif isinstance(container[key], int):
        container[key] += rng.choice([-1, 1, 8, -8])


def walk(value):
    """Yield every (container, key) in JSON data."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in pairs:
        yield value, key
        yield from walk(inside)


def change_bytes(rng: random.Random, data: bytes) -> bytes:
    """Return the bytes with one piece flipped, inserted, removed, repeated or cut off."""
    begin = rng.randrange(len(data) + 1)
    end = min(len(data), begin + rng.choice([1, 1, 2, 8, 64]))
    piece = data[begin:end]
    action = rng.randrange(6)
    if action == 0:
        piece = bytes(byte ^ (1 << rng.randrange(8)) for byte in piece[:1]) + piece[1:]
    elif action == 1:
        piece = rng.choice(BYTES) + piece
    elif action == 2:
        piece = rng.choice(BYTES)
    elif action == 3:
        piece = b""
    elif action == 4:
        piece = piece * rng.choice([2, 3, 100])
    else:
        return data[:begin]
    return data[:begin] + piece + data[end:]
