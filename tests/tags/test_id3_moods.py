"""Moods are found in all frames that programs use for them, and none is returned twice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
from mutagen import id3

from tagger import tags
from tagger.tags.containers import open_container
from tests.tags.id3bytes import Frame, Tag
from tests.tags.raw.test_id3 import without_tags
from tests.tags.test_writer import EMOTION, MAKER, MOODS


def mood(name: str, *moods: str, encoding: int = 0) -> Frame:
    """Make a TMOO frame, or a TXXX frame with a description."""
    texts = moods if name == "TMOO" else (name, *moods)
    codec, end = ("utf-16", b"\0\0") if encoding == 1 else ("latin-1", b"\0")
    body = end.join(text.encode(codec) for text in texts)
    return Frame("TMOO" if name == "TMOO" else "TXXX", bytes([encoding]) + body)


def tagged(path: Path, version: int, *frames: Frame) -> str:
    path.write_bytes(Tag(version, list(frames)).to_bytes() + without_tags(path))
    return str(path)


@pytest.mark.parametrize(
    ("version", "frames", "moods"),
    [
        (3, [mood("TMOO", "Epic")], ["Epic"]),
        (3, [mood("TMOO", "Epic", encoding=1)], ["Epic"]),
        (3, [mood("TMOO", "Epic; Dark")], ["Epic", "Dark"]),
        (4, [mood("TMOO", "Epic")], ["Epic"]),
        (4, [mood("mood", "Epic")], ["Epic"]),
        (4, [mood("TMOO", "Epic", "Dark"), mood("MOOD", "Epic; Dark")], ["Epic", "Dark"]),
        (4, [mood("TMOO", "EPIC"), mood("MOOD", "Epic")], ["Epic"]),
        (3, [mood("MOOD", "Epic"), mood("Mood", "Dark"), mood("mood", "epic; Wild")], ["Epic", "Dark", "Wild"]),
        (2, [mood("MOOD", "Epic")], ["Epic"]),
        (2, [mood("mood", "Epic", encoding=1)], ["Epic"]),
    ],
)
def test_moods_of_others_are_read_once(
    fresh: Callable[[str], Path], version: int, frames: list[Frame], moods: list[str]
) -> None:
    path = tagged(fresh(".mp3"), version, *frames)
    assert list(tags.read(path).moods) == moods
    assert not tags.plan(path, EMOTION, MAKER, policy="keep").fields["moods"][1][len(moods) :]
    tags.write(path, EMOTION, MAKER)
    assert list(tags.read(path).moods) == moods + MOODS
    assert not tags.write(path, EMOTION, MAKER).changed
    tags.revert(path, lambda after: None, lambda audio, path: None)
    assert list(tags.read(path).moods) == moods
    tags.write(path, EMOTION, MAKER, policy="replace")
    assert list(tags.read(path).moods) == MOODS
    texts = [text for frame in id3.ID3(path, translate=False).values() for text in getattr(frame, "text", ())]
    assert not any(name in str(text) for name in ("Epic", "EPIC", "epic", "Dark", "Wild") for text in texts)


def descriptor_tmoo(*moods: str) -> Frame:
    return Frame("TXXX", b"\0TMOO\0" + ";".join(moods).encode())


@pytest.mark.parametrize("version", [2, 3, 4])
def test_moods_in_txxx_tmoo_are_read(fresh: Callable[[str], Path], version: int) -> None:
    path = tagged(fresh(".mp3"), version, descriptor_tmoo("Epic", "Dark"))
    assert tags.read(path).moods == ("Epic", "Dark")
    tags.write(path, EMOTION, MAKER, policy="keep")
    assert tags.read(path).moods == ("Epic", "Dark")
    tags.write(path, EMOTION, MAKER, policy="replace")
    assert list(tags.read(path).moods) == MOODS


def test_frame_of_others_is_unchanged_while_its_moods_are_kept(fresh: Callable[[str], Path]) -> None:
    frames = [mood("TMOO", "Epic", encoding=1), mood("mood", "Träge;Dark")]
    for version in (3, 4):
        path = tagged(fresh(".mp3"), version, frames[1], descriptor_tmoo("Wild"))
        tags.write(path, EMOTION, MAKER)
        content = Path(path).read_bytes()
        assert descriptor_tmoo("Wild").to_bytes(version, False) in content
        if version == 4:
            assert frames[1].to_bytes(4, False) in content
        tags.revert(path, lambda after: None, lambda audio, path: None)
        assert tags.read(path).moods == (("Träge", "Dark", "Wild") if version == 4 else ("Wild", "Träge", "Dark"))


@pytest.mark.parametrize(
    ("version", "frames", "merged"),
    [
        (3, [mood("TMOO", "Epic"), mood("Mood", "Dark")], mood("Mood", "Dark; Epic")),  # the spelling is kept
        (4, [mood("Mood", "Epic"), descriptor_tmoo("Dark")], mood("TMOO", "Dark", "Epic", encoding=3)),
    ],
)
def test_moods_in_another_order_are_merged_into_one_frame(
    fresh: Callable[[str], Path], version: int, frames: list[Frame], merged: Frame
) -> None:
    title, album = Frame("TIT2", b"\0A title"), Frame("TALB", b"\0An album")
    path = tagged(fresh(".mp3"), version, frames[0], title, frames[1], album)
    container = open_container(path)
    container.put("moods", ("Dark", "Epic"))
    container.save(path)
    assert tags.read(path).moods == ("Dark", "Epic")
    content = Path(path).read_bytes()
    for frame in (merged, title, album):
        assert frame.to_bytes(version, False) in content
    for frame in frames:
        assert frame.to_bytes(version, False) not in content


@pytest.mark.parametrize("version", ["3", "4"])
def test_copy_by_ffmpeg_has_no_duplicate_moods(fresh: Callable[[str], Path], version: str) -> None:
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg is not installed")
    path = fresh(".mp3")
    tags.write(str(path), EMOTION, MAKER)
    copy = path.with_name("copy.mp3")
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-c",
        "copy",
        "-map_metadata",
        "0",
        "-id3v2_version",
        version,
        str(copy),
    ]
    subprocess.run(command, check=True)
    name = "TXXX:TMOO" if version == "3" else "TMOO"
    assert name in mutagen.File(copy).tags
    tags.write(str(copy), EMOTION, MAKER)
    assert list(tags.read(str(copy)).moods) == MOODS
    tags.revert(str(copy), lambda after: None, lambda audio, path: None)
    assert tags.read(str(copy)).moods == ()
    assert name not in (mutagen.File(copy).tags or {})
