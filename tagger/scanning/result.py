"""The result of a scan for one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagger.emotions import Emotion

if TYPE_CHECKING:
    from tagger.tags import Change


@dataclass(slots=True)
class ScanResult:
    """What became of one file.

    Attributes
    ----------
    path : str
        The file.
    analysed : bool
        Whether it was analysed by this scan.
    tagged : bool
        Whether its tags agreed already.
    skipped : bool
        Whether it failed before, and was not tried again.
    duration : float or None
        Seconds of audio, where it could be told.
    identity : str or None
        Hash of the audio.
    emotion : Emotion or None
        What was predicted.
    model : str or None
        By which models.
    change : Change or None
        What was written into the tags, or would be.
    untaggable : str or None
        Why this kind of file has no tags to write.
    error : str or None
        Why the file failed.
    """

    path: str
    analysed: bool = False
    tags_current: bool = False
    skipped: bool = False
    duration: float | None = None
    audio_hash: str | None = None
    emotion: Emotion | None = None
    model: str | None = None
    change: Change | None = None
    untaggable: str | None = None
    error: str | None = None
