"""The atoms of MP4, as a tree of which only what matters is opened."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import IO

from tagger.tags.raw.files import read, size_of
from tagger.tags.raw.items import MAX_ITEMS, damaged

PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mfra"}
MAX_DEPTH = 16
MAX_TOP_ATOMS = 1 << 20
"""Outermost atoms that a file may have: two for each fragment."""


@dataclass
class Atom:
    """One atom.

    Attributes
    ----------
    kind : bytes
        Its four letters.
    head : bytes
        Size and kind as they stand there; 8 bytes, or 16 where the size has 64 bits.
    data : bytes
        What it holds in front of its children, or all that it holds.
    children : list of Atom, optional
        Those of an atom that has been opened.
    rest : bytes
        What stands behind the children and is no atom.
    """

    kind: bytes
    head: bytes
    data: bytes = b""
    children: list[Atom] | None = None
    rest: bytes = b""

    def build(self) -> bytes:
        """Return its bytes; the size is of the form it had."""
        parts = [self.data, *(child.build() for child in self.children or ()), self.rest]
        size = len(self.head) + sum(map(len, parts))
        if len(self.head) == 16:
            head = self.head[:8] + struct.pack(">Q", size)
        elif self.head[:4] == bytes(4):  # to the end of the file
            head = self.head
        elif size >> 32:
            raise damaged("an atom is too large")
        else:
            head = struct.pack(">I", size) + self.kind
        return b"".join((head, *parts))

    def all(self, kind: bytes) -> list[Atom]:
        """Return the children of a kind."""
        return [child for child in self.children or () if child.kind == kind]

    def open(self, skip: int = 0) -> None:
        """Take its data apart into children, behind bytes that are none."""
        if self.children is None:
            self.children, self.rest = split(self.data[skip:])
            self.data = self.data[:skip]


@dataclass
class Top:
    """An atom that no other holds: where it stands, and what it holds unless that is large."""

    start: int
    stop: int
    kind: bytes
    head: bytes
    atom: Atom | None = field(default=None)


def tops(file: IO[bytes]) -> tuple[list[Top], int]:
    """Return the outermost atoms of a file, and where what is no atom begins behind them."""
    found: list[Top] = []
    place, end = 0, size_of(file)
    while place + 8 <= end:
        head = read(file, place, 8)
        size, kind = struct.unpack(">I4s", head)
        if size == 1:
            if place + 16 > end:
                break
            head = read(file, place, 16)
            (size,) = struct.unpack_from(">Q", head, 8)
        elif size == 0:
            size = end - place
        if size < len(head) or place + size > end:
            break
        if len(found) == MAX_TOP_ATOMS:
            raise damaged("there are too many atoms")
        found.append(Top(place, place + size, kind, head))
        place += size
    return found, place


def parse_children(file: IO[bytes], top: Top) -> Atom:
    """Read an outermost atom and open those in it that hold others."""
    atom = Atom(top.kind, top.head, read(file, top.start + len(top.head), top.stop - top.start - len(top.head)))
    waiting, count = [(atom, 0)], 0
    while waiting:
        parent, depth = waiting.pop()
        if parent.kind in PARENTS and depth < MAX_DEPTH:
            parent.open()
            waiting += [(child, depth + 1) for child in parent.children or ()]
            count += len(parent.children or ())
            if count > MAX_ITEMS:
                raise damaged("there are too many atoms")
    return atom


def split(data: bytes) -> tuple[list[Atom], bytes]:
    """Take bytes apart into atoms, and what stands behind them."""
    atoms: list[Atom] = []
    place = 0
    while place + 8 <= len(data):
        head = data[place : place + 8]
        size, kind = struct.unpack(">I4s", head)
        if size == 1 and place + 16 <= len(data):
            head = data[place : place + 16]
            (size,) = struct.unpack_from(">Q", head, 8)
        if size < len(head) or place + size > len(data):
            break
        if len(atoms) == MAX_ITEMS:
            raise damaged("there are too many atoms")
        atoms.append(Atom(kind, head, data[place + len(head) : place + size]))
        place += size
    return atoms, data[place:]


def make_atom(kind: bytes, data: bytes) -> Atom:
    """Make an atom."""
    return Atom(kind, struct.pack(">I", 8 + len(data)) + kind, data)
