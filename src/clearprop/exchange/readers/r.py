"""R: fits of nnet, multinom and neuralnet in an .rds, .RData or dput, and plain lists of a neuralnet's weights."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Array, Foreign, Layer, Linear, require_room
from clearprop.exchange.readers.asked import Asked
from clearprop.exchange.readers.bounded import MAX_LAYERS, MAX_NUMBERS
from clearprop.exchange.readers.rds import RObject, RSkipped, RVector
from clearprop.exchange.readers.rds_file import is_r, read_r

_LOOKS = r"^[A-Za-z.][\w.]*$"


def read(data: bytes, asked: Asked) -> Foreign:
    """Return the network of a fit of R."""
    found = read_r(data)
    if isinstance(found, dict):  # a workspace
        fits = {name: value for name, value in found.items() if isinstance(value, RObject) and _is_network(value)}
        if len(fits) != 1:
            raise ReaderCannot(
                f"the workspace holds {len(fits)} networks ({', '.join(fits)[:80]}); save one with saveRDS."
            )
        (found,) = fits.values()
    if not isinstance(found, RObject):
        raise ReaderCannot("the file of R holds no list; save a fit of nnet or neuralnet with saveRDS.")
    if "nnet" in found.classes:
        return _nnet(found)
    if _is_network(found):
        return _neuralnet(found, asked)
    raise ReaderCannot(
        f"the file of R holds {', '.join(found.classes) or 'a list'}; fits of nnet, multinom and neuralnet can be read."
    )


def _is_network(value: RObject) -> bool:
    return bool({"nnet", "nn"} & set(value.classes)) or (value.names is not None and "weights" in value.names)


def numbers(value: Any, what: str) -> Array:
    """Return a vector of R as float64; ForeignFileError if it is none."""
    if (
        not isinstance(value, RVector)
        or not isinstance(value.values, np.ndarray)
        or value.values.dtype.kind not in "fi"
    ):
        raise ForeignFileError(f"{what} must be numbers.")
    return value.values.astype(np.float64)


def wholes(value: Any, what: str) -> list[int]:
    """Return a vector of whole numbers; ForeignFileError if it is none, or empty."""
    found = numbers(value, what)
    if not len(found) or not np.all(np.isfinite(found)) or np.any(np.abs(found) > 2**40):
        raise ForeignFileError(f"{what} must be whole numbers.")
    return [int(one) for one in found.tolist()]


def words(value: Any) -> list[str]:
    """Return a vector of text; an empty list if it is none."""
    return list(map(str, value.values)) if isinstance(value, RVector) and isinstance(value.values, list) else []


def _flag(fit: RObject, name: str) -> bool:
    value = fit.get(name)
    return isinstance(value, RVector) and len(value.values) == 1 and bool(value.values[0] == 1)


def _nnet(fit: RObject) -> Foreign:
    sizes, weights = wholes(fit.need("n"), "n"), numbers(fit.need("wts"), "wts")
    nconn, conn = (np.array(wholes(fit.need(name), name)) for name in ("nconn", "conn"))
    if len(sizes) != 3 or min(sizes[0], sizes[2]) < 1 or sizes[1] < 0 or sum(sizes) > MAX_NUMBERS:
        raise ForeignFileError("n of nnet must be inputs, hidden units and outputs.")
    n_in, n_hidden, n_out = sizes
    _check_connections(weights, nconn, conn, sum(sizes) + 1)
    linear_from = wholes(fit.need("nsunits"), "nsunits")[0]
    if n_hidden == 0:
        units = _units(weights, nconn, conn, n_in + 1, n_out, range(n_in + 1))
        if "multinom" in fit.classes:
            return _multinom(fit, units, n_in)
        f = "identity" if linear_from <= n_in + 1 else "cut_sigmoid"
        return _answering(fit, [Linear(units[1:], units[0], "layer 1 of nnet"), Activated(f, "layer 1 of nnet")], n_in)
    hidden = _units(weights, nconn, conn, n_in + 1, n_hidden, range(n_in + 1))
    first = n_in + 1
    sources, f = [0, *range(first, first + n_hidden)], "cut_sigmoid"
    if np.any(_reaches(nconn, conn, first + n_hidden, n_out, 1, n_in)):  # skip=TRUE: the outputs take the inputs too
        sources, f = [*sources, *range(1, n_in + 1)], f"cut_sigmoid:passing={n_in}"
        hidden = passing_on(hidden, n_in)
    output = _units(weights, nconn, conn, first + n_hidden, n_out, sources)
    last = "identity" if linear_from <= first + n_hidden else "cut_sigmoid"
    layers: list[Layer] = [
        Linear(hidden[1:], hidden[0], "layer 1 of nnet"), Activated(f, "layer 1 of nnet"),
        Linear(output[1:], output[0], "layer 2 of nnet"), Activated(last, "layer 2 of nnet"),
    ]  # fmt: skip
    return _answering(fit, layers, n_in)


def passing_on(units: Array, n_in: int) -> Array:
    """Return units, the bias first, with more of them whose values are the inputs."""
    require_room("layer 1", n_in + 1, units.shape[1] + n_in)
    return np.hstack([units, np.vstack([np.zeros(n_in), np.eye(n_in)])])


def _answering(fit: RObject, layers: list[Layer], n_in: int) -> Foreign:
    levels = tuple(words(fit.get("lev"))) or None
    if _flag(fit, "softmax"):
        layers = [*layers, Activated("softmax", "the outputs of nnet")]
    elif _flag(fit, "censored"):
        raise ReaderCannot("this nnet has censored=TRUE, a loss that clearprop does not have.")
    names = words(fit.get("coefnames"))
    columns = tuple(names) if len(names) == n_in else None
    asks: Any = "class" if levels is not None else "numbers"
    n_out = next(len(layer.b) for layer in reversed(layers) if isinstance(layer, Linear))
    if _flag(fit, "entropy") and n_out > 1 and not _flag(fit, "softmax"):
        asks, levels = "labels", None  # nnet calls the levels of every such fit 0 and 1, whatever its outputs are
    return Foreign("R's nnet", tuple(layers), np.float64, asks, levels, columns, notes=tuple(_notes(columns)))


def _multinom(fit: RObject, units: Array, n_in: int) -> Foreign:
    """Return a multinom: the intercept is input 1, which the bias beside it is 0 for."""
    names = words(fit.get("coefnames")) or words(fit.get("vcoefnames"))
    bias = units[0] + units[1]
    layers: list[Layer] = [Linear(units[2:], bias, "layer 1 of multinom"), Activated("identity", "layer 1 of multinom")]
    if len(units) < 3:
        raise ReaderCannot("this multinom has an intercept only.")
    levels = tuple(words(fit.get("lev"))) or None
    if units.shape[1] == 1:
        layers[-1] = Activated("cut_sigmoid", "layer 1 of multinom")
    else:
        layers[-1] = Activated("softmax", "layer 1 of multinom")
    columns = tuple(names[1:]) if len(names) == n_in and names[0] == "(Intercept)" else None
    return Foreign("R's multinom", tuple(layers), np.float64, "class", levels, columns, notes=tuple(_notes(columns)))


def _check_connections(weights: Array, nconn: Array, conn: Array, n_units: int) -> None:
    sound = len(nconn) == n_units + 1 and len(conn) == len(weights) == nconn[-1] if len(nconn) else False
    if not sound or nconn[0] != 0 or np.any(np.diff(nconn) < 0) or np.any((conn < 0) | (conn >= n_units)):
        raise ForeignFileError("nconn, conn and wts of nnet do not fit one another.")


def _units(weights: Array, nconn: Array, conn: Array, first: int, n: int, sources: Any) -> Array:
    """Return (sources, n): the weights of n units from `first`, of these sources; the others are not looked at."""
    places = {int(source): k for k, source in enumerate(sources)}
    if len(places) * n > MAX_NUMBERS:
        raise ForeignFileError("the network of nnet is larger than is read.")
    W = np.zeros((len(places), n))
    for j in range(n):
        for k in range(int(nconn[first + j]), int(nconn[first + j + 1])):
            place = places.get(int(conn[k]))
            if place is not None:
                W[place, j] += weights[k]
    return W


def _reaches(nconn: Array, conn: Array, first: int, n: int, low: int, high: int) -> Array:
    """Return which connections of n units from `first` come from units low .. high."""
    mine = conn[int(nconn[first]) : int(nconn[first + n])]
    return (mine >= low) & (mine <= high)


def _notes(columns: tuple[str, ...] | None) -> list[str]:
    made = [name for name in columns or () if not re.match(_LOOKS, name)]
    told = ", ".join(made)[:200]
    return [f"R computes these inputs from a formula: {told}; give them as columns, in this order."] if made else []


def _neuralnet(fit: RObject, asked: Asked) -> Foreign:
    matrices = _matrices(fit)
    act, linear = _function(fit), _linear(fit)
    layers: list[Layer] = []
    for l, W in enumerate(matrices, start=1):
        name = f"layer {l} of neuralnet"
        layers.append(Linear(W[1:], W[0], name))
        if l < len(matrices) or not linear:
            layers.append(Activated(_named(act, asked, name), name))
    model = fit.get("model.list")
    source = model if isinstance(model, RObject) else fit
    columns = tuple(words(source.get("variables"))) or None
    return Foreign("R's neuralnet", tuple(layers), np.float64, "numbers", None, columns)


def _matrices(fit: RObject) -> list[Array]:
    """Return the weights (n_in + 1, n_out) of every layer of the first repetition, which R's predict takes."""
    weights = fit.need("weights")
    first = weights.items[0] if isinstance(weights, RObject) and weights.items else None
    if isinstance(first, RVector):
        first = weights
    if not isinstance(first, RObject) or not 1 <= len(first.items) <= MAX_LAYERS:
        raise ForeignFileError("weights of neuralnet must be a list of matrices for each repetition.")
    made = []
    for item in first.items:
        values = numbers(item, "weights of neuralnet")
        shape = wholes(item.attributes.get("dim"), "dim")
        if len(shape) != 2 or shape[0] < 2 or shape[1] < 1 or shape[0] * shape[1] != len(values):
            raise ForeignFileError("weights of neuralnet must be matrices of the bias and the inputs by the outputs.")
        made.append(values.reshape(shape[1], shape[0]).T)
    if any(np.isnan(W).any() for W in made):
        raise ReaderCannot("some weights are NA: neuralnet was fitted with exclude=; clearprop has dense layers only.")
    return made


def _function(fit: RObject) -> str:
    act = fit.get("act")
    if act is None:
        function = fit.get("act.fct")
        act = function.attributes.get("type") if isinstance(function, RSkipped) else None
    return (words(act) or ["function"])[0]


def _linear(fit: RObject) -> bool:
    return _flag(fit, "linear.output")


def _named(act: str, asked: Asked, name: str) -> str:
    known = {"logistic": "sigmoid", "tanh": "tanh"}
    if act in known:
        return known[act]
    if isinstance(asked.activations, str):
        return asked.activations
    raise ReaderCannot(
        f"{name} has an activation of its own (act.fct), of which the file does not say what it is; name it, such as "
        'activations="softplus".'
    )


__all__ = ["is_r", "read"]
