"""Title, artist, album and genres are read from every kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.id3 import TALB, TCON, TIT2, TPE1

from tagger.tags.basic_tags import MAX_LENGTH, MAX_VALUES, BasicTags, read_basic_tags
from tests.sounds import MADE, music, song, write

EXPECTED = BasicTags("T 🎵", "A", "L", ("Jazz", "Soul"))

NAMES = ("title", "artist", "album", "genre")
VALUES = (["T 🎵"], ["A"], ["L"], ["Jazz", "Soul"])


def make_file(path: Path) -> Path:
    """Make a short file without tags."""
    return MADE[path.suffix](path) if path.suffix in MADE else song(path, 1)


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg", ".opus", ".m4a"])
def test_common_field_names(suffix: str, tmp_path: Path) -> None:
    path = song(tmp_path / f"x{suffix}", 1, rate=48000)
    tags: Any = mutagen.File(path, easy=True)
    for name, value in zip(NAMES, VALUES, strict=True):
        tags[name] = value
    tags.save()
    assert read_basic_tags(str(path)) == EXPECTED


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".tta", ".dsf"])
def test_id3_in_other_containers(suffix: str, tmp_path: Path) -> None:
    path = make_file(tmp_path / f"x{suffix}")
    file: Any = mutagen.File(path)
    file.add_tags()
    frames: tuple[Any, ...] = (TIT2, TPE1, TALB, TCON)
    for frame, text in zip(frames, VALUES, strict=True):
        file.tags.add(frame(encoding=3, text=text))
    file.save()
    assert read_basic_tags(str(path)) == EXPECTED


@pytest.mark.parametrize("suffix", [".wv", ".ape", ".mpc", ".tak"])
def test_apev2(suffix: str, tmp_path: Path) -> None:
    path = make_file(tmp_path / f"x{suffix}")
    tags = APEv2()
    for name, value in zip(NAMES, VALUES, strict=True):
        tags[name] = value
    tags.save(path)
    assert read_basic_tags(str(path)) == EXPECTED


def test_asf(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wma", music(1), codec="wmav2")
    tags = ASF(path)
    for name, value in zip(("Title", "Author", "WM/AlbumTitle", "WM/Genre"), VALUES, strict=True):
        tags[name] = value
    tags.save()
    assert read_basic_tags(str(path)) == EXPECTED


def test_several_artists_are_joined(tmp_path: Path) -> None:
    path = song(tmp_path / "x.mp3", 1)
    file: Any = mutagen.File(path)
    file.tags.add(TPE1(encoding=3, text=["A", "B"]))
    file.save()
    assert read_basic_tags(str(path)) == BasicTags("", "A; B", "")


def test_a_numbered_genre_of_id3_gets_its_name(tmp_path: Path) -> None:
    path = song(tmp_path / "x.mp3", 1)
    file: Any = mutagen.File(path)
    file.tags.add(TCON(encoding=3, text=["(8)", "Free jazz", "17"]))
    file.save()
    assert read_basic_tags(str(path)).genres == ("Jazz", "Free jazz", "Rock")


def test_values_are_one_line_of_valid_text_and_limited(tmp_path: Path) -> None:
    path = song(tmp_path / "x.flac", 1)
    file: Any = mutagen.File(path)
    file["title"] = " two\n\tlines " + "x" * 100_000
    file["genre"] = [f"genre {number}" for number in range(1000)]
    file.save()
    title, _, _, genres = read_basic_tags(str(path))
    assert title.startswith("two lines xxx")
    assert (len(title), len(genres)) == (MAX_LENGTH, MAX_VALUES)


def test_unreadable_tags_give_empty_values(tmp_path: Path) -> None:
    bad = {"y.mp3": b"ID3" + bytes(40), "z.flac": b"fLaC" + b"\xff" * 60, "e.m4a": b"", "t.ogg": b"OggS" + bytes(9)}
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        assert read_basic_tags(str(tmp_path / name)) == BasicTags()
    assert read_basic_tags(str(song(tmp_path / "x.wav", 1))) == BasicTags()
    assert read_basic_tags(str(tmp_path / "gone.mp3")) == BasicTags()
    assert read_basic_tags(str(tmp_path)) == BasicTags()
