"""Input stages: what they do by hand, and every derivative of them against jax, which is told the forward pass only."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from clearprop.equations.slots import join, split
from clearprop.equations.stages import STAGES, Beside, Embedding, Numbers, OneHot, Staircase, get_stage
from clearprop.errors import UsageError
from new_stages import Scaling, Waves

jax.config.update("jax_enable_x64", True)

STAGES_HERE = [
    Numbers(3),
    Staircase(3),
    OneHot(4),
    Embedding(4, 2),
    Scaling(3),
    Waves(2, 3),
    Beside((Numbers(2), Waves(1, 2), Scaling(2), Staircase(4), OneHot(3), Embedding(5, 2))),
]
BATCH = 6


def test_every_stage_of_the_table_is_among_them():
    assert set(STAGES.values()) <= {type(stage) for stage in STAGES_HERE}


def drawn(stage, seed=1):
    """Return X, parameters, a direction, an upstream gradient and its change."""
    rng = np.random.default_rng(seed)
    each = stage.stages if isinstance(stage, Beside) else (stage,)
    columns = [
        rng.integers(0, one.n_codes, (BATCH, 1)) if one.n_codes else rng.standard_normal((BATCH, one.n_columns))
        for one in each
    ]
    p, v = ({slot.name: rng.standard_normal(slot.shape) for slot in stage.slots} for _ in range(2))
    u, Ru = rng.standard_normal((2, BATCH, stage.width))
    return np.concatenate(columns, axis=1).astype(float), p, v, u, Ru


def same(found, expected):
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("stage", STAGES_HERE, ids=lambda stage: stage.name)
def test_the_derivatives_by_its_parameters_are_those_of_its_forward_pass(stage):
    X, p, v, u, Ru = drawn(stage)

    def y(p):
        return jnp.asarray(stage.forward(jnp.asarray(X), p))

    def pulled(p, u):
        return jax.vjp(y, p)[1](u)[0]

    if not stage.slots:
        assert stage.pullback(X, p, u) == {}
        assert not stage.pushforward(X, p, v).any()
        assert not stage.acceleration(X, p, v).any()
        return
    jp, jv = jax.tree.map(jnp.asarray, (p, v))
    same(stage.pullback(X, p, u), pulled(jp, u))
    same({"y": stage.forward(X, p)}, {"y": y(jp)})
    same({"Ry": stage.pushforward(X, p, v)}, {"Ry": jax.jvp(y, (jp,), (jv,))[1]})
    same({"RRy": stage.acceleration(X, p, v)}, {"RRy": jax.jvp(lambda p: jax.jvp(y, (p,), (jv,))[1], (jp,), (jv,))[1]})
    same(stage.r_pullback(X, p, u, v, Ru), jax.jvp(pulled, (jp, u), (jv, Ru))[1])


@pytest.mark.parametrize("stage", STAGES_HERE, ids=lambda stage: stage.name)
def test_the_gradient_by_its_numbers_is_that_of_its_forward_pass(stage):
    X, p, _, u, _ = drawn(stage)
    found = stage.input_gradient(X, p, u)
    each = stage.stages if isinstance(stage, Beside) else (stage,)
    numbers = sum(one.n_columns for one in each if not one.n_codes)
    if not numbers:
        assert found is None
        return

    def total(x):
        return jnp.sum(u * stage.forward(jnp.concatenate([x, X[:, numbers:]], axis=1), jax.tree.map(jnp.asarray, p)))

    np.testing.assert_allclose(found, jax.grad(total)(jnp.asarray(X[:, :numbers])), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("stage", [stage for stage in STAGES_HERE if stage.slots], ids=lambda stage: stage.name)
def test_what_is_asked_of_every_row_is_what_each_row_alone_gives(stage):
    X, p, v, _, _ = drawn(stage)
    rng = np.random.default_rng(2)
    upstream, weights = rng.standard_normal((BATCH, 3, stage.width)), rng.uniform(0, 1, (BATCH, 3))
    alone = [
        [join(stage.slots, stage.pullback(X[n : n + 1], p, upstream[n, k][None])) for k in range(3)]
        for n in range(BATCH)
    ]
    rows = join(stage.slots, stage.row_pullback(X, p, upstream))
    np.testing.assert_allclose(rows, alone, rtol=1e-13)
    np.testing.assert_allclose(stage.row_squares(X, p, upstream[:, 1]), np.sum(rows[:, 1] ** 2, axis=-1), rtol=1e-12)
    found = join(stage.slots, stage.curvature(X, p, upstream, weights))
    np.testing.assert_allclose(found, np.einsum("nk,nki->i", weights, rows**2), rtol=1e-12)

    t = rng.standard_normal((4, BATCH))
    moved = stage.moved(X, p, v, t)
    for i, n in np.ndindex(t.shape):
        there = {name: p[name] + t[i, n] * v[name] for name in p}
        np.testing.assert_allclose(moved[i, n], stage.forward(X[n : n + 1], there)[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("stage", STAGES_HERE, ids=lambda stage: stage.name)
@pytest.mark.parametrize("shared", [True, False], ids=["the same rows", "rows of their own"])
def test_leading_axes_are_carried_along(stage, shared):
    """Three sets of parameters at once, to the bit."""
    each = [drawn(stage, seed) for seed in range(3)]
    X = each[0][0] if shared else np.stack([one[0] for one in each])
    p, v = ({name: np.stack([one[i][name] for one in each]) for name in each[0][i]} for i in (1, 2))
    u, Ru = (np.stack([one[i] for one in each]) for i in (3, 4))
    for k, (own, *rest) in enumerate(each):
        x, arguments = each[0][0] if shared else own, rest
        for method, together, singly in (
            ("forward", (p,), arguments[:1]),
            ("pushforward", (p, v), arguments[:2]),
            ("acceleration", (p, v), arguments[:2]),
        ):
            found = np.asarray(getattr(stage, method)(X, *together))
            expected = getattr(stage, method)(x, *singly)
            assert np.array_equal(np.broadcast_to(found, (3, *expected.shape))[k], expected), method
        for method, together, singly in (
            ("pullback", (p, u), (rest[0], rest[2])),
            ("r_pullback", (p, u, v, Ru), (rest[0], rest[2], rest[1], rest[3])),
        ):
            found, expected = getattr(stage, method)(X, *together), getattr(stage, method)(x, *singly)
            assert all(np.array_equal(found[name][k], expected[name]) for name in expected), method


X = np.array([[0.5, 2.0, 0.0], [-1.0, 0.0, 1.0], [3.0, 2.0, 1.0]])
E = np.arange(6.0).reshape(3, 2)


def test_numbers_pass_codes_become_rows():
    stage = Beside((Numbers(1), Embedding(3, 2), OneHot(2)))
    assert [slot.name for slot in stage.slots] == ["E1"]
    assert stage.forward(X, {"E1": E}).tolist() == [[0.5, 4, 5, 1, 0], [-1, 0, 1, 0, 1], [3, 4, 5, 0, 1]]
    assert np.shares_memory(Beside((Numbers(3),)).forward(X, {}), X)


def test_a_place_in_a_row_of_bins_becomes_a_staircase():
    """Below the first bin, on its lower edge, within, on an edge between two, in the last bin, at and above its end."""
    p = np.array([-1.0, 0.0, 0.25, 1.0, 2.75, 3.0, 9.0])[:, None]
    expected = [[0, 0, 0], [0, 0, 0], [0.25, 0, 0], [1, 0, 0], [1, 1, 0.75], [1, 1, 1], [1, 1, 1]]
    assert Staircase(3).forward(p, {}).tolist() == expected
    upstream = np.array([[1.0, 10.0, 100.0]] * 7)
    assert Staircase(3).input_gradient(p, {}, upstream)[[0, 2, 4, 6], 0].tolist() == [0, 1, 100, 0]


def test_an_embedding_is_a_layer_without_bias_on_one_hot_rows():
    """H E is the row E[code], and dE = Hᵀ (∂J/∂a[0])."""
    stage, upstream = Beside((Numbers(1), OneHot(3), Embedding(2, 2))), np.arange(18.0).reshape(3, 6)
    H = np.eye(2)[[0, 1, 1]]
    assert np.array_equal(stage.forward(X, {"E2": E[:2]})[:, 4:], H @ E[:2])
    assert np.array_equal(stage.pullback(X, {"E2": E[:2]}, upstream)["E2"], H.T @ upstream[:, 4:])


def test_parts_are_numbered_as_codes_always_were_and_numbers_are_not_counted():
    stage = Beside((Numbers(1), Waves(1, 1), Numbers(2), OneHot(2), Embedding(3, 1)))
    assert [slot.name for slot in stage.slots] == ["w1", "c1", "E3"]
    assert [slot.index for slot in stage.slots] == [1, 1, 3]
    assert (stage.n_columns, stage.width) == (6, 7)


def test_a_vector_is_split_into_arrays_that_share_it():
    stage = Beside((Waves(2, 3), Embedding(3, 1)))
    w = np.arange(15.0)
    arrays = split(stage.slots, w)
    assert {name: array.shape for name, array in arrays.items()} == {"w1": (2, 3), "c1": (2, 3), "E2": (3, 1)}
    arrays["E2"][...] = 0
    assert not w[12:].any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Numbers(0), "number of columns must be 1 or more, got 0"),
        (lambda: OneHot(0), "number of codes must be 1 or more"),
        (lambda: Embedding(3, 0), "size of an embedding must be 1 or more"),
        (lambda: Embedding(3, "2"), "must be an integer, got '2'"),
        (lambda: get_stage("one-hot", codes=3), "did you mean 'one_hot'"),
        (lambda: get_stage("embedding", codes=3, width=2), "no option 'width'; it takes codes, size"),
    ],
)
def test_what_is_no_stage_is_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()
