"""emotag: the moods, valence and arousal of a music library, in its own tags.

`analyse` tells the emotion of one file, `scan` those of many, as the command does. ``tagger.models`` loads, checks and
applies models; ``tagger.features`` computes what they are given.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagger.api import analyse, scan
    from tagger.emotions import MOODS, Emotion
    from tagger.errors import AudioError, EmotagError
    from tagger.outcome import Outcome

__version__ = "0.1.0"

__all__ = ["MOODS", "AudioError", "EmotagError", "Emotion", "Outcome", "analyse", "scan"]

_ROOMS = {
    "analyse": "tagger.api",
    "scan": "tagger.api",
    "MOODS": "tagger.emotions",
    "Emotion": "tagger.emotions",
    "AudioError": "tagger.errors",
    "EmotagError": "tagger.errors",
    "Outcome": "tagger.outcome",
}


def __getattr__(name: str) -> Any:
    # Found when they are asked for: the command starts without numpy.
    if name not in _ROOMS:
        raise AttributeError(f"module 'tagger' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
