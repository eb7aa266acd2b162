"""The errors that emotag raises, each with a message of one sentence, and failures of single files as values."""

from __future__ import annotations

from dataclasses import dataclass


class EmotagError(Exception):
    """Base of all errors whose message is meant for the user."""


class AudioError(EmotagError):
    """A file from which no emotion can be told.

    Parameters
    ----------
    kind : str
        One word for stores and statistics: ``unreadable``, ``empty``, ``not-audio``, ``damaged``,
        ``too-short`` or ``silent``.
    message : str
        The reason as a sentence without the file's name, which whoever reports the error adds.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class TagError(EmotagError):
    """Tags that could not be read or written; the file is as it was."""


class ModelError(EmotagError):
    """A model file that is missing, damaged, untrusted, or made for other features."""


class DataError(EmotagError):
    """A data set that cannot be trained on or evaluated."""


class StoreError(EmotagError):
    """A library store that is damaged, newer, locked or something else; it is left as it is."""


class ExtraMissing(EmotagError):
    """A library that only some commands need is not installed."""


class OutputError(EmotagError):
    """A report, playlist or page that cannot be written."""


class ReaderGone(EmotagError):
    """A pipe that nobody reads any more: no fault, and nothing to tell."""


@dataclass(frozen=True)
class Failure:
    """Why a file could not be analysed, as a value: exceptions do not cross process boundaries.

    Attributes
    ----------
    kind : str
        One word for stores and statistics; the kinds of `AudioError`, or one of `tagger.scanning.retry`.
    message : str
        The reason, without the file's name.
    """

    kind: str
    message: str
