"""Archives of arrays: a zip file with a description in JSON and ``.npy`` members. Reading one runs no code.

The member ``model.json`` holds the description, and the array with number i is the member ``i.npy``, which must not
hold objects. The same content gives the same bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MAX_UNPACKED_BYTES = 500_000_000
"""Limit for the unpacked size of an archive, in bytes; the models of `emotag train` are far smaller."""

MAX_NUMBER = 1e39
"""Largest accepted number, slightly above the largest float32: products of a few such numbers are finite."""

DESCRIPTION = "model.json"
"""Name of the member that describes the content."""


class ArchiveTooLarge(ValueError):
    """The archive unpacks to more than `MAX_UNPACKED_BYTES`."""


class ArrayArchive:
    """An archive that is open for reading. Damaged archives raise exceptions of any kind.

    Parameters
    ----------
    data : bytes
        The content of the file.

    Attributes
    ----------
    description : object
        The parsed JSON.

    Raises
    ------
    ArchiveTooLarge
        If it unpacks to more than `MAX_UNPACKED_BYTES`.
    """

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        if sum(entry.file_size for entry in self._archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ArchiveTooLarge(f"unpacks to more than {MAX_UNPACKED_BYTES // 10**6} MB")
        self.description: Any = json.loads(self._archive.read(DESCRIPTION))

    def array(self, number: int) -> np.ndarray:
        """Return an array.

        Parameters
        ----------
        number : int

        Returns
        -------
        numpy.ndarray
            Integers or floats, all finite and at most `MAX_NUMBER`.

        Raises
        ------
        ValueError
            If it holds anything else.
        """
        import numpy as np
        from numpy.lib import format as npy

        with self._archive.open(f"{number}.npy") as file:
            array = npy.read_array(file, allow_pickle=False)
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise ValueError("an array does not hold finite numbers")
        if array.dtype.kind == "f" and array.size and max(-float(array.min()), float(array.max())) > MAX_NUMBER:
            raise ValueError("an array holds numbers that are too large")
        return array


def pack(description: Any, arrays: Sequence[np.ndarray]) -> bytes:
    """Return the content of an archive.

    Parameters
    ----------
    description : object
        Anything that JSON can hold.
    arrays : sequence of numpy.ndarray
        In the order of their numbers.

    Returns
    -------
    bytes
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        members = {DESCRIPTION: json.dumps(description, indent=1).encode()}
        members |= {f"{i}.npy": _npy(array) for i, array in enumerate(arrays)}
        for name, member in members.items():
            archive.writestr(
                zipfile.ZipInfo(name), member, zipfile.ZIP_DEFLATED, 9
            )  # ZipInfo(name) has a constant date
    return packed.getvalue()


def _npy(array: np.ndarray) -> bytes:
    import numpy as np
    from numpy.lib import format as npy

    data = io.BytesIO()
    npy.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
    return data.getvalue()
