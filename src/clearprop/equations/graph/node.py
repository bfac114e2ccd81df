"""Nodes: an operation and its inputs, with all that the two passes leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TypeAlias, Union

import numpy as np
from numpy.typing import ArrayLike

from clearprop.equations.activations import Activation, get_activation
from clearprop.equations.graph import operations
from clearprop.equations.graph.operations import Array, Operation
from clearprop.equations.losses import Loss, get_loss

Operand: TypeAlias = Union["Node", ArrayLike]

_serial = count()


@dataclass(frozen=True, eq=False)
class Edge:
    """One input of a node after the backward pass: local × upstream = product.

    Attributes
    ----------
    input : Node
    local : array or None
        ∂(node)/∂(input) elementwise; None where it is not an array, as for a matrix product.
    rule : str
        How the product comes about, in words.
    upstream : array, of the shape of the node's value
        ∂J/∂(node).
    product : array, of the shape of the input's value
        The part of ∂J/∂(input) that comes along this edge.
    """

    input: Node
    local: Array | None
    rule: str
    upstream: Array
    product: Array


class Node:
    """One operation in a graph; build it with ``+``, ``*``, ``@`` and the functions of this module.

    ``x - y`` and ``x / y`` make the two nodes they are made of: ``x + (-1 * y)`` and ``x * (1/y)``.

    Attributes
    ----------
    value : array
        What `forward` computed; of a variable, what it was given. Assign to it to change a variable.
    gradient : array, of the shape of value
        ∂J/∂value: the sum over all nodes that use this one. It is the upstream gradient of the node's own inputs.
    edges : tuple of Edge
        One for each input, filled in by `backward`.
    """

    def __init__(self, operation: Operation, inputs: tuple[Operand, ...], name: str = "") -> None:
        self.operation = operation
        self.inputs = tuple(map(_node, inputs))
        self.name = name
        self.serial = next(_serial)
        self.value = np.array(np.nan)
        self.gradient = np.array(0.0)
        self.edges: tuple[Edge, ...] = ()

    def forward(self) -> None:
        """Compute the value from the values of the inputs."""
        if self.inputs:
            self.value = self.operation.forward(*(x.value for x in self.inputs))
        self.value = np.asarray(self.value, np.float64)

    def backward(self) -> None:
        """Multiply the gradient, which is complete, by every local derivative, and ADD it to the inputs' gradients."""
        pulls = self.operation.pull(tuple(x.value for x in self.inputs), self.value, self.gradient)
        self.edges = tuple(
            Edge(x, pull.local, pull.rule, self.gradient, pull.product)
            for x, pull in zip(self.inputs, pulls, strict=True)
        )
        for edge in self.edges:
            edge.input.gradient = edge.input.gradient + edge.product

    def named(self, name: str) -> Node:
        """Give the node a name for the table, and return it."""
        self.name = name
        return self

    def __add__(self, other: Operand) -> Node:
        return Node(operations.Add(), (self, other))

    def __radd__(self, other: Operand) -> Node:
        return Node(operations.Add(), (other, self))

    def __mul__(self, other: Operand) -> Node:
        return Node(operations.Multiply(), (self, other))

    def __rmul__(self, other: Operand) -> Node:
        return Node(operations.Multiply(), (other, self))

    def __neg__(self) -> Node:
        return -1.0 * self

    def __sub__(self, other: Operand) -> Node:
        return self + -1.0 * _node(other)

    def __rsub__(self, other: Operand) -> Node:
        return other + -self

    def __truediv__(self, other: Operand) -> Node:
        return self * reciprocal(other)

    def __rtruediv__(self, other: Operand) -> Node:
        one = isinstance(other, int | float) and other == 1
        return reciprocal(self) if one else other * reciprocal(self)

    def __matmul__(self, other: Operand) -> Node:
        return Node(operations.MatMul(), (self, other))

    def __rmatmul__(self, other: Operand) -> Node:
        return Node(operations.MatMul(), (other, self))

    __array_ufunc__ = None  # so that array * node asks the node, not the array

    def __repr__(self) -> str:
        return f"<node {self.name or '?'}: {self.operation.name}>"


def _node(x: Operand) -> Node:
    return x if isinstance(x, Node) else variable("", x)


def variable(name: str, value: ArrayLike) -> Node:
    """Return a node that is given, not computed: a parameter, an input or a constant."""
    node = Node(operations.Input(), (), name)
    node.value = np.array(value, np.float64)
    return node


def maximum(x: Operand, y: Operand) -> Node:
    """Return the elementwise larger of x and y."""
    return Node(operations.Maximum(), (x, y))


def reciprocal(x: Operand) -> Node:
    """Return 1 / x, elementwise."""
    return Node(operations.Reciprocal(), (x,))


def exp(x: Operand) -> Node:
    """Return exp(x), elementwise."""
    return activation("exp", x)


def sigmoid(x: Operand) -> Node:
    """Return 1 / (1 + exp(−x)), elementwise, as one node."""
    return activation("sigmoid", x)


def activation(f: str | Activation, z: Operand) -> Node:
    """Return f(z) for any activation of `clearprop.equations.activations`, by name or itself."""
    return Node(operations.Apply(get_activation(f) if isinstance(f, str) else f), (z,))


def row_losses(loss: str | Loss, a: Operand, Y: ArrayLike) -> Node:
    """Return ℓ of each row of a (batch, n_out), shape (batch,), for any loss of `clearprop.equations.losses`.

    The objective is ``total(scales * row_losses(...))``, with scales 1/batch for the mean.
    """
    found = get_loss(loss) if isinstance(loss, str) else loss
    return Node(operations.RowLosses(found, np.asarray(Y, np.float64)), (a,))


def total(x: Operand) -> Node:
    """Return the sum of all elements, a scalar."""
    return Node(operations.Total(), (x,))


def squared_norm(x: Operand) -> Node:
    """Return ‖x‖², the sum of the squares of all elements, a scalar."""
    return Node(operations.SquaredNorm(), (x,))
