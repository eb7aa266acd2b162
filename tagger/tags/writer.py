"""Write the tags of a file, wholly or not at all.

A copy beside the file is changed and checked, and only then takes the file's place: whatever stops the
machine, the file is its old or its new self. What another program does to the file meanwhile is never lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tagger.io import disk
from tagger.tags import atomic, delta, in_place, metadata, ownership
from tagger.tags.container import Container, tag_errors
from tagger.tags.containers import open_container
from tagger.tags.delta import content_hash
from tagger.tags.ownership import FieldSpan
from tagger.tags.schema import FIELDS, Marker, decimal, number
from tagger.tags.write_record import FieldValues, WriteRecord

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
    container = open_container(path)
    with tag_errors():
        values = {field: container.get(field) for field in FIELDS}
    marker = values["marker"][0] if values["marker"] else None
    return TagState(container.label, values["moods"], number(values["valence"]), number(values["arousal"]), marker)


def read_fields(path: str) -> FieldValues:
    """Return the values of our fields in a file's tags, whoever wrote them; errors as for `read`."""
    container = open_container(path)
    with tag_errors():
        return _fields(container)


def plan(path: str, emotion: Emotion, maker: str, *, policy: str = "merge", known: FieldSpan | None = None) -> Change:
    """Tell what `write` would change.

    Parameters and errors as for `write`.
    """
    container = open_container(path)
    with tag_errors():
        return _change(container, path, emotion, maker, policy, known)


