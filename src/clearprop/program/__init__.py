"""Programs: a trained model, preprocessing included, as a short list of frozen steps."""

from clearprop.program.answers import ANSWER_STEPS, Above, Complement, Label, Unscale
from clearprop.program.codes import CODE_STEPS, Code, Look, OneHot
from clearprop.program.columns import (
    NUMBER_STEPS,
    Clip,
    Cosine,
    Fill,
    InBins,
    Missing,
    SignedLog,
    Sine,
    Standardise,
    Turn,
)
from clearprop.program.inputs import Cell, Numbers
from clearprop.program.layers import LAYER_STEPS, Activate, Dense, Join, Mean, Round
from clearprop.program.program import Program
from clearprop.program.step import Kind, Step

STEPS: tuple[type[Step], ...] = (Cell, Numbers, *NUMBER_STEPS, *CODE_STEPS, *LAYER_STEPS, *ANSWER_STEPS)
"""Every kind of step there is; a scribe writes all of them, or says which it cannot."""

__all__ = [
    "STEPS", "Above", "Activate", "Cell", "Clip", "Code", "Complement", "Cosine", "Dense", "Fill", "InBins",
    "Join", "Kind", "Label", "Look", "Mean", "Missing", "Numbers", "OneHot", "Program", "Round", "SignedLog", "Sine",
    "Standardise", "Step", "Turn", "Unscale",
]  # fmt: skip
