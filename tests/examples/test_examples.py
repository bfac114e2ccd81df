"""Every example runs, equals the engine, and has the numbers of its document."""

from __future__ import annotations

import re
import runpy
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def example(name):
    return SimpleNamespace(**runpy.run_path(str(EXAMPLES / f"{name}.py")))


@cache
def found(name):
    """Run an example once; its own equality assertions run with it.

    One BLAS thread: on matrices this small, threads that wait for one another cost more than they give.
    """
    with threadpool_limits(1):
        return example(name).main()


def relative_slope_error(f, parameters, key, slope, h=1e-5):
    """Compare a gradient with the central difference of f(parameters) when parameters[key] moves along it."""
    norm = np.linalg.norm(slope)

    def moved(step):
        changed = parameters.copy()
        changed[key] = parameters[key] + step * slope / norm
        return f(changed)

    return abs((moved(h) - moved(-h)) / (2 * h) / norm - 1)


def test_every_example_is_in_the_readme():
    listed = set(re.findall(r"`(\w+\.py)`", (EXAMPLES / "README.md").read_text()))
    assert listed >= {path.name for path in EXAMPLES.glob("*.py")}


class TestMatrixForm:
    def test_it_learns_and_equals_clearprop(self, capsys):
        result = found("matrix_form")
        assert result["before"] == pytest.approx(0.5, abs=0.1)
        assert max(result["after"].values()) < 0.32
        assert max(result["differences"].values()) < 1e-12

    def test_the_dimensions_are_those_of_the_text(self):
        m = example("matrix_form")
        W, rng = m.start(4), np.random.default_rng(0)
        x = m.forward(W, rng.standard_normal((4, 1)))
        lines = m.check_dimensions(W, x, *m.backward(W, x, rng.standard_normal((2, 1))))
        assert lines[0] == "∂E/∂W3 (2, 3) = δ3 (2, 1) · x2ᵀ (1, 3)"
        assert lines[2] == "∂E/∂W1 (5, 4) = δ1 (5, 1) · x0ᵀ (1, 4)"

    def test_the_batch_is_the_sum_of_its_instances(self):
        m = example("matrix_form")
        x0, t = (array[:, :7] for array in m.data())
        W = m.start(len(x0))
        batch = m.backward(W, m.forward(W, x0), t)[1]
        single = [m.backward(W, m.forward(W, x0[:, [k]]), t[:, [k]])[1] for k in range(7)]
        for i in W:
            np.testing.assert_allclose(batch[i], sum(dE[i] for dE in single), rtol=1e-13, atol=1e-15)

    def test_the_gradient_is_that_of_E(self):
        m = example("matrix_form")
        x0, t = m.data()
        W = m.start(len(x0))
        dE = m.backward(W, m.forward(W, x0), t)[1]
        for i in W:
            assert relative_slope_error(lambda W: m.E(m.forward(W, x0)[3], t), W, i, dE[i]) < 1e-8


