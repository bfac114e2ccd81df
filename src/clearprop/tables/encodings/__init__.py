"""Encodings: for each kind of column, what is learned from the training rows and how cells become numbers."""

from clearprop.tables.encodings.binned import Binned
from clearprop.tables.encodings.bins import BinsEncoding, by_bins
from clearprop.tables.encodings.boolean import BooleanEncoding
from clearprop.tables.encodings.category import CategoryEncoding
from clearprop.tables.encodings.date import DateEncoding
from clearprop.tables.encodings.number import NumberEncoding
from clearprop.tables.encodings.piecewise import PiecewiseEncoding
from clearprop.tables.encodings.plain import PlainEncoding
from clearprop.tables.encodings.target import ClassTarget, NumberTarget

__all__ = [
    "Binned",
    "BinsEncoding",
    "BooleanEncoding",
    "CategoryEncoding",
    "ClassTarget",
    "DateEncoding",
    "NumberEncoding",
    "NumberTarget",
    "PiecewiseEncoding",
    "PlainEncoding",
    "by_bins",
]
