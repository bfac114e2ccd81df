"""adopt: a network of another tool as a fitted estimator."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clearprop.adopting.estimator import estimator_of
from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.regressor import MLPRegressor
from clearprop.exchange.adopted import adopt_foreign
from clearprop.exchange.readers import Asked, read


class AdoptedWarning(UserWarning):
    """Something that whoever adopts a network is to know of it."""


def adopt(
    source: Any,
    *,
    classes: Sequence[Any] | None = None,
    task: str | None = None,
    activations: str | Sequence[str] | None = None,
    order: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    ranges: Any = None,
    nearest: bool = False,
) -> MLPClassifier | MLPRegressor:
    """Return a network of another tool as a fitted estimator, which answers as the tool does.

    Scalings and batch norms are folded into weights. What cannot be folded is refused with its layer. The estimator has
    ``warm_start=True``: `fit` and `partial_fit` go on from these weights. See docs/how-to/move-your-network.md.

    Parameters
    ----------
    source : path or object
        A file (safetensors, .skops, .keras, .onnx, PMML, FANN, OpenCV, .rds, Weka's text), or in memory an
        nn.Sequential of PyTorch, a model of Keras, or an MLP of scikit-learn, alone or in a Pipeline.
    classes : sequence, optional
        The class of each output, or the two of a single output, where the tool does not say them.
    task : {"class", "labels", "numbers"}, optional
        What the outputs are, where the tool does not say: one class of several, several labels each for itself, or
        numbers as they are.
    activations : str or sequence of str, optional
        One for each dense layer, for files without them; a single name is that of the hidden layers. For a state_dict
        PyTorch's names do too, such as "Hardsigmoid" or "Softplus:beta=2,threshold=5".
    order : sequence of str, optional
        The dense layers of a state_dict whose names do not say in which order they are used.
    columns : sequence of str, optional
        The names of the inputs.
    ranges : path, mapping or array, optional
        For Weka's text: the table it was trained on (.arff), or a pair (smallest, largest) by column.
    nearest : bool, default=False
        Whether FANN's stepwise sigmoids are taken for the smooth ones, which learn better; a warning says how far they
        are.

    Returns
    -------
    MLPClassifier or MLPRegressor
        In the precision of the weights.

    Raises
    ------
    ReaderCannot
        If clearprop cannot do what the network does; the message names the layer, and what would help.
    ForeignFileError
        If the file is damaged.

    Warns
    -----
    AdoptedWarning
        What is to be known, such as that a normalisation's epsilon is not in the file.
    """
    asked = Asked(activations, order, ranges, nearest)
    foreign = read(Path(source) if isinstance(source, str) else source, asked)
    adopted = adopt_foreign(foreign, task, classes)
    for note in adopted.notes:
        warnings.warn(note, AdoptedWarning, stacklevel=2)
    return estimator_of(adopted, columns)
