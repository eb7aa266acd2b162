"""Items, the named values of a tag, and the interface of containers that consist of them.

An item is a Vorbis comment, an APEv2 item, an MP4 free-form atom or an ASF attribute.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry

MAX_ITEMS = 1 << 17
"""Items that a tag may have; a damaged or malicious file could otherwise fill the memory with them."""

ItemValues = tuple[tuple[str, bytes], ...]
"""The values of an item as text, each with the bytes that it was decoded from."""


def _no_values(raw: bytes) -> ItemValues:
    return ()


@dataclass(frozen=True)
class Item:
    """One item of a tag.

    Attributes
    ----------
    name : str
        Empty if the item has no name and therefore cannot be emotag's.
    raw : bytes
        All of its bytes.
    decode : callable
        Returns the item's values from its bytes. Items are decoded on demand, since decoded pictures would take much
        memory.
    section : str
        Which list of items it belongs to, in containers with several lists.
    binary : bool
        Whether it holds something other than text, so that no value can be written to it.
    """

    name: str
    raw: bytes
    decode: Callable[[bytes], ItemValues] = field(default=_no_values, compare=False, repr=False)
    section: str = ""
    binary: bool = False

    @property
    def values(self) -> ItemValues:
        """The decoded values."""
        return self.decode(self.raw)


IsOurs = Callable[[Item], bool]
"""Whether an item belongs to one of emotag's fields."""


class ItemLayout(ABC):
    """A parsed file whose tags are items.

    Attributes
    ----------
    kind : str
        Kind of the file, by the name of mutagen's class for it.
    items : tuple of Item
        In file order.
    """

    kind: str
    items: tuple[Item, ...]

    @abstractmethod
    def other_entries(self, file: IO[bytes], is_ours: IsOurs) -> list[Entry]:
        """List everything in the file except emotag's items and the structures that were added to hold them.

        Every byte of the file is in one of the entries, except lengths, counts and checksums that follow from the
        rest. A structure that is misinterpreted here can therefore not be lost unnoticed.

        Parameters
        ----------
        file : file
            The parsed file, open for reading.
        is_ours : callable
            Whether an item is emotag's.

        Returns
        -------
        list of Entry
            In file order.
        """

    @abstractmethod
    def write(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        """Replace the file's items; all other bytes are kept.

        Parameters
        ----------
        file : file
            The parsed file, open for reading and writing.
        items : tuple of Item
            The new items.

        Raises
        ------
        TagError
            If the container cannot hold them.
        """

    @abstractmethod
    def encode_value(self, text: str) -> bytes:
        """Encode a value.

        Parameters
        ----------
        text : str
            Surrogate escapes stand for bytes that are not valid text.

        Returns
        -------
        bytes

        Raises
        ------
        TagError
            If it is too long for the container.
        """

    @abstractmethod
    def make_item(self, name: str, values: Sequence[bytes], template: Item | None) -> Item:
        """Make an item.

        Parameters
        ----------
        name : str
            Name of the item.
        values : sequence of bytes
            Encoded values; exactly one in containers that repeat items.
        template : Item, optional
            The item that the new one replaces or follows; its flags and section are copied.

        Returns
        -------
        Item
        """


def decode_text(data: bytes) -> str:
    """Decode text as UTF-8, or as Latin-1 if it is not valid UTF-8.

    Parameters
    ----------
    data : bytes
        Any bytes.

    Returns
    -------
    str
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def damaged_tags(reason: str) -> TagError:
    """Make the error for tags that cannot be parsed.

    Parameters
    ----------
    reason : str
        A clause such as ``there are too many comments``.

    Returns
    -------
    TagError
    """
    return TagError(f"its tags are damaged ({reason})")
