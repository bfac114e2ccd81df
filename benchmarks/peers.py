"""Training speed, side by side: the same data, the same networks, Adam, float32, all cores, one run.

    python benchmarks/peers.py                       # the table, on the screen
    python benchmarks/peers.py --write               # and into benchmarks/RESULTS.md
    python benchmarks/peers.py --cases 0,1 --without "PyTorch compiled"

Every contender trains the same epochs for a moment, in turn, round after round, and the medians are compared: what
disturbs the machine disturbs them all, and turns in its bad spells are repeated (`undisturbed.py`). On the widest
networks bf16 runs beside them; the peers are all in float32. Peers are optional: what is not installed is left out by
name. The peak is that of a loop of fused multiplications and additions of float32 in registers, measured in the same
run; the share counts the three products only.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from undisturbed import Machine

from clearprop.engines import ENGINES, Order, open_session
from clearprop.engines.native.threads import available_threads
from clearprop.equations import get_rule
from clearprop.model import Network, initial, mlp

RESULTS = Path(__file__).with_name("RESULTS.md")
MARK = "<!-- peers -->"
LEARNING_RATE = 1e-3
BF16 = "clearprop native bf16"
SETTLE, TURN = 0.15, 0.35  # seconds of a turn that are not counted, and that are


@dataclass(frozen=True)
class Case:
    """One network and how it is trained."""

    sizes: tuple[int, ...]
    hidden: str
    output: str
    batch_size: int
    n_steps: int

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))} {self.hidden}, {self.batch_size:,}"

    @property
    def network(self) -> Network:
        return mlp(*self.sizes, hidden=self.hidden, output=self.output)

    @property
    def operations(self) -> float:
        """Floating-point operations of the products of one step."""
        pairs = list(zip(self.sizes, self.sizes[1:], strict=False))
        return 2.0 * self.batch_size * (3 * sum(n * m for n, m in pairs) - pairs[0][0] * pairs[0][1])

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(0)
        n = self.batch_size * self.n_steps
        X = rng.standard_normal((n, self.sizes[0]), dtype=np.float32)
        if self.output == "softmax":
            return X, rng.integers(0, self.sizes[-1], n)
        return X, rng.standard_normal((n, self.sizes[-1]), dtype=np.float32)


CASES = (
    Case((20, 32, 32, 2), "relu", "softmax", 32, 400),
    Case((20, 64, 64, 2), "relu", "softmax", 128, 200),
    Case((4, 32, 16, 4), "tanh", "identity", 10_000, 20),
    Case((8, 208, 208, 1), "relu", "identity", 256, 40),
    Case((784, 256, 128, 10), "relu", "softmax", 128, 40),
    Case((54, 512, 512, 512, 7), "relu", "softmax", 256, 10),
    Case((1024, 1024, 1024, 10), "relu", "softmax", 512, 4),
)
ALSO_IN_BF16 = CASES[-3:]

Epoch = Callable[[], None]
"""Train one epoch of shuffled batches."""


def clearprop_engine(engine: str, case: Case, precision: str = "float32") -> Epoch:
    X, Y = case.data()
    network = case.network
    rule = get_rule("adam", learning_rate=LEARNING_RATE)
    session = open_session(network, initial(network, 0, np.float32), rule, engine=engine, precision=precision)
    rates, rng = np.full(case.n_steps, LEARNING_RATE), np.random.default_rng(1)
    return lambda: session.run(X, Y, None, Order.of(rng.permutation(len(X)), case.batch_size), rates) and None


def native(case: Case, precision: str = "float32") -> Epoch:
    if missing := ENGINES["native"].missing():
        raise ImportError(missing)
    return clearprop_engine("native", case, precision)


def native_bf16(case: Case) -> Epoch:
    return native(case, "bf16")


def numpy_engine(case: Case) -> Epoch:
    return clearprop_engine("numpy", case)


def scikit_learn(case: Case) -> Epoch:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    X, Y = case.data()
    kind = MLPClassifier if case.output == "softmax" else MLPRegressor
    model = kind(hidden_layer_sizes=case.sizes[1:-1], activation=case.hidden, alpha=0.0, batch_size=case.batch_size)
    target = Y[:, 0] if Y.ndim == 2 and Y.shape[1] == 1 else Y
    first = {"classes": np.arange(case.sizes[-1])} if case.output == "softmax" else {}
    model.partial_fit(X, target, **first)
    return lambda: model.partial_fit(X, target) and None


def _torch(case: Case, compiled: bool) -> Epoch:
    import torch

    torch.set_num_threads(available_threads())
    torch.manual_seed(0)
    X, Y = map(torch.from_numpy, case.data())
    function = torch.nn.ReLU if case.hidden == "relu" else torch.nn.Tanh
    layers: list[torch.nn.Module] = []
    for n, m in zip(case.sizes, case.sizes[1:], strict=False):
        layers += [torch.nn.Linear(n, m), function()]
    model = torch.nn.Sequential(*layers[:-1])
    loss = torch.nn.CrossEntropyLoss() if case.output == "softmax" else torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)

    def objective(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return loss(model(x), y)

    value = torch.compile(objective) if compiled else objective

    def epoch() -> None:
        for rows in torch.randperm(len(X)).split(case.batch_size):
            optimizer.zero_grad(set_to_none=True)
            value(X[rows], Y[rows]).backward()
            optimizer.step()

    return epoch


def pytorch(case: Case) -> Epoch:
    return _torch(case, compiled=False)


def pytorch_compiled(case: Case) -> Epoch:
    return _torch(case, compiled=True)


def jax_step(case: Case) -> tuple[Any, Any]:
    """Return optax's Adam, and the step ((parameters, moments), (x, y)) → ((parameters, moments), None)."""
    import jax
    import jax.numpy as jnp
    import optax

    optimizer = optax.adam(LEARNING_RATE)
    f = jax.nn.relu if case.hidden == "relu" else jnp.tanh

    def objective(parameters, x, y):
        *hidden, (W, b) = parameters
        for V, c in hidden:
            x = f(x @ V + c)
        z = x @ W + b
        if case.output == "softmax":
            return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()
        return 0.5 * ((z - y) ** 2).sum(axis=1).mean()

    def step(carry, rows):
        parameters, state = carry
        updates, state = optimizer.update(jax.grad(objective)(parameters, *rows), state)
        return (optax.apply_updates(parameters, updates), state), None

    return optimizer, step


