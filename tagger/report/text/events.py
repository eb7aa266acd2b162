"""The events of a scan or an undo, as values that JSON can hold; ``docs/schema`` describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagger._version import __version__
from tagger.emotions import MOODS
from tagger.library.path_text import path_to_text
from tagger.scanning.result import FileStatus

if TYPE_CHECKING:
    from tagger.scanning.result import ScanResult
    from tagger.scanning.undo import UndoResult
    from tagger.tags import Change

Event = dict[str, Any]
"""An event: its name under ``event``, and its values."""


def started(files: int, *, dry_run: bool, tag: bool = True) -> Event:
    """Return the first event: what will be done to how many files.

    Parameters
    ----------
    files : int
        Number of files that were found.
    dry_run : bool
        Whether nothing is changed.
    tag : bool, optional
        Whether tags are written or, in a dry run, would be written.

    Returns
    -------
    dict
    """
    return {"event": "started", "version": __version__, "files": files, "tag": tag, "dry_run": dry_run}


def failed(path: str, error: object, *, skipped: bool = False) -> Event:
    """Return the event of a file or folder that failed.

    Parameters
    ----------
    path : str
    error : object
        The reason; an exception or a text.
    skipped : bool, optional
        Whether the file failed in an earlier scan and was not tried again.

    Returns
    -------
    dict
    """
    status = FileStatus.SKIPPED if skipped else FileStatus.FAILED
    return {"event": "failed", "path": path_to_text(path), "status": status.value, "error": str(error)}


def scanned_file(result: ScanResult) -> Event:
    """Return the event of a file of a scan.

    Parameters
    ----------
    result : ScanResult

    Returns
    -------
    dict
        As from `failed`, or the status of the file, what changed and the prediction.
    """
    if result.error:
        return failed(result.path, result.error, skipped=result.skipped)
    event: Event = {
        "event": "file",
        "path": path_to_text(result.path),
        "status": result.status.value,
        "analysed": result.analysed,
        "changes": _changes(result.change),
        "untaggable": result.untaggable,
        "duration": result.duration,
        "prediction": None,
    }
    if result.emotion is not None:
        emotion = result.emotion
        event["prediction"] = {
            "model": result.model,
            "valence": emotion.valence,
            "arousal": emotion.arousal,
            "quadrant": emotion.quadrant,
            "moods": list(emotion.moods),
            "probabilities": dict(zip(MOODS, emotion.probabilities, strict=True)),
        }
    return event


def restored_file(result: UndoResult) -> Event:
    """Return the event of a file of an undo.

    Parameters
    ----------
    result : UndoResult

    Returns
    -------
    dict
        As from `failed`, or the status of the file and what changed.
    """
    if result.error:
        return failed(result.path, result.error)
    changed = result.change is not None and result.change.changed
    return {
        "event": "file",
        "path": path_to_text(result.path),
        "status": "skipped" if result.skipped else "restored" if changed else "unchanged",
        "changes": _changes(result.change),
        "has_record": result.has_record,
    }


def summary(counts: Mapping[str, int], *, seconds: float, exit_status: int) -> Event:
    """Return the last event.

    Parameters
    ----------
    counts : mapping of str to int
        Numbers of files by what happened to them.
    seconds : float
        Duration of the whole work.
    exit_status : int
        The exit status of the command.

    Returns
    -------
    dict
    """
    return {"event": "summary", **counts, "seconds": round(seconds, 3), "exit_status": exit_status}


def _changes(change: Change | None) -> dict[str, Any]:
    """Return the old and new values of the fields that change."""
    fields = change.fields.items() if change is not None else ()
    return {field: {"old": list(old), "new": list(new)} for field, (old, new) in fields if old != new}