class TestRnet:
    @pytest.mark.parametrize(
        "option", ["plain", "no bias", "momentum", "nesterov", "adagrad", "dropout", "maxnorm", "L1", "L2"]
    )
    def test_every_option_learns_and_equals_clearprop(self, option):
        run = found("rnet")[option]
        assert run["accuracy"] > 0.8
        assert run["difference"] < 1e-10

    @pytest.mark.parametrize("option", ["no bias", "momentum", "nesterov", "adagrad", "dropout", "maxnorm", "L1", "L2"])
    def test_every_option_does_something(self, option):
        runs = found("rnet")
        assert np.abs(runs[option]["p"]["w1"] - runs["plain"]["p"]["w1"]).max() > 1e-4

    def test_maxnorm_limits_every_row_of_w(self):
        p = found("rnet")["maxnorm"]["p"]
        norms = np.concatenate([np.linalg.norm(p[f"w{l}"], axis=1) for l in (1, 2, 3)])
        assert norms.max() <= 2 + 1e-12
        assert np.sum(norms > 2 - 1e-12) > 1

    def test_its_own_gradient_check_passes_and_rejects_an_error_of_a_tenth_of_a_percent(self, monkeypatch):
        r = example("rnet")
        assert found("rnet")["gradient check"] < 1e-7
        scope = r.gradient_check.__globals__
        right = scope["backward"]
        monkeypatch.setitem(scope, "backward", lambda *args: {k: v * 1.001 for k, v in right(*args).items()})
        x = np.random.default_rng(0).random((64, 20))
        assert r.gradient_check(r.start(), x, np.arange(20) % 10) > 5e-4

    def test_the_penalties_are_part_of_J(self):
        r = example("rnet")
        p, y = r.start(), np.arange(20) % 10
        x, mask = np.random.default_rng(0).random((64, 20)), r.masks(20)
        d = r.backward(p, r.forward(p, x, mask)[0], y, mask, L1=0.01, L2=0.1)
        for name in ("w1", "w3", "b3"):
            assert relative_slope_error(lambda p: r.cost(p, x, y, 0.01, 0.1), p, name, d[name]) < 1e-6

    def test_the_table_has_four_arrays_for_each_layer(self):
        r = example("rnet")
        p, x = r.start(), np.zeros((64, 5))
        x[0] = 2.0
        lines = r.table(p, x, np.arange(5)).splitlines()
        assert [line.split()[:2] for line in lines[1:5]] == [["1", "x"], ["1", "y"], ["1", "w"], ["1", "dw"]]
        assert len(lines) == 1 + 4 * 3
        assert [float(cell) for cell in lines[1].split()[2:]] == [0.0, 0.25, 2.0, 0.02]

    def test_softmax_with_the_text_s_logarithm_would_not_sum_to_one(self):
        """The first slip: at z = 0, ten classes, exp(z) / log Σ exp(z) sums to 10 / log 10."""
        z = np.zeros((10, 1))
        as_written = np.exp(z) / np.log(np.exp(z).sum(axis=0))
        assert as_written.sum() == pytest.approx(10 / np.log(10))
        r = example("rnet")
        a, _ = r.forward(r.start(), np.ones((64, 3)), r.masks(3))
        np.testing.assert_allclose(a[4].sum(axis=0), 1, rtol=1e-14)


class TestThreeSteps:
    @pytest.mark.parametrize(("head", "score"), [("regression", 0.5), ("binary", 0.98), ("multi-class", 0.97)])
    def test_every_head_learns_and_equals_clearprop(self, head, score):
        result = found("three_steps")[head]
        assert result["score"] > score
        assert result["difference"] < 1e-13

    @pytest.mark.parametrize("head", ["binary", "multi-class"])
    def test_step_1_by_the_chain_rule_is_yhat_minus_y(self, head):
        t = example("three_steps")
        z = np.random.default_rng(0).standard_normal((1 if head == "binary" else 3, 6))
        y = (z == z.max(axis=0)).astype(float)
        yhat = t.HEADS[head].g(z)
        np.testing.assert_allclose(t.HEADS[head].step_1(z, yhat, y), yhat - y, rtol=1e-12, atol=1e-15)

    @pytest.mark.parametrize("head", ["regression", "binary", "multi-class"])
    def test_the_gradient_is_that_of_J(self, head):
        t = example("three_steps")
        x, y = t.data(head)
        W, b = t.start(len(x), 4, 3, len(y))
        _, dW, db = t.backward(W, *t.forward(W, b, x, head), y, head)
        for l in (1, 2, 3):
            assert relative_slope_error(lambda W: t.J(W, b, x, y, head), W, l, dW[l]) < 1e-7
            assert relative_slope_error(lambda b: t.J(W, b, x, y, head), b, l, db[l]) < 1e-7


