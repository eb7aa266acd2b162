"""A session runs a whole scan, and its messages go to the logger of the package."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import mutagen
import pytest

from tagger.io import library_paths
from tagger.library.songs import songs
from tagger.library.store import Store
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.result import FileStatus, ScanResult
from tagger.scanning.session import ScanSession
from tests.sounds import song

REPORT = ScanOptions(tag=False, report=True)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(2):
        song(folder / f"{number}.mp3", 6, rate=22050, seed=number)
    return folder


def scan(
    music: Path, store: Path | str, options: ScanOptions = REPORT, exclude: tuple[str, ...] = ()
) -> list[ScanResult]:
    find, workers = WalkOptions(exclude=exclude), WorkerOptions(jobs=1)
    with ScanSession([str(music)], options, store=str(store), find=find, workers=workers) as session:
        return list(session.run())


def test_predictions_equal_those_that_the_store_returns_later(music: Path, own_store: Path) -> None:
    first = scan(music, own_store)
    second = scan(music, own_store)
    assert [result.status for result in first] == [FileStatus.REPORTED] * 2
    assert [result.status for result in second] == [FileStatus.UNCHANGED] * 2
    for new, known in zip(first, second, strict=True):
        # The representation also distinguishes 0.0 from -0.0, and integers from floats.
        assert repr((new.emotion, new.duration, new.audio_hash)) == repr(
            (known.emotion, known.duration, known.audio_hash)
        )


def test_new_predictions_are_not_read_back(music: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    returned: list[int] = []
    predictions = Store.predictions

    def spy(store: Store, audio: set[int], model: str) -> object:
        rows = predictions(store, audio, model)
        returned.extend(rows)
        return rows

    monkeypatch.setattr(Store, "predictions", spy)
    scan(music, own_store)
    assert returned == []
    scan(music, own_store)
    assert len(returned) == 2


def test_files_that_are_gone_are_removed_from_the_store(music: Path, own_store: Path) -> None:
    scan(music, own_store)
    (music / "1.mp3").unlink()
    scan(music, own_store, exclude=("0.*",))
    with closing(sqlite3.connect(own_store)) as store:
        assert store.execute("SELECT path FROM file").fetchall() == [(os.fsencode(music / "0.mp3"),)]


def test_notices_are_warnings_and_details_are_debug_messages(
    music: Path, own_store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (music / "empty.mp3").touch()
    scan(music, own_store)
    folder = library_paths.journal_dir(str(own_store))
    os.makedirs(folder, 0o700, exist_ok=True)
    Path(folder, "0123").write_bytes(b"no record")
    with caplog.at_level(logging.DEBUG, "tagger"):
        scan(music, own_store)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    details = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert len(warnings) == 1
    assert "damaged record" in warnings[0]
    assert "looked up 3 files: 0 unchanged, 0 to analyse" in details
    assert any(detail.startswith("skipped") and detail.endswith("empty.mp3") for detail in details)


def test_the_tags_of_songs_are_cached_and_read_again_after_a_change(music: Path, own_store: Path) -> None:
    def cached() -> list[tuple[bool, str, tuple[str, ...]]]:
        with Store(str(own_store)) as store:
            return [(song.tags_read, song.artist, song.genres) for song in songs(store)]

    def retag(name: str, **values: str) -> None:
        file: Any = mutagen.File(music / name, easy=True)
        file.update(values)
        file.save()

    retag("0.mp3", artist="Nina Simone", genre="Jazz")
    scan(music, own_store, ScanOptions())  # writes emotag's tags, which must not drop the cached ones
    assert cached() == [(True, "Nina Simone", ("Jazz",)), (True, "", ())]
    retag("0.mp3", artist="Abbey Lincoln")
    shutil.copy(music / "0.mp3", music / "copy.mp3")
    scan(music, own_store, ScanOptions())
    assert cached() == [(True, "Abbey Lincoln", ("Jazz",)), (True, "", ()), (True, "Abbey Lincoln", ("Jazz",))]
