"""Names: what the rows and columns of a trace stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearprop.errors import DataError
from clearprop.model.network import Network


@dataclass(frozen=True)
class Names:
    """The user's names for what goes in and what comes out.

    Parameters
    ----------
    inputs : sequence of str
        One for each column of a[0]: features, each with its category where it is one-hot. Empty: x0, x1, ...
    outputs : sequence of str
        One for each output: classes or targets. Empty: y0, y1, ...
    rows : sequence of str
        One for each sample. Empty: 0, 1, ...
    """

    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    rows: Sequence[str] = ()

    def check(self, network: Network, batch: int) -> None:
        """Check that there are as many names as things.

        Raises
        ------
        DataError
            Naming which are too many or too few.
        """
        for kind, names, n in (
            ("inputs", self.inputs, network.sizes[0]),
            ("outputs", self.outputs, network.n_out),
            ("rows", self.rows, batch),
        ):
            if len(names) not in (0, n):
                raise DataError(f"names of {kind}: expected {n}, got {len(names)}; give one each, or none at all.")

    def units(self, network: Network, l: int) -> list[str]:
        """Return the names of the units of layer l: the inputs, the hidden units h{l}.0, h{l}.1 ..., the outputs."""
        if l == 0:
            return list(self.inputs) or _numbered("x", network.sizes[0])
        if l == network.L:
            return list(self.outputs) or _numbered("y", network.n_out)
        return _numbered(f"h{l}.", network.sizes[l])

    def samples(self, batch: int) -> list[str]:
        """Return the names of the rows."""
        return list(self.rows) or _numbered("", batch)


def _numbered(stem: str, n: int) -> list[str]:
    return [f"{stem}{j}" for j in range(n)]
