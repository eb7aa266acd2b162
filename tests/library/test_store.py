"""The store returns what was stored, for paths of any bytes, and selects files by folder."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
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
from tagger.library.records import FeatureBlob, FileRow, FileStat, PredictedFile
from tagger.library.store import Store
from tagger.library.work_claims import WorkClaims
from tagger.tags.basic_tags import BasicTags

STAT = FileStat(1, 2, 3)
PREDICTION = Prediction(0.25, -0.5, 0.375, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.2, 0.15)
names = st.binary(min_size=1, max_size=12).filter(lambda name: b"/" not in name and b"\0" not in name)
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: b"/" + b"/".join(parts))


@given(stored=st.sets(paths, max_size=30), queried=st.sets(paths, max_size=30))
def test_files_by_path(stored: set[bytes], queried: set[bytes]) -> None:
    with Store("") as store:
        audio = store.add_audio("ab", 1.0, {})
        for path in stored:
            store.set_file(path, STAT, audio)
            store.set_tags_current(path, STAT, "by us")
        assert store.files(queried | stored).keys() == stored
        assert store.files(queried).keys() == queried & stored
        tagged = store.files_with_current_tags(queried, "by us")
        assert {row[0] for row in tagged} & queried == queried & stored
        assert store.files_with_current_tags(queried, "by others") == set()


@given(files=st.sets(paths, max_size=30), seen=st.sets(paths, max_size=30), root=paths)
def test_only_missing_files_below_a_folder_are_removed(files: set[bytes], seen: set[bytes], root: bytes) -> None:
    with Store("") as store:
        audio = store.add_audio("ab", 1.0, {})
        for path in files:
            store.set_file(path, STAT, audio)
        # None of these paths exists, nor do most of their folders; files without a folder are kept.
        store.remove_missing_files(root, seen & files)
        remaining = store.files(files).keys()
        assert seen & files <= remaining
        assert {path for path in files if not path.startswith(root + b"/")} <= remaining
        assert {path for path in files if not os.path.isdir(os.path.dirname(path))} <= remaining


def test_failed_files_have_no_current_tags(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.set_file(b"/a", STAT, store.add_audio("ab", 1.0, {}))
        store.set_tags_current(b"/a", STAT, "by us")
        store.set_failure(b"/a", STAT, "damaged", "why")
        assert store.files_with_current_tags([b"/a"], "by us") == set()
        assert store.files([b"/a"])[b"/a"].message == "why"


def test_claims(own_store: Path, tmp_path: Path) -> None:
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


def test_round_trip_of_a_file_and_its_audio(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 61.5, {"moods": FeatureBlob.from_array(np.array([[1.5, -2], [0, 4]]), 7)})
        store.add_prediction(audio, "m", PREDICTION)
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
        assert store.predictions([audio, 99], "m") == {audio: ("ab", 61.5, PREDICTION)}
        assert store.predictions([audio], "another") == {}
        unsure = PREDICTION._replace(valence_sd=None, arousal_sd=None)
        store.add_prediction(audio, "unsure", unsure)
        assert store.predictions([audio], "unsure")[audio].prediction == unsure
        assert [*store.predicted_files("m")] == [
            PredictedFile(b"/a", audio, 61.5, "m", None, None, None, None, PREDICTION)
        ]
        store.set_tags(b"/a", BasicTags("T", "A", "", ("Jazz", "Soul")))
        assert [*store.predicted_files("m")] == [
            PredictedFile(b"/a", audio, 61.5, "m", "T", "A", "", "Jazz\nSoul", PREDICTION)
        ]
        assert [*store.failures()] == [(b"/b", "why")]


def test_more_audio_than_variables_of_a_query(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_VARIABLES", 3)
    with Store(str(own_store)) as store:
        audio = [store.add_audio(str(i), 1.0, {"moods": FeatureBlob(1, 1, b"1234")}) for i in range(10)]
        assert store.features(audio, {"moods": 1}).keys() == set(audio)


def test_features_are_complete_and_of_the_given_versions(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        one = store.add_audio("one", 1.0, {"moods": FeatureBlob(2, 1, b"1234")})
        both = store.add_audio("both", 1.0, {"moods": FeatureBlob(2, 1, b"1234"), "affect": FeatureBlob(5, 1, b"5678")})
        assert store.features([one, both], {"moods": 2, "affect": 5}).keys() == {both}
        assert store.features([one, both], {"moods": 2}).keys() == {one, both}
        assert store.features([one, both], {"moods": 2, "affect": 4}) == {}
        assert not store.has_outdated_features({"moods": 2, "affect": 5})
        assert store.has_outdated_features({"moods": 2, "affect": 4})
        assert store.has_outdated_features({"moods": 2, "affect": 5, "embedding": 1})


def test_new_features_delete_old_predictions(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, {})
        store.add_prediction(audio, "m", PREDICTION)
        assert store.add_audio("ab", 1.0, {"moods": FeatureBlob(2, 1, b"1234")}) == audio
        assert store.predictions([audio], "m") == {}


def test_equal_features_keep_predictions(own_store: Path) -> None:
    features = {"moods": FeatureBlob(2, 1, b"1234")}
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, features)
        store.add_prediction(audio, "m", PREDICTION)
        assert store.add_audio("ab", 1.0, features) == audio
        assert store.predictions([audio], "m").keys() == {audio}


def test_a_file_has_the_hash_and_the_facts_of_its_audio(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.5, {})
        store.set_file(b"/a", STAT, audio)
        assert store.audio_hash(b"/a") == "ab"
        assert store.audio_hash(b"/b") is None
        assert store.audio_facts([audio]) == {audio: ("ab", 1.5)}


def test_a_damaged_row_is_reported(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.add_audio("ab", 1.0, {"moods": FeatureBlob(2, 1, b"1234")})
    change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'features'"
    strict, lax = "version INTEGER NOT NULL", "version INTEGER         "
    for old, new, statement in ((strict, lax, "SELECT 1"), (lax, strict, "UPDATE features SET version = NULL")):
        with closing(sqlite3.connect(own_store)) as database, database:
            database.execute(statement)
            database.execute("PRAGMA writable_schema = ON")
            database.execute(change, (old, new))
    with Store(str(own_store)) as store:
        assert store.check() == ["NULL value in features.version"]


def test_changed_files_have_no_current_tags(own_store: Path) -> None:
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
def test_files_below_a_folder(own_store: Path, root: bytes, found: set[bytes]) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, {})
        store.add_prediction(audio, "m", PREDICTION)
        for path in (b"/n", b"/m/a0", b"/m/a/1", b"/m/a.mp3", b"/m/a"):
            store.set_file(path, STAT, audio)
        assert [row[0] for row in store.predicted_files(root=root)] == sorted(found)
        for path in (b"/n", b"/m/a0", b"/m/a/1", b"/m/a.mp3", b"/m/a"):
            store.set_failure(path, STAT, "damaged", "why")
        assert [path for path, _ in store.failures(root)] == sorted(found)
        assert [*store.predicted_files()] == []


def test_commit_after(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Store(str(own_store)) as store, Store(str(own_store)) as reader:
        store.set_failure(b"/a", STAT, "damaged", "why")
        now[0] += 5
        assert not store.commit_after(5)
        assert reader.files([b"/a"]) == {}
        now[0] += 0.1
        assert store.commit_after(5)
        assert reader.files([b"/a"]).keys() == {b"/a"}
        assert not store.commit_after(5), "the time is counted from the last commit"


def test_close_commits(own_store: Path) -> None:
    Store(str(own_store)).close()
    with Store(str(own_store)) as store:
        store.set_failure(b"/a", STAT, "damaged", "why")
    with Store(str(own_store)) as store:
        assert store.files([b"/a"]).keys() == {b"/a"}


def test_writes_are_in_order_and_unique(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.add_write("hash", "ab", b"/a", b"first")
        store.add_write("hash", "ab", b"/a", b"second")
        store.add_write("other", "ab", b"/b", b"first")
        store.add_write("hash", "ab", b"/a", b"first")
        assert store.writes_resulting_in("hash") == [(b"/a", b"second"), (b"/a", b"first")]
        assert store.writes_resulting_in("unknown") == []
        assert store.writes_to_audio("ab") == [(b"/a", b"second"), (b"/b", b"first"), (b"/a", b"first")]
        assert store.writes_to_audio("cd") == []


def test_commits_are_durable(own_store: Path) -> None:
    """Journal entries are removed after a commit, which must survive a power failure."""
    with Store(str(own_store)) as store:
        full = 2
        assert store.database.execute("PRAGMA synchronous").fetchone() == (full,)


def test_missing_files_are_removed_if_their_folder_exists(own_store: Path, tmp_path: Path) -> None:
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


def test_inaccessible_files_are_not_missing() -> None:
    """In a folder that may be listed but not searched, `os.path.exists` is False for all files."""
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


def test_complete_libraries_are_not_listed_again(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        queries: list[str] = []
        store.set_failure(b"/nowhere/a", STAT, "damaged", "why")
        store.database.set_trace_callback(queries.append)
        assert store.remove_missing_files(b"/nowhere/", {b"/nowhere/a", b"/elsewhere/b"}) == 0
        assert not any("SELECT path" in query for query in queries)
        assert store.remove_missing_files(b"/nowhere/", {b"/elsewhere/b"}) == 0
        assert any("SELECT path" in query for query in queries)


def test_prune(own_store: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with Store(str(own_store)) as store:
        kept, orphan = (store.add_audio(i, 1.0, {"moods": FeatureBlob(1, 1, bytes(9000))}) for i in ("kept", "orphan"))
        for audio, name in ((kept, "kept"), (orphan, "orphan")):
            store.add_prediction(audio, "m", PREDICTION)
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
        assert [len(store.writes_resulting_in(name)) for name in ("kept", "orphan")] == [1, 0]
        assert store.check() == []
    with Store("") as store:
        assert store.size().bytes == 0


@pytest.mark.parametrize("column", ["valence", "arousal_sd", "threshold", "angry_aggressive"])
@pytest.mark.parametrize("value", [float("inf"), "much", b"much", ""])
def test_prediction_that_is_no_number_is_refused(own_store: Path, column: str, value: object) -> None:
    with Store(str(own_store)) as store:
        audio = store.add_audio("ab", 1.0, {})
        store.add_prediction(audio, "model", PREDICTION)
        store.commit()
        assert store.predictions([audio], "model")[audio].prediction == PREDICTION
        with closing(sqlite3.connect(own_store)) as other, other:
            other.execute(f"UPDATE prediction SET {column} = ?", (value,))
        with pytest.raises(StoreError, match="a prediction that is not a number"):
            store.predictions([audio], "model")


def test_check_reports_missing_references(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.set_file(b"/a", STAT, 99)
        assert store.check() == ["a row of file refers to a missing audio"]


def test_folders_are_created(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder" / "library.sqlite"
    Store(str(path)).close()
    assert path.is_file()


def test_unusable_stores(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database, and longer than the header of one: " + "." * 100)
    for path, why in (
        ("file", "not a library database, or a damaged one"),
        ("file/store", "cannot be used"),
        ("", "used"),
    ):
        with pytest.raises(StoreError, match=why):
            Store(str(tmp_path / path))
    with Store(str(tmp_path / "store")) as store:
        with closing(sqlite3.connect(tmp_path / "store")) as other, other:
            other.execute("DROP TABLE file")
        with pytest.raises(StoreError, match="cannot be used"):
            store.files([b"/a"])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_a_database_that_is_refused_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE theirs (x)")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(StoreError) as error:
        Store(str(path))
    # The error still refers to the call, so that nothing was closed by the garbage collector.
    assert error.tb is not None
    assert len(os.listdir("/proc/self/fd")) == before
