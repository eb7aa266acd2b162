"""Offsets from the start of an MP4 file, which are in several kinds of its atoms."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tagger.errors import TagError
from tagger.tags.raw.atoms import Atom


def iter_atoms(atom: Atom) -> Iterator[Atom]:
    """Yield an atom and its parsed descendants.

    Parameters
    ----------
    atom : Atom
        The root.

    Yields
    ------
    Atom
        Depth first, parents before children.
    """
    yield atom
    for child in atom.children or ():
        yield from iter_atoms(child)


def map_offsets(atom: Atom, new_offset: Callable[[int], int], fragment: bool) -> bytes:
    """Return the content of an atom with other offsets.

    Parameters
    ----------
    atom : Atom
        An atom without children.
    new_offset : callable
        Returns the new offset for an old one.
    fragment : bool
        Whether the atom belongs to a fragment, in which the offsets of ``saio`` count from the fragment's start.

    Returns
    -------
    bytes
        The unchanged content if there are no offsets in it.

    Raises
    ------
    TagError
        If a new offset does not fit.
    """
    table = None if fragment and atom.kind == b"saio" else _offset_table(atom)
    if table is None:
        return atom.data
    size = struct.calcsize(table.form)
    data = bytearray(atom.data)
    for position in range(table.start, table.start + table.step * table.number, table.step):
        (old,) = struct.unpack_from(table.form, data, position)
        new = new_offset(old)
        if new < 0 or new >> (8 * size):
            raise TagError("an offset in it would be too far from its start for its tables")
        struct.pack_into(table.form, data, position, new)
    return bytes(data)


class _OffsetTable(NamedTuple):
    """Where the offsets are in an atom's content, their `struct` format, and the distance from one to the next."""

    start: int
    form: str
    step: int
    number: int


def _offset_table(atom: Atom) -> _OffsetTable | None:
    data = atom.data
    if len(data) < 8:
        return None
    (count,) = struct.unpack_from(">I", data, 4)
    match atom.kind:
        case b"stco":
            return _OffsetTable(8, ">I", 4, min(count, (len(data) - 8) // 4))
        case b"co64":
            return _OffsetTable(8, ">Q", 8, min(count, (len(data) - 8) // 8))
        case b"tfhd" if data[3] & 1 and len(data) >= 16:
            return _OffsetTable(8, ">Q", 8, 1)
        case b"tfra" if len(data) >= 16:
            sizes, count = struct.unpack_from(">II", data, 8)
            wide = data[0] == 1
            step = (16 if wide else 8) + sum((sizes >> shift & 3) + 1 for shift in (4, 2, 0))
            count = min(count, max(0, len(data) - 16) // step)
            return _OffsetTable(24, ">Q", step, count) if wide else _OffsetTable(20, ">I", step, count)
        case b"saio":
            start = 8 if data[3] & 1 else 0
            if len(data) < start + 8:
                return None
            (count,) = struct.unpack_from(">I", data, start + 4)
            form, size = (">I", 4) if data[0] == 0 else (">Q", 8)
            return _OffsetTable(start + 8, form, size, min(count, (len(data) - start - 8) // size))
        case _:
            return None
