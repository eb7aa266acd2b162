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
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.tags import delta
from tagger.tags.containers import open_container
from tagger.tags.write_record import FieldHistory, WriteRecord
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


def test_undo_keeps_hard_links(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".flac"), History()
    before = path.read_bytes()
    os.link(path, path.with_name("twin.flac"))
    history.write(path, EMOTION)
    history.undo(path)
    assert path.read_bytes() == before
    assert path.stat().st_nlink == 2


def test_undo_refuses_file_with_unreadable_audio(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    tags.write(str(path), EMOTION, MAKER)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"EMOTAG") + 400])
    torn = path.read_bytes()
    with pytest.raises(TagError):
        History().undo(path)
    assert path.read_bytes() == torn


def test_undo_keeps_mtime_on_request(fresh: Callable[[str], Path]) -> None:
    path, history = fresh(".flac"), History()
    for kind, stays in (({"preserve_mtime": True}, True), ({}, False)):
        history.write(path, EMOTION)
        os.utime(path, ns=(10**18, 10**18))
        assert history.undo(path, **kind).changed
        assert (path.stat().st_mtime_ns == 10**18) == stays
