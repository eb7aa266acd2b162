"""The interface of containers, and the conversion of mutagen's errors to emotag's."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tagger.errors import TagError


@contextmanager
def tag_errors() -> Iterator[None]:
    """Convert the errors of mutagen and the system to `TagError` with a message of one sentence.

    Raises
    ------
    TagError
        In place of the error that was raised.
    """
    from mutagen._util import MutagenError

    try:
        yield
    except TagError:
        raise
    except OSError as error:
        raise TagError(f"cannot be tagged ({error.strerror or error})") from None
    except MutagenError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise TagError(f"its tags are damaged or of an unknown kind ({reason})") from None
    except MemoryError:
        raise TagError("its tags need more memory than is available") from None
    except (ValueError, LookupError, TypeError, EOFError, AssertionError, ArithmeticError, struct.error) as error:
        # mutagen does not check some lengths it reads; on damaged tags its own arithmetic then fails.
        raise TagError(f"its tags are damaged ({type(error).__name__})") from None


class Container(ABC):
    """The tags of one file.

    Attributes
    ----------
    family : str
        Key of `tagger.tags.schema.NAMES`.
    """

    family: str

    @abstractmethod
    def reopen(self, path: str) -> Container:
        """Read another file of the same kind, whatever its name.

        Parameters
        ----------
        path : str
            The other file.

        Returns
        -------
        Container
        """

    @property
    @abstractmethod
    def label(self) -> str:
        """Name of the container for messages."""

    @abstractmethod
    def get(self, field: str) -> tuple[str, ...]:
        """Return the values of a field.

        Parameters
        ----------
        field : str
            One of `tagger.tags.schema.FIELDS`.

        Returns
        -------
        tuple of str
            Empty if the file does not have the field.
        """

    @abstractmethod
    def put(self, field: str, values: tuple[str, ...]) -> None:
        """Replace the values of a field in memory; a name in other upper or lower case is kept.

        Parameters
        ----------
        field : str
            One of `tagger.tags.schema.FIELDS`.
        values : tuple of str
            The new values; if empty, the field is removed.
        """

    @abstractmethod
    def other_tags(self) -> Any:
        """Return everything in the file except emotag's fields.

        Returns
        -------
        object
            Equal to that of another file only if no byte of other programs' data differs.
        """

    @abstractmethod
    def save(self, path: str) -> None:
        """Write the tags into a file with the same content as the one that was read.

        Parameters
        ----------
        path : str
            The file.

        Raises
        ------
        TagError
            If its content is different, or the container cannot hold the values.
        """
