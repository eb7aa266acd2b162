"""Write the tags of a file, wholly or not at all.

A copy beside the file is changed and checked, and only then takes the file's place: whatever stops the
machine, the file is its old or its new self.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tagger.findings import Values, Written
from tagger.tags import beside, delta
from tagger.tags.container import Container, translated
from tagger.tags.containers import opened
from tagger.tags.delta import content_hash
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
    keep: Callable[[Written], object] | None = None,
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
    keep : callable, optional
        Given what `revert` needs to take the write back, before the file is touched.

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
    with translated(), beside.alone(target):
        status = _writable(target)
        container = opened(target)
        change = _change(container, path, emotion, maker, policy)
        if not change.changed:
            return change
        foreign = container.foreign()
        with beside.copied(target) as copy:
            new = {field: values for field, (_, values) in change.fields.items()}
            _put(container, copy, new)
            audio = _check(container.again(copy), copy, target, new, foreign, identity)
            _dress(copy, target, preserve_mtime)
            if keep is not None:
                old = {field: values for field, (values, _) in change.fields.items()}
                hashes = content_hash(target), content_hash(copy)
                keep(Written(target, audio, *hashes, old, new, delta.make(target, copy)))
            _take_over(copy, target, status, preserve_mtime)
    return change


def revert(
    path: str,
    kept: Callable[[str], Written | None],
    known: Callable[[str, str], tuple[Values, Values] | None],
    *,
    dry_run: bool = False,
    preserve_mtime: bool = False,
) -> tuple[Change, list[Written]]:
    """Take back what `write` wrote: to the byte if nobody changed the file since, else value by value.

    Parameters
    ----------
    path : str
        The file; a symbolic link is followed.
    kept : callable
        From the hash of a whole file to the first write that made it so, if one is known.
    known : callable
        From a file's audio and absolute path to our fields before the first write and after the last, if they
        are known. Else what the marker says is ours is removed.
    dry_run : bool
        Only tell what would change.
    preserve_mtime : bool
        Keep the modification time.

    Returns
    -------
    Change
        Nothing has changed in a file that emotag did not write.
    list of Written
        The writes that were taken back, to the byte.

    Raises
    ------
    NotTaggable, TagError
        As for `write`.
    """
    from tagger.audio.decode import identity

    target = os.path.realpath(path)
    with translated(), beside.alone(target):
        status = _writable(target)
        container = opened(target)
        old = {field: container.get(field) for field in FIELDS}
        if not old["marker"]:
            return Change(path, {field: (old[field], old[field]) for field in FIELDS}), []
        try:
            audio = identity(target)
        except AudioError as error:
            raise TagError(f"not undone: {error}") from None
        with beside.copied(target) as copy:
            undone = _unwound(copy, target, audio, kept)
            container = container.again(copy)
            new = {field: container.get(field) for field in FIELDS}
            if new["marker"]:
                foreign = container.foreign()
                new = _without_ours(new, known(audio, target))
                _put(container, copy, new)
                _check(container.again(copy), copy, target, new, foreign, audio)
            if not dry_run:
                _dress(copy, target, preserve_mtime)
                _take_over(copy, target, status, preserve_mtime)
    return Change(path, {field: (old[field], new[field]) for field in FIELDS}), undone


def _unwound(copy: str, target: str, audio: str, kept: Callable[[str], Written | None]) -> list[Written]:
    """Take back write after write, to the byte, as long as the file is what a write of ours left."""
    from tagger.audio.decode import identity

    undone: list[Written] = []
    while (written := kept(undone[-1].before if undone else content_hash(copy))) and written.delta:
        if written in undone:
            break
        earlier = f"{copy}.earlier"
        try:
            delta.apply(written.delta, copy, earlier)
            if content_hash(earlier) != written.before or identity(earlier) != audio:
                break
            shutil.copyfile(earlier, copy)
        except (ValueError, AudioError):  # a damaged record: value by value, then
            break
        finally:
            with suppress(FileNotFoundError):
                os.unlink(earlier)
        undone.append(written)
    return undone


def _without_ours(now: Mapping[str, tuple[str, ...]], known: tuple[Values, Values] | None) -> Values:
    """Return the fields as they are without what we wrote, and with what others changed since."""
    marker = Marker.parse(now["marker"])
    ours = {mood.casefold() for mood in marker.moods} if marker else set()
    moods = tuple(mood for mood in now["moods"] if mood.casefold() not in ours)
    if known is None:
        return {"moods": moods, **dict.fromkeys(("valence", "arousal", "marker"), ())}
    before, after = known
    restored = {field: before[field] if now[field] == after[field] else now[field] for field in FIELDS}
    return {
        **restored,
        "moods": before["moods"] if now["moods"] == after["moods"] else moods,
        "marker": before["marker"],
    }


def _writable(target: str) -> os.stat_result:
    if not os.access(target, os.W_OK):
        raise TagError("cannot be tagged (it is read-only)")
    return os.stat(target)


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


def _put(container: Container, copy: str, values: Mapping[str, tuple[str, ...]]) -> None:
    for field, new in values.items():
        container.put(field, new)
    container.save(copy)


def _check(
    written: Container,
    copy: str,
    target: str,
    values: Mapping[str, tuple[str, ...]],
    foreign: object,
    identity: str | None,
) -> str:
    """Refuse a copy whose audio or foreign tags are not the original's, or whose fields are not as meant."""
    from tagger.audio.decode import identity as hashed

    if any(written.get(field) != new for field, new in values.items()):
        raise TagError("not tagged: the container did not keep the values written")
    if written.foreign() != foreign:
        raise TagError("not tagged: other tags would have changed")
    try:
        audio = identity or hashed(target)
        if hashed(copy) != audio:
            raise TagError("not tagged: the audio would have changed")
    except AudioError as error:
        raise TagError(f"not tagged: {error}") from None
    return audio


def _dress(copy: str, target: str, preserve_mtime: bool) -> None:
    """Give the copy the file's mode, attributes and, if asked, times."""
    shutil.copystat(target, copy)
    if not preserve_mtime:
        os.utime(copy)


def _take_over(copy: str, target: str, status: os.stat_result, preserve_mtime: bool) -> None:
    """Put the checked copy in the place of the file, on the disk and not only in its cache."""
    now = os.stat(target)
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (status.st_size, status.st_mtime_ns, status.st_ino):
        raise TagError("not tagged: another program changed the file meanwhile")
    if now.st_nlink > 1 or not _owned_alike(copy, now):
        beside.pour(copy, target, status if preserve_mtime else None)
    else:
        beside.replace(copy, target)


def _owned_alike(copy: str, status: os.stat_result) -> bool:
    """Give the copy the file's owner and group, and tell whether it has them."""
    made = os.stat(copy)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.chown(copy, status.st_uid, status.st_gid)
        except PermissionError:
            return False
    return True
