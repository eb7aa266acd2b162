"""A delta turns the new file into the old one, whatever the two are."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagger.tags import delta

parts = st.binary(max_size=300)


@given(head=parts, old=parts, new=parts, body=st.binary(max_size=3000), tail=parts, end=parts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_is_taken_back(
    tmp_path: Path, head: bytes, old: bytes, new: bytes, body: bytes, tail: bytes, end: bytes
) -> None:
    before, after, back = tmp_path / "before", tmp_path / "after", tmp_path / "back"
    before.write_bytes(head + old + body + tail)
    after.write_bytes(head + new + body + end)
    delta.apply(delta.make(str(before), str(after)), str(after), str(back))
    assert back.read_bytes() == before.read_bytes()


def test_audio_that_moved_costs_next_to_nothing_and_too_much_is_not_kept(tmp_path: Path) -> None:
    audio = os.urandom(3_000_000)
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(b"tags" * 100 + audio)
    after.write_bytes(b"other tags" * 300 + audio)
    assert len(delta.make(str(before), str(after))) < 1000
    after.write_bytes(os.urandom(3_000_000))
    assert delta.make(str(before), str(after)) == b""


def test_what_did_not_change_is_not_kept(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    content = os.urandom(100_000)
    before.write_bytes(content)
    after.write_bytes(content + b"more")
    head, _, literals = zlib.decompress(delta.make(str(before), str(after))).partition(b"\n")
    assert json.loads(head) == {"shift": 4, "pieces": [[0, 100_000]]}
    assert literals == b""


@pytest.mark.parametrize("more", [0, 1])
def test_the_most_that_is_kept(tmp_path: Path, more: int) -> None:
    before, after, back = tmp_path / "before", tmp_path / "after", tmp_path / "back"
    before.write_bytes(bytes(delta.LARGEST + more))
    after.write_bytes(b"\1" * (delta.LARGEST + more))
    kept = delta.make(str(before), str(after))
    assert bool(kept) != more
    if kept:
        delta.apply(kept, str(after), str(back))
        assert back.read_bytes() == before.read_bytes()


def test_a_damaged_delta_is_told(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(b"tags" * 100)
    after.write_bytes(b"tags" * 101)
    kept = delta.make(str(before), str(after))
    with pytest.raises(ValueError, match="damaged"):
        delta.apply(kept[:-1], str(after), str(tmp_path / "back"))
    after.write_bytes(b"tags")
    with pytest.raises(ValueError, match="another file"):
        delta.apply(kept, str(after), str(tmp_path / "back"))


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_every_byte_of_a_file_counts_in_its_hash(tmp_path: Path, size: int) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(bytes(size))
    for content in (bytes(size + 1), bytes(max(0, size - 1)) + b"\1"):
        other.write_bytes(content)
        assert delta.content_hash(str(one)) != delta.content_hash(str(other))
    other.write_bytes(bytes(size))
    assert delta.content_hash(str(one)) == delta.content_hash(str(other))
    assert len(delta.content_hash(str(one))) == 32
