"""The store gives back what was put in, for paths of any bytes, and knows whose folder is whose."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.emotions import Prediction
from tagger.errors import StoreError
from tagger.library import connection
from tagger.library import store as store_module
from tagger.library.records import FeatureBlob, FileRow, FileStat
from tagger.library.store import Store
from tagger.library.work_claims import WorkClaims

STAT = FileStat(1, 2, 3)
SAID = Prediction(0.25, -0.5, 0.375, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.2, 0.15)
names = st.binary(min_size=1, max_size=12).filter(lambda name: b"/" not in name and b"\0" not in name)
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: b"/" + b"/".join(parts))


@given(known=st.sets(paths, max_size=30), asked=st.sets(paths, max_size=30))
def test_files_are_found_by_any_path(known: set[bytes], asked: set[bytes]) -> None:
    with Store("") as store:
        audio = store.add_audio("ab", 1.0, {})
        for path in known:
            store.set_file(path, STAT, audio)
            store.set_tags_current(path, STAT, "by us")
        assert store.files(asked | known).keys() == known
        assert store.files(asked).keys() == asked & known
        tagged = store.files_with_current_tags(asked, "by us")
        assert {row[0] for row in tagged} & asked == asked & known
        assert store.files_with_current_tags(asked, "by others") == set()


@given(files=st.sets(paths, max_size=30), seen=st.sets(paths, max_size=30), root=paths)
def test_only_unseen_files_below_a_folder_are_forgotten(files: set[bytes], seen: set[bytes], root: bytes) -> None:
    with Store("") as store:
        audio = store.add_audio("ab", 1.0, {})
        for path in files:
            store.set_file(path, STAT, audio)
        # None of these paths exists, nor do most of their folders: what has no folder is kept.
        store.remove_missing_files(root, seen & files)
        left = store.files(files).keys()
        assert seen & files <= left
        assert {path for path in files if not path.startswith(root + b"/")} <= left
        assert {path for path in files if not os.path.isdir(os.path.dirname(path))} <= left


def test_a_file_that_failed_is_not_tagged(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.set_file(b"/a", STAT, store.add_audio("ab", 1.0, {}))
        store.set_tags_current(b"/a", STAT, "by us")
        store.set_failure(b"/a", STAT, "damaged", "why")
        assert store.files_with_current_tags([b"/a"], "by us") == set()
        assert store.files([b"/a"])[b"/a"].message == "why"


def test_a_worker_learns_what_is_analysed_and_what_another_is_at(own_store: Path, tmp_path: Path) -> None:
    versions = (("moods", 1),)
    with Store(str(own_store)) as store:
        store.add_audio("old", 1.0, {"moods": FeatureBlob(0, 1, b"1234")})
        store.add_audio("known", 1.0, {"moods": FeatureBlob(1, 1, b"1234")})
        store.commit()
        claims = WorkClaims(str(own_store), str(tmp_path), versions)
        assert not claims.claim("known")
        assert claims.claim("old")
        assert not claims.claim("old"), "another worker has claimed it"
        claims.release("old")
        assert claims.claim("old")


def test_what_is_known_of_a_file_and_its_song_comes_back_whole(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 61.5, {"moods": FeatureBlob.from_array(np.array([[1.5, -2], [0, 4]]), 7)})
        store.add_prediction(audio, "m", SAID)
        store.set_file(b"/a", STAT, audio)
        store.set_failure(b"/b", STAT, "damaged", "why")
    with Store(str(own_store)) as store:
        assert store.audio_id("ab") == audio
        assert store.audio_id("cd") is None
        assert store.files([b"/a", b"/b", b"/c"]) == {
            b"/a": FileRow(b"/a", 1, 2, 3, audio, None, None, None),
            b"/b": FileRow(b"/b", 1, 2, 3, None, "damaged", "why", None),
        }
        vectors = FeatureBlob(7, 2, np.array([1.5, -2, 0, 4], "<f4").tobytes())
        assert store.features([audio, 99], {"moods": 7}) == {audio: {"moods": vectors}}
        assert store.predictions([audio, 99], "m") == {audio: ("ab", 61.5, SAID)}
        assert store.predictions([audio], "another") == {}
        unsure = SAID._replace(valence_sd=None, arousal_sd=None)
        store.add_prediction(audio, "unsure", unsure)
        assert store.predictions([audio], "unsure")[audio].prediction == unsure
        assert [*store.predicted_files("m")] == [(b"/a", audio, 61.5, "m", SAID)]
        assert [*store.failures()] == [(b"/b", "why")]


def test_more_songs_than_a_query_takes_are_all_found(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_VARIABLES", 3)
    with Store(str(own_store)) as store:
        audio = [store.add_audio(str(i), 1.0, {"moods": FeatureBlob(1, 1, b"1234")}) for i in range(10)]
        assert store.features(audio, {"moods": 1}).keys() == set(audio)


def test_features_count_only_if_all_kinds_are_there_in_their_versions(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        one = store.add_audio("one", 1.0, {"moods": FeatureBlob(2, 1, b"1234")})
        both = store.add_audio("both", 1.0, {"moods": FeatureBlob(2, 1, b"1234"), "affect": FeatureBlob(5, 1, b"5678")})
        assert store.features([one, both], {"moods": 2, "affect": 5}).keys() == {both}
        assert store.features([one, both], {"moods": 2}).keys() == {one, both}
        assert store.features([one, both], {"moods": 2, "affect": 4}) == {}
        assert not store.has_outdated_features({"moods": 2, "affect": 5, "segments": 1})
        assert store.has_outdated_features({"moods": 2, "affect": 4})


def test_a_song_analysed_anew_loses_what_was_said_of_its_old_features(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, {})
        store.add_prediction(audio, "m", SAID)
        assert store.add_audio("ab", 1.0, {"moods": FeatureBlob(2, 1, b"1234")}) == audio
        assert store.predictions([audio], "m") == {}


def test_a_changed_file_is_looked_at_again(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, {})
        store.set_file(b"/a", STAT, audio)
        store.set_tags_current(b"/a", FileStat(4, 5, 6), "by us")
        assert store.files_with_current_tags([b"/a"], "by us") == {(b"/a", 4, 5, 6)}
        store.mark_changed(b"/a")
        assert store.files([b"/a"]) == {b"/a": FileRow(b"/a", 4, 0, 6, audio, None, None, None)}
        store.set_tags_current(b"/a", STAT, "by us")
        store.set_file(b"/a", STAT, audio)
        assert store.files_with_current_tags([b"/a"], "by us") == set()


@pytest.mark.parametrize(
    ("root", "found"),
    [
        (b"", {b"/m/a", b"/m/a.mp3", b"/m/a/1", b"/m/a0", b"/n"}),
        (b"/", {b"/m/a", b"/m/a.mp3", b"/m/a/1", b"/m/a0", b"/n"}),
        (b"/m/a", {b"/m/a", b"/m/a/1"}),
        (b"/m/a/", {b"/m/a", b"/m/a/1"}),
        (b"/m/a.mp3", {b"/m/a.mp3"}),
        (b"/m", {b"/m/a", b"/m/a.mp3", b"/m/a/1", b"/m/a0"}),
        (b"/x", set()),
    ],
)
def test_a_folder_is_what_is_in_it_and_not_its_neighbours(own_store: Path, root: bytes, found: set[bytes]) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, {})
        store.add_prediction(audio, "m", SAID)
        for path in (b"/n", b"/m/a0", b"/m/a/1", b"/m/a.mp3", b"/m/a"):
            store.set_file(path, STAT, audio)
        assert [row[0] for row in store.predicted_files(root=root)] == sorted(found)
        for path in (b"/n", b"/m/a0", b"/m/a/1", b"/m/a.mp3", b"/m/a"):
            store.set_failure(path, STAT, "damaged", "why")
        assert [path for path, _ in store.failures(root)] == sorted(found)
        assert [*store.predicted_files()] == []


def test_what_is_recorded_is_durable_after_a_while(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(connection.time, "monotonic", lambda: now[0])
    with Store(str(own_store)) as store, Store(str(own_store)) as reader:
        store.set_failure(b"/a", STAT, "damaged", "why")
        now[0] += 5
        assert not store.commit_after(5)
        assert reader.files([b"/a"]) == {}
        now[0] += 0.1
        assert store.commit_after(5)
        assert reader.files([b"/a"]).keys() == {b"/a"}
        assert not store.commit_after(5), "the clock runs from the last time"


def test_a_store_that_was_closed_has_what_was_recorded(own_store: Path) -> None:
    Store(str(own_store)).close()
    with Store(str(own_store)) as store:
        store.set_failure(b"/a", STAT, "damaged", "why")
    with Store(str(own_store)) as store:
        assert store.files([b"/a"]).keys() == {b"/a"}


def test_writes_are_kept_in_their_order_and_none_twice(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.add_write("hash", "ab", b"/a", b"first")
        store.add_write("hash", "ab", b"/a", b"second")
        store.add_write("other", "ab", b"/b", b"first")
        store.add_write("hash", "ab", b"/a", b"first")
        assert store.writes_resulting_in("hash") == [(b"/a", b"second"), (b"/a", b"first")]
        assert store.writes_resulting_in("unknown") == []
        assert store.writes_to_audio("ab") == [(b"/a", b"second"), (b"/b", b"first"), (b"/a", b"first")]
        assert store.writes_to_audio("cd") == []


def test_what_is_committed_is_on_the_disk(own_store: Path) -> None:
    """The notes of the journal are removed after a commit: it must outlive a power loss."""
    with Store(str(own_store)) as store:
        full = 2
        assert store.database.execute("PRAGMA synchronous").fetchone() == (full,)


def test_files_that_are_gone_are_forgotten_where_their_folder_is_there(own_store: Path, tmp_path: Path) -> None:
    here, sub = os.fsencode(tmp_path / "m"), os.fsencode(tmp_path / "m" / "sub")
    os.makedirs(sub)
    (tmp_path / "m" / "stays").touch()
    (tmp_path / "m" / "link").symlink_to("nowhere")
    paths = [here + end for end in (b"/gone", b"/stays", b"/link", b"/away/gone", b"/sub/gone", b".mp3", b"0")]
    with Store(str(own_store)) as store:
        for path in paths:
            store.set_failure(path, STAT, "damaged", "why")
        assert store.remove_missing_files(here, {here + b"/gone", here + b"/stays"}) == 1
        assert store.files(paths).keys() == {*paths} - {sub + b"/gone"}
        assert store.remove_missing_files(here, set(paths)) == 0
        assert store.remove_missing_files(here) == 1
        assert store.files(paths).keys() == {*paths} - {sub + b"/gone", here + b"/gone"}


def test_files_that_cannot_be_looked_at_are_not_gone() -> None:
    """In a folder that may be listed but not searched, all files look as if they were gone to `os.path.exists`."""
    with TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        folder = os.path.join(os.fsencode(place), b"folder")
        os.mkdir(folder)
        open(os.path.join(folder, b"a.mp3"), "w").close()
        os.chmod(folder, 0o444)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            assert os.path.isdir(folder)
            assert not os.path.lexists(os.path.join(folder, b"a.mp3"))
            assert not store_module._is_missing(os.path.join(folder, b"a.mp3"))
        finally:
            os.seteuid(user)
            os.chmod(folder, 0o755)
        assert not store_module._is_missing(os.path.join(folder, b"a.mp3"))
        assert store_module._is_missing(os.path.join(folder, b"b.mp3"))
        assert not store_module._is_missing(os.path.join(folder, b"unplugged", b"b.mp3"))


def test_a_library_that_is_all_there_is_not_listed_again(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        asked: list[str] = []
        store.set_failure(b"/nowhere/a", STAT, "damaged", "why")
        store.database.set_trace_callback(asked.append)
        assert store.remove_missing_files(b"/nowhere/", {b"/nowhere/a", b"/elsewhere/b"}) == 0
        assert not any("SELECT path" in query for query in asked)
        assert store.remove_missing_files(b"/nowhere/", {b"/elsewhere/b"}) == 0
        assert any("SELECT path" in query for query in asked)


def test_prune_forgets_all_of_a_song_that_no_file_holds(own_store: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with Store(str(own_store)) as store:
        kept, lost = (store.add_audio(i, 1.0, {"moods": FeatureBlob(1, 1, bytes(9000))}) for i in ("kept", "lost"))
        for audio, name in ((kept, "kept"), (lost, "lost")):
            store.add_prediction(audio, "m", SAID)
            store.set_file(os.fsencode(tmp_path / name), STAT, audio)
            store.add_write(name, name, os.fsencode(tmp_path / name), name.encode())
        store.commit()
        before = store.size()
        assert (before.files, before.failed, before.audio, before.analysed, before.predictions) == (2, 0, 2, 2, 2)
        assert before.bytes == own_store.stat().st_size
        assert store.prune() == (1, 1)
        assert store.prune() == (0, 0)
        after = store.size()
        assert (after.files, after.failed, after.audio, after.analysed, after.predictions) == (1, 0, 1, 1, 1)
        assert [len(store.writes_resulting_in(name)) for name in ("kept", "lost")] == [1, 0]
        assert store.check() == []
    with Store("") as store:
        assert store.size().bytes == 0


def test_a_reference_that_leads_nowhere_is_found(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.set_file(b"/a", STAT, 99)
        assert store.check() == ["a row of file refers to a missing audio"]


def test_a_store_is_made_with_the_folders_it_is_to_lie_in(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder" / "library.sqlite"
    Store(str(path)).close()
    assert path.is_file()


def test_a_store_that_cannot_be_used_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database, and longer than the head of one is: " + "." * 100)
    for path, why in (
        ("file", "not a library store, or a damaged one"),
        ("file/store", "cannot be used"),
        ("", "used"),
    ):
        with pytest.raises(StoreError, match=why):
            Store(str(tmp_path / path))
    store = Store(str(tmp_path / "store"))
    with sqlite3.connect(tmp_path / "store") as other:
        other.execute("DROP TABLE file")
    with pytest.raises(StoreError, match="cannot be used"):
        store.files([b"/a"])
