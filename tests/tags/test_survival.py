"""Tags of any kind that mutagen can write are kept by a write, and undo restores the file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from mutagen import id3
from mutagen.apev2 import APEBinaryValue

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import Emotion
from tagger.tags.write_record import WriteRecord
from tests.tags import foreign_tags

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"

many = settings(
    max_examples=int(os.environ.get("EMOTAG_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""Examples per test: 20, or the number in EMOTAG_EXAMPLES."""


@pytest.fixture(autouse=True)
def without_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip flushing to disk, which takes most of the time and does not matter here."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def check_write_and_undo(
    original: Path, folder: Path, put: Callable[[Path], None], values: Callable[[Path], Any]
) -> None:
    """Check a write and its undo on a copy of a file, after `put` has added tags to it."""
    path = Path(shutil.copy(original, folder / f"song{original.suffix}"))
    put(path)
    before, expected, audio = path.read_bytes(), values(path), hash_audio(str(path))
    written: list[WriteRecord] = []
    assert tags.write(str(path), EMOTION, MAKER, save_record=written.append).changed
    assert tags.read(str(path)).moods[-2:] == EMOTION.moods
    assert values(path) == expected
    assert hash_audio(str(path)) == audio
    assert not tags.write(str(path), EMOTION, MAKER).changed
    without_a_store = Path(shutil.copy(path, folder / f"copy{original.suffix}"))
    tags.revert(str(without_a_store), lambda after: None, lambda audio, path: None)
    assert values(without_a_store) == expected
    assert tags.read(str(without_a_store)).marker is None
    records = {w.after: w for w in written}
    tags.revert(str(path), records.get, lambda audio, path: None)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("suffix", "version"), [(".mp3", 3), (".mp3", 4), (".wav", 4), (".aiff", 3), (".dsf", 4), (".tta", 3)]
)
@given(drawn=st.lists(foreign_tags.frames(), max_size=6))
@many
def test_id3(originals: Path, tmp_path: Path, suffix: str, version: int, drawn: list[id3.Frame]) -> None:
    def put(path: Path) -> None:
        try:
            foreign_tags.put_id3(path, drawn, version)
            id3_values(path)
        except (ValueError, TypeError, mutagen.MutagenError):
            assume(False)  # mutagen cannot read it either

    check_write_and_undo(originals / f"song{suffix}", tmp_path, put, id3_values)


def id3_values(path: Path) -> list[str]:
    blocks_ = type(mutagen.File(path))(path, translate=False)
    frames = blocks_.tags.values() if blocks_.tags is not None else ()
    return sorted(
        repr(f) for f in frames if f.FrameID != "TMOO" and getattr(f, "desc", "").casefold() not in foreign_tags.OURS
    )


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".opus", ".oga", ".spx"])
@given(drawn=foreign_tags.comments)
@many
def test_vorbis_comments(originals: Path, tmp_path: Path, suffix: str, drawn: list[tuple[str, str]]) -> None:
    def values(path: Path) -> list[tuple[str, str]]:
        return [(key, value) for key, value in mutagen.File(path).tags if key.casefold() not in foreign_tags.OURS]

    check_write_and_undo(
        originals / f"song{suffix}", tmp_path, lambda path: foreign_tags.put_vorbis(path, drawn), values
    )


@pytest.mark.parametrize("suffix", [".wv", ".mpc", ".ape", ".tak"])
@given(drawn=foreign_tags.items)
@example(drawn={"000": APEBinaryValue(b"TAG" + bytes(60), 1), "0000": APEBinaryValue(bytes(10), 1)})
@many
def test_apev2(originals: Path, tmp_path: Path, suffix: str, drawn: dict[str, Any]) -> None:
    def values(path: Path) -> dict[str, Any]:
        items = dict(mutagen.File(path).tags or {})
        return {key: (v.kind, v.value) for key, v in items.items() if key.casefold() not in foreign_tags.OURS}

    check_write_and_undo(originals / f"song{suffix}", tmp_path, lambda path: foreign_tags.put_ape(path, drawn), values)


@pytest.mark.parametrize("suffix", [".m4a", ".m4b"])
@given(drawn=foreign_tags.atoms)
@many
def test_mp4(originals: Path, tmp_path: Path, suffix: str, drawn: dict[str, Any]) -> None:
    def values(path: Path) -> dict[str, Any]:
        items = dict(mutagen.File(path).tags or {})
        return {key: repr(v) for key, v in items.items() if key.rpartition(":")[2].casefold() not in foreign_tags.OURS}

    check_write_and_undo(originals / f"song{suffix}", tmp_path, lambda path: foreign_tags.put_mp4(path, drawn), values)


@given(drawn=foreign_tags.attributes)
@many
def test_asf(originals: Path, tmp_path: Path, drawn: list[tuple[str, Any]]) -> None:
    def values(path: Path) -> list[tuple[str, str]]:
        return sorted((key, repr(v)) for key, v in mutagen.File(path).tags if key.casefold() not in foreign_tags.OURS)

    check_write_and_undo(originals / "song.wma", tmp_path, lambda path: foreign_tags.put_asf(path, drawn), values)
