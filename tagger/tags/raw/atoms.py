"""The atoms of MP4 files, as a tree in which only the relevant ones are parsed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import IO

from tagger.tags.raw.files import file_size, read_exactly
from tagger.tags.raw.items import MAX_ITEMS, damaged_tags

PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mfra"}
"""Atoms whose children are parsed."""

MAX_DEPTH = 16
MAX_TOP_LEVEL_ATOMS = 1 << 20
"""Top-level atoms that a file may have: two for each fragment."""


@dataclass
class Atom:
    """One atom.

    Attributes
    ----------
    kind : bytes
        Its type, four bytes.
    header : bytes
        Size and type as stored in the file: 8 bytes, or 16 with a size of 64 bits.
    data : bytes
        Content before the children, or all content if the children are not parsed.
    children : list of Atom, optional
        None if they are not parsed.
    trailing : bytes
        What follows the children and is not an atom.
    """

    kind: bytes
    header: bytes
    data: bytes = b""
    children: list[Atom] | None = None
    trailing: bytes = b""

    def to_bytes(self) -> bytes:
        """Serialise the atom; its size keeps the width that it had.

        Returns
        -------
        bytes

        Raises
        ------
        TagError
            If the size does not fit.
        """
        parts = [self.data, *(child.to_bytes() for child in self.children or ()), self.trailing]
        size = len(self.header) + sum(map(len, parts))
        if len(self.header) == 16:
            header = self.header[:8] + struct.pack(">Q", size)
        elif self.header[:4] == bytes(4):  # the atom extends to the end of the file
            header = self.header
        elif size >> 32:
            raise damaged_tags("an atom is too large")
        else:
            header = struct.pack(">I", size) + self.kind
        return b"".join((header, *parts))

    def children_of(self, kind: bytes) -> list[Atom]:
        """Return the children of a type.

        Parameters
        ----------
        kind : bytes
            The type, four bytes.

        Returns
        -------
        list of Atom
        """
        return [child for child in self.children or () if child.kind == kind]

    def parse_children(self, skip: int = 0) -> None:
        """Parse the content into children, unless that is done already.

        Parameters
        ----------
        skip : int
            Bytes before the first child.

        Raises
        ------
        TagError
            If there are too many children.
        """
        if self.children is None:
            self.children, self.trailing = split_atoms(self.data[skip:])
            self.data = self.data[:skip]


@dataclass
class TopLevelAtom:
    """An atom without a parent.

    Attributes
    ----------
    start, stop : int
        Offset of its first byte, and the offset after its last byte.
    kind, header : bytes
        As for `Atom`.
    atom : Atom, optional
        Its content, if that has been parsed.
    """

    start: int
    stop: int
    kind: bytes
    header: bytes
    atom: Atom | None = field(default=None)


def top_level_atoms(file: IO[bytes]) -> tuple[list[TopLevelAtom], int]:
    """Find the top-level atoms of a file.

    Parameters
    ----------
    file : file
        Open for reading.

    Returns
    -------
    list of TopLevelAtom
        Not parsed.
    int
        Offset at which they end.

    Raises
    ------
    TagError
        If there are more than `MAX_TOP_LEVEL_ATOMS`.
    """
    atoms: list[TopLevelAtom] = []
    offset, end = 0, file_size(file)
    while offset + 8 <= end:
        header = read_exactly(file, offset, 8)
        size, kind = struct.unpack(">I4s", header)
        if size == 1:
            if offset + 16 > end:
                break
            header = read_exactly(file, offset, 16)
            (size,) = struct.unpack_from(">Q", header, 8)
        elif size == 0:
            size = end - offset
        if size < len(header) or offset + size > end:
            break
        if len(atoms) == MAX_TOP_LEVEL_ATOMS:
            raise damaged_tags("there are too many atoms")
        atoms.append(TopLevelAtom(offset, offset + size, kind, header))
        offset += size
    return atoms, offset


def read_atom(file: IO[bytes], top: TopLevelAtom) -> Atom:
    """Read a top-level atom and parse those of its descendants that are in `PARENTS`.

    Parameters
    ----------
    file : file
        Open for reading.
    top : TopLevelAtom
        Where the atom is.

    Returns
    -------
    Atom

    Raises
    ------
    TagError
        If there are more than `MAX_ITEMS` atoms in it.
    """
    start = top.start + len(top.header)
    atom = Atom(top.kind, top.header, read_exactly(file, start, top.stop - start))
    stack, count = [(atom, 0)], 0
    while stack:
        parent, depth = stack.pop()
        if parent.kind in PARENTS and depth < MAX_DEPTH:
            parent.parse_children()
            stack += [(child, depth + 1) for child in parent.children or ()]
            count += len(parent.children or ())
            if count > MAX_ITEMS:
                raise damaged_tags("there are too many atoms")
    return atom


def split_atoms(data: bytes) -> tuple[list[Atom], bytes]:
    """Split a byte string into atoms.

    Parameters
    ----------
    data : bytes
        Any bytes.

    Returns
    -------
    list of Atom
        Not parsed further.
    bytes
        What follows them.

    Raises
    ------
    TagError
        If there are more than `MAX_ITEMS`.
    """
    atoms: list[Atom] = []
    offset = 0
    while offset + 8 <= len(data):
        header = data[offset : offset + 8]
        size, kind = struct.unpack(">I4s", header)
        if size == 1 and offset + 16 <= len(data):
            header = data[offset : offset + 16]
            (size,) = struct.unpack_from(">Q", header, 8)
        if size < len(header) or offset + size > len(data):
            break
        if len(atoms) == MAX_ITEMS:
            raise damaged_tags("there are too many atoms")
        atoms.append(Atom(kind, header, data[offset + len(header) : offset + size]))
        offset += size
    return atoms, data[offset:]


def make_atom(kind: bytes, data: bytes) -> Atom:
    """Make an atom without parsed children.

    Parameters
    ----------
    kind : bytes
        Its type, four bytes.
    data : bytes
        Its content.

    Returns
    -------
    Atom
    """
    return Atom(kind, struct.pack(">I", 8 + len(data)) + kind, data)