def jax_scan(case: Case) -> Epoch:
    """The whole epoch is one compiled `lax.scan`; its parameters and moments are donated."""
    import jax
    import jax.numpy as jnp

    X, Y = map(jnp.asarray, case.data())
    keys = jax.random.split(jax.random.key(0), len(case.sizes))
    pairs = zip(keys, case.sizes, case.sizes[1:], strict=False)
    parameters = [(jax.random.normal(key, (n, m)) * (2 / n) ** 0.5, jnp.zeros(m)) for key, n, m in pairs]
    optimizer, step = jax_step(case)

    def train(carry, key):
        order = jax.random.permutation(key, len(X)).reshape(case.n_steps, case.batch_size)
        return jax.lax.scan(lambda carry, rows: step(carry, (X[rows], Y[rows])), carry, order)[0]

    scan = jax.jit(train, donate_argnums=0)
    carry = parameters, optimizer.init(parameters)
    key = jax.random.key(1)

    def epoch() -> None:
        nonlocal carry, key
        key, now = jax.random.split(key)
        carry = jax.block_until_ready(scan(carry, now))

    return epoch


CONTENDERS: dict[str, Callable[[Case], Epoch]] = {
    "clearprop native": native,
    BF16: native_bf16,
    "clearprop numpy": numpy_engine,
    "scikit-learn": scikit_learn,
    "PyTorch": pytorch,
    "PyTorch compiled": pytorch_compiled,
    "JAX scan": jax_scan,
}
PACKAGES = ("numpy", "scikit-learn", "torch", "jax")


