"""Write the tags of a file, wholly or not at all.

A copy beside the file is changed and checked, and only then takes the file's place: whatever stops the
machine, the file is its old or its new self.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tagger.tags.container import Container, translated
from tagger.tags.containers import opened
from tagger.tags.schema import FIELDS, Marker, decimal, number

POLICIES = ("merge", "replace", "keep")


@dataclass(frozen=True)
class TagState:
    """What a file's tags say of its emotion.

    Attributes
    ----------
    container : str
        Kind of the file.
    moods : tuple of str
        All of them, whoever wrote them.
    valence, arousal : float or None
        In -1..1.
    marker : str or None
        Who wrote it, if emotag did.
    """

    container: str
    moods: tuple[str, ...]
    valence: float | None
    arousal: float | None
    marker: str | None


@dataclass(frozen=True)
class Change:
    """What writing changes, or would.

    Attributes
    ----------
    path : str
        The file.
    fields : dict of str to (tuple of str, tuple of str)
        Old and new values by field.
    """

    path: str
    fields: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return any(old != new for old, new in self.fields.values())


def read(path: str) -> TagState:
    """Read what a file's tags say of its emotion.

    Raises
    ------
    TagError
        If they cannot be read, or files of this kind have none.
    """
    container = opened(path)
    with translated():
        values = {field: container.get(field) for field in FIELDS}
    marker = values["marker"][0] if values["marker"] else None
    return TagState(container.label, values["moods"], number(values["valence"]), number(values["arousal"]), marker)


def plan(path: str, emotion: Emotion, maker: str, *, policy: str = "merge") -> Change:
    """Tell what `write` would change.

    Parameters and errors as for `write`.
    """
    container = opened(path)
    with translated():
        return _change(container, path, emotion, maker, policy)


def write(
    path: str,
    emotion: Emotion,
    maker: str,
    *,
    policy: str = "merge",
    preserve_mtime: bool = False,
    identity: str | None = None,
) -> Change:
    """Write an emotion into the tags of a file, if it is not there already.

    Parameters
    ----------
    path : str
        The file; a symbolic link is followed.
    emotion : Emotion
        What to write.
    maker : str
        Tool and models, for the marker.
    policy : str
        What becomes of moods that others wrote: ``merge`` puts ours after them, ``replace`` removes them,
        ``keep`` leaves a file that has such moods without ours.
    preserve_mtime : bool
        Keep the modification time.
    identity : str, optional
        Hash of the file's audio, where it is known already.

    Returns
    -------
    Change

    Raises
    ------
    NotTaggable
        If files of this kind have no tags.
    TagError
        If anything is not as it should be; the file is then as it was.
    """
    target = os.path.realpath(path)
    with translated():
        status = os.stat(target)
    container = opened(target)
    with translated():
        change = _change(container, path, emotion, maker, policy)
        if not change.changed:
            return change
        foreign = container.foreign()
        with _copy_beside(target) as copy:
            for field, (_, new) in change.fields.items():
                container.put(field, new)
            container.save(copy)
            _check(copy, target, change, foreign, identity)
            _take_over(copy, target, status, preserve_mtime)
    return change


def _change(container: Container, path: str, emotion: Emotion, maker: str, policy: str) -> Change:
    old = {field: container.get(field) for field in FIELDS}
    before = Marker.parse(old["marker"])
    ours_before = {mood.casefold() for mood in before.moods} if before else set()
    theirs = tuple(mood for mood in old["moods"] if mood.casefold() not in ours_before)
    known = {mood.casefold() for mood in theirs}
    ours = tuple(mood for mood in emotion.moods if mood.casefold() not in known)
    if policy == "replace":
        theirs, ours = (), emotion.moods
    if policy == "keep" and theirs:
        ours = ()
    new = {
        "moods": theirs + ours,
        "valence": (decimal(emotion.valence),),
        "arousal": (decimal(emotion.arousal),),
        "marker": (str(_marker(before, Marker(maker, ours))),),
    }
    return Change(path, {field: (old[field], new[field]) for field in FIELDS})


def _marker(before: Marker | None, after: Marker) -> Marker:
    """Keep a marker that differs in the tool's version alone: an upgrade is no reason to write a library anew."""
    return before if before and before.moods == after.moods and before.models == after.models else after


@contextmanager
def _copy_beside(target: str) -> Iterator[str]:
    """Copy a file, with all that belongs to it, to a hidden one in its folder, which is gone afterwards."""
    copy = os.path.join(os.path.dirname(target), f".emotag-{secrets.token_hex(6)}.tmp")
    try:
        shutil.copyfile(target, copy)
        yield copy
    finally:
        with suppress(FileNotFoundError):
            os.unlink(copy)


def _check(copy: str, target: str, change: Change, foreign: object, identity: str | None) -> None:
    """Refuse a copy whose audio or foreign tags are not the original's, or whose fields are not as meant."""
    from tagger.audio.decode import identity as hashed

    written = opened(copy)
    if any(written.get(field) != new for field, (_, new) in change.fields.items()):
        raise TagError("not tagged: the container did not keep the values written")
    if written.foreign() != foreign:
        raise TagError("not tagged: other tags would have changed")
    try:
        if hashed(copy) != (identity or hashed(target)):
            raise TagError("not tagged: the audio would have changed")
    except AudioError as error:
        raise TagError(f"not tagged: {error}") from None


def _take_over(copy: str, target: str, status: os.stat_result, preserve_mtime: bool) -> None:
    """Put the checked copy in the place of the file, on the disk and not only in its cache."""
    shutil.copystat(target, copy)
    with suppress(PermissionError):
        os.chown(copy, status.st_uid, status.st_gid)
    if not preserve_mtime:
        os.utime(copy)
    _flush(copy)
    now = os.stat(target)
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (status.st_size, status.st_mtime_ns, status.st_ino):
        raise TagError("not tagged: another program changed the file meanwhile")
    if now.st_nlink > 1:
        _fill(target, copy, status if preserve_mtime else None)
    else:
        os.replace(copy, target)
    _flush(os.path.dirname(target))


def _fill(target: str, copy: str, times: os.stat_result | None) -> None:
    """Write the copy's bytes into a file with several names, which must stay one file."""
    with open(copy, "rb") as source, open(target, "r+b") as file:
        shutil.copyfileobj(source, file)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    if times is not None:
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


def _flush(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
