"""Mutations of files of other tools, shared by the tests and by fuzz/foreign_file.py.

Bytes, words and numbers are changed where they stand; of a gzip or a zip what is packed is changed, and packed again.
"""

from __future__ import annotations

import gzip
import io
import random
import re
import zipfile

WORDS = [
    b"0", b"-1", b"1", b"2", b"99", b"1000000000", b"1e308", b"1e-320", b"nan", b"inf", b".Nan", b"", b" ", b"\n",
    b"\0",    b"tanh", b"softmax", b"[", b"]", b"{", b"}", b"<", b">", b"</", b"&a;", b"(", b")", b'"',
    b"null", b"true", b"\xff",
]  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Return a file with a few changes; what is packed in it changed rather than the packing, mostly."""
    if data[:2] == b"\x1f\x8b" and rng.random() < 0.9:
        return gzip.compress(changed(rng, gzip.decompress(data)), 1)
    if data[:2] == b"PK" and rng.random() < 0.9:
        return _packed_again(rng, data)
    return changed(rng, data)


def _packed_again(rng: random.Random, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w") as after:
        names = before.namelist()
        chosen = rng.choice(names)
        for name in names:
            part = before.read(name)
            after.writestr(name, changed(rng, part) if name == chosen else part)
    return file.getvalue()


def changed(rng: random.Random, data: bytes) -> bytes:
    """Return bytes with one to four changes."""
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        data = rng.choice(_CHANGES)(rng, data)
    return data


def _byte(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _number(rng: random.Random, data: bytes) -> bytes:
    found = list(_NUMBER.finditer(data, rng.randrange(len(data) + 1)))[:50]
    if not found:
        return _byte(rng, data)
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(WORDS) + data[one.end() :]


def _word(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(WORDS) + data[at + rng.choice([0, 0, 1, 4]) :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.choice([1, 2, 8, 100]) :]


def _again(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    part = data[start : start + rng.choice([1, 4, 20, 200])]
    at = rng.randrange(len(data) + 1)
    return data[:at] + part + data[at:]


def _end(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _whole(rng: random.Random, data: bytes) -> bytes:
    """Change four or eight bytes that may be a length."""
    at, n = rng.randrange(len(data) + 1), rng.choice([4, 8])
    value = rng.choice([0, 1, 2, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 1 << 20])
    return data[:at] + value.to_bytes(n, rng.choice(["big", "little"])) + data[at + n :]


_CHANGES = (_byte, _byte, _number, _number, _word, _cut, _again, _end, _whole)
