"""How far the validation loss lies above the loss, as CONTRIBUTING says: a section for every file that changes."""

# src/clearprop/report/figures/learning.py
from clearprop.report.figures.canvas import BLUE, draw


def gap(history):
    """Draw the validation loss minus the loss over the epochs."""

    def paint(axes):
        axes.plot(history["epoch"], [v - t for v, t in zip(history["validation_loss"], history["loss"], strict=True)],
                  color=BLUE)  # fmt: skip
        axes.set_xlabel("epoch")
        axes.set_ylabel("validation loss − loss")

    return draw(paint, "Gap between validation loss and loss")


# src/clearprop/report/figures/sections.py
from clearprop.report.figures.sections import FIGURES


def _gap(x):
    history = x.estimator.history_
    measured = [loss for loss in history["validation_loss"] if loss is not None]
    return [("The gap", gap(history))] if measured and len(measured) == len(history["loss"]) else []


FIGURES["learning"] = (*FIGURES["learning"], _gap)
