"""A session of the Python interface stays open, and no file ends it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import threading
from pathlib import Path
from threading import Event

import numpy as np
import pytest

import tagger
from tagger.errors import LibraryBusy, StoreError
from tagger.library.lock import library_lock
from tagger.scanning.tasks import analyse
from tests.sounds import song

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with ``song.flac`` and a folder ``Music`` with two songs."""
    (tmp_path / "Music").mkdir()
    for number, name in enumerate(("song.flac", "Music/a.mp3", "Music/b.flac")):
        song(tmp_path / name, 6, rate=22050, seed=number)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def processes(session: tagger.Session) -> list[int]:
    return [worker.process.pid for worker in session._pool.workers if worker.process is not None]


def test_workers_and_models_are_kept_from_one_call_to_the_next(music: Path) -> None:
    with tagger.Session(jobs=1) as session:
        (first,) = session.analyse("song.flac")
        before = processes(session)
        assert before
        others = list(session.analyse(Path("Music")))
        assert processes(session) == before
    assert first.emotion == tagger.analyse("song.flac")
    assert [(result.path, result.status) for result in others] == [
        ("Music/a.mp3", tagger.FileStatus.REPORTED),
        ("Music/b.flac", tagger.FileStatus.REPORTED),
    ]


def test_known_files_are_not_analysed_again(music: Path) -> None:
    with tagger.Session(jobs=1) as session:
        (new,) = session.analyse([b"song.flac"])
        (known,) = session.analyse(["song.flac"])
        (stored,) = session.stored()
        assert (new.analysed, known.analysed) == (True, False)
        assert new.emotion == known.emotion == stored.emotion
        assert list(session.stored("song.flac", query="valence<-1")) == []
        assert list(session.stored("Music")) == []


def test_bad_files_are_results_with_an_error(music: Path) -> None:
    (music / "words.flac").write_text("words")
    with tagger.Session(jobs=1, store="") as session:
        results = {result.path: result for result in session.tag(["words.flac", "missing.mp3", "song.flac"])}
    assert results.keys() == {"words.flac", "missing.mp3", "song.flac"}
    assert results["words.flac"].error
    assert results["missing.mp3"].error == "cannot be read (No such file or directory)"
    assert results["song.flac"].error is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_a_result_with_an_error(music: Path) -> None:
    (music / "Music").chmod(0)
    try:
        with tagger.Session(jobs=1) as session:
            (result,) = session.analyse("Music")
    finally:
        (music / "Music").chmod(0o755)
    assert result.error == "cannot be searched (Permission denied)"


def test_a_bad_ignore_file_is_a_result_with_an_error(music: Path) -> None:
    (music / "Music" / ".emotagignore").mkdir()
    with tagger.Session(jobs=1) as session:
        (result,) = session.analyse("Music")
    assert result.path == "Music/.emotagignore"
    assert result.error
    assert result.error.startswith("cannot be used (")


@pytest.mark.thorough
def test_tags_are_written_read_and_restored(music: Path) -> None:
    path = music / "song.flac"
    before = path.read_bytes()
    with tagger.Session(jobs=1) as session:
        (planned,) = session.tag(path, dry_run=True)
        assert planned.change
        assert path.read_bytes() == before
        (tagged,) = session.tag(path, words={mood: mood.upper() for mood in tagger.MOODS})
        assert tagged.emotion
        assert tagged.change
        state = tagger.read_tags(path)
        assert state.moods == state.own_moods == tuple(mood.upper() for mood in tagged.emotion.moods)
        assert state.valence == round(tagged.emotion.valence, 3)
        assert state.marker
        assert json.loads(json.dumps(state.to_dict()))["own_moods"] == list(state.moods)
        assert tagged.to_dict()["change"]["moods"] == {"old": [], "new": list(state.moods)}
        (would_be,) = session.undo(path, dry_run=True)
        assert would_be.to_dict()["status"] == "restored"
        (restored,) = session.undo(os.fsencode(path))
    assert restored.status == "restored"
    assert path.read_bytes() == before
    assert tagger.read_tags(path).to_dict() == {
        "container": "FLAC",
        "moods": [],
        "own_moods": [],
        "valence": None,
        "arousal": None,
        "marker": None,
    }


def test_own_moods_are_those_of_the_marker() -> None:
    state = tagger.TagState("FLAC", ("Mellow", "sad-lonely"), 0.1, 0.2, "emotag 1.0 model; Sad-Lonely")
    assert state.own_moods == ("sad-lonely",)
    assert dataclasses.replace(state, marker=None).own_moods == ()


def test_undo_of_a_bad_file_is_a_result(music: Path) -> None:
    (music / "Music" / "words.mp3").write_text("EMOTAG")
    with tagger.Session(jobs=1) as session:
        statuses = {result.path: (result.status, bool(result.error)) for result in session.undo("Music")}
    assert statuses["Music/words.mp3"] == ("failed", True)
    assert statuses["Music/a.mp3"] == ("unchanged", False)


def test_results_are_frozen_and_become_json(music: Path) -> None:
    with tagger.Session(jobs=1) as session:
        good, bad = sorted(session.analyse(["song.flac", "missing.flac"]), key=lambda result: bool(result.error))
    with pytest.raises(dataclasses.FrozenInstanceError):
        good.path = "other"  # type: ignore[misc]
    assert good.emotion
    values = json.loads(json.dumps(good.to_dict()))
    assert values["status"] == "reported"
    assert values["moods"] == list(good.emotion.moods)
    assert values["p_sad_lonely"] == good.emotion.probabilities[4]
    assert values["quadrant"] == good.emotion.quadrant
    missing = json.loads(json.dumps(bad.to_dict()))
    assert missing.keys() == values.keys()
    assert (missing["status"], missing["valence"], missing["moods"]) == ("failed", None, [])


