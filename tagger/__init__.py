"""emotag: moods, valence and arousal of music files, in their own tags.

`analyse` predicts the emotion of one file; `scan` processes many, as the command does. A `Session` stays open and
analyses, tags and restores files again and again. `read_tags` reads what the tags of a file have. ``tagger.models``
loads, checks and applies models; ``tagger.features`` computes the features they take.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tagger._version import __version__ as __version__

if TYPE_CHECKING:
    from tagger.api import analyse, read_tags, scan
    from tagger.emotions import MOODS, Emotion
    from tagger.errors import AudioError, EmotagError, LibraryBusy, NotTaggable, TagError
    from tagger.scanning.result import FileStatus, ScanResult
    from tagger.scanning.undo import UndoResult
    from tagger.session import Session
    from tagger.tags import Change, TagState

__all__ = [
    "MOODS",
    "AudioError",
    "Change",
    "EmotagError",
    "Emotion",
    "FileStatus",
    "LibraryBusy",
    "NotTaggable",
    "ScanResult",
    "Session",
    "TagError",
    "TagState",
    "UndoResult",
    "analyse",
    "read_tags",
    "scan",
]

_MODULES = {
    "analyse": "tagger.api",
    "read_tags": "tagger.api",
    "scan": "tagger.api",
    "Session": "tagger.session",
    "MOODS": "tagger.emotions",
    "Emotion": "tagger.emotions",
    "AudioError": "tagger.errors",
    "EmotagError": "tagger.errors",
    "LibraryBusy": "tagger.errors",
    "NotTaggable": "tagger.errors",
    "TagError": "tagger.errors",
    "FileStatus": "tagger.scanning.result",
    "ScanResult": "tagger.scanning.result",
    "UndoResult": "tagger.scanning.undo",
    "Change": "tagger.tags",
    "TagState": "tagger.tags",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that the command starts without numpy.
    if name not in _MODULES:
        raise AttributeError(f"module 'tagger' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
