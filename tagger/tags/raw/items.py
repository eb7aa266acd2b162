"""The named things of a tag (comments, items, free-form atoms, attributes), and what each container offers of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry

MAX_ITEMS = 1 << 17
"""Items that a tag may have; a damaged or hostile one could fill the memory with them."""


Values = tuple[tuple[str, bytes], ...]


def _none(raw: bytes) -> Values:
    return ()


@dataclass(frozen=True)
class Item:
    """A named thing, as bytes and as text.

    Attributes
    ----------
    name : str
        What it is called; empty if it has no name, so that it is none of ours.
    raw : bytes
        All of its bytes.
    read : callable
        From its bytes to its values as text, each with the bytes it was read from. Only few items are ever asked:
        pictures and the like would take much memory.
    place : str
        Which part of the tag it stands in, where there are several.
    locked : bool
        Whether it holds something else than text, and nothing can be put into it.
    """

    name: str
    raw: bytes
    read: Callable[[bytes], Values] = field(default=_none, compare=False, repr=False)
    place: str = ""
    locked: bool = False

    @property
    def values(self) -> Values:
        """Its values."""
        return self.read(self.raw)


class Layout(ABC):
    """Where in a file its tags stand, and what they hold.

    Attributes
    ----------
    kind : str
        Kind of the file.
    items : tuple of Item
        In their order.
    """

    kind: str
    items: tuple[Item, ...]

    @abstractmethod
    def listed(self, file: IO[bytes], ours: Callable[[Item], bool]) -> list[Entry]:
        """List all that the file holds but for our items and what was made for them.

        Every byte of the file is in one of the entries, but for lengths, counts and checksums that follow from
        the rest: what is misunderstood here would still not be lost unseen.
        """

    @abstractmethod
    def save(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        """Put items in the place of those that the file has; all else stays byte for byte."""

    @abstractmethod
    def encoded(self, text: str) -> bytes:
        """Return the bytes of a new value."""

    @abstractmethod
    def made(self, name: str, values: Sequence[bytes], like: Item | None) -> Item:
        """Make an item, with whatever else the item has that it takes the place of or stands behind."""


def text_of(data: bytes) -> str:
    """Read text as UTF-8, and what is none as Latin-1, in which nothing is lost."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def damaged(reason: str) -> TagError:
    """Return the error of a tag that cannot be taken apart."""
    return TagError(f"its tags are damaged ({reason})")
