"""Graph: the forward and the backward pass over all nodes, and the table a student reads."""

from __future__ import annotations

import numpy as np

from clearprop.equations.graph.node import Edge, Node
from clearprop.equations.graph.operations import Array
from clearprop.errors import UsageError

_HEAD = ("node", "operation", "value", "upstream", "input", "local", "product", "rule")


class Graph:
    """Everything a scalar node depends on, in the order it was built.

    Parameters
    ----------
    output : Node
        J, the scalar whose derivatives are wanted.
    """

    def __init__(self, output: Node) -> None:
        self.output = output
        self.nodes = _ancestors(output)
        self._names = {node: node.name or _default_name(node, k) for k, node in enumerate(self.nodes, start=1)}
        self._ran_forward = False

    def forward(self) -> Array:
        """Compute every node from its inputs; return the value of the output."""
        for node in self.nodes:
            node.forward()
        self._ran_forward = True
        return self.output.value[()]

    def backward(self) -> None:
        """Compute ∂output/∂node for every node, from the output (where it is 1) down to the variables.

        Gradients start from 0 each time, so a second call gives the same numbers, not twice as much.

        Raises
        ------
        UsageError
            If `forward` has not run, or the output is not a scalar.
        """
        if not self._ran_forward:
            raise UsageError("backward needs the values of the forward pass; call graph.forward() first.")
        if self.output.value.shape != ():
            raise UsageError(
                f"backward starts from a scalar, but the output has shape {self.output.value.shape}; "
                "add its elements up with total(...)."
            )
        for node in self.nodes:
            node.gradient = np.zeros_like(node.value)
        self.output.gradient = np.ones(())
        for node in reversed(self.nodes):
            node.backward()

    def table(self) -> str:
        """Return the nodes as text, one line for each node and each of its inputs.

        "upstream" is ∂J/∂node; "product" is what goes on to the input, local × upstream.
        """
        lines = [line for node in self.nodes for line in self._lines(node)]
        widths = [max(len(line[k]) for line in (_HEAD, *lines)) for k in range(len(_HEAD))]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in (_HEAD, *lines))

    def _lines(self, node: Node) -> list[tuple[str, ...]]:
        left = (self._names[node], self._operation(node), _short(node.value), _short(node.gradient))
        right = [self._edge(edge) for edge in node.edges] or [("",) * 4]
        return [(left if k == 0 else ("",) * 4) + cells for k, cells in enumerate(right)]

    def _operation(self, node: Node) -> str:
        names = [self._names[x] for x in node.inputs]
        if node.operation.name in ("+", "×", "@"):
            return f" {node.operation.name} ".join(names)
        return node.operation.name + (f"({', '.join(names)})" if names else "")

    def _edge(self, edge: Edge) -> tuple[str, ...]:
        return (
            self._names[edge.input],
            "" if edge.local is None else _short(edge.local),
            _short(edge.product),
            edge.rule,
        )


def _ancestors(output: Node) -> list[Node]:
    """Return the output and all it depends on, in the order of creation: inputs always come first."""
    found, waiting = {output}, [output]
    while waiting:
        new = [x for x in waiting.pop().inputs if x not in found]
        found.update(new)
        waiting.extend(new)
    return sorted(found, key=lambda node: node.serial)


def _default_name(node: Node, k: int) -> str:
    return _short(node.value) if not node.inputs and node.value.ndim == 0 else f"n{k}"


def _short(array: Array) -> str:
    """Return a small array as it is, and a large one as its shape and root mean square."""
    if array.ndim == 0:
        return f"{float(array):.4g}"
    if array.size <= 6:
        return "[" + ", ".join(_short(part) for part in array) + "]"
    shape = "×".join(map(str, array.shape))
    return f"{shape}, rms {float(np.sqrt(np.mean(array**2))):.4g}"
