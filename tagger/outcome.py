"""What a scan is asked for, and what it says of each file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagger.emotions import Emotion

if TYPE_CHECKING:
    from tagger.tags import Change


@dataclass(frozen=True)
class Options:
    """How a scan is done.

    Attributes
    ----------
    tag : bool
        Write tags.
    dry_run : bool
        Only find out what tags would change.
    report : bool
        Tell the emotion of every file, unchanged ones too.
    force : bool
        Analyse again what is known.
    retry_failed : bool
        Try again what failed before.
    threshold : float or None
        Probability from which a mood is given; None for the model's own.
    moods : str
        Policy for the moods of others: ``merge``, ``replace`` or ``keep``.
    preserve_mtime : bool
        Keep the files' modification times.
    journal : str
        The folder in which writes are noted before they happen; empty for none.
    """

    tag: bool = True
    dry_run: bool = False
    report: bool = False
    force: bool = False
    retry_failed: bool = False
    threshold: float | None = None
    moods: str = "merge"
    preserve_mtime: bool = False
    journal: str = ""


@dataclass(slots=True)
class Outcome:
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
    tagged: bool = False
    skipped: bool = False
    duration: float | None = None
    identity: str | None = None
    emotion: Emotion | None = None
    model: str | None = None
    change: Change | None = None
    untaggable: str | None = None
    error: str | None = None
