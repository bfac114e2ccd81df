"""Exportable: a trained model leaves in another format."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.exchange.deployed import Deployed

if TYPE_CHECKING:
    from clearprop.exchange.export import Exported


class Exportable:
    """Base of whatever can say what it deploys."""

    @abstractmethod
    def deployed(self) -> Deployed:
        """Return inputs, network, parameters and answer, as exchange takes them."""

    def export(self, path: str | Path, to: str | None = None, name: str | None = None) -> Exported:
        """Write the model in another format, with rows to check it by. See docs/how-to/export.md.

        Parameters
        ----------
        path : str or path
            Its ending decides the format, where `to` does not.
        to : {"onnx", "c", "c-fixed", "numpy", "pmml", "sql", "javascript"}, optional
        name : str, optional
            What the functions are called by; the file's name if left out.

        Returns
        -------
        Exported
            What was written; its `check()` runs the golden rows on every runtime at hand.

        Raises
        ------
        ScribeCannot
            If the format lacks something the model needs; the message names it, and formats that have it.
        """
        from clearprop.exchange.export import export  # and with it the writers of every format

        return export(self.deployed(), path, to, name)
