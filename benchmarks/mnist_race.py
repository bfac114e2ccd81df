"""MNIST to 98 % test accuracy: the native engine in float32 and bf16, and JAX with each epoch under one `lax.scan`.

    python benchmarks/mnist_race.py FOLDER [--seeds 8] [--target 0.98]

784-256-128-10, ReLU, Adam at 0.001, batches of 128: the same first weights and the same order of rows for all. The
seconds are those of the epochs alone, up to the first after which the target is met; compiling and scoring are not
counted. When the target is met is a matter of luck, so the seconds of an epoch stand beside. FOLDER holds the four
gzipped IDX files of MNIST.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import numpy as np
from mnist import read_mnist
from peers import LEARNING_RATE, Case, jax_step, machine

from clearprop.engines import Order, open_session
from clearprop.engines.native.core import core
from clearprop.engines.native.threads import available_threads
from clearprop.equations import get_rule
from clearprop.model import Parameters, as_lists, initial, parameter_shapes
from clearprop.training import Rows

MNIST = Case((784, 256, 128, 10), "relu", "softmax", 128, 60_000 // 128)
MOST_EPOCHS = 30

Train = Callable[[np.ndarray], None]
"""Train one epoch on rows in that order."""
Predict = Callable[[np.ndarray], np.ndarray]


def native(train: Rows, parameters: Parameters, precision: str | None) -> tuple[Train, Predict]:
    rule, rates = get_rule("adam", learning_rate=LEARNING_RATE), np.full(MNIST.n_steps, LEARNING_RATE)
    session = open_session(MNIST.network, parameters, rule, 0, engine="native", precision=precision)

    def epoch(order: np.ndarray) -> None:
        session.run(train.X, train.Y, None, Order.of(order.ravel(), MNIST.batch_size), rates)

    return epoch, session.predict


def jax_scan(train: Rows, parameters: Parameters) -> tuple[Train, Predict]:
    import jax
    import jax.numpy as jnp

    X, Y = jnp.asarray(train.X), jnp.asarray(train.Y)
    W, b, _ = as_lists(MNIST.network, parameters)
    start = [(jnp.asarray(V), jnp.asarray(c)) for V, c in zip(W[1:], b[1:], strict=True)]
    optimizer, step = jax_step(MNIST)

    def along(carry, order):
        return jax.lax.scan(lambda carry, rows: step(carry, (X[rows], Y[rows])), carry, order)[0]

    scan = jax.jit(along, donate_argnums=0)
    carry = start, optimizer.init(start)
    scan(jax.tree.map(jnp.copy, carry), jnp.zeros((MNIST.n_steps, MNIST.batch_size), int))  # compiled from here on

    def epoch(order: np.ndarray) -> None:
        nonlocal carry
        carry = jax.block_until_ready(scan(carry, jnp.asarray(order)))

    def predict(rows: np.ndarray) -> np.ndarray:
        flat = np.concatenate([np.ravel(array) for layer in carry[0] for array in layer])
        learned = Parameters(parameter_shapes(MNIST.network), flat)
        return open_session(MNIST.network, learned, get_rule("sgd"), 0, engine="native").predict(rows)

    return epoch, predict


def run(contender: tuple[Train, Predict], test: Rows, seed: int, target: float) -> tuple[int, float, float]:
    """Return epochs and seconds until the target is met, and the accuracy reached."""
    (epoch, predict), rng = contender, np.random.default_rng(seed)
    n, seconds, accuracy = 0, 0.0, 0.0
    while accuracy < target and n < MOST_EPOCHS:
        order = rng.permutation(60_000)[: MNIST.n_steps * MNIST.batch_size].reshape(MNIST.n_steps, -1)
        started = time.perf_counter()
        epoch(order)
        seconds += time.perf_counter() - started
        accuracy = float(np.mean(predict(test.X).argmax(axis=1) == test.Y))
        n += 1
    return n, seconds, accuracy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--target", type=float, default=0.98)
    arguments = parser.parse_args()

    train, test = read_mnist(arguments.folder, "train"), read_mnist(arguments.folder, "t10k")
    print("\n".join(machine(core.peak(available_threads()))))
    ways = {
        "clearprop native": lambda start: native(train, start, None),
        "clearprop native bf16": lambda start: native(train, start, "bf16"),
        "JAX scan": lambda start: jax_scan(train, start),
    }
    found: dict[str, list[tuple[int, float, float]]] = {name: [] for name in ways}
    for seed in range(arguments.seeds):
        start = initial(MNIST.network, seed, np.float32)
        for name, way in ways.items():
            found[name].append(run(way(start), test, seed, arguments.target))
            print(f"  {name}, seed {seed}: epochs, seconds, accuracy {found[name][-1]}", flush=True)
    print("\n".join(table(found)))


def table(found: dict[str, list[tuple[int, float, float]]]) -> list[str]:
    lines = ["| | epochs | seconds, mean | least to most | times JAX | an epoch | times JAX |", "|---" * 7 + "|"]
    peer, peer_epoch = means(found["JAX scan"])
    for name, runs in found.items():
        counts, seconds = [n for n, _, _ in runs], [seconds for _, seconds, _ in runs]
        total, epoch = means(runs)
        lines.append(
            f"| {name} | {min(counts)} to {max(counts)} | {total:.2f} | {min(seconds):.2f} to {max(seconds):.2f} "
            f"| {peer / total:.2f} | {epoch:.3f} | {peer_epoch / epoch:.2f} |"
        )
    return lines


def means(runs: list[tuple[int, float, float]]) -> tuple[float, float]:
    """Return the mean seconds of a run, and the median seconds of an epoch."""
    return mean(seconds for _, seconds, _ in runs), median(seconds / n for n, seconds, _ in runs)


if __name__ == "__main__":
    main()
