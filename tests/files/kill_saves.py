"""Kill -9 a process that saves without end, at random moments, and look at what it leaves.

usage: kill_saves.py FOLDER N
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from clearprop.files import ModelFile, load_model, save_model
from clearprop.model import Parameters, mlp, parameter_shapes

NETWORK = mlp(64, 64, 10)


def model(value):
    parameters = Parameters(parameter_shapes(NETWORK))
    parameters.vector[...] = value
    return ModelFile(NETWORK, parameters, None, {"value": value})


def save_without_end(path):
    while True:
        for value in (1.0, 2.0):
            save_model(path, model(value))


def kill_one(path, seconds):
    child = os.fork()
    if child == 0:
        save_without_end(path)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main(folder, n):
    path, interrupted = folder / "m.safetensors", 0
    for _ in range(n):
        save_model(path, model(0.0))
        kill_one(path, random.uniform(0.001, 0.02))
        interrupted += len(list(folder.iterdir())) > 1
        found = load_model(path)
        assert found.facts["value"] in (0.0, 1.0, 2.0)
        assert np.all(found.parameters.vector == found.facts["value"])
    save_model(path, model(0.0))
    assert [entry.name for entry in folder.iterdir()] == [path.name]
    print(n, "kills,", interrupted, "of them within a save; every model whole")


main(Path(sys.argv[1]), int(sys.argv[2]))
