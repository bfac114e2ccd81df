"""Our reader of HDF5 reads what h5py writes, and refuses what it does not write by default."""

from __future__ import annotations

import contextlib
import io

import h5py
import numpy as np
import pytest

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.readers.hdf5 import Hdf5


def written(fill, **options) -> Hdf5:
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as made:
        fill(made)
    return Hdf5(file.getvalue())


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8", "i1", "<i4", ">i8", "u2"])
def test_numbers_of_every_kind(dtype):
    values = np.arange(12).astype(dtype).reshape(3, 4)
    file = written(lambda made: made.create_dataset("a/b/c", data=values))
    np.testing.assert_array_equal(file.numbers("a/b/c"), values)
    assert file.numbers("a/b/c").dtype == values.dtype.newbyteorder("=")


def test_groups_of_many_members_and_deep_ones():
    def fill(made):
        for k in range(300):
            made[f"layers/dense_{k}/vars/0"] = np.full((2, k % 5 + 1), k, "f4")

    file = written(fill)
    assert sorted(file.names("layers")) == sorted(f"dense_{k}" for k in range(300))
    assert all((file.numbers(f"layers/dense_{k}/vars/0") == k).all() for k in range(300))
    assert file.is_group("layers")
    assert not file.is_group("layers/dense_7/vars/0")


@pytest.mark.parametrize("value", ["a text, ü", b"bytes", np.bytes_(b"of a fixed length"), "x" * 40_000])
def test_text_of_attributes(value):
    def fill(made):
        made.attrs["before"] = 3
        made.attrs["model_config"] = value
        made["x"] = np.zeros(3)

    wanted = value.decode() if isinstance(value, bytes) else value
    file = written(fill)
    assert file.text("model_config") == wanted
    assert file.text("none") is None


def test_scalars_and_empty_ones():
    def fill(made):
        made["one"] = np.float64(1.5)
        made["none"] = np.zeros((0, 3))

    file = written(fill)
    assert file.numbers("one") == 1.5
    assert file.numbers("one").shape == ()


@pytest.mark.parametrize(
    "fill",
    [
        lambda made: made.create_dataset("x", (100, 100), "f4", chunks=(10, 10)),
        lambda made: made.create_dataset("x", data=np.zeros((100, 100)), compression="gzip"),
        lambda made: made.create_dataset("x", data="text"),
        lambda made: made.__setitem__("x", h5py.SoftLink("/y")),
        lambda made: made.__setitem__("x", h5py.ExternalLink("other.h5", "/y")),
    ],
)
def test_what_is_packed_or_elsewhere_is_refused(fill):
    with pytest.raises((ReaderCannot, ForeignFileError)):
        written(fill).numbers("x")


def test_a_newer_form_is_refused():
    with pytest.raises(ReaderCannot, match="newer form"):
        written(lambda made: made.create_dataset("x", data=np.zeros(3)), libver="latest").numbers("x")


def test_a_file_that_leads_in_circles_ends():
    """Every number of eight bytes is made to point at every group's tree, which holds up the HDF5 library."""
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["a/b"] = np.zeros(3)
    data = bytearray(file.getvalue())
    places = [data.find(sign) for sign in (b"TREE", b"SNOD", b"HEAP")]
    for at in range(0, len(data) - 8, 8):
        for place in places:
            changed = data.copy()
            changed[at : at + 8] = place.to_bytes(8, "little")
            with contextlib.suppress(ReaderCannot, ForeignFileError):
                assert len(Hdf5(bytes(changed)).numbers("a/b")) <= 3
