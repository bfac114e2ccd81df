"""The engine on JAX beside a scan written by hand for the same network, and beside the other engines, on the processor.

    OMP_NUM_THREADS=1 python benchmarks/jax_engine.py [--rounds 5]

784-256-128-10, ReLU, cross-entropy, Adam, 64 batches of 128 rows. Each is compiled before it is timed; then all take
turns, round after round. A figure is the least processor time of a step over the rounds.
"""

from __future__ import annotations

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.engines import Order, open_session
from clearprop.equations import get_rule
from clearprop.model import initial, mlp

SIZES, BATCH, N_STEPS = (784, 256, 128, 10), 128, 64


def by_hand(parameters, X, Y, rate: float):
    """Return a function that takes the steps: nothing but the network, and no look at what is finite."""
    arrays = {name: jnp.asarray(parameters[name]) for name in parameters}
    zeros = jax.tree.map(jnp.zeros_like, arrays)
    state = arrays, zeros, zeros, jnp.float32(0)
    batches = X.reshape(N_STEPS, BATCH, -1), Y.reshape(N_STEPS, BATCH)

    def objective(p, x, y):
        a = jax.nn.relu(x @ p["W1"] + p["b1"])
        a = jax.nn.relu(a @ p["W2"] + p["b2"])
        return -jnp.mean(jax.nn.log_softmax(a @ p["W3"] + p["b3"])[jnp.arange(len(y)), y])

    def step(state, batch):
        p, m, v, t = state
        J, g = jax.value_and_grad(objective)(p, *batch)
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        scale = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        p = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-8), p, m, v)
        return (p, m, v, t), J

    run = jax.jit(lambda state, x, y: jax.lax.scan(step, state, (x, y)))

    def call() -> None:
        nonlocal state
        state, losses = run(state, *batches)
        np.asarray(losses)

    return call


def ours(engine: str, dtype: str, parameters, X, Y, rate: float, network):
    session = open_session(network, parameters, get_rule("adam"), engine=engine, precision=dtype)
    order, rates = Order.of(np.arange(len(X)), BATCH), np.full(N_STEPS, rate)
    return lambda: session.run(X, Y, None, order, rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    network = mlp(*SIZES, hidden="relu", output="softmax")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((BATCH * N_STEPS, SIZES[0]), dtype=np.float32)
    Y = rng.integers(0, SIZES[-1], len(X))
    parameters = initial(network, 0, np.float32)
    calls = {"a scan by hand": by_hand(parameters, X, Y, 1e-3)}
    calls |= {
        f"clearprop, {name}": ours(name, "float32", parameters, X, Y, 1e-3, network)
        for name in ("jax", "native", "numpy")
    }
    least = dict.fromkeys(calls, float("inf"))
    for turn in range(rounds + 1):
        for name, call in calls.items():
            began = time.process_time()
            call()
            if turn:  # the first compiles
                least[name] = min(least[name], (time.process_time() - began) / N_STEPS)
    print("| who | µs a step | beside the scan by hand |\n| --- | ---: | ---: |")
    for name, seconds in least.items():
        print(f"| {name} | {1e6 * seconds:,.0f} | {seconds / least['a scan by hand']:.2f} |")


if __name__ == "__main__":
    main()