def write(
    path: str,
    emotion: Emotion,
    maker: str,
    *,
    policy: str = "merge",
    preserve_mtime: bool = False,
    audio_hash: str | None = None,
    keep: Callable[[WriteRecord], object] | None = None,
    known: FieldSpan | None = None,
    journal: str = "",
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
    known : pair of Values, optional
        Our fields before the first write to this file and after the last, where the library knows them: so that
        moods of ours are recognised after another program dropped the marker.
    journal : str
        Folder in which a write into a file that cannot be replaced is recorded while it goes on; by default that of
        the user's own library.

    Returns
    -------
    Change

    Raises
    ------
    NotTaggable
        If files of this kind have no tags.
    Unfinished
        If the file is written in part; a later scan finishes that.
    TagError
        If anything else is not as it should be; the file is then as it was.
    """
    target = os.path.realpath(path)
    with tag_errors(), atomic.exclusive_lock(target) as held:
        status = metadata.check_writable(target, held)
        container = open_container(target)
        change = _change(container, path, emotion, maker, policy, known)
        if not change.changed:
            return change
        with atomic.temporary_copy(target, held) as copy:
            # What is changed is what was copied, whatever the file has become since it was opened.
            container = container.reopen(copy.name)
            change = _change(container, path, emotion, maker, policy, known)
            if not change.changed:
                return change
            foreign = container.other_tags()
            new = {field: values for field, (_, values) in change.fields.items()}
            _put(container, copy.name, new)
            audio = _check(container.reopen(copy.name), copy.name, target, new, foreign, audio_hash)
            installing = _Installation(copy, target, held, status, preserve_mtime, journal)
            if keep is not None:
                old = {field: values for field, (values, _) in change.fields.items()}
                if known is not None and not old["marker"] and ownership.split_moods(old, known).ours:
                    old["marker"] = known[1]["marker"]  # which another program dropped
                keep(WriteRecord(target, audio, copy.before, installing.after, old, new, installing.difference()))
            installing.finish()
    return change


def revert(
    path: str,
    kept: Callable[[str], WriteRecord | None],
    known: Callable[[str, str], FieldSpan | None],
    *,
    unmarked: Callable[[str], bool] = lambda path: False,
    dry_run: bool = False,
    preserve_mtime: bool = False,
    journal: str = "",
) -> tuple[Change, list[WriteRecord]]:
    """Take back what `write` wrote: to the byte if nobody changed the file since, else value by value.

    Parameters
    ----------
    path : str
        The file; a symbolic link is followed.
    kept : callable
        From the hash of a whole file to a write that made it so, if one is known.
    known : callable
        From a file's audio and absolute path to our fields before the first write and after the last, if they
        are known. Else what the marker says is ours is removed.
    unmarked : callable
        From a file's absolute path to whether emotag wrote to it, although it has no marker.
    dry_run : bool
        Only tell what would change.
    preserve_mtime : bool
        Keep the modification time.
    journal : str
        As for `write`.

    Returns
    -------
    Change
        Nothing has changed in a file that emotag did not write.
    list of Written
        The writes that were taken back, to the byte.

    Raises
    ------
    NotTaggable, Unfinished, TagError
        As for `write`.
    """
    from tagger.audio.decode import hash_audio

    target = os.path.realpath(path)
    with tag_errors(), atomic.exclusive_lock(target) as held:
        container = open_container(target)
        old = _fields(container)
        nothing = Change(path, {field: (old[field], old[field]) for field in FIELDS})
        marked = bool(old["marker"])
        if not marked and not (any(old.values()) and unmarked(target)):
            return nothing, []
        try:
            audio = hash_audio(target)
        except AudioError as error:
            if not marked:
                return nothing, []
            raise TagError(f"not undone: {error}") from None
        if not marked and known(audio, target) is None:
            return nothing, []
        status = metadata.check_writable(target, held)
        with atomic.temporary_copy(target, held) as copy:
            undone = _restore_bytes(copy, audio, kept)
            container = container.reopen(copy.name)
            new = _fields(container)
            ours = new["marker"] or not undone or undone[-1].old["marker"]
            written = known(audio, target) if ours else None
            if not (new["marker"] or written or undone):
                return nothing, []
            if new["marker"] or written:
                foreign = container.other_tags()
                new = ownership.without_ours(new, written)
                if not undone and new == old:
                    return nothing, []
                _put(container, copy.name, new)
                _check(container.reopen(copy.name), copy.name, target, new, foreign, audio)
            if not dry_run:
                _Installation(copy, target, held, status, preserve_mtime, journal).finish()
    return Change(path, {field: (old[field], new[field]) for field in FIELDS}), undone


def _restore_bytes(copy: atomic.Copy, audio: str, kept: Callable[[str], WriteRecord | None]) -> list[WriteRecord]:
    """Take back write after write, to the byte, as long as the file is what a write of ours left."""
    from tagger.audio.decode import hash_audio

    undone: list[WriteRecord] = []
    states = {copy.before}
    while (written := kept(undone[-1].before if undone else copy.before)) and written.delta:
        if written.before in states:
            break
        earlier = f"{copy.path}.earlier"
        try:
            # Nobody but its maker may read it, as the copy.
            os.close(os.open(earlier, os.O_CREAT | os.O_EXCL | os.O_WRONLY | disk.O_BINARY, 0o600))
            delta.apply_delta(written.delta, copy.name, earlier)
            if content_hash(earlier) != written.before or hash_audio(earlier) != audio:
                break
            with open(earlier, "rb") as source, open(copy.name, "r+b") as target:
                while block := source.read(delta.BLOCK):
                    target.write(block)
                target.truncate()
        except (ValueError, AudioError):  # a damaged record: value by value, then
            break
        finally:
            with suppress(FileNotFoundError):
                os.unlink(earlier)
        undone.append(written)
        states.add(written.before)
    return undone


class _Installation:
    """Puts a finished copy where the file is; made, it is durable, and nothing of the file has changed yet."""

    def __init__(
        self, copy: atomic.Copy, target: str, held: int, status: os.stat_result, preserve_mtime: bool, journal: str
    ) -> None:
        self.copy, self.target, self.held, self.status = copy, target, held, status
        self.times = status if preserve_mtime else None
        self.journal = journal
        self.delta: bytes | None = None
        # A file with other names would lose them, and one that cannot be made anew would lose its owner.
        self.in_place = status.st_nlink > 1
        self.replaceable = not self.in_place and metadata.copy_metadata(copy.handle, held, status)
        if self.replaceable and self.times is not None:
            os.utime(copy.name, ns=(status.st_atime_ns, status.st_mtime_ns))
        disk.flush_handle(copy.handle)
        self.after = copy.content_hash()

    def difference(self) -> bytes:
        """Return what turns the copy back into the file, which is checked to be so."""
        if self.delta is None:
            reopened = f"/proc/self/fd/{self.held}"
            source = reopened if os.path.exists(reopened) else self.target
            self.delta = delta.make_delta(source, self.copy.name)
            try:
                exact = delta.restored_hash(self.delta, self.copy.name) == self.copy.before
            except ValueError:
                exact = False
            if not exact:
                raise TagError(atomic.CHANGED)
        return self.delta

    def finish(self) -> None:
        """Put the copy in the file's place, or its bytes into the file."""
        if self.replaceable:
            atomic.install(self.copy, self.target, self.held, self.status, self.after)
        else:
            in_place.overwrite(
                self.copy,
                self.target,
                self.held,
                self.status,
                self.after,
                self.difference(),
                times=self.times,
                folder=self.journal,
            )


def _fields(container: Container) -> FieldValues:
    return {field: container.get(field) for field in FIELDS}


def _change(
    container: Container, path: str, emotion: Emotion, maker: str, policy: str, written: FieldSpan | None
) -> Change:
    old = _fields(container)
    theirs = ownership.split_moods(old, written).theirs
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
        "marker": (str(_marker(Marker.parse(old["marker"]), Marker(maker, ours))),),
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
    audio_hash: str | None,
) -> str:
    """Refuse a copy whose audio or foreign tags are not the original's, or whose fields are not as meant."""
    from tagger.audio.decode import hash_audio as hashed

    if any(written.get(field) != new for field, new in values.items()):
        raise TagError("not tagged: the container did not keep the values written")
    if written.other_tags() != foreign:
        raise TagError("not tagged: other tags would have changed")
    try:
        audio = audio_hash or hashed(target)
        if hashed(copy) != audio:
            raise TagError("not tagged: the audio would have changed")
    except AudioError as error:
        raise TagError(f"not tagged: {error}") from None
    return audio