class TestLecture:
    @pytest.mark.parametrize(
        ("head", "accuracy"),
        [("sigmoid + square error", 0.8), ("sigmoid + cross-entropy", 0.95), ("softmax + cross-entropy", 0.95)],
    )
    def test_every_head_learns_and_equals_the_graph_and_clearprop(self, head, accuracy):
        result = found("lecture")[head]
        assert result["accuracy"] > accuracy
        assert max(result["by_graph"], result["by_clearprop"]) < 1e-13

    def test_the_threshold_unit_gives_no_direction_and_the_sigmoid_does(self):
        slopes = found("lecture")["slopes"]
        assert np.all(slopes["threshold"] == 0)
        assert np.all(np.abs(slopes["sigmoid"]) > 0.01)

    def test_jacobians_are_the_derivatives_of_all_outputs_by_all_inputs(self):
        m, z, h = example("lecture"), np.array([0.3, -1.0, 0.5]), 1e-6
        for f, jacobian in ((m.sigma, m.sigmoid_jacobian), (m.softmax, m.softmax_jacobian)):
            columns = [(f(z + h * e) - f(z - h * e)) / (2 * h) for e in np.eye(3)]
            np.testing.assert_allclose(jacobian(f(z)), np.array(columns).T, atol=1e-10)

    def test_the_sensitivity_of_the_lecture_is_the_derivative_by_a(self):
        """δ_i[l−1] = Σ_j δ_j[l] f′(z_j[l]) w_ij[l], written out in scalars."""
        m = example("lecture")
        (x, y), (W, b) = m.data(), m.start()
        a = m.forward(W, b, x[0], "sigmoid + square error")
        _, delta, dW, _ = m.backward(W, a, y[0], "sigmoid + square error")
        slope = a[2] * (1 - a[2])
        by_hand = [sum(delta[2][j] * slope[j] * W[2][j, i] for j in range(3)) for i in range(5)]
        np.testing.assert_allclose(delta[1], by_hand, rtol=1e-13)
        assert dW[2][1, 4] == pytest.approx(delta[2][1] * slope[1] * a[1][4], rel=1e-13)


class TestFiveNotations:
    def test_all_five_give_one_J_and_one_gradient(self):
        for name, difference in found("five_notations").items():
            assert difference < 1e-14, name


class TestTheta:
    def test_it_learns_and_equals_clearprop(self):
        result = found("theta")
        assert result["same D"] < 1e-12
        assert result["accuracy"] > 0.97
        assert max(result["differences"].values()) < 1e-12

    @pytest.mark.parametrize(("lam", "J"), [(0.0, 7.4070), (4.0, 19.474)])
    def test_the_published_cost_of_exercise_4_s_test_case(self, lam, J):
        """Coursera Machine Learning, exercise 4, the test case of T. Mosher: 2-2-4, three examples."""
        t, (Theta, X, Y) = example("theta"), exercise_4()
        assert t.J(Theta, X, Y, lam) == pytest.approx(J, abs=5e-4)

    @pytest.mark.parametrize("way", ["accumulate", "vectorised"])
    def test_the_published_gradient_of_exercise_4_s_test_case(self, way):
        """λ = 4, unrolled column by column; the first column of each Θ, the bias, is not penalised."""
        t, (Theta, X, Y) = example("theta"), exercise_4()
        D = t.D(Theta, getattr(t, way)(Theta, X, Y), len(X), 4.0)
        published = (
            "0.76614 0.9799 0.37246 0.49749 0.64174 0.74614 0.88342 0.56876 0.58467 0.59814 "
            "1.92598 1.94462 1.98965 2.17855 2.47834 2.50225 2.52644 2.72233"
        )
        unrolled = np.concatenate([D[1].ravel(order="F"), D[2].ravel(order="F")])
        np.testing.assert_allclose(unrolled, [float(number) for number in published.split()], atol=6e-6)

    def test_the_squared_error_of_the_notes_has_the_gradient_of_its_cost(self):
        """The network of the video the notes follow (S. Welch): 2-3-1, hours of sleep and of study, a test score."""
        t = example("theta")
        X = np.array([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4], [0.6, 0.3]])
        y = np.array([[0.75], [0.82], [0.93], [0.7]])
        Theta = [None, np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([[0.7], [0.8], [0.9]])]
        _, slopes = t.squared_error(Theta, X, y)
        for l in (1, 2):
            assert relative_slope_error(lambda Theta: t.squared_error(Theta, X, y)[0], Theta, l, slopes[l]) < 1e-8


def exercise_4():
    """Return Θ, X and Y of exercise 4's test case, from its recipe."""
    Theta1 = np.arange(1, 7).reshape(2, 3, order="F") / 10
    Theta2 = np.arange(7, 19).reshape(4, 3, order="F") / 10
    X = np.cos([[1, 2], [3, 4], [5, 6]])
    Y = np.eye(4)[[3, 1, 2]]
    return [None, Theta1, Theta2], X, Y