def race(case: Case, names: list[str], rounds: int, host: Machine) -> dict[str, float]:
    """Return microseconds per step of every contender that is installed: medians over turns."""
    made = {name: partial(CONTENDERS[name], case) for name in names}
    return raced(made, lambda name: case.n_steps, rounds, host)


def raced(
    contenders: Mapping[str, Callable[[], Epoch]], n_steps: Callable[[str], int], rounds: int, host: Machine
) -> dict[str, float]:
    """Return microseconds per step of every contender that is installed, by the steps of its epochs."""
    epochs: dict[str, Epoch] = {}
    for name, made in contenders.items():
        try:
            epochs[name] = made()
        except ImportError as error:
            print(f"  {name} is left out: {error}")
            continue
        epochs[name]()
    taken: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(rounds):
        for name, epoch in epochs.items():
            taken[name] += host.undisturbed(partial(turn, epoch, n_steps(name)))
    return {name: median(times) for name, times in taken.items()}


def turn(epoch: Epoch, n_steps: int) -> list[float]:
    """Return microseconds per step of one turn's epochs; the last one's idle threads have gone to sleep by then."""
    times: list[float] = []
    start = time.perf_counter()
    while (now := time.perf_counter()) < start + SETTLE + TURN or not times:
        epoch()
        if now >= start + SETTLE:
            times.append((time.perf_counter() - now) / n_steps * 1e6)
    return times


def table(case: Case, found: dict[str, float], peak: float) -> list[str]:
    peers = [us for name, us in found.items() if not name.startswith("clearprop")]
    best = min(peers, default=float("nan"))
    lines = [
        f"### {case.name}",
        "",
        "| | samples/s | µs per step | times the best peer | share of peak |",
        "|---|---|---|---|---|",
    ]
    for name, us in sorted(found.items(), key=lambda item: item[1]):
        share = case.operations / (us * 1e-6) / peak if peak else float("nan")
        lines.append(f"| {name} | {case.batch_size / us * 1e6:,.0f} | {us:,.1f} | {best / us:.2f} | {share:.0%} |")
    return [*lines, ""]


def machine(peak: float) -> list[str]:
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), platform.processor()
    )
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    load = os.getloadavg()[0]
    return [
        f"{cpu}, {available_threads()} threads; peak {peak / 1e9:.0f} GFLOP/s in float32; load {load:.1f}.",
        f"Python {platform.python_version()}, {versions}; {time.strftime('%Y-%m-%d')}.",
        "",
    ]


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "(not installed)"


def write(lines: list[str], mark: str = MARK) -> None:
    """Put lines between the two marks of RESULTS.md."""
    before, _, after = RESULTS.read_text().split(mark)
    RESULTS.write_text(mark.join([before, "\n" + "\n".join(lines) + "\n", after]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=",".join(map(str, range(len(CASES)))), help="numbers, from 0")
    parser.add_argument("--without", action="append", default=[], choices=list(CONTENDERS), help="leave out")
    parser.add_argument("--rounds", type=int, default=5, help="turns of every contender")
    parser.add_argument("--write", action="store_true", help=f"write into {RESULTS.name}")
    arguments = parser.parse_args()

    host, lines = Machine(), []
    names = [name for name in CONTENDERS if name not in arguments.without]
    for number in map(int, arguments.cases.split(",")):
        case = CASES[number]
        racing = [name for name in names if name != BF16 or case in ALSO_IN_BF16]
        found = race(case, racing, arguments.rounds, host)
        lines += (rows := table(case, found, host.peak))
        print("\n".join(rows), flush=True)
    about = [*machine(host.peak), str(host), ""]
    print("\n".join(about))
    if arguments.write:
        write(about + lines)


if __name__ == "__main__":
    main()
