"""Archives of arrays are read as they were written, and hold nothing but finite numbers."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from tagger.io import array_archive
from tagger.io.array_archive import ArchiveTooLarge, ArrayArchive, pack

ARRAYS: list[np.ndarray] = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1, 2], np.int8), np.zeros(0)]


def test_description_and_arrays_are_read_as_they_were_written() -> None:
    archive = ArrayArchive(pack({"name": "x", "numbers": [1, 2.5]}, ARRAYS))
    assert archive.description == {"name": "x", "numbers": [1, 2.5]}
    for number, array in enumerate(ARRAYS):
        np.testing.assert_array_equal(archive.array(number), array)
        assert archive.array(number).dtype == array.dtype


def test_the_same_content_gives_the_same_bytes() -> None:
    assert pack({"a": 1}, ARRAYS) == pack({"a": 1}, [np.asfortranarray(array) for array in ARRAYS])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_numbers_that_are_not_finite_or_too_large_are_refused(value: float) -> None:
    archive = ArrayArchive(pack({}, [np.array([0.0, value])]))
    with pytest.raises(ValueError, match="an array"):
        archive.array(0)


@pytest.mark.parametrize("array", [np.array([True]), np.array(["text"]), np.array([1j])])
def test_arrays_of_anything_but_numbers_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        ArrayArchive(pack({}, [array])).array(0)


def test_objects_are_never_unpickled() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        member = io.BytesIO()
        np.lib.format.write_array(member, np.array([print], object), allow_pickle=True)
        archive.writestr("model.json", "{}")
        archive.writestr("0.npy", member.getvalue())
    with pytest.raises(ValueError, match="allow_pickle"):
        ArrayArchive(data.getvalue()).array(0)


def test_an_archive_that_unpacks_to_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_archive, "MAX_UNPACKED_BYTES", 1_000_000)
    data = pack({}, [np.zeros(200_000)])
    assert len(data) < 10_000
    with pytest.raises(ArchiveTooLarge, match="more than 1 MB"):
        ArrayArchive(data)
