"""A text field is found under its name in every container."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.id3 import COMM, TCON, TXXX

from tagger.tags.text_fields import read_text_field
from tests.sounds import song


@pytest.mark.parametrize(
    ("suffix", "field", "key", "value"),
    [
        (".flac", "MyMood", "MYMOOD", ["Gym", "Late night"]),
        (".flac", "GENRE", "genre", ["Gym", "Late night"]),
        (".ogg", "comment", "COMMENT", ["Gym", "Late night"]),
        (".mp3", "mymood", "TXXX:MyMood", TXXX(desc="MyMood", text=["Gym", "Late night"])),
        (".mp3", "Genre", "TCON", TCON(text=["Gym", "Late night"])),
        (".mp3", "comment", "COMM", COMM(lang="eng", desc="", text=["Gym", "Late night"])),
        (".m4a", "genre", "\xa9gen", ["Gym", "Late night"]),
        (".m4a", "MYMOOD", "----:com.apple.iTunes:MyMood", [b"Gym", b"Late night"]),
        (".wv", "mymood", "MyMood", ["Gym", "Late night"]),
    ],
)
def test_a_field_is_read(suffix: str, field: str, key: str, value: Any, tmp_path: Path) -> None:
    path = song(tmp_path / f"a{suffix}", 1)
    tags = mutagen.File(path)
    if tags.tags is None:
        tags.add_tags()
    tags[key] = value
    tags.save()
    assert read_text_field(str(path), field) == ("Gym", "Late night")
    assert read_text_field(str(path), "other") == ()


def test_numbered_genres_have_names(tmp_path: Path) -> None:
    path = song(tmp_path / "a.mp3", 1)
    tags = mutagen.File(path)
    if tags.tags is None:
        tags.add_tags()
    tags["TCON"] = TCON(text=["(8)"])
    tags.save()
    assert read_text_field(str(path), "genre") == ("Jazz",)


def test_a_file_without_tags_has_no_values(tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("not a song")
    assert read_text_field(str(tmp_path / "text.mp3"), "genre") == ()
    assert read_text_field(str(tmp_path / "gone.mp3"), "genre") == ()
