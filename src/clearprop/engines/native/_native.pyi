from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

INTERFACE: int
ACTIVATIONS: tuple[str, ...]
STAGES: dict[str, tuple[str, ...]]
LOSSES: dict[str, tuple[str, ...]]
RULES: dict[str, tuple[str, ...]]
LOOKAHEAD: tuple[str, ...]
INSTRUCTION_SETS: tuple[str, ...]

class Network:
    def __init__(
        self,
        stages: list[tuple[str, list[float]]],
        layers: list[dict[str, Any]],
        objective: dict[str, Any],
        optimizer: dict[str, Any],
        seed: int,
    ) -> None: ...

class _Session:
    def __init__(self, network: Network, n_threads: int, instruction_set: str, bf16: bool, exactly: bool) -> None: ...
    step: int
    @property
    def size(self) -> int: ...
    def set_parameters(self, flat: Array) -> None: ...
    def set_slot(self, i: int, flat: Array) -> None: ...
    def get_parameters(self, flat: Array) -> None: ...
    def get_slot(self, i: int, flat: Array) -> None: ...
    def predict(self, X: Array, out: Array) -> None: ...
    def run(
        self,
        X: Array,
        Y: Array | None,
        classes: Array | None,
        weights: Array | None,
        order: Array,
        cuts: Array,
        learning_rates: Array,
        found: Array,
        shards: int,
    ) -> int: ...
    def shard_gradients(
        self,
        X: Array,
        Y: Array | None,
        classes: Array | None,
        weights: Array | None,
        rows: Array,
        part: tuple[int, int, int],
        gradient: Array,
    ) -> tuple[float, float]: ...
    def apply(
        self, gradient: Array, D: float, total_weight: float, learning_rate: float
    ) -> tuple[float, float, float, bool]: ...
    def evaluate(
        self,
        X: Array,
        Y: Array | None,
        classes: Array | None,
        weights: Array | None,
        gradient: Array,
        losses: Array,
        trace: bool,
    ) -> tuple[float, float]: ...
    def read(self, name: str, l: int, out: Array) -> bool: ...

class SessionFloat32(_Session): ...
class SessionFloat64(_Session): ...

def peak(n_threads: int, float64: bool = False) -> float: ...
