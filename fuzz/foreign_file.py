"""Fuzz the readers of other tools' files.

    python fuzz/foreign_file.py --runs 1000000 --seed 0 --seconds 3600

Mutations of sound files (tests/adopt/mutate_foreign.py), drawn at random. Any outcome other than a refusal in our words
or a network of finite weights ends the run, and the file is left as crash.bin. Slow ones are counted.
"""

import argparse
import random
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "adopt"))

import numpy as np
from foreign_files import corpus, seeds
from mutate_foreign import mutate

from clearprop.errors import ForeignFileError, ReaderCannot, UsageError
from clearprop.exchange.adopted import adopt_foreign
from clearprop.exchange.readers import Asked, take_apart

NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width", "age", "income", "smoker")
ASKED = Asked(activations="relu", ranges=dict.fromkeys(NAMES, (0.0, 8.0)))
SLOW = 5.0


def read_one(data: bytes) -> bool:
    """Return whether a file was a sound network."""
    try:
        adopted = adopt_foreign(take_apart(data, ASKED))
    except (ReaderCannot, ForeignFileError, UsageError):
        return False
    if not all(np.isfinite(layer.W).all() and np.isfinite(layer.b).all() for layer in adopted.layers):
        raise AssertionError("a network of weights that are not finite was read")
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    rng, files = random.Random(asked.seed), [*seeds(), *(data for data in corpus().values() if len(data) < 40_000)]
    begun, sound, slow, runs = time.monotonic(), 0, 0, 0
    while runs < asked.runs and time.monotonic() - begun < asked.seconds:
        data = mutate_any(rng, rng.choice(files))
        started = time.process_time()
        try:
            sound += read_one(data)
        except BaseException:
            Path("crash.bin").write_bytes(data)
            raise
        slow += time.process_time() - started > SLOW
        runs += 1
        if runs % 100_000 == 0:
            print(f"{runs} so far, {sound} sound", flush=True)
    print(f"{runs} inputs, {sound} sound networks, {slow} over {SLOW:g} s, 0 crashes")


def mutate_any(rng: random.Random, data: bytes) -> bytes:
    try:
        return mutate(rng, data)
    except Exception:  # what is too broken to be unpacked is changed as bytes
        return mutate(rng, b"\n" + data)[1:]


if __name__ == "__main__":
    main()
