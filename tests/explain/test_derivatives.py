"""The thin door to the exact derivatives: names in, names out, no dropout."""

from __future__ import annotations

import numpy as np
import pytest

import drawing
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.errors import DataError
from clearprop.explain.derivatives import (
    gauss_newton_product,
    hessian_product,
    row_gradient_norms,
    rows_that_pull_hardest,
)


@pytest.fixture
def case():
    rng = np.random.default_rng(3)
    network = drawing.network(4, 5, 3, output="softmax", objective="cross_entropy", dropout=0.5)
    parameters = drawing.parameters(network, rng)
    return network, parameters, rng.standard_normal((9, 4)), rng.integers(0, 3, 9)


def test_products_come_back_under_the_names_of_the_parameters(case):
    network, parameters, X, Y = case

    for product in (hessian_product, gauss_newton_product):
        assert product(network, parameters, X, Y, parameters).shapes == parameters.shapes


def test_hessian_product_is_the_change_of_the_gradient(case):
    """Moving along the direction changes the gradient by the product, to first order."""
    network, parameters, X, Y = case
    plain = drawing.network(4, 5, 3, output="softmax", objective="cross_entropy")
    direction = drawing.parameters(network, np.random.default_rng(4))

    def gradient(step):
        moved = type(parameters)(parameters.shapes, parameters.vector + step * direction.vector)
        return open_session(plain, moved, get_rule("sgd"), seed=0, engine="numpy").gradients(X, Y)[1].vector

    slope = (gradient(1e-5) - gradient(-1e-5)) / 2e-5
    product = hessian_product(network, parameters, X, Y, direction)
    np.testing.assert_allclose(product.vector, slope, rtol=0, atol=1e-8)


def test_rows_are_ranked_by_their_gradients(case):
    network, parameters, X, Y = case
    norms = row_gradient_norms(network, parameters, X, Y)

    hardest = rows_that_pull_hardest(network, parameters, X, Y, n=3)
    assert hardest.tolist() == sorted(range(9), key=lambda n: -norms[n])[:3]


def test_a_direction_without_a_parameter_is_refused(case):
    network, parameters, X, Y = case

    with pytest.raises(DataError, match="b2"):
        hessian_product(network, parameters, X, Y, {name: parameters[name] for name in ("W1", "b1", "W2")})
