"""A delta restores the old file from the new one, whatever the two contain."""

from __future__ import annotations

import json
import os
import random
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagger.errors import TagError
from tagger.tags import delta
from tagger.tags.delta_matching import RandomReader

parts = st.binary(max_size=300)


@given(head=parts, old=parts, new=parts, body=st.binary(max_size=3000), tail=parts, end=parts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_delta_restores_any_change(
    tmp_path: Path, head: bytes, old: bytes, new: bytes, body: bytes, tail: bytes, end: bytes
) -> None:
    before, after, back = tmp_path / "before", tmp_path / "after", tmp_path / "back"
    before.write_bytes(head + old + body + tail)
    after.write_bytes(head + new + body + end)
    delta.apply_delta(delta.make_delta(str(before), str(after)), str(after), str(back))
    assert back.read_bytes() == before.read_bytes()


def turned_back(tmp_path: Path, old: bytes, new: bytes) -> bytes:
    """Check that a delta is exact, and return it."""
    before, after, back = tmp_path / "before", tmp_path / "after", tmp_path / "back"
    before.write_bytes(old)
    after.write_bytes(new)
    diff = delta.make_delta(str(before), str(after))
    delta.apply_delta(diff, str(after), str(back))
    assert back.read_bytes() == old
    assert delta.restored_hash(diff, str(after)) == delta.content_hash(str(before))
    return diff


pieces = st.lists(
    st.sampled_from([bytes([n]) * 50 + random.Random(n).randbytes(60 * n) for n in range(9)]), max_size=12
)


@given(old=pieces, new=pieces, end=parts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_delta_restores_pieces_in_any_order(tmp_path: Path, old: list[bytes], new: list[bytes], end: bytes) -> None:
    turned_back(tmp_path, b"".join(old) + end, b"".join(new))


def test_moved_audio_needs_few_bytes(tmp_path: Path) -> None:
    audio = os.urandom(3_000_000)
    assert len(turned_back(tmp_path, b"tags" * 100 + audio, b"other tags" * 300 + audio)) < 1000


def test_picture_moved_by_another_offset_needs_few_bytes(tmp_path: Path) -> None:
    cover, audio = os.urandom(2_000_001), os.urandom(1_000_000)
    old = b"header" + os.urandom(20) + cover + b"text" * 50 + bytes(1000) + audio
    new = b"HEADER" + b"mood" * 77 + cover + os.urandom(50) + b"text" * 50 + audio
    assert len(turned_back(tmp_path, old, new)) < 3000
    assert len(turned_back(tmp_path, audio + cover, cover + audio)) < 1000


def test_each_page_with_new_header_needs_few_bytes(tmp_path: Path) -> None:
    audio = os.urandom(2_000_000)

    def pages(first: int) -> bytes:
        return b"".join(
            b"OggS" + (first + start).to_bytes(4, "little") + os.urandom(4) + audio[start : start + 4000]
            for start in range(0, len(audio), 4000)
        )

    assert len(turned_back(tmp_path, b"comment" * 9 + pages(1), b"another comment" * 99 + pages(2))) < 16 * 500


def test_delta_omits_unchanged_bytes(tmp_path: Path) -> None:
    content = os.urandom(100_000)
    assert len(turned_back(tmp_path, content, content + b"more")) < 40
    assert len(turned_back(tmp_path, b"", content)) < 40


def test_delta_contains_bytes_missing_in_new_file(tmp_path: Path) -> None:
    assert len(turned_back(tmp_path, os.urandom(2_000_000), os.urandom(2_000_000))) < 2_010_000


def test_too_large_delta_is_refused_before_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(os.urandom(2_000_000))
    after.write_bytes(os.urandom(2_000_000))
    monkeypatch.setattr(delta, "MAX_DELTA_BYTES", 1 << 20)
    with pytest.raises(TagError, match="undo would have to keep more than 1 MB"):
        delta.make_delta(str(before), str(after))


def test_limit_is_the_documented_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "tags.md").read_text("utf-8")
    assert f"difference would be larger than {delta.MAX_DELTA_BYTES / 2**20:g} MB is not tagged" in text


def test_delta_of_exactly_the_limit_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = os.urandom(1000), os.urandom(1000)
    monkeypatch.setattr(delta, "MAX_DELTA_BYTES", len(turned_back(tmp_path, old, new)))
    turned_back(tmp_path, old, new)
    monkeypatch.setattr(delta, "MAX_DELTA_BYTES", delta.MAX_DELTA_BYTES - 1)
    with pytest.raises(TagError, match="undo would have to keep more"):
        turned_back(tmp_path, old, new)


def test_unchanged_audio_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    read = RandomReader.read

    def recorded_read(self: RandomReader, offset: int, length: int) -> bytes:
        data = read(self, offset, length)
        lengths.append(len(data))
        return data

    monkeypatch.setattr(RandomReader, "read", recorded_read)
    audio = [os.urandom(1_000_000) for _ in range(2)]
    turned_back(tmp_path, os.urandom(1000).join(audio), os.urandom(1000).join(audio))
    assert sum(lengths) < 2.2 * 2_001_000


def test_damaged_delta_raises_value_error(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(b"tags" * 100 + os.urandom(100) + b"x")
    after.write_bytes(b"tags" * 101)
    diff = delta.make_delta(str(before), str(after))
    for damaged in (
        diff[:-40],
        diff[:20],
        b"",
        b"EMD2",
        diff[:12] + os.urandom(30),
        b"[]",
        zlib.compress(b"[" * 99999),
    ):
        with pytest.raises(ValueError, match=r"damaged|another file"):
            delta.apply_delta(damaged, str(after), str(tmp_path / "back"))
    with pytest.raises(ValueError, match="number"):  # no number has more than ten bytes
        delta.apply_delta(diff[:12] + zlib.compress(b"\xff" * 10), str(after), str(tmp_path / "back"))
    with pytest.raises(ValueError, match="length"):  # no piece is empty
        delta.apply_delta(diff[:12] + zlib.compress(b"\0" * 10), str(after), str(tmp_path / "back"))
    after.write_bytes(b"tags")
    with pytest.raises(ValueError, match="another file"):
        delta.apply_delta(diff, str(after), str(tmp_path / "back"))


def test_delta_of_version_0_1_0_is_readable(tmp_path: Path) -> None:
    after, back = tmp_path / "after", tmp_path / "back"
    after.write_bytes(b"fLaC" + b"NEW TAGS" + b"audio" * 100)
    head = json.dumps({"shift": 4, "pieces": [[0, 4], [-1, 3], [-1, 1], [1, 500]]}).encode()
    delta.apply_delta(zlib.compress(head + b"\nold!"), str(after), str(back))
    assert back.read_bytes() == b"fLaC" + b"old!" + b"audio" * 100


def test_format_of_delta(tmp_path: Path) -> None:
    """Libraries hold deltas of earlier versions, so the format stays."""
    literal, audio = bytes(range(63)), os.urandom(1000)
    diff = turned_back(tmp_path, b"ID3" + literal + audio, b"ID3" + audio)
    pieces = bytes([3 << 1, 0, 63 << 1 | 1, *literal, 1000 << 1 & 0x7F | 0x80, 1000 >> 6, (63 << 1) - 1])
    assert diff[:12] == b"EMD2" + (1066).to_bytes(8, "big")
    assert zlib.decompress(diff[12:]) == pieces
    # The equal bytes at the start are not counted once more at the end.
    diff = turned_back(tmp_path, bytes(10_000), bytes(15_000))
    assert zlib.decompress(diff[12:]) == bytes([10_000 << 1 & 0x7F | 0x80, 10_000 >> 6 & 0x7F | 0x80, 1, 0])


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_content_hash_depends_on_every_byte(tmp_path: Path, size: int) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(bytes(size))
    for content in (bytes(size + 1), bytes(max(0, size - 1)) + b"\1"):
        other.write_bytes(content)
        assert delta.content_hash(str(one)) != delta.content_hash(str(other))
    other.write_bytes(bytes(size))
    assert delta.content_hash(str(one)) == delta.content_hash(str(other))
    assert len(delta.content_hash(str(one))) == 32
