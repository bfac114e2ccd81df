"""The computational graph of the lecture: local gradient × upstream gradient, visible at every node.

For reading and teaching; the engines do not use it. A small circuit is built with ordinary arithmetic, run forwards,
run backwards, and printed::

    >>> from clearprop.equations.graph import Graph, squared_norm, variable
    >>> W, x = variable("W", [[0.1, 0.5], [-0.3, 0.8]]), variable("x", [[0.2], [0.4]])
    >>> graph = Graph(squared_norm((W @ x).named("q")))
    >>> graph.forward().round(3)
    np.float64(0.116)
    >>> graph.backward()
    >>> W.gradient.round(3).tolist()
    [[0.088, 0.176], [0.104, 0.208]]

Source: cs231n, Stanford 2017, lecture 4, in the slides of M. Soleymani, Sharif University, spring 2019.
"""

from clearprop.equations.graph.node import (
    Edge,
    Node,
    activation,
    exp,
    maximum,
    reciprocal,
    row_losses,
    sigmoid,
    squared_norm,
    total,
    variable,
)
from clearprop.equations.graph.passes import Graph

__all__ = [
    "Edge",
    "Graph",
    "Node",
    "activation",
    "exp",
    "maximum",
    "reciprocal",
    "row_losses",
    "sigmoid",
    "squared_norm",
    "total",
    "variable",
]
