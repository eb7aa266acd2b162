"""Options of a scan."""

from __future__ import annotations

from dataclasses import dataclass, field

from tagger.emotions import INSTEAD
from tagger.tags.mood_words import MoodWords


@dataclass(frozen=True)
class ScanOptions:
    """What a scan does with the files that it finds.

    Attributes
    ----------
    tag : bool
        Write tags.
    dry_run : bool
        Compute the changes of tags, but write nothing.
    report : bool
        Yield a result for every file, including unchanged ones.
    force : bool
        Analyse files even if their features are in the library database.
    retry_failed : bool
        Analyse files that failed in earlier scans.
    threshold : float or None
        Minimum probability for a mood to be assigned, in 0..1; None for the threshold of the model.
    moods : {"merge", "replace", "keep"}
        How to treat moods that other programs wrote.
    own_moods : {"instead", "beside"}
        Write the user's own moods instead of emotag's or beside them, if a model predicts them.
    words : mapping of str to tuple of str
        Texts to write for the moods, in place of the labels; see `tagger.tags.mood_words`.
    preserve_mtime : bool
        Keep the modification times of the files.
    journal : str
        Folder in which writes are recorded before they happen; empty for none.
    """

    tag: bool = True
    dry_run: bool = False
    report: bool = False
    force: bool = False
    retry_failed: bool = False
    threshold: float | None = None
    moods: str = "merge"
    own_moods: str = INSTEAD
    words: MoodWords = field(default_factory=dict)
    preserve_mtime: bool = False
    journal: str = ""

    @property
    def writes(self) -> bool:
        """Whether files are modified."""
        return self.tag and not self.dry_run


@dataclass(frozen=True)
class WalkOptions:
    """Which files a scan finds; see `tagger.library.walk.walk`.

    Attributes
    ----------
    include : sequence of str
        Glob patterns; if there are any, only matching files are scanned.
    exclude : sequence of str
        Glob patterns of files and folders to leave out.
    follow_symlinks : bool
        Search folders that are symbolic links.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = False


@dataclass(frozen=True)
class WorkerOptions:
    """How the work of a scan is run.

    Attributes
    ----------
    jobs : int or None
        Number of worker processes; None for one per available processor.
    timeout : float or None
        Seconds of work after which a file is given up; None for no limit.
    nice : int
        Increment of the niceness of the worker processes, in 0..19.
    dask_address : str
        Address of a Dask scheduler, whose workers are used in place of processes; empty for none.
    """

    jobs: int | None = None
    timeout: float | None = None
    nice: int = 0
    dask_address: str = ""
