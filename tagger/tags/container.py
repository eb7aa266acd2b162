"""What every container family offers the writer, and the one place where mutagen's errors become ours."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tagger.errors import TagError
from tagger.tags.safe_read import safe_read


class NotTaggable(TagError):
    """A container that has no tags to write."""


@contextmanager
def tag_errors() -> Iterator[None]:
    """Turn what mutagen and the system raise into `TagError`, in one sentence."""
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
        raise TagError("its tags need more memory than there is") from None
    except (ValueError, LookupError, TypeError, EOFError, AssertionError, ArithmeticError, struct.error) as error:
        # mutagen trusts some lengths it reads; a damaged tag then breaks its own arithmetic.
        raise TagError(f"its tags are damaged ({type(error).__name__})") from None


class Container(ABC):
    """The tags of one open file.

    Parameters
    ----------
    kind : type
        mutagen's class for the file.
    path : str
        The file.
    """

    family: str

    def __init__(self, kind: type, path: str) -> None:
        self.file = safe_read(path, kind)

    def reopen(self, path: str) -> Container:
        """Read another file of the same kind, whatever it is called."""
        return type(self)(type(self.file), path)

    @property
    def label(self) -> str:
        """What a person calls this container."""
        return type(self.file).__name__

    @abstractmethod
    def get(self, field: str) -> tuple[str, ...]:
        """Return the values of a field, none if it is absent."""

    @abstractmethod
    def put(self, field: str, values: tuple[str, ...]) -> None:
        """Replace the values of a field, in the spelling in which it is there already."""

    @abstractmethod
    def other_tags(self) -> Any:
        """Return all that is not ours, in a form that compares equal only if nothing of it changed."""

    def save(self, path: str) -> None:
        """Write the tags into a file that holds the same audio."""
        self.file.save(path)
