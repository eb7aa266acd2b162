"""An ID3v2 tag keeps its version and other frames, and the file keeps its other tags."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
from mutagen import id3
from mutagen.apev2 import APEv2

from tagger import tags
from tagger.errors import TagError
from tagger.tags.write_record import WriteRecord
from tests.tags.id3bytes import Frame, Tag
from tests.tags.raw.test_id3 import put, without_tags
from tests.tags.test_writer import EMOTION, MAKER, MOODS, OTHER


def test_version_2_2_is_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    mutagen.File(path).delete()
    frame = b"TT2" + (6).to_bytes(3, "big") + b"\0Title"
    audio = path.read_bytes()
    path.write_bytes(b"ID3\x02\x00\x00" + bytes([0, 0, 0, len(frame)]) + frame + audio)
    tags.write(str(path), EMOTION, MAKER)
    after = id3.ID3(path)
    assert after.version == (2, 2, 0)
    assert after["TIT2"].text == ["Title"]
    assert after["TXXX:MOOD"].text == ["sad-lonely; quiet-still"]
    content = path.read_bytes()
    assert content[10:].startswith(frame)
    assert content.endswith(audio)


def test_moods_in_nonstandard_frame_are_not_duplicated(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    tagged = mutagen.File(path)
    tagged.tags.add(id3.TXXX(encoding=3, desc="mood", text=["Sad-Lonely", "Epic"]))
    tagged.save()
    tags.write(str(path), EMOTION, MAKER)
    after = mutagen.File(path).tags
    assert after["TXXX:mood"].text == ["Sad-Lonely", "Epic"]
    assert after["TMOO"].text == ["quiet-still"]
    assert tags.read(str(path)).moods == ("Sad-Lonely", "Epic", "quiet-still")
    assert not tags.write(str(path), EMOTION, MAKER).changed


def tag_2_3(path: Path) -> None:
    frames = id3.ID3()
    frames.add(id3.TIT2(encoding=1, text="Título"))
    frames.add(id3.TYER(encoding=0, text="1999"))
    frames.add(id3.TDAT(encoding=0, text="2412"))
    frames.add(id3.IPLS(encoding=0, people=[["piano", "Ann"]]))
    frames.add(id3.TXXX(encoding=0, desc="mood", text="Epic; Dark"))
    frames.add(id3.POPM(email="a@b", rating=200, count=3))
    frames.add(id3.UFID(owner="http://musicbrainz.org", data=b"123"))
    frames.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=os.urandom(3000)))
    frames.add(id3.USLT(encoding=1, lang="eng", desc="", text="la\nla"))
    frames.save(path, v2_version=3, v1=2)


def test_version_2_3_and_its_frames_are_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    tag_2_3(path)
    before = id3.ID3(path, translate=False)
    end = path.read_bytes()[-128:]
    tags.write(str(path), EMOTION, MAKER)
    after = id3.ID3(path, translate=False)
    assert after.version == (2, 3, 0)
    assert after["TXXX:mood"].text == ["Epic; Dark; sad-lonely; quiet-still"]
    assert not after.getall("TMOO")
    for key in before:
        if key != "TXXX:mood":
            assert repr(after[key]) == repr(before[key]), key
    assert path.read_bytes()[-128:] == end


def test_texts_have_encoding_of_version(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    for version, moods, encodings in (
        (3, "Epic", (id3.Encoding.LATIN1, id3.Encoding.LATIN1)),
        (3, "Épique; 夜", (id3.Encoding.UTF16, id3.Encoding.LATIN1)),
        (4, "Epic", (id3.Encoding.UTF8, id3.Encoding.UTF8)),
    ):
        frames = id3.ID3()
        frames.add(id3.TXXX(encoding=1, desc="MOOD", text=moods))
        frames.save(path, v2_version=version)
        tags.write(str(path), EMOTION, MAKER)
        after = id3.ID3(path, translate=False)
        ours = after["TMOO" if version == 4 else "TXXX:MOOD"], after["TXXX:VALENCE"]
        assert tuple(frame.encoding for frame in ours) == encodings
        assert tags.read(str(path)).moods == (*moods.split("; "), *MOODS)


def test_id3v1_tag_is_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    end = b"TAG" + b"An old title, and what else a program of 1997 put here".ljust(125, b" ")
    path.write_bytes(path.read_bytes() + end)
    tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes()[-128:] == end
    assert path.read_bytes()[-256:-253] != b"TAG"


def test_new_tag_is_version_2_4_and_apev2_tag_is_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    mutagen.File(path).delete()
    ape = APEv2()
    ape["Mp3gain_Minmax"] = "089,195"
    ape.save(path)
    tags.write(str(path), EMOTION, MAKER)
    assert id3.ID3(path).version == (2, 4, 0)
    assert APEv2(path)["mp3gain_minmax"] == "089,195"


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize(
    ("suffix", "program"),
    [(".mp3", "ffprobe"), (".mp3", "mid3v2"), (".tta", "mid3v2"), (".aiff", "ffprobe"), (".dsf", "ffprobe")],
)
@pytest.mark.parametrize("unsynchronised", [False, True])
def test_other_programs_read_every_version(
    fresh: Callable[[str], Path], suffix: str, program: str, version: int, unsynchronised: bool
) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    path = fresh(suffix)
    frames = [Frame("TIT2", b"\0Title"), Frame("TPE1", "\1\xff\xfeN\0a\0".encode("latin-1")), Frame("TIT3", b"")]
    put(path, without_tags(path), Tag(version, frames, unsynchronised=unsynchronised).to_bytes())
    tags.write(str(path), EMOTION, MAKER)
    command = ["ffprobe", "-v", "error", "-show_format"] if program == "ffprobe" else ["mid3v2", "-l"]
    shown = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True).stdout
    for value in ("sad-lonely", "-0.412", "0.500", MAKER, "Title"):
        assert value in shown


def test_file_with_large_cover_is_restored_byte_for_byte(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    picture = b"\0image/png\0\3\0" + os.urandom(2 << 20)
    frames = [Frame("TIT2", b"\3Title\0"), Frame("APIC", picture), Frame("TXXX", b"\3encoder\0x")]
    put(path, without_tags(path), Tag(4, frames).to_bytes())
    before = path.read_bytes()
    written: list[WriteRecord] = []
    for emotion in (EMOTION, OTHER):
        tags.write(str(path), emotion, MAKER, save_record=written.append)
    assert all(record.delta for record in written)
    tags.revert(str(path), {record.after: record for record in written}.get, lambda audio, path: None)
    assert path.read_bytes() == before


def test_large_compressed_and_very_many_frames_are_limited(fresh: Callable[[str], Path]) -> None:
    path = fresh(".wav")
    packed = struct.pack(">I", 1 << 28) + zlib.compress(b"\0MOOD\0" + bytes(1 << 26), 9)
    put(path, path.read_bytes(), Tag(3, [Frame("TXXX", packed, 0x80)] * 50).to_bytes())
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == EMOTION.moods
    path = fresh(".wav")
    put(path, path.read_bytes(), Tag(3, [Frame("TXXX", b"")] * 20000).to_bytes())
    before = path.read_bytes()
    with pytest.raises(TagError, match="frames"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before
