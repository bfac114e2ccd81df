"""The notations: one writer each."""

from clearprop.explain.derivation.notations.lecture import Lecture
from clearprop.explain.derivation.notations.matrix import Matrix
from clearprop.explain.derivation.notations.ng import Ng
from clearprop.explain.derivation.notations.rnet import Rnet
from clearprop.explain.derivation.notations.theta import Theta
from clearprop.explain.derivation.writer import Writer

NOTATIONS: dict[str, type[Writer]] = {
    writer.name: writer for writer in (Writer, Rnet, Matrix, Ng, Lecture, Theta)
}  # fmt: skip
"""Every notation by name."""

__all__ = ["NOTATIONS"]
