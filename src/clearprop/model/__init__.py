"""Model: what a network is. See README.md."""

from clearprop.model.network import Dense, Inputs, Network, mlp
from clearprop.model.objective import Objective
from clearprop.model.parameters import Parameters, from_arrays, initial, parameter_shapes
from clearprop.model.trace import Trace

__all__ = [
    "Dense",
    "Inputs",
    "Network",
    "Objective",
    "Parameters",
    "Trace",
    "from_arrays",
    "initial",
    "mlp",
    "parameter_shapes",
]
