"""The bf16 mode of the native engine: rounded operands, everything else in float32."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.engines import Order, Request, exactly_threads, open_session
from clearprop.engines.native.core import native_missing
from clearprop.engines.native.engine import NativeEngine
from clearprop.equations.optimizers import Adam
from clearprop.errors import EngineCannot, UsageError
from clearprop.model import Dense, Inputs, Network, initial, mlp

pytestmark = pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")

NETWORKS = (
    mlp(7, 33, 5, 3, output="softmax"),
    mlp(40, 70, 50, 1, hidden="gelu", dropout=0.2),
    Network(Inputs(3, (4, 5), (2, "one-hot")), (Dense(17, "tanh"), Dense(2, "identity")), "squared_error"),
)


def rounded(values: np.ndarray) -> np.ndarray:
    """Return float32 rounded to nearest even at the upper 16 bits, by arithmetic on the bits."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32).astype(np.float64)


def problem(network: Network, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    X = rng.standard_normal((n, network.inputs.n_columns)).astype(np.float32)
    for k, codes in enumerate(network.inputs.categories, start=network.inputs.n_numeric):
        X[:, k] = rng.integers(0, codes, n)
    if network.takes_classes:
        return X, rng.integers(0, network.n_out, n)
    return X, rng.standard_normal((n, network.n_out)).astype(np.float32)


@pytest.mark.parametrize("instruction_set", NativeEngine.instruction_sets())
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("n", [1, 13, 66])
def test_products_are_those_of_the_rounded_operands(instruction_set: str, network: Network, n: int):
    X, Y = problem(network, n)
    request = Request(network, Adam(), "bf16")
    t = NativeEngine(instruction_set).open(request, initial(network, 2, np.float32), seed=4).trace(X, Y)
    for l in range(1, network.L + 1):
        x = t.a[l - 1] if t.mask[l - 1] is None else t.a[l - 1] * t.mask[l - 1]
        z = rounded(x) @ rounded(t.parameters[f"W{l}"]) + t.parameters[f"b{l}"]
        np.testing.assert_allclose(t.z[l], z, rtol=2e-5, atol=2e-5)
        np.testing.assert_allclose(t.dW[l], rounded(x).T @ rounded(t.delta[l]), rtol=2e-5, atol=2e-6)
        np.testing.assert_allclose(t.db[l], t.delta[l].sum(axis=0), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_trace_is_near_that_of_float32(network: Network):
    """8 significant bits: 2⁻⁸ of rounding per factor, times three layers."""
    X, Y = problem(network, 40)
    parameters = initial(network, 2, np.float32)
    exact = open_session(network, parameters, Adam(), seed=4, engine="numpy").trace(X, Y)
    found = open_session(network, parameters, Adam(), seed=4, engine="native", precision="bf16").trace(X, Y)
    np.testing.assert_allclose(found.a[-1], exact.a[-1], atol=0.03 * np.abs(exact.a[-1]).max())


def test_any_number_of_threads_gives_the_same_bits():
    network = mlp(40, 300, 260, 10, output="softmax")
    X, Y = problem(network, 1000)
    order = Order.of(np.arange(1000, dtype=np.int64), 450)
    found = []
    for n_threads in (1, 3):
        with exactly_threads(n_threads):
            session = open_session(
                network, initial(network, 2, np.float32), Adam(), seed=4, engine="native", precision="bf16"
            )
        session.run(X, Y, None, order, np.full(3, 1e-2))
        found.append(session.get_state().parameters.tobytes())
    assert found[0] == found[1]


def test_everything_is_kept_in_float32():
    network = NETWORKS[0]
    session = open_session(network, initial(network, 2), Adam(), engine="native", precision="bf16")
    assert session.rounding == 2.0**-8
    assert session.predict(problem(network, 3)[0]).dtype == np.float32
    assert {array.dtype.name for array in session.get_state().slots.values()} == {"float32"}


def test_no_other_engine_takes_its_place():
    with pytest.raises(EngineCannot, match=r'cannot do precision="bf16".*Or use engine="auto"'):
        open_session(NETWORKS[0], initial(NETWORKS[0], 2), engine="numpy", precision="bf16")
    with pytest.raises(UsageError, match="did you mean 'bf16'"):
        Request(NETWORKS[0], Adam(), "bf61")
