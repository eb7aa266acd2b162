"""emotag: moods, valence and arousal of music files, in their own tags.

`analyse` predicts the emotion of one file; `scan` processes many, as the command does. ``tagger.models`` loads, checks
and applies models; ``tagger.features`` computes the features they take.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tagger._version import __version__ as __version__

if TYPE_CHECKING:
    from tagger.api import analyse, scan
    from tagger.emotions import MOODS, Emotion
    from tagger.errors import AudioError, EmotagError
    from tagger.scanning.result import ScanResult

__all__ = ["MOODS", "AudioError", "EmotagError", "Emotion", "ScanResult", "analyse", "scan"]

_MODULES = {
    "analyse": "tagger.api",
    "scan": "tagger.api",
    "MOODS": "tagger.emotions",
    "Emotion": "tagger.emotions",
    "AudioError": "tagger.errors",
    "EmotagError": "tagger.errors",
    "ScanResult": "tagger.scanning.result",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that the command starts without numpy.
    if name not in _MODULES:
        raise AttributeError(f"module 'tagger' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
