"""What Python programs call does what its docstrings show."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import tagger
from tagger import api, features, models, session
from tagger.io import library_paths
from tests.sounds import song


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with ``song.flac`` and ``Music/a.flac``."""
    (tmp_path / "Music").mkdir()
    song(tmp_path / "song.flac", 12, rate=22050, seed=1)
    song(tmp_path / "Music" / "a.flac", 12, rate=22050, seed=2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("room", [api, session, models, features], ids=lambda room: room.__name__)
def test_the_examples_hold(music: Path, room: object) -> None:
    found = doctest.testmod(room)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0


def test_public_names_exist_and_other_names_raise() -> None:
    for name in tagger.__all__:
        assert getattr(tagger, name).__doc__, name
        assert name in dir(tagger)
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        tagger.analyze  # noqa: B018


def test_one_song_gets_what_a_scan_gives_it(music: Path) -> None:
    (outcome,) = tagger.scan([music / "song.flac"], jobs=1)
    assert tagger.analyse(music / "song.flac") == outcome.emotion


def test_a_threshold_gives_more_moods_or_fewer(music: Path) -> None:
    everything = tagger.analyse("song.flac", threshold=0.0)
    assert set(everything.moods) == set(tagger.MOODS)
    assert len(tagger.analyse("song.flac", threshold=1.0).moods) == 1


def test_a_file_without_audio_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "words.flac").write_text("words")
    with pytest.raises(tagger.AudioError, match=r"words\.flac"):
        tagger.analyse(tmp_path / "words.flac")
    with pytest.raises(tagger.EmotagError):
        tagger.analyse(tmp_path / "missing.flac")


@pytest.mark.thorough
def test_a_scan_stores_and_tags_and_works_without_a_store(music: Path) -> None:
    first = list(tagger.scan(["Music"], jobs=1))
    again = list(tagger.scan(["Music"], jobs=1))
    assert [o.emotion for o in first] == [o.emotion for o in again]
    assert Path(library_paths.store_path()).exists()
    size = Path(library_paths.store_path()).stat().st_size
    (forgotten,) = tagger.scan(["song.flac"], store="", jobs=1)
    assert forgotten.emotion
    assert Path(library_paths.store_path()).stat().st_size == size

    before = Path("Music/a.flac").read_bytes()
    list(tagger.scan(["Music"], jobs=1, exclude=["a.*"], tag=True))
    assert Path("Music/a.flac").read_bytes() == before
    (tagged,) = tagger.scan(["Music"], jobs=1, tag=True)
    assert tagged.error is None
    assert Path("Music/a.flac").read_bytes() != before


def test_a_stopped_iteration_keeps_finished_work(music: Path) -> None:
    scan = tagger.scan(["Music", "song.flac"], jobs=1)
    first = next(scan)
    scan.close()  # type: ignore[attr-defined]
    (known, _) = tagger.scan(["Music", "song.flac"], jobs=1)
    assert known.emotion == first.emotion
