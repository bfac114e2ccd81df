"""The certificate passes what is right, rejects what is wrong by 0.1 %, and says where."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import drawing
import planting
from clearprop.engines import Request, choose
from clearprop.engines.native.core import native_missing
from clearprop.equations import ACTIVATIONS, get_rule
from clearprop.errors import DataError
from clearprop.model import Network, Objective, Parameters, initial, mlp
from clearprop.proofs.certificate import Certificate, certify, certify_parameters

SEEDS = range(40)


class Scaled:
    """A session whose gradient went through a function."""

    def __init__(self, session, change):
        self.session, self.change = session, change

    def __getattr__(self, name):
        return getattr(self.session, name)

    def gradients(self, X, Y, weights=None):
        J, gradient = self.session.gradients(X, Y, weights)
        self.change(gradient)
        return J, gradient


def rows(network: Network, batch=20, seed=0):
    rng = np.random.default_rng(seed)
    X = drawing.columns(network.inputs, rng, batch)
    return X, drawing.targets(network.objective.loss.name, rng, batch, network.n_out)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", SEEDS)
def test_correct_gradients_pass(seed, dtype):
    network, parameters, X, Y, weights = planting.case(seed, dtype)
    certificate = certify(planting.open_session(network, parameters, seed), X, Y, weights, seed=seed)

    assert certificate.passed, str(certificate)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", SEEDS[:20])
def test_correct_gradients_of_the_fastest_engine_pass(seed, dtype):
    network, parameters, X, Y, weights = planting.case(seed, dtype)
    engine = choose("auto", Request(network, get_rule("sgd"), dtype)).name
    certificate = certify(planting.open_session(network, parameters, seed, engine), X, Y, weights, seed=seed)

    assert certificate.passed, str(certificate)


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_an_error_of_a_tenth_in_a_gradient_is_rejected_in_float32_unless_it_is_said_to_be_too_small(seed):
    session, X, Y, weights, description = planting.plant(seed, 1.1, dtype=np.float32)
    session.term = "data"
    certificate = certify(session, X, Y, weights, seed=seed)
    penalised = session.network.objective.l1 or session.network.objective.l2

    seen = session.felt and not penalised and (certificate.resolution[session.name] or 0) < 0.1
    assert not (seen and certificate.passed), description


in_bf16 = pytest.mark.skipif(bool(native_missing()), reason="the native engine was not built: no C++ compiler")


@in_bf16
@pytest.mark.parametrize("seed", SEEDS)
def test_correct_gradients_in_bf16_pass(seed):
    network, parameters, X, Y, weights = planting.case(seed, np.float32)
    session = planting.open_session(network, parameters, seed, "native", precision="bf16")
    before = session.get_state()
    certificate = certify(session, X, Y, weights, seed=seed)

    assert certificate.passed, str(certificate)
    assert certificate.rounding == 2.0**-8
    assert np.array_equal(session.get_state().parameters, before.parameters)


@in_bf16
@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2", "W3", "b3"])
@pytest.mark.parametrize("seed", range(5))
def test_an_error_in_bf16_is_rejected_if_it_is_half_of_a_gradient_or_twice_the_stated_resolution(seed, name):
    network = mlp(20, 32, 16, 3, output="softmax")
    session = planting.open_session(network, initial(network, seed, np.float32), seed, "native", precision="bf16")
    X, Y = rows(network, 32, seed)
    resolution = certify(session, X, Y, seed=seed).resolution[name]

    def change(gradient):
        gradient[name][...] *= np.float32(1 + min(2 * resolution, 0.5))

    certificate = certify(Scaled(session, change), X, Y, seed=seed)
    assert [wrong.name for wrong in certificate.wrong] == [f"d{name}"]


@in_bf16
def test_an_error_of_a_tenth_can_be_seen_in_most_gradients_in_bf16():
    network = mlp(20, 32, 16, 3, output="softmax")
    resolutions = []
    for seed in range(10):
        session = planting.open_session(network, initial(network, seed, np.float32), seed, "native", precision="bf16")
        resolutions += certify(session, *rows(network, 32, seed), seed=seed).resolution.values()
    assert np.median(resolutions) < 0.05
    assert np.mean(np.array(resolutions) < 0.1) > 0.75


@pytest.mark.parametrize("size", [1e-5, 1e-3, 1e3, 1e5])
@pytest.mark.parametrize("seed", [53, 85, 295, 395, 413, 460])
def test_correct_gradients_on_tiny_and_huge_columns_pass(seed, size):
    """Where a[0] is tiny, directions that move every z by 1 are steep, and the kinks of the loss are near."""
    network, parameters, X, Y, weights = planting.case(seed)
    X[:, : network.inputs.n_numeric] *= size
    certificate = certify(planting.open_session(network, parameters, seed), X, Y, weights, seed=seed)

    assert certificate.passed, str(certificate)


@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("softmax", "exp", "step")])
def test_correct_gradients_of_every_activation_pass_in_float32(name, size):
    """tanh_shrink of small numbers is the difference of two that are nearly the same."""
    network = mlp(4, 16, 16, 1, hidden=name)
    for seed in range(5):
        X, Y = rows(network, 20, seed)
        session = planting.open_session(network, initial(network, seed, np.float32), seed, "numpy")
        certificate = certify(session, (size * X).astype(np.float32), Y, seed=seed)
        assert certificate.passed, str(certificate)


def test_what_overflows_is_not_certified_and_says_so():
    network = mlp(2, 3, 1, hidden="tanh")
    X, Y = rows(network)
    certificate = certify(planting.open_session(network, initial(network, 0)), X, 1e200 * Y)

    assert not certificate.finite
    assert str(certificate).endswith("J is inf.")


def test_a_certificate_survives_being_written_as_json():
    network = mlp(3, 4, 2, output="softmax")
    X, Y = rows(network)
    certificate = certify_parameters(network, initial(network, 0), X, Y)

    assert Certificate.from_dict(json.loads(json.dumps(certificate.as_dict()))) == certificate


@pytest.mark.parametrize("seed", SEEDS)
def test_an_error_of_a_thousandth_in_one_term_is_rejected(seed):
    session, X, Y, weights, description = planting.plant(seed)
    certificate = certify(session, X, Y, weights, seed=seed)

    assert certificate.passed != session.felt, description


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_the_wrong_data_term_is_named_with_its_factor(name):
    network = mlp(5, 8, 3, output="softmax", l2=0.01)
    session = planting.open_session(network, initial(network, 0))
    X, Y = rows(network)

    def change(gradient):
        penalty = 0.01 * session.trace(X, Y).parameters[name] if name[0] == "W" else 0
        gradient[name][...] += 0.5 * (gradient[name] - penalty)

    (wrong,) = certify(Scaled(session, change), X, Y).wrong
    assert (wrong.name, wrong.part) == (f"d{name}", "data")
    assert np.isclose(wrong.factor, 1.5)


def test_a_missing_penalty_is_named():
    penalised, plain = (mlp(5, 8, 3, output="softmax", l2=l2) for l2 in (0.01, 0.0))
    parameters = initial(penalised, 0)
    X, Y = rows(penalised)
    _, unpenalised = planting.open_session(plain, parameters).gradients(X, Y)

    def change(gradient):
        gradient["W2"][...] = unpenalised["W2"]

    certificate = certify(Scaled(planting.open_session(penalised, parameters), change), X, Y)
    assert [(wrong.name, wrong.part) for wrong in certificate.wrong] == [("dW2", "l2")]
    assert "dW2 lacks its l2 term" in str(certificate)


def test_a_single_wrong_unit_is_no_common_factor():
    network = mlp(5, 8, 3, output="softmax")

    def change(gradient):
        gradient["W1"][:, 2] *= 1.01

    X, Y = rows(network)
    certificate = certify(Scaled(planting.open_session(network, initial(network, 0)), change), X, Y)
    assert [(wrong.name, wrong.factor) for wrong in certificate.wrong] == [("dW1", None)]


def test_an_engine_whose_objective_is_another_is_rejected():
    """J itself is compared too: here the gradient is right and J is not."""
    network = mlp(5, 8, 1)
    session = planting.open_session(network, initial(network, 0))

    class OtherJ(Scaled):
        def gradients(self, X, Y, weights=None):
            J, gradient = super().gradients(X, Y, weights)
            return 2 * J, gradient

    assert not certify(OtherJ(session, lambda gradient: None), *rows(network)).passed


def test_rows_on_kinks_are_left_out_and_counted():
    network = mlp(3, 6, 1)
    X, Y = rows(network)
    X[4] = 0  # with zero biases every z[1] of this row is exactly 0
    certificate = certify_parameters(network, initial(network, 0), X, Y)

    assert certificate.passed
    assert certificate.n_rows_on_kinks == 1


def test_no_row_off_a_kink_gives_no_verdict():
    network = mlp(3, 6, 1)
    certificate = certify_parameters(network, initial(network, 0), np.zeros((4, 3)), np.ones((4, 1)))

    assert not certificate.conclusive
    assert "could not be certified" in str(certificate)


def test_it_is_json_and_the_session_is_unchanged():
    network = mlp(4, 5, 2, l2=0.1, dropout=0.2)
    session = planting.open_session(network, initial(network, 0))
    before = session.get_state()
    certificate = certify(session, *rows(network))

    assert json.loads(json.dumps(certificate.as_dict(), allow_nan=False))["passed"] is True
    assert session.get_state().step == before.step
    assert np.array_equal(session.get_state().parameters, before.parameters)


def test_the_same_seed_gives_the_same_certificate():
    network = mlp(4, 5, 2)
    certificates = [certify_parameters(network, initial(network, 0), *rows(network), seed=7) for _ in range(2)]

    assert certificates[0].as_dict() == certificates[1].as_dict()


def test_coarse_arithmetic_is_judged_by_its_rounding_unit():
    """Gradients rounded to 8 bits pass as bfloat16 and fail as float64."""
    network = Network(4, mlp(4, 5, 2, hidden="tanh").layers, Objective("squared_error"))
    session = planting.open_session(network, initial(network, 0))

    def change(gradient: Parameters):
        mantissa, exponent = np.frexp(gradient.vector)
        gradient.vector[...] = np.ldexp(np.round(mantissa * 256) / 256, exponent)

    X, Y = rows(network)
    assert certify(Scaled(session, change), X, Y, rounding=2.0**-8).passed
    assert not certify(Scaled(session, change), X, Y).passed


def test_lists_and_frames_with_any_index_are_rows_too():
    network = mlp(3, 4, 2, hidden="tanh")
    parameters, (X, Y) = initial(network, 0), rows(network, batch=5)
    expected = certify_parameters(network, parameters, X, Y)
    index = [9, 7, 5, 3, 2]
    assert certify_parameters(network, parameters, X.tolist(), Y.tolist()) == expected
    assert certify_parameters(network, parameters, pd.DataFrame(X, index), pd.DataFrame(Y, index)) == expected


@pytest.mark.parametrize(
    ("weights", "n_rows", "message"),
    [(np.zeros(5), 32, "a row with weight above 0"), (None, 0, "n_rows = 0"), (np.ones(3), 32, r"shape \(3,\)")],
    ids=["no weight", "no rows", "too few weights"],
)
def test_nothing_to_look_at_is_an_error(weights, n_rows, message):
    network = mlp(3, 2)
    X, Y = rows(network, batch=5)
    with pytest.raises(DataError, match=message):
        certify_parameters(network, initial(network, 0), X, Y, weights, n_rows)


def test_targets_the_loss_has_no_meaning_for_are_not_certified():
    network = mlp(3, 1, output="sigmoid", loss="binary_cross_entropy")
    with pytest.raises(DataError, match=r"between 0 and 1; row 2"):
        certify_parameters(network, initial(network, 0), np.eye(3), np.array([0, 1, 2]))
