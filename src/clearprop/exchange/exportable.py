"""Exportable: a trained model leaves in another format."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.exchange.deployed import Deployed

if TYPE_CHECKING:
    from clearprop.exchange.exporting import Exported


class Exportable:
    """Base of whatever can say what it deploys."""

    @abstractmethod
    def deployed(self, level: float | None = None) -> Deployed:
        """Return inputs, network, parameters and answer, as exchange takes them; see `export` for the level."""

    def export(
        self, path: str | Path, to: str | None = None, name: str | None = None, level: float | None = None
    ) -> Exported:
        """Write the model in another format, with rows to check it by. See docs/how-to/export.md.

        Parameters
        ----------
        path : str or path
            Its ending decides the format, where `to` does not.
        to : {"onnx", "c", "c-fixed", "numpy", "pmml", "sql", "javascript"}, optional
        name : str, optional
            What the functions are called by; the file's name if left out.
        level : float, optional
            Such as 0.9. A number then has the ends of its interval beside it, as `predict_interval` gives them; for
            classes the head of the file says which of them are in the set of `predict_set`.

        Returns
        -------
        Exported
            What was written; its `check()` runs the golden rows on every runtime at hand.

        Raises
        ------
        ScribeCannot
            If the format lacks something the model needs; the message names it, and formats that have it.
        UsageError
            If there is a level, and the model has too few rows that were held out, or keeps none.
        """
        from clearprop.exchange.exporting import export  # and with it the writers of every format

        return export(self.deployed(level), path, to, name)
