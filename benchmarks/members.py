"""Many networks of one shape at once, side by side: the same data, k members with weights and an order of their own.

    python benchmarks/members.py                  # the tables, on the screen
    python benchmarks/members.py --write          # and into benchmarks/RESULTS.md
    python benchmarks/members.py --cases 0 --members 8,32

Adam, float32, all cores. Ours are trained side by side, a thread each, and, for comparison, one after the other on all
threads. JAX has `vmap` of its scan over an epoch, PyTorch `torch.func.vmap` over stacked parameters, scikit-learn a
process of joblib's pool for each. What is compared is member-steps a second; turns and medians are those of `peers.py`.
The last table is of 200 fits of a tiny table: one after the other, and as the members of one fit.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from peers import CASES, LEARNING_RATE, Case, Epoch, jax_step, machine, raced, write
from undisturbed import Machine

from clearprop.engines import Order, Session, at_most_threads, available_threads, open_session, side_by_side
from clearprop.equations import get_rule
from clearprop.model import initial

MARK = "<!-- members -->"
MEMBERS = (8, 32, 128)
NETWORKS = tuple(replace(CASES[k], n_steps=n) for k, n in ((0, 200), (1, 100), (3, 20)))
GOALS = (6.0, 3.5, 2.0)
"""Times the best peer, of each network."""
TOGETHER, IN_TURN = "clearprop side by side", "clearprop one after the other"
SKLEARN_EPOCHS = 5  # of one task of joblib's pool, so that sending the network is little of it
FITS = 200


def sessions(case: Case, k: int) -> list[Session]:
    rule = get_rule("adam", learning_rate=LEARNING_RATE)
    return [open_session(case.network, initial(case.network, i, np.float32), rule, engine="native") for i in range(k)]


def epoch_of(case: Case, of: list[Session]) -> Callable[[int], None]:
    """Return what trains one epoch of the i-th member."""
    X, Y = case.data()
    rates, rngs = np.full(case.n_steps, LEARNING_RATE), [np.random.default_rng(i) for i in range(len(of))]

    def train(i: int) -> None:
        of[i].run(X, Y, None, Order.of(rngs[i].permutation(len(X)), case.batch_size), rates)

    return train


def beside(case: Case, k: int) -> Epoch:
    with at_most_threads(1):
        train = epoch_of(case, sessions(case, k))
    return lambda: list(side_by_side(train, range(k), available_threads())) and None


def in_turn(case: Case, k: int) -> Epoch:
    train = epoch_of(case, sessions(case, k))
    return lambda: [train(i) for i in range(k)] and None


def jax_vmap(case: Case, k: int) -> Epoch:
    """The scan over an epoch, mapped over the members; their parameters and moments are donated."""
    import jax
    import jax.numpy as jnp

    X, Y = map(jnp.asarray, case.data())
    pairs = list(zip(case.sizes, case.sizes[1:], strict=False))
    optimizer, step = jax_step(case)

    def start(key: Any) -> Any:
        keys = jax.random.split(key, len(pairs))
        layers = zip(keys, pairs, strict=True)
        drawn = [(jax.random.normal(key, (n, m)) * (2 / n) ** 0.5, jnp.zeros(m)) for key, (n, m) in layers]
        return drawn, optimizer.init(drawn)

    def train(carry: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(X)).reshape(case.n_steps, case.batch_size)
        return jax.lax.scan(lambda carry, rows: step(carry, (X[rows], Y[rows])), carry, order)[0]

    scan = jax.jit(jax.vmap(train), donate_argnums=0)
    carry, key = jax.vmap(start)(jax.random.split(jax.random.key(0), k)), jax.random.key(1)

    def epoch() -> None:
        nonlocal carry, key
        key, now = jax.random.split(key)
        carry = jax.block_until_ready(scan(carry, jax.random.split(now, k)))

    return epoch


def torch_vmap(case: Case, k: int) -> Epoch:
    """Gradients by `vmap(grad(...))` over stacked parameters, one fused Adam for all of them."""
    import torch
    from torch.func import grad, vmap

    torch.set_num_threads(available_threads())
    torch.manual_seed(0)
    X, Y = map(torch.from_numpy, case.data())
    pairs = list(zip(case.sizes, case.sizes[1:], strict=False))
    f = torch.relu if case.hidden == "relu" else torch.tanh
    parameters = [(torch.randn(k, n, m) * (2 / n) ** 0.5, torch.zeros(k, m)) for n, m in pairs]
    flat = [array.requires_grad_() for pair in parameters for array in pair]
    optimizer = torch.optim.Adam(flat, lr=LEARNING_RATE, fused=True)

    def objective(flat: tuple[torch.Tensor, ...], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        *hidden, (W, b) = zip(flat[::2], flat[1::2], strict=True)
        for V, c in hidden:
            x = f(x @ V + c)
        z = x @ W + b
        if case.output == "softmax":
            return torch.nn.functional.cross_entropy(z, y)
        return 0.5 * ((z - y) ** 2).sum(dim=1).mean()

    slopes = vmap(grad(objective))

    def epoch() -> None:
        order = torch.stack([torch.randperm(len(X)) for _ in range(k)])
        for rows in order.split(case.batch_size, dim=1):
            found = slopes(tuple(array.detach() for array in flat), X[rows], Y[rows])
            for array, slope in zip(flat, found, strict=True):
                array.grad = slope
            optimizer.step()

    return epoch


def sklearn_task(case: Case, X: np.ndarray, Y: np.ndarray, seed: int) -> None:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPClassifier if case.output == "softmax" else MLPRegressor
    model = kind(
        hidden_layer_sizes=case.sizes[1:-1], activation=case.hidden, alpha=0.0, batch_size=case.batch_size,
        max_iter=SKLEARN_EPOCHS, n_iter_no_change=10**6, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, Y[:, 0] if Y.ndim == 2 and Y.shape[1] == 1 else Y)


def scikit_learn(case: Case, k: int) -> Epoch:
    from joblib import Parallel, delayed

    X, Y = case.data()
    pool = Parallel(n_jobs=available_threads())
    return lambda: pool(delayed(sklearn_task)(case, X, Y, seed) for seed in range(k)) and None


CONTENDERS: dict[str, Callable[[Case, int], Epoch]] = {
    TOGETHER: beside,
    IN_TURN: in_turn,
    "JAX vmap": jax_vmap,
    "PyTorch vmap": torch_vmap,
    "scikit-learn, joblib": scikit_learn,
}


def race(case: Case, k: int, names: list[str], rounds: int, host: Machine) -> dict[str, float]:
    """Return microseconds a member-step of every contender that is installed: medians over turns."""
    made = {name: partial(CONTENDERS[name], case, k) for name in names}
    steps = k * case.n_steps
    return raced(made, lambda name: steps * (SKLEARN_EPOCHS if name.startswith("scikit") else 1), rounds, host)


def table(case: Case, goal: float, k: int, found: dict[str, float]) -> list[str]:
    best = min((us for name, us in found.items() if not name.startswith("clearprop")), default=float("nan"))
    lines = [
        f"### {k} members, {case.name} (goal: {goal:g} times the best peer)",
        "",
        "| | member-steps/s | µs per member-step | times the best peer |",
        "|---|---|---|---|",
    ]
    for name, us in sorted(found.items(), key=lambda item: item[1]):
        lines.append(f"| {name} | {1e6 / us:,.0f} | {us:,.2f} | {best / us:.2f} |")
    if {TOGETHER, IN_TURN} <= set(found):
        lines += ["", f"Side by side against one after the other: {found[IN_TURN] / found[TOGETHER]:.2f} times."]
    return [*lines, ""]


def tiny(rounds: int, host: Machine) -> list[str]:
    """Race 200 fits of a tiny table against one fit of 200 members."""
    from clearprop import TableClassifier

    rng = np.random.default_rng(0)
    data = {f"x{j}": rng.normal(size=200) for j in range(10)} | {"y": rng.integers(0, 2, 200)}

    def loop() -> float:
        began = time.perf_counter()
        for seed in range(FITS):
            TableClassifier("y", hidden=(16,), n_epochs=3, random_state=seed).fit(data)
        return time.perf_counter() - began

    def together() -> float:
        began = time.perf_counter()
        TableClassifier("y", hidden=(16,), n_epochs=3, members=FITS, by="seeds").fit(data)
        return time.perf_counter() - began

    found: dict[str, list[float]] = {"one after the other": [], "members of one fit": []}
    for _ in range(rounds):
        for times, race in zip(found.values(), (loop, together), strict=True):
            times.append(host.undisturbed(race))
    one, other = (median(times) for times in found.values())
    return [
        f"### {FITS} fits of a table of 200 × 10, 3 epochs (goal: 0.35 times)",
        "",
        f"One after the other {one:.2f} s, as the members of one fit {other:.2f} s: {other / one:.2f} times.",
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="0,1,2", help="numbers of networks, from 0")
    parser.add_argument("--members", default=",".join(map(str, MEMBERS)), help="numbers of members")
    parser.add_argument("--without", action="append", default=[], choices=list(CONTENDERS), help="leave out")
    parser.add_argument("--rounds", type=int, default=5, help="turns of every contender")
    parser.add_argument("--write", action="store_true", help="write into RESULTS.md")
    arguments = parser.parse_args()

    host, lines = Machine(), []
    names = [name for name in CONTENDERS if name not in arguments.without]
    for number in map(int, arguments.cases.split(",")):
        for k in map(int, arguments.members.split(",")):
            found = race(NETWORKS[number], k, names, arguments.rounds, host)
            lines += (rows := table(NETWORKS[number], GOALS[number], k, found))
            print("\n".join(rows), flush=True)
    lines += (rows := tiny(arguments.rounds, host))
    print("\n".join(rows))
    about = [*machine(host.peak), str(host), ""]
    print("\n".join(about))
    if arguments.write:
        write(about + lines, MARK)


if __name__ == "__main__":
    main()
