"""MNIST, 784-256-128-10, ReLU, Adam: test accuracy epoch by epoch.

    python benchmarks/mnist.py FOLDER [--engine numpy] [--epochs 10] [--target 0.978]

FOLDER holds the four gzipped IDX files of MNIST (train-images-idx3-ubyte.gz ...). Exits with 1 if the target is missed.
"""

from __future__ import annotations

import argparse
import gzip
import struct
import sys
import time
from pathlib import Path

import numpy as np

from clearprop import mlp
from clearprop.engines import ENGINES, open_session
from clearprop.equations import get_rule, get_schedule
from clearprop.model import initial
from clearprop.training import EpochEnded, Event, Plan, Rows, Training, evaluate


def read_idx(path: Path) -> np.ndarray:
    """Read one gzipped IDX file of bytes."""
    data = gzip.decompress(path.read_bytes())
    dimensions = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dimensions)


def read_mnist(folder: Path, part: str) -> Rows:
    """Return the rows of "train" or "t10k", pixels scaled to [0, 1]."""
    X = read_idx(folder / f"{part}-images-idx3-ubyte.gz").reshape(-1, 784).astype(np.float32) / 255
    return Rows(X, read_idx(folder / f"{part}-labels-idx1-ubyte.gz").astype(np.int64))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", default="numpy", choices=sorted(ENGINES))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", type=float, default=0.978)
    arguments = parser.parse_args()

    train, test = read_mnist(arguments.folder, "train"), read_mnist(arguments.folder, "t10k")
    network = mlp(784, 256, 128, 10, hidden="relu", output="softmax")
    rule = get_rule("adam")
    parameters = initial(network, arguments.seed, np.float32)
    session = open_session(network, parameters, rule, arguments.seed, engine=arguments.engine)
    started = time.perf_counter()

    def report(event: Event) -> None:
        if isinstance(event, EpochEnded):
            accuracy = evaluate(session, network, test)[1]
            seconds = time.perf_counter() - started
            print(f"epoch {event.record.epoch:2d}  loss {event.record.loss:.4f}  test {accuracy:.4f}  {seconds:6.1f} s")

    plan = Plan(n_epochs=arguments.epochs, batch_size=128, schedule=get_schedule("cosine"), seed=arguments.seed)
    Training(session, network, train, plan, listeners=[report]).run()
    accuracy = evaluate(session, network, test)[1]
    print(f"{arguments.engine}: test accuracy {accuracy:.4f} (target {arguments.target})")
    sys.exit(accuracy < arguments.target)


if __name__ == "__main__":
    main()
