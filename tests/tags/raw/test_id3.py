"""No byte of an ID3v2 tag of another program is lost, however irregular the tag is; or the file is refused."""

from __future__ import annotations

import io
import os
import shutil
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tagger import tags
from tagger.errors import TagError
from tagger.tags.write_record import WriteRecord
from tests.tags import id3bytes
from tests.tags.id3bytes import Frame, Tag
from tests.tags.test_survival import EMOTION, MAKER

SUFFIXES = (".mp3", ".tta", ".wav", ".aiff", ".dsf")
OUTCOMES: Counter[str] = Counter()

many = settings(
    max_examples=int(os.environ.get("EMOTAG_EXAMPLES", "40")),
    deadline=None,
    # Without shrinking, which takes minutes with files; failing tags are short anyway.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(autouse=True)
def without_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip flushing to disk, which takes most of the time and does not matter here."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def without_tags(original: Path) -> bytes:
    """Return a file without its tags."""
    content = original.read_bytes()
    if original.suffix in (".mp3", ".tta") and content.startswith(b"ID3"):
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte
        return content[10 + size :]
    return content


def put(path: Path, content: bytes, tag: bytes, trailing: bytes = b"") -> None:
    """Insert a tag where files of this kind have it; in MP3 files also bytes after the audio."""
    if path.suffix in (".mp3", ".tta"):
        path.write_bytes(tag + content + trailing)
    elif path.suffix == ".dsf":
        path.write_bytes(content[:12] + struct.pack("<QQ", len(content) + len(tag), len(content)) + content[28:] + tag)
    else:
        order, name = ("<I", b"id3 ") if path.suffix == ".wav" else (">I", b"ID3 ")
        chunk = name + struct.pack(order, len(tag)) + tag + bytes(len(tag) % 2)
        path.write_bytes(content[:4] + struct.pack(order, len(content) + len(chunk) - 8) + content[8:] + chunk)


def split_tag(path: Path) -> tuple[bytes, bytes]:
    """Return the tag of a file, and everything else except the sizes that include the tag."""
    content = path.read_bytes()
    if path.suffix in (".mp3", ".tta"):
        start, rest = 0, b""
    elif path.suffix == ".dsf":
        start = struct.unpack("<Q", content[20:28])[0] or len(content)
        rest = content[:12] + content[28:start]
        assert struct.unpack("<Q", content[12:20])[0] == len(content)
    else:
        order = "<I" if path.suffix == ".wav" else ">I"
        assert struct.unpack(order, content[4:8])[0] == len(content) - 8
        start = 12
        while start < len(content) and content[start : start + 4].upper() != b"ID3 ":
            size = struct.unpack(order, content[start + 4 : start + 8])[0]
            start += 8 + size + size % 2
        rest = content[:4] + content[8:start]
        if start < len(content):
            size = struct.unpack(order, content[start + 4 : start + 8])[0]
            rest += content[start + 8 + size + size % 2 :]
            content = content[: start + 8 + size]
            start += 8
    tag = content[start:]
    if path.suffix in (".mp3", ".tta"):
        size = 0
        for byte in tag[6:10]:
            size = size << 7 | byte
        length = 10 + size if tag[:3] == b"ID3" else 0
        length += 10 if length and tag[5] & id3bytes.FOOTER else 0
        return tag[:length], tag[length:]
    return tag, rest


def check_frames(tag: bytes, frames: list[bytes], whole: bool) -> None:
    """Check that all frames are in a tag, in their order, and that its sizes are right."""
    if not tag:
        assert not frames
        return
    size = 0
    for byte in tag[6:10]:
        size = size << 7 | byte
    footer = bool(tag[5] & id3bytes.FOOTER)
    assert len(tag) == 10 + size + 10 * footer
    if footer:
        assert tag[-10:] == b"3DI" + tag[3:10]
    body = tag[10 : 10 + size]
    body = id3bytes.remove_unsynchronisation(body) if whole else body
    offset = 0
    for frame in frames:
        blocks_ = body.find(frame, offset)
        assert blocks_ >= 0, frame
        offset = blocks_ + len(frame)


def decode_audio(path: Path) -> bytes:
    """Decode a whole file; nothing if that fails."""
    samples = io.BytesIO()
    container: Any
    try:
        with path.open("rb") as file, av.open(file, metadata_errors="replace") as container:
            for frame in container.decode(audio=0):
                samples.write(np.ascontiguousarray(frame.to_ndarray()).tobytes())
    except av.FFmpegError:
        return b""
    return samples.getvalue()


def check_write_and_undo(path: Path, tag: Tag, content: bytes, trailing: bytes = b"") -> str:
    """Check a write and both kinds of undo; return how it ended."""
    put(path, content, tag.to_bytes(), trailing)
    before, (_, rest), decoded = path.read_bytes(), split_tag(path), decode_audio(path)
    whole = tag.unsynchronised and tag.version < 4
    expected = [raw for frame, raw in zip(tag.frames, tag.raws, strict=True) if not frame.moods]
    written: list[WriteRecord] = []
    try:
        tags.write(str(path), EMOTION, MAKER, save_record=written.append)
    except TagError as error:
        assert len(str(error).splitlines()) == 1
        assert path.read_bytes() == before
        return "refused: " + str(error)
    after, others = split_tag(path)
    assert others == rest
    assert after[3] == tag.version
    assert after[5] == tag.to_bytes()[5]
    check_frames(after, expected, whole)
    if tag.junk and not tag.footer:
        assert after.endswith(tag.junk)
    assert decode_audio(path) == decoded
    state = tags.read(str(path))
    wanted = list(dict.fromkeys(mood for frame in tag.frames for mood in frame.moods))
    assert sorted(state.moods[:-2]) == sorted(wanted)
    assert state.moods[-2:] == EMOTION.moods
    assert (state.valence, state.arousal) == (-0.412, 0.5)
    if not (whole and tag.extended):  # mutagen reads the zeros of unsynchronisation as a part of the extended header
        seen = [frame for frame in mutagen.File(path).tags.getall("TXXX") if frame.desc == "EMOTAG"]
        assert [frame.text[0][:6] for frame in seen] == ["emotag"]
    assert not tags.write(str(path), EMOTION, MAKER).changed
    copy = Path(shutil.copy(path, path.with_name(f"copy{path.suffix}")))
    tags.revert(str(copy), lambda after: None, lambda audio, path: None)
    cleared, others = split_tag(copy)
    assert others == rest
    check_frames(cleared, expected, whole)
    state = tags.read(str(copy))
    assert (state.marker, state.valence, sorted(state.moods)) == (None, None, sorted(wanted))
    records = {w.after: w for w in written}
    tags.revert(str(path), records.get, lambda audio, path: None)
    assert path.read_bytes() == before
    return "nothing lost"


V1 = b"TAG" + b"Title".ljust(30, b"\0") + b"Name".ljust(30, b"\0") + bytes(60) + b"a comment"[:4] + b"\x11"
APE = b"APETAGEX" + struct.pack("<IIII8x", 2000, 32 + 12, 1, 0) + struct.pack("<II", 1, 0) + b"Ab\0x"
APE += b"APETAGEX" + struct.pack("<IIII8x", 2000, 44, 1, 0)
LYRICS = b"LYRICSBEGININD0000200LYR00003abc000034LYRICS200"
APPENDED = Tag(4, [Frame("TIT2", b"\3behind")], footer=True).to_bytes()
trailing_bytes = st.sampled_from([b"", b"", V1, V1[:125], APE, APE + V1, LYRICS + V1, APPENDED, APPENDED + V1])


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", SUFFIXES)
@given(tag=id3bytes.tags(), trailing=trailing_bytes)
@example(tag=Tag(3, [Frame("USLT", b"\0eng\0one"), Frame("USLT", b"\0eng\0two")]), trailing=b"")
@example(tag=Tag(3, [Frame("COMM", b"\0eng\0one"), Frame("COMM", b"\0eng\0two")]), trailing=b"")
@example(tag=Tag(4, [Frame("POPM", b"a@b\0\1"), Frame("POPM", b"a@b\0\2")]), trailing=b"")
@example(tag=Tag(4, [Frame("TIT2", b"\3caf\xe9"), Frame("TPE1", b"")]), trailing=b"")
@example(tag=Tag(4, [Frame("TIT2", b"\3title")], footer=True), trailing=b"")
@example(tag=Tag(3, [Frame("TMOO", b"\0Epic", moods=("Epic",))]), trailing=b"")
@many
def test_no_byte_of_irregular_tag_is_lost(
    originals: Path, tmp_path: Path, suffix: str, tag: Tag, trailing: bytes
) -> None:
    path = tmp_path / f"song{suffix}"
    outcome = check_write_and_undo(path, tag, without_tags(originals / f"song{suffix}"), trailing)
    OUTCOMES[f"{suffix} {outcome}"] += 1
    if log := os.environ.get("EMOTAG_OUTCOMES"):
        Path(log).write_text("\n".join(f"{count} {name}" for name, count in sorted(OUTCOMES.items())))
