"""The int16 export: no sum overflows whatever comes in, tables are right, and it is small."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop import TableClassifier
from clearprop.equations.activations import ACTIVATIONS
from clearprop.exchange import SCRIBES, Answer, lower
from clearprop.exchange.scribes.fixed import HEAVIEST, LARGEST, MOST, ROOM, TERMS, FixedDense, even, table
from drawn_models import row_model
from many_exports import SANITIZED, check_all, draft

HIDDEN = ("relu", "tanh", "silu")
CLASSES = Answer("class", (0, 1))

ODD_ROW = """#include <math.h>
#include <stdio.h>
#include "m0.h"
int main(void) {
    const double x[6] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 0.0};
    double values[2];
    m0_predict(x, values);
    printf("%g", values[0] + values[1]);
    return 0;
}
"""


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 300), size=st.integers(-30, 30), bias=st.integers(-30, 30))
@settings(max_examples=200, deadline=None)
def test_no_sum_overflows_and_no_part_of_one(seed, n, size, bias):
    """The worst inputs are ±32767 with the signs of the weights, so that every term makes the sum larger."""
    rng = np.random.default_rng(seed)
    W, b = rng.normal(scale=2.0**size, size=(n, 3)), rng.normal(scale=2.0**bias, size=3)

    fixed = FixedDense.of(W, b)

    for w, bias, fold in zip(fixed.W, fixed.b, fixed.fold, strict=True):
        worst = np.sign(w) * LARGEST * np.where(bias < 0, -1, 1)
        total = int(bias)
        for k in range(0, n, TERMS):
            four = int(worst[k : k + TERMS] @ w[k : k + TERMS])
            total += ((four >> (fold - 1)) + 1) >> 1 if fold else four
            assert max(abs(four), abs(total)) <= fixed.largest * 2**31 <= ROOM
    scale = -(fixed.exponents + fixed.fold)
    np.testing.assert_allclose(np.ldexp(fixed.W, scale[:, None]).T, W, atol=np.ldexp(0.5, scale).max())
    last = -(fixed.exponents + MOST)
    np.testing.assert_allclose(np.ldexp(fixed.b, last), b, atol=np.ldexp(0.5, last).max())


def test_weights_have_fifteen_bits_whatever_their_number():
    for n in (1, 20, 1000):
        fixed = FixedDense.of(np.random.default_rng(0).normal(size=(n, 8)), np.zeros(8))
        assert (np.abs(fixed.W).max(axis=1) > HEAVIEST / 2 - 1).all()
        assert np.abs(fixed.W).max() <= HEAVIEST


@pytest.mark.parametrize(
    "name",
    [
        "tanh",
        "sigmoid",
        "elu",
        "selu",
        "softplus",
        "gelu",
        "silu",
        "mish",
        "gaussian",
        "cut_sigmoid",
        "gelu_tanh",
        "hard_tanh",
        "hard_silu",
    ],
)
def test_straight_lines_of_a_table_are_near_the_activation(name):
    f, z = ACTIVATIONS[name], np.linspace(-15.9, 15.9, 4001)
    entries = table(f) / 2**14

    rest = np.interp(z, np.arange(-512, 513) / 32, entries)
    bounded = name in ("tanh", "sigmoid", "gaussian", "cut_sigmoid", "hard_tanh")
    slope = 1.0507009873554805 if name == "selu" else 1.0
    a = rest if bounded else slope * (np.maximum(z, 0) + rest)

    np.testing.assert_allclose(a, f.forward(z), atol=3e-4)


def test_inputs_of_all_sizes_count_alike():
    """Columns in other units, with weights that make up for it, cost no digits."""
    sizes = 10.0 ** np.array([-6, -3, 0, 3, 6, 9])
    deployed = row_model(0, CLASSES, "sigmoid", "binary_cross_entropy", n_in=6)
    deployed.parameters["W1"][...] /= sizes[:, None]

    balanced = deployed.parameters["W1"] / even(deployed.parameters["W1"])[:, None]
    norms = np.sqrt(np.mean(balanced**2, axis=1))
    assert norms.max() / norms.min() < 2.01


@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 1e4])
def test_weights_of_any_size_keep_their_promise_under_the_sanitizer(size, tmp_path):
    models = [row_model(k, CLASSES, "sigmoid", "binary_cross_entropy", f) for k, f in enumerate(HIDDEN)]
    for deployed in models:
        deployed.parameters["W1"][...] *= size  # golden rows are drawn to suit them
    check_all("c-fixed", models, tmp_path, n_seeded=60, flags=SANITIZED)


def test_a_trained_network_of_the_default_size_keeps_the_promise(tmp_path):
    exported = TableClassifier(n_epochs=20, random_state=0).fit("wine").export(tmp_path / "wine.c", "c-fixed")

    checked = exported.check()

    exported.judge(checked)
    assert checked[-1].difference < 1e-3


def test_what_is_no_number_does_no_harm(tmp_path):
    deployed = row_model(0, CLASSES, "sigmoid", "binary_cross_entropy")
    one = draft(deployed, "m0")
    for ending, content in SCRIBES["c-fixed"].write(one).items():
        (tmp_path / f"m0{ending}").write_bytes(content)
    (tmp_path / "main.c").write_text(ODD_ROW)
    subprocess.run(["cc", "-std=c99", *SANITIZED, "-o", "m", "main.c", "m0.c", "-lm"], check=True, cwd=tmp_path)
    assert subprocess.run([tmp_path / "m"], check=True, capture_output=True, text=True).stdout == "1"


def test_the_proof_stands_in_the_head_and_the_code_is_small(tmp_path):
    deployed = row_model(0, CLASSES, "sigmoid", "binary_cross_entropy", "tanh", 20, (64, 64), np.float32)
    for ending, content in SCRIBES["c-fixed"].write(draft(deployed, "m0")).items():
        (tmp_path / f"m0{ending}").write_bytes(content)

    head = (tmp_path / "m0.h").read_text().splitlines()[:6]
    assert sum("no sum of int32 exceeds 0." in line for line in head) == 3
    subprocess.run(["cc", "-std=c99", "-Os", "-c", "m0.c"], check=True, cwd=tmp_path)
    sizes = subprocess.run(["size", "m0.o"], check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    text, data, bss = map(int, sizes.splitlines()[1].split()[:3])
    assert text + data <= 40 * 1024
    assert bss == 0


def test_int16_is_for_smooth_layers_that_stay_in_16_bits():
    assert "jump makes a wrong answer" in SCRIBES["c-fixed"].why_not(
        lower(row_model(0, CLASSES, "sigmoid", "binary_cross_entropy", "step"))
    )
    assert "outgrows 16 bits" in SCRIBES["c-fixed"].why_not(
        lower(row_model(0, CLASSES, "sigmoid", "binary_cross_entropy", "exp"))
    )
