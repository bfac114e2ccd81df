"""A worksheet as plain data, and back: what its page holds, and what a grader reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from clearprop.errors import DataError, UsageError
from clearprop.explain.derivation.notations import NOTATIONS
from clearprop.explain.worksheets.sheet import Sheet, blanks_of
from clearprop.files import network_from_json, network_to_json
from clearprop.files.descriptions import validate
from clearprop.model import Parameters, parameter_shapes

VERSION = 1
LARGEST = 5
_Rows = list[list[float]]


class _SheetForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    version: int
    network: dict[str, Any]
    parameters: list[float]
    X: _Rows
    Y: _Rows
    notation: str
    blanks: list[str]
    seed: int


def sheet_to_plain(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet as JSON data."""
    return {
        "version": VERSION, "network": network_to_json(sheet.network), "parameters": sheet.parameters.vector.tolist(),
        "X": sheet.X.tolist(), "Y": sheet.Y.tolist(), "notation": sheet.notation, "blanks": list(sheet.blanks),
        "seed": sheet.seed,
    }  # fmt: skip


def sheet_from_plain(data: Any) -> Sheet:
    """Return the sheet that JSON data describe.

    Raises
    ------
    DataError
        If they do not.
    """
    try:
        form = validate(_SheetForm, data, "sheet")
        if form.version != VERSION or form.notation not in NOTATIONS:
            raise UsageError(f"it is of version {form.version} in notation {form.notation!r:.40}; make it anew.")
        network = network_from_json(form.network)
        if max(network.sizes) > LARGEST or network.L > LARGEST:
            raise UsageError("it is larger than any sheet.")
        parameters = Parameters(parameter_shapes(network), np.array(form.parameters, np.float64))
        X, Y = np.array(form.X, np.float64), np.array(form.Y, np.float64)
        if X.shape != (len(Y), network.sizes[0]) or Y.shape[1:] != (network.n_out,) or not len(X):
            raise UsageError("its rows do not fit its network.")
        return Sheet(network, parameters, X, Y, form.notation, blanks_of(form.blanks, network.L), form.seed)
    except (UsageError, ValueError) as error:
        raise DataError(f"the worksheet does not hold: {error}") from None
