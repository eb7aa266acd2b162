"""Errors with a message for the user, and failures of single files as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class EmotagError(Exception):
    """Base class of all errors whose message is meant for the user: one sentence.

    Attributes
    ----------
    exit_code : int
        Exit status of a command that ends with this error.
    """

    exit_code: ClassVar[int] = 2


class AudioError(EmotagError):
    """An audio file that cannot be analysed.

    Parameters
    ----------
    kind : str
        Kind of failure, one word: ``unreadable``, ``empty``, ``not-audio``, ``damaged``, ``too-short`` or ``silent``.
    message : str
        The reason, without the name of the file; callers that report the error add the name.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class TagError(EmotagError):
    """Tags that could not be read or written; the file is unchanged."""


class NotTaggable(TagError):
    """A container without tags that can be written."""


class WordsError(EmotagError):
    """The user's words for moods that cannot be written to tags."""


class ModelError(EmotagError):
    """A model file that is missing, damaged, not trusted, or trained on other features."""


class DataError(EmotagError):
    """A data set that cannot be used for training or evaluation."""


class StoreError(EmotagError):
    """A library database that is damaged, locked, newer than this version, or not a store; it is unchanged."""


class LibraryBusy(EmotagError):
    """Another process uses the library database."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


class Declined(EmotagError):
    """The user does not want that files are modified; nothing was done."""

    exit_code = 0


class ExtraMissing(EmotagError):
    """An optional dependency that is not installed."""


class NoEvents(EmotagError):
    """The system does not report the changes of folders; the message is the reason."""


class OutputError(EmotagError):
    """An output file that cannot be written."""

    exit_code = 1


class OutputClosed(EmotagError):
    """An output pipe whose reader has closed it; the command ends with success and no message."""

    exit_code = 0


@dataclass(frozen=True)
class Failure:
    """The reason why a file could not be analysed, as a value that a worker process can return.

    Attributes
    ----------
    kind : str
        Kind of failure, one word: a kind of `AudioError`, or a kind in `tagger.scanning.retry`.
    message : str
        The reason, without the name of the file.
    """

    kind: str
    message: str
