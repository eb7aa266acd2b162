"""The kind of a file is detected from its content."""

from __future__ import annotations

import io
import os
import random
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tagger.io import file_kind
from tagger.io.file_kind import MODEL, PICTURE, TEXT
from tests import sounds


def kind(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with path.open("rb") as file:
        return file_kind.file_kind(file)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\r\n1,2\r\n",
        "עברית 🎵 äöü\n".encode(),
        b"names with \x1b[2J and \x07 in a report\n",
        "Ärger\n".encode("latin-1"),
        "Ärger\n".encode("utf-16"),
        b"path,status,duration,valence\nx,\0\n",
        b"OggS and RIFF are four letters each\n",
        "ä".encode() * (file_kind.BLOCK_BYTES + 1),
        b"x" + "ä".encode() * (file_kind.SAMPLE_BYTES + 7),
    ],
    ids=range(10),
)
def test_text_in_any_encoding(data: bytes, tmp_path: Path) -> None:
    assert kind(tmp_path / "x", data) == TEXT


def test_random_bytes_are_not_text(tmp_path: Path) -> None:
    """Compressed audio looks like random bytes."""
    numbers = random.Random(0)
    for _ in range(200):
        data = numbers.randbytes(numbers.randrange(200, 5000))
        assert kind(tmp_path / "x", data) != TEXT
        assert kind(tmp_path / "x", b"text before it\n" * 4000 + data) != TEXT
    assert kind(tmp_path / "x", b"x" * (3 * file_kind.SAMPLE_BYTES) + data) != TEXT


@pytest.mark.parametrize("suffix", sorted({*sounds.CODECS, *sounds.MADE}))
def test_a_song_in_any_container_is_a_song(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"song{suffix}"
    if suffix in sounds.MADE:
        sounds.MADE[suffix](path)
    else:
        sounds.song(path, 1, rate=48000)
    assert "is a song" in file_kind.overwrite_refusal(str(path))


def test_models_pictures_and_databases_of_other_programs_are_unknown(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model.json", "{}")
    assert kind(tmp_path / "x", packed.getvalue()) == MODEL
    assert kind(tmp_path / "x", packed.getvalue().replace(b"model.json", b"photo.json")) == "unknown"
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    assert kind(tmp_path / "x", png + b"tEXtSoftware\0Matplotlib version3") == PICTURE
    assert kind(tmp_path / "x", png + b"tEXtSoftware\0Camera") == "unknown"
    with closing(sqlite3.connect(tmp_path / "d")) as database, database:
        database.execute("CREATE TABLE t (x)")
    assert kind(tmp_path / "x", (tmp_path / "d").read_bytes()) == "database"


def test_files_beside_a_database_are_part_of_the_store(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "d")) as database, database:
        database.execute("CREATE TABLE t (x)")
    (tmp_path / "d.journal").mkdir()
    for name in ("d-wal", "d-shm", "d-journal", "d.lock", "d.journal/record"):
        assert "is part of the library database" in file_kind.overwrite_refusal(str(tmp_path / name))
    for name in ("e-wal", "e.lock", "d.csv", "no/d.lock"):
        assert file_kind.overwrite_refusal(str(tmp_path / name)) == ""


def test_unreadable_files_are_not_overwritten(tmp_path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tmp_path / "x").write_text("text")
    (tmp_path / "x").chmod(0)
    assert "cannot be read" in file_kind.overwrite_refusal(str(tmp_path / "x"))
