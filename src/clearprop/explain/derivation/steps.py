"""The words beside the equations: which step of the chain rule gives each of them."""

from __future__ import annotations

from itertools import pairwise

from clearprop.explain.derivation.vocabulary import Vocabulary
from clearprop.notation.markup import Markup, Prose, Row, Sign, partial

FORWARD: Prose = ("Each layer is an affine map and then an activation.",)
OBJECTIVE: Prose = ("What is minimised. Everything below is a derivative of this one J.",)
BACKWARD: Prose = ("The chain rule, from the last layer down. Each step reuses the one before it.",)
GRADIENTS: Prose = ("A weight acts through one z only, so one more factor of the chain rule gives its gradient.",)

INPUT: Prose = ("The input is its own activation.",)
ENCODED: Prose = ("Numbers pass through; a code becomes a one-hot vector, or through it a row of the embedding.",)
SMOOTHING: Prose = ("Label smoothing: a little of every target is spread evenly over the classes.",)
WEIGHTS: Prose = ("The factor of each sample in D. It enters the backward pass once.",)
J: Prose = ("The objective.",)
STAGE: Prose = ("Chain rule: the gradient by what the stage gave, carried back to its own parameter.",)
EMBEDDED: Prose = ("An embedding is a layer without bias whose input is the one-hot code.",)

_COLLAPSE = {
    "softmax": "Σ y = 1, so y passes through the Jacobian diag(a) − a aᵀ of softmax and leaves a − y",
    "sigmoid": "the derivative a (1 − a) of the sigmoid cancels the denominators of the logarithms' derivatives",
    "exp": "exp is its own derivative, which cancels the a in the denominator",
    "identity": "the derivative of the identity is 1",
}


def dropout(writer: Vocabulary, l: int) -> Prose:
    """Say what the mask is."""
    rate = writer.network.layers[l].dropout
    return (f"Dropout: an element of the mask is 0 with probability {rate:g}, else 1/(1 − {rate:g}).",)


def linear(writer: Vocabulary, l: int) -> Prose:
    """Say what F1 is."""
    n_in, n_out = writer.network.sizes[l - 1 : l + 1]
    return (f"Dense layer {l}, {n_in} input{'s' * (n_in > 1)} to {n_out} unit{'s' * (n_out > 1)}.",)


def activation(writer: Vocabulary, l: int) -> Prose:
    """Name the activation."""
    f = writer.network.f[l]
    return (f"{f.name}, {'element by element' if f.elementwise else 'over the units of each sample'}.",)


def loss(writer: Vocabulary) -> Prose:
    """Name the loss."""
    return (f"{writer.network.objective.loss.name}: the loss of each sample, summed over its outputs.",)


def data_term(writer: Vocabulary) -> Prose:
    """Say what D is."""
    mean = writer.network.objective.reduction == "mean"
    return (f"The {'mean' if mean else 'sum'} over the samples{', weighted' if writer.weighted else ''}.",)


def penalty(writer: Vocabulary) -> Prose:
    """Say what R counts."""
    objective = writer.network.objective
    per_row = " It is divided by what the samples weigh." if objective.penalty_per_row else ""
    return (f"The penalty; biases are {'counted too' if objective.penalize_bias else 'left out'}.{per_row}",)


def slope(writer: Vocabulary, l: int) -> Prose:
    """Name the derivative."""
    return (f"The derivative of {writer.network.f[l].name}, element by element.",)


def upstream(writer: Vocabulary, l: int) -> Prose:
    """Say what comes from above."""
    return ("The gradient by the activations, before it goes through them.",)


def softmax(writer: Vocabulary, l: int) -> Prose:
    """Say how a gradient passes a softmax."""
    a, z = writer.letter("a", l), writer.letter("z", l)
    return (
        partial(a, z),
        " = diag(a) − a aᵀ for each sample; applied to the gradient from above without being formed.",
    )


def chain(writer: Vocabulary, *path: Markup) -> Row:
    """Return ∂J/∂last = ∂J/∂first · … · ∂…/∂last along the path."""
    J = objective(writer)
    parts: list[Markup] = [partial(J, path[-1]), Sign("="), partial(J, path[0])]
    for above, below in pairwise(path):
        parts += [Sign("·"), partial(above, below)]
    return Row(tuple(parts))


def objective(writer: Vocabulary) -> Markup:
    """Return the letter of what is differentiated: J, or one sample's ℓ."""
    return writer.fixed_letter("J") if writer.scales_delta else writer.fixed_letter("losses")


def last_delta(writer: Vocabulary) -> Prose:
    """Say how BP1 comes about."""
    L = writer.network.L
    return (
        "Chain rule: ", chain(writer, writer.letter("a", L), writer.letter("z", L)),
        "; the first factor belongs to the loss, the second to the activation.",
    )  # fmt: skip


def short_delta(writer: Vocabulary) -> Prose:
    """Say how BP1 collapses."""
    f = writer.network.f[-1].name
    return (*last_delta(writer)[:2], f" collapses for {f} with {writer.network.objective.loss.name}: {_COLLAPSE[f]}.")


def hidden_delta(writer: Vocabulary, l: int) -> Prose:
    """Say how BP2 comes about."""
    z, a, above = writer.letter("z", l), writer.letter("a", l), writer.letter("z", l + 1)
    return (
        "Chain rule: ", chain(writer, above, a, z), ". ", above, " depends on ", a, " through ",
        writer.letter("W", l + 1), "; a unit adds up what it caused in every unit above it.",
    )  # fmt: skip


def dW(writer: Vocabulary, l: int) -> Prose:
    """Say how BP3 comes about."""
    z, W = writer.letter("z", l), writer.letter("W", l)
    return (
        "Chain rule: ", chain(writer, z, W), ". A weight meets the input of its layer once in every sample, so the sum "
        "runs over the samples", _penalised(writer, "W"),
    )  # fmt: skip


def db(writer: Vocabulary, l: int) -> Prose:
    """Say how BP4 comes about."""
    z, b = writer.letter("z", l), writer.letter("b", l)
    return (
        "Chain rule: ", chain(writer, z, b), ", and the last factor is 1 in every sample", _penalised(writer, "b")
    )  # fmt: skip


def _penalised(writer: Vocabulary, kind: str) -> str:
    objective = writer.network.objective
    counted = (objective.l1 or objective.l2) and (kind == "W" or objective.penalize_bias)
    return "; then the derivative of the penalty." if counted else "."
