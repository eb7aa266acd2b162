"""Undo restores earlier values and keeps later changes of other programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
from mutagen.flac import FLAC

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.tags import delta
from tagger.tags.containers import open_container
from tagger.tags.write_record import FieldHistory, WriteRecord
from tests.sounds import song
from tests.tags.conftest import KINDS

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
OTHER = Emotion(0.3, -0.1, ("happy-pleased",), (0.1, 0.7, 0.2, 0.1, 0.1, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"


class History:
    """Stores the records of writes, as the library database does."""

    def __init__(self) -> None:
        self.writes: list[WriteRecord] = []

    def write(self, path: Path, emotion: Emotion, policy: str = "merge") -> None:
        tags.write(str(path), emotion, MAKER, policy=policy, save_record=self.writes.append)
        self.writes = [WriteRecord.from_bytes(written.to_bytes()) for written in self.writes]

    def known(self, audio: str, path: str) -> FieldHistory | None:
        assert {written.audio_hash for written in self.writes} <= {audio}
        return FieldHistory(self.writes[0].old, self.writes[-1].new) if self.writes else None

    def undo(self, path: Path, *, dry_run: bool = False, preserve_mtime: bool = False) -> tags.Change:
        records = {written.after: written for written in reversed(self.writes)}
        return tags.revert(str(path), records.get, self.known, dry_run=dry_run, preserve_mtime=preserve_mtime)[0]


@pytest.mark.parametrize("suffix", KINDS)
def test_several_writes_are_undone_byte_for_byte(fresh: Callable[[str], Path], suffix: str) -> None:
    path, history = fresh(suffix), History()
    before = path.read_bytes()
    for emotion in (EMOTION, OTHER, EMOTION):
        history.write(path, emotion)
    moved = path.rename(path.with_name(f"moved{suffix}"))
    assert history.undo(moved).changed
    assert moved.read_bytes() == before
    assert not history.undo(moved).changed
    assert os.listdir(moved.parent) == [moved.name]


@pytest.mark.parametrize("suffix", KINDS)
def test_undo_keeps_later_changes_of_other_programs(fresh: Callable[[str], Path], suffix: str) -> None:
    path, history = fresh(suffix), History()
    container = open_container(str(path))
    container.put("moods", ("Epic",))
    container.put("valence", ("0.900",))
    container.save(str(path))
    history.write(path, EMOTION)
    container = open_container(str(path))
    container.put("moods", ("Epic", "sad-lonely", "quiet-still", "Wild"))
    container.put("arousal", ("0.111",))
    container.save(str(path))
    history.undo(path)
    state = tags.read(str(path))
    assert (state.moods, state.valence, state.arousal, state.marker) == (("Epic", "Wild"), 0.9, 0.111, None)


def test_undo_restores_replaced_moods(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".flac"), History()
    tagged = FLAC(path)
    tagged["mood"] = ["Epic", "Dark"]
    tagged.save()
    history.write(path, EMOTION, policy="replace")
    tagged = FLAC(path)
    tagged["title"] = "changed since"
    tagged.save()
    history.undo(path)
    assert FLAC(path)["mood"] == ["Epic", "Dark"]
    assert FLAC(path)["title"] == ["changed since"]


def test_undo_without_store_uses_marker(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    tags.write(str(path), EMOTION, MAKER)
    History().undo(path)
    assert set(mutagen.File(path).tags or {}) <= {"TSSE"}


def test_dry_run_changes_nothing(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".ogg"), History()
    history.write(path, EMOTION)
    before = path.read_bytes()
    assert history.undo(path, dry_run=True).fields["moods"] == (EMOTION.moods, ())
    assert path.read_bytes() == before


def test_undo_does_not_touch_files_of_other_programs(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    before = path.stat()
    assert not History().undo(path).changed
    assert path.stat() == before


def test_undo_with_damaged_record_restores_fields(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".mp3"), History()
    history.write(path, EMOTION)
    good = history.writes[0]
    for damaged in (b"x", good.delta[:-3], delta.make_delta(__file__, __file__)):
        copy = Path(shutil.copy(path, path.with_name("copy.mp3")))
        history.writes = [WriteRecord(**{**vars(good), "delta": damaged})]
        history.undo(copy)
        assert tags.read(str(copy)).marker is None
    with pytest.raises(ValueError, match="damaged record"):
        WriteRecord.from_bytes(b"{}")


def test_undo_restores_only_recorded_content_with_same_audio(fresh: Callable[[str], Path], tmp_path: Path) -> None:
    path, history = fresh(".flac"), History()
    retitled = Path(shutil.copy(path, tmp_path / "retitled.flac"))
    tagged = FLAC(retitled)
    tagged["title"] = "Another"
    tagged.save()
    history.write(path, EMOTION)
    good = history.writes[0]
    other_song = song(tmp_path / "other.flac", 0.5)
    for earlier, before in ((other_song, delta.content_hash(str(other_song))), (retitled, good.before)):
        copy = Path(shutil.copy(path, tmp_path / "copy.flac"))
        wrong = delta.make_delta(str(earlier), str(copy))
        history.writes = [WriteRecord(**{**vars(good), "delta": wrong, "before": before})]
        history.undo(copy)
        assert hash_audio(str(copy)) == good.audio_hash
        assert "title" not in FLAC(copy)
        assert tags.read(str(copy)).marker is None


def test_restored_copy_is_private_and_new(fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path, history = fresh(".flac"), History()
    history.write(path, EMOTION)
    written = path.read_bytes()
    modes: list[int] = []
    apply_delta = delta.apply_delta

    def recorded_apply(record: bytes, new: str, old: str) -> None:
        modes.append(os.stat(old).st_mode & 0o777)
        apply_delta(record, new, old)

    monkeypatch.setattr(delta, "apply_delta", recorded_apply)
    history.undo(path, dry_run=True)
    assert modes == [0o600]
    victim = path.with_name("victim")
    victim.write_bytes(b"not of emotag")

    def find_record(content: str) -> WriteRecord:
        for copy in path.parent.glob(".emotag-*"):
            copy.with_name(f"{copy.name}.earlier").symlink_to(victim)
        return history.writes[0]

    with pytest.raises(TagError, match="File exists"):
        tags.revert(str(path), find_record, history.known)
    assert (victim.read_bytes(), path.read_bytes()) == (b"not of emotag", written)
    assert sorted(os.listdir(path.parent)) == ["song.flac", "victim"]


def test_undo_keeps_hard_links(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".flac"), History()
    before = path.read_bytes()
    os.link(path, path.with_name("twin.flac"))
    history.write(path, EMOTION)
    history.undo(path)
    assert path.read_bytes() == before
    assert path.stat().st_nlink == 2


def test_undo_refuses_file_with_unreadable_tags_or_audio(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    tags.write(str(path), EMOTION, MAKER)
    content = path.read_bytes()
    first_frame = content.index(b"\xff\xf8", content.index(b"EMOTAG"))
    for end, message in ((content.index(b"EMOTAG") + 400, "its tags are damaged"), (first_frame, "not undone")):
        path.write_bytes(content[:end])
        with pytest.raises(TagError, match=message):
            History().undo(path)
        assert path.read_bytes() == content[:end]


def test_unmarked_file_with_unreadable_audio_is_unchanged(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    tagged = FLAC(path)
    tagged["mood"] = "Epic"
    tagged.save()
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\xff\xf8", content.index(b"Epic"))])
    change, _ = tags.revert(str(path), lambda _: None, lambda *_: None, may_be_unmarked=lambda _: True)
    assert not change.changed


def test_undo_keeps_mtime_on_request(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".flac"), History()
    for kind, stays in (({"preserve_mtime": True}, True), ({}, False)):
        history.write(path, EMOTION)
        os.utime(path, ns=(10**18, 10**18))
        assert history.undo(path, **kind).changed
        assert (path.stat().st_mtime_ns == 10**18) == stays


def test_undo_by_default_sets_mtime_and_skips_unmarked_files(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".flac"), History()
    history.write(path, EMOTION)
    unmarked = Path(shutil.copy(path, path.with_name("unmarked.flac")))
    tagged = FLAC(unmarked)
    del tagged["emotag"]
    tagged.save()
    for undone_path, changed in ((path, True), (unmarked, False)):
        os.utime(undone_path, ns=(10**18, 10**18))
        change, _ = tags.revert(str(undone_path), lambda _: None, history.known)
        assert change.changed == changed
        assert (undone_path.stat().st_mtime_ns != 10**18) == changed