def test_features_are_there_on_request_also_for_known_files(music: Path) -> None:
    with tagger.Session(jobs=1) as session:
        (new,) = session.analyse("song.flac", features=True)
        (known,) = session.analyse("song.flac", features=True)
        (without,) = session.analyse("song.flac")
        (failed,) = session.analyse("missing.flac", features=True)
    assert without.features is failed.features is None
    assert new.features
    assert known.features
    assert {array.dtype for array in new.features.values()} == {np.dtype("float32")}
    for name, array in new.features.items():
        np.testing.assert_array_equal(array, known.features[name])


def test_progress_counts_up_to_all_files(music: Path) -> None:
    calls: list[tuple[int, int]] = []
    with tagger.Session(jobs=1) as session:
        list(session.analyse("Music", progress=lambda done, total: calls.append((done, total))))
        assert calls[-1] == (2, 2)
        list(session.undo("Music", progress=lambda done, total: calls.append((done, total))))
    assert calls[-2:] == [(1, 2), (2, 2)]


@pytest.mark.thorough
def test_results_arrive_while_other_files_are_analysed(music: Path) -> None:
    done = 0

    def count(files: int, total: int) -> None:
        nonlocal done
        done = files

    for number in range(2, 5):
        song(music / "Music" / f"{number}.flac", 6, rate=22050, seed=number)
    with tagger.Session(jobs=1) as session:
        first = next(results := session.analyse("Music", progress=count))
        assert (first.path, done) == ("Music/2.flac", 4)
        assert len(list(results)) == 4


def test_cancellation_keeps_finished_work_and_the_session(music: Path) -> None:
    cancel = Event()
    with tagger.Session(jobs=1) as session:
        assert list(session.analyse("Music", progress=lambda done, total: cancel.set(), cancel=cancel)) == []
        assert len(list(session.stored("Music"))) <= 1
        again = list(session.analyse("Music"))
    assert len(again) == 2
    assert sum(not result.analysed for result in again) == 1


@pytest.mark.thorough
def test_cancellation_does_not_wait_for_a_file(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel = Event()
    with tagger.Session(jobs=1) as session:
        threading.Timer(0.3, cancel.set).start()
        monkeypatch.setattr("tagger.scanning.stages.analyse", _read_forever)
        assert list(session.analyse("song.flac", cancel=cancel)) == []
        monkeypatch.setattr("tagger.scanning.stages.analyse", analyse)
        assert len(list(session.analyse("song.flac"))) == 1


def _read_forever(path: str, *arguments: object) -> None:
    Event().wait(60)


@pytest.mark.thorough
def test_a_cancelled_event_ends_results_of_known_files_and_of_undo(music: Path) -> None:
    cancel = Event()
    cancel.set()
    with tagger.Session(jobs=1) as session:
        list(session.analyse("Music"))
        assert len(list(session.analyse("Music", cancel=cancel))) <= 1
        assert len(list(session.undo("Music", cancel=cancel))) <= 1


@pytest.mark.thorough
def test_a_loop_that_is_left_early_frees_the_session_and_the_library(music: Path, own_store: Path) -> None:
    with tagger.Session(jobs=1) as session:
        for _ in session.analyse(["Music", "song.flac"]):
            break
        assert len(list(session.analyse(["Music", "song.flac"]))) == 3
        with library_lock(str(own_store)):
            pass


def test_two_calls_at_a_time_are_refused(music: Path) -> None:
    with tagger.Session(jobs=1, store="") as session:
        first = session.analyse("Music")
        next(first)
        with pytest.raises(RuntimeError, match="one call at a time"):
            next(session.undo("Music"))
        assert len(list(first)) == 1


def test_a_busy_library_and_a_damaged_one_are_exceptions(music: Path, own_store: Path) -> None:
    with tagger.Session(jobs=1) as session:
        with library_lock(str(own_store)), pytest.raises(LibraryBusy):
            list(session.analyse("song.flac"))
        own_store.write_bytes(b"no database" * 100)
        with pytest.raises(StoreError):
            list(session.analyse("song.flac"))


def test_a_session_runs_in_any_thread(music: Path) -> None:
    results: list[tagger.ScanResult] = []

    def work(session: tagger.Session) -> None:
        results.extend(session.analyse("song.flac"))

    with tagger.Session(jobs=1) as session:
        thread = threading.Thread(target=work, args=(session,))
        thread.start()
        thread.join()
        results.extend(session.analyse("song.flac"))
    assert [result.analysed for result in results] == [True, False]


def test_misuse_raises(music: Path) -> None:
    session = tagger.Session(jobs=1)
    with pytest.raises(RuntimeError, match="not open"):
        session.analyse("song.flac")
    with session, pytest.raises(ValueError, match="merge, replace, keep"):
        session.tag("song.flac", moods="best")
    with pytest.raises(RuntimeError, match="not open"):
        session.undo("song.flac")


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


@pytest.mark.thorough
def test_the_examples_of_the_page_run(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for example in examples():
        exec(compile(example, str(PAGE), "exec"), names)
    output = capsys.readouterr().out
    assert "Music/a.mp3 tagged" in output
    assert "Music/a.mp3 restored" in output
    assert "2 of 2" in output
    assert "embedding (" in output


def test_the_page_names_every_public_argument() -> None:
    text = PAGE.read_text("utf-8")
    for name in tagger.__all__:
        assert f"`tagger.{name}" in text or f"`{name}`" in text or f"tagger.{name}(" in text, name
