"""Options of a scan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScanOptions:
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
