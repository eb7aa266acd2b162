"""In WAV, AIFF and DSF only the tag and the sizes that include it change; or the file is refused."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen import id3
from mutagen.wave import WAVE

from tagger import tags
from tagger.errors import TagError
from tagger.tags.raw import files
from tests.tags.id3bytes import Frame, Tag
from tests.tags.test_writer import EMOTION, MAKER, MOODS

TITLE = Tag(3, [Frame("TIT2", b"\0Title")]).to_bytes()


def chunk(name: bytes, data: bytes, order: str = "<I") -> bytes:
    return name + struct.pack(order, len(data)) + data + bytes(len(data) % 2)


def riff(*parts: bytes, size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def parts(path: Path) -> list[bytes]:
    """Return the chunks of a WAV file."""
    content, offset, blocks_ = path.read_bytes(), 12, []
    while offset < len(content):
        size = struct.unpack("<I", content[offset + 4 : offset + 8])[0]
        blocks_.append(content[offset : offset + 8 + size + size % 2])
        offset += 8 + size + size % 2
    return blocks_


@pytest.fixture
def wav(fresh: Callable[[str], Path]) -> Path:
    path = fresh(".wav")
    path.write_bytes(riff(*(part for part in parts(path) if part[:4] in (b"fmt ", b"data"))))
    return path


def moods(path: Path) -> list[str]:
    """Read the moods with mutagen."""
    blocks_: Any = WAVE(path).tags
    return list(blocks_["TMOO"].text)


def undo(path: Path) -> None:
    tags.revert(str(path), lambda after: None, lambda audio, path: None)


@pytest.mark.parametrize("name", [b"id3 ", b"ID3 ", b"Id3 "])
def test_other_chunks_are_kept(wav: Path, name: bytes) -> None:
    fmt, data = parts(wav)
    others = [fmt, chunk(b"LIST", b"INFOISFT\5\0\0\0tests"), chunk(name, TITLE), chunk(b"bext", bytes(603)), data]
    others += [chunk(b"odd ", b"abc"), chunk(b"id3 ", TITLE + b"second"), chunk(b"_PMX", b"<x/>")]
    wav.write_bytes(riff(*others))
    tags.write(str(wav), EMOTION, MAKER)
    after = parts(wav)
    assert [part[:4] for part in after] == [part[:4] for part in others]
    assert [part for n, part in enumerate(after) if n != 2] == [part for n, part in enumerate(others) if n != 2]
    assert struct.unpack("<I", wav.read_bytes()[4:8])[0] == wav.stat().st_size - 8
    assert list(tags.read(str(wav)).moods) == MOODS
    undo(wav)
    assert [part for n, part in enumerate(parts(wav)) if n != 2] == [part for n, part in enumerate(others) if n != 2]


def test_undo_removes_added_chunk(wav: Path) -> None:
    before = wav.read_bytes()
    tags.write(str(wav), EMOTION, MAKER)
    assert moods(wav) == MOODS
    undo(wav)
    assert wav.read_bytes() == before


def test_missing_padding_byte_is_added(wav: Path) -> None:
    fmt, data = parts(wav)
    wav.write_bytes(riff(fmt, data, chunk(b"odd ", b"abc")[:-1]))
    tags.write(str(wav), EMOTION, MAKER)
    assert [part[:4] for part in parts(wav)] == [b"fmt ", b"data", b"odd ", b"id3 "]
    assert moods(wav) == MOODS


def test_bytes_after_last_chunk_are_kept(wav: Path) -> None:
    trailing = b"TAG" + bytes(125)
    whole = wav.read_bytes()
    wav.write_bytes(whole + trailing)
    tags.write(str(wav), EMOTION, MAKER)
    assert wav.read_bytes().endswith(trailing)
    assert moods(wav) == MOODS


@pytest.mark.parametrize("size", [0, 8, 0xFFFFFFFF, 100])
def test_wrong_container_size_is_corrected(wav: Path, size: int) -> None:
    wav.write_bytes(riff(*parts(wav), size=size))
    tags.write(str(wav), EMOTION, MAKER)
    assert struct.unpack("<I", wav.read_bytes()[4:8])[0] == wav.stat().st_size - 8
    assert moods(wav) == MOODS


def through_a_pipe(fmt: bytes, data: bytes) -> list[bytes]:
    return [
        riff(fmt, data[:4] + struct.pack("<I", size) + data[8:], size=whole)
        for whole, size in ((0xFFFFFFFF, 0xFFFFFFFF), (0, 0), (0x7FFFFFFF, 0x7FFFFFDB), (0x80000024, 0x80000000))
    ]


def other_kinds(fmt: bytes, data: bytes) -> list[bytes]:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 0, len(data) - 8, 0, 0))
    large = riff(ds64, fmt, data[:4] + b"\xff" * 4 + data[8:], size=0xFFFFFFFF)
    return [
        b"RF64" + large[4:],
        b"BW64" + large[4:],
        b"RIFX" + riff(fmt, data)[4:],
        b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0" + bytes(3000),
    ]


@pytest.mark.parametrize("make", [through_a_pipe, other_kinds])
def test_file_without_place_for_tags_is_refused_in_one_line(
    wav: Path, make: Callable[[bytes, bytes], list[bytes]]
) -> None:
    fmt, data = parts(wav)
    for content in make(fmt, data):
        wav.write_bytes(content)
        for act in (lambda: tags.write(str(wav), EMOTION, MAKER), lambda: tags.read(str(wav))):
            with pytest.raises(tags.NotTaggable) as error_info:
                act()
            assert len(str(error_info.value).splitlines()) == 1
        assert wav.read_bytes() == content


def test_truncated_wav_is_not_taggable(wav: Path) -> None:
    content = wav.read_bytes()[:-1001]
    wav.write_bytes(content)
    with pytest.raises(tags.NotTaggable, match="do not fit the file"):
        tags.write(str(wav), EMOTION, MAKER)
    assert wav.read_bytes() == content


def test_aiff_written_through_pipe_is_not_taggable(fresh: Callable[[str], Path]) -> None:
    path = fresh(".aiff")
    content = bytearray(path.read_bytes())
    offset = content.index(b"SSND")
    content[offset + 4 : offset + 8] = b"\0\0\0\0"
    path.write_bytes(content)
    with pytest.raises(tags.NotTaggable, match="do not fit the file"):
        tags.write(str(path), EMOTION, MAKER)


def test_id3_chunk_with_other_content_is_not_overwritten(wav: Path) -> None:
    for content in (b"something else", b"ID3\4\0\0\0\0\x7f\x7fshort", b"ID3\5\0\0\0\0\0\0"):
        wav.write_bytes(riff(*parts(wav)[:2], chunk(b"id3 ", content)))
        before = wav.read_bytes()
        with pytest.raises(TagError):
            tags.write(str(wav), EMOTION, MAKER)
        assert wav.read_bytes() == before
    wav.write_bytes(riff(*parts(wav)[:2], chunk(b"id3 ", bytes(20))))
    tags.write(str(wav), EMOTION, MAKER)
    assert moods(wav) == MOODS


def test_dsf_keeps_bytes_after_tag(fresh: Callable[[str], Path]) -> None:
    path = fresh(".dsf")
    content = path.read_bytes()
    end = TITLE + b"trailing"
    path.write_bytes(content[:12] + struct.pack("<QQ", len(content) + len(end), len(content)) + content[28:] + end)
    tags.write(str(path), EMOTION, MAKER)
    after = path.read_bytes()
    assert after.endswith(b"trailing")
    assert struct.unpack("<QQ", after[12:28]) == (len(after), len(content))
    assert after[28 : len(content)] == content[28:]
    path.write_bytes(content[:20] + struct.pack("<Q", len(content) * 2) + content[28:])
    with pytest.raises(TagError):
        tags.write(str(path), EMOTION, MAKER)


def test_truncated_id3v1_tag_is_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    for length in (124, 125, 127):
        end = (b"TAG" + b"Old title".ljust(122, b" "))[:length].ljust(length, b" ")
        whole = path.read_bytes() + end
        path.write_bytes(whole)
        tags.write(str(path), EMOTION, MAKER)
        assert path.read_bytes().endswith(end)
        assert list(tags.read(str(path)).moods) == MOODS
        path.write_bytes(path.read_bytes()[:-length])


def test_new_tag_contains_fields_of_id3v1(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    id3.ID3(path).delete(path)
    old = b"TAG" + b"\xcf\xe5\xf1\xed\xff".ljust(30, b"\0") + b"Name".ljust(30, b" ") + bytes(30) + b"1999"
    old += bytes(28) + b"\0\7\x11"
    path.write_bytes(path.read_bytes() + old[:128])
    tags.write(str(path), EMOTION, MAKER)
    for _ in range(2):
        frames = id3.ID3(path, load_v1=False)
        assert frames.version == (2, 4, 0)
        assert frames["TIT2"].text[0].encode("latin-1") == b"\xcf\xe5\xf1\xed\xff"
        assert [str(frames[key]) for key in ("TPE1", "TDRC", "TRCK")] == ["Name", "1999", "7"]
        assert path.read_bytes().endswith(old[:128])
        undo(path)


def test_replace_range_with_any_block_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK", 7)
    rng = random.Random(0)
    for _ in range(200):
        content = rng.randbytes(rng.randrange(60))
        start = rng.randrange(len(content) + 1)
        end = rng.randrange(start, len(content) + 1)
        new = rng.randbytes(rng.randrange(40))
        path = tmp_path / "file"
        path.write_bytes(content)
        with path.open("r+b") as file:
            files.replace_range(file, start, end, new)
        assert path.read_bytes() == content[:start] + new + content[end:]
