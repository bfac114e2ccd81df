"""Model: what a network is. See README.md."""

from clearprop.model.curvature import gauss_newton_diagonal, gauss_newton_product, hessian_product, output_acceleration
from clearprop.model.inputs import Inputs
from clearprop.model.names import Names
from clearprop.model.network import Dense, Network, check_network, mlp, without_dropout
from clearprop.model.objective import Objective
from clearprop.model.parameters import Parameters, as_lists, from_arrays, initial, joined, parameter_shapes
from clearprop.model.sensitivities import input_jacobian, parameter_jacobian, row_gradient_norms, row_gradients
from clearprop.model.trace import Trace

__all__ = [
    "Dense",
    "Inputs",
    "Names",
    "Network",
    "Objective",
    "Parameters",
    "Trace",
    "as_lists",
    "check_network",
    "from_arrays",
    "gauss_newton_diagonal",
    "gauss_newton_product",
    "hessian_product",
    "initial",
    "input_jacobian",
    "joined",
    "mlp",
    "output_acceleration",
    "parameter_jacobian",
    "parameter_shapes",
    "row_gradient_norms",
    "row_gradients",
    "without_dropout",
]
