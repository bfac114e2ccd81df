"""Fuzz the model file loader, guided by coverage.

    pip install atheris
    python fuzz/model_file.py CORPUS_FOLDER -runs=10000000 -max_len=4096 -timeout=5 -rss_limit_mb=512

The arguments are those of libFuzzer. Any outcome other than a refusal in our words or a sound model is a crash.
"""

import io
import random
import sys
import warnings
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "files"))

with atheris.instrument_imports(include=["clearprop.files", "json"]):
    from clearprop.files._format import read_contents

import numpy as np
from mutations import mutate

from clearprop.errors import ModelFileError, UsageError


def load_one(data: bytes) -> None:
    try:
        contents = read_contents(io.BytesIO(data))
    except (ModelFileError, UsageError):
        return
    if not np.all(np.isfinite(contents.parameters.vector)):
        raise AssertionError("a model with parameters that are not finite was loaded")


def mutate_one(data: bytes, max_size: int, seed: int) -> bytes:
    rng = random.Random(seed)
    return atheris.Mutate(data, max_size) if rng.random() < 0.2 else mutate(rng, data)[:max_size]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, load_one, custom_mutator=mutate_one)
    atheris.Fuzz()
