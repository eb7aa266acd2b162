"""The result of a scan for one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS, Emotion
from tagger.library.path_text import path_to_text

if TYPE_CHECKING:
    from tagger.models.predictor import SongFeatures
    from tagger.tags import Change
    from tagger.tags.basic_tags import BasicTags


class FileStatus(Enum):
    """What a scan did with a file.

    The counts of the summary, the column ``status`` of a report and the exit status all follow from it.
    """

    TAGGED = "tagged"
    """Tags were written or, in a dry run, would be written."""

    UNCHANGED = "unchanged"
    """There was nothing to do."""

    REPORTED = "reported"
    """The file was analysed for a report; no tags were requested."""

    SKIPPED = "skipped"
    """The file failed in an earlier scan and was not tried again."""

    FAILED = "failed"
    """The file could not be analysed, or its tags could not be written."""

    @property
    def has_error(self) -> bool:
        """Whether there is an error to report."""
        return self in (FileStatus.SKIPPED, FileStatus.FAILED)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What became of one file.

    Attributes
    ----------
    path : str
        The file, as reached from the arguments of the scan.
    analysed : bool
        Whether this scan analysed it.
    tags_current : bool
        Whether its tags already agreed with the prediction, according to the library database.
    skipped : bool
        Whether it failed in an earlier scan and was not tried again.
    duration : float or None
        Length of the audio in seconds; None if the file failed.
    audio_hash : str or None
        Hash of the audio packets, in hexadecimal.
    emotion : Emotion or None
        The prediction; None if the file could not be analysed.
    model : str or None
        Names of the models, separated by a space.
    change : Change or None
        The change of the tags that was written or, in a dry run, would be written.
    untaggable : str or None
        Why this kind of file cannot hold tags.
    error : str or None
        Why the file failed.
    tags : BasicTags or None
        Title, artist, album and genres, if they are known already.
    features : dict of str to numpy.ndarray, shape=(rows, columns), or None
        Features by feature set, if they are requested.
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
    tags: BasicTags | None = None
    features: SongFeatures | None = field(default=None, compare=False, repr=False)

    @property
    def status(self) -> FileStatus:
        """What the scan did with the file."""
        if self.error:
            return FileStatus.SKIPPED if self.skipped else FileStatus.FAILED
        if self.change is not None:
            return FileStatus.TAGGED if self.change.changed else FileStatus.UNCHANGED
        return FileStatus.REPORTED if self.analysed else FileStatus.UNCHANGED

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that JSON has, named like the columns of a report.

        Returns
        -------
        dict
            With the keys ``path``, ``status`` (a value of `FileStatus`), ``duration``, ``valence``, ``arousal``,
            ``quadrant``, ``moods``, a probability for each mood (``p_sad_lonely``), ``valence_sd``, ``arousal_sd``,
            ``model``, ``error`` and ``change`` (old and new values by field). What is unknown is None. The path is
            written as in a report; `path` is the one that opens the file.
        """
        emotion = self.emotion
        values: dict[str, Any] = {"path": path_to_text(self.path), "status": self.status.value}
        values["duration"] = self.duration
        for name in ("valence", "arousal", "quadrant"):
            values[name] = None if emotion is None else getattr(emotion, name)
        values["moods"] = [] if emotion is None else list(emotion.moods)
        probabilities = (None,) * len(MOODS) if emotion is None else emotion.probabilities
        values |= {f"p_{mood.replace('-', '_')}": p for mood, p in zip(MOODS, probabilities, strict=True)}
        for name in ("valence_sd", "arousal_sd"):
            values[name] = None if emotion is None else getattr(emotion, name)
        return values | {"model": self.model, "error": self.error, "change": self.change and self.change.to_dict()}
