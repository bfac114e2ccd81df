"""A rule that ends a training in a valley, as CONTRIBUTING says: the section is what goes into the file it names."""

# src/clearprop/training/stopping.py
from dataclasses import dataclass

from clearprop.training import Stopped, Verdict


@dataclass(frozen=True)
class Flat:
    """Ends a training when the mean norm of the gradient over an epoch is below a threshold."""

    gradient_norm: float

    def after(self, record):
        return Verdict(Stopped.CONVERGED) if record.gradient_norm < self.gradient_norm else Verdict()
