"""The places in an MP4 file that its atoms name by their distance from the start of the file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from tagger.errors import TagError
from tagger.tags.raw.atoms import Atom


def walk(atom: Atom) -> Iterator[Atom]:
    """Yield an atom and all that were opened in it."""
    yield atom
    for child in atom.children or ():
        yield from walk(child)


def moved(atom: Atom, where: Callable[[int], int], fragment: bool) -> bytes:
    """Return the data of an atom with other offsets; that of an atom without offsets as it is.

    Parameters
    ----------
    atom : Atom
        One without children.
    where : callable
        From an offset to the one that it becomes.
    fragment : bool
        Whether the atom belongs to a fragment, in which some offsets count from the fragment's start.
    """
    layout = None if fragment and atom.kind == b"saio" else _layout(atom)
    if layout is None:
        return atom.data
    start, form, step, count = layout
    size = struct.calcsize(form)
    data = bytearray(atom.data)
    for place in range(start, start + step * count, step):
        (old,) = struct.unpack_from(form, data, place)
        new = where(old)
        if new < 0 or new >> (8 * size):
            raise TagError("a place in it would be too far from its start for the numbers in its tables")
        struct.pack_into(form, data, place, new)
    return bytes(data)


def _layout(atom: Atom) -> tuple[int, str, int, int] | None:
    """Return where offsets begin in an atom, their form, the distance from one to the next, and how many there are."""
    data = atom.data
    if len(data) < 8:
        return None
    (count,) = struct.unpack_from(">I", data, 4)
    match atom.kind:
        case b"stco":
            return 8, ">I", 4, min(count, (len(data) - 8) // 4)
        case b"co64":
            return 8, ">Q", 8, min(count, (len(data) - 8) // 8)
        case b"tfhd" if data[3] & 1 and len(data) >= 16:
            return 8, ">Q", 8, 1
        case b"tfra" if len(data) >= 16:
            sizes, count = struct.unpack_from(">II", data, 8)
            wide = data[0] == 1
            step = (16 if wide else 8) + sum((sizes >> shift & 3) + 1 for shift in (4, 2, 0))
            return (24 if wide else 20), (">Q" if wide else ">I"), step, min(count, max(0, len(data) - 16) // step)
        case b"saio":
            start = 8 if data[3] & 1 else 0
            if len(data) < start + 8:
                return None
            (count,) = struct.unpack_from(">I", data, start + 4)
            form, size = (">I", 4) if data[0] == 0 else (">Q", 8)
            return start + 8, form, size, min(count, (len(data) - start - 8) // size)
        case _:
            return None
