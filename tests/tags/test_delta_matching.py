"""Moved parts of a file are found at any position, with bounded memory and few reads."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tagger.tags.delta_matching import Matcher, RandomReader, common_length

KIB, MIB = 1 << 10, 1 << 20
RNG = random.Random(0)
BLOCK = RNG.randbytes(47)
"""The shortest block that is found at any position: a key of 16 bytes, and keys are 32 bytes apart."""


class RecordedFile(io.FileIO):
    """Records how many bytes are asked for at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.requests: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.requests.append(-1 if size is None else size)
        return super().read(size) or b""


class Pieces:
    """Collects the pieces of a delta."""

    def __init__(self) -> None:
        self.literals: list[bytes] = []
        self.copies: list[tuple[int, int]] = []

    def literal(self, data: bytes) -> None:
        self.literals.append(data)

    def copy(self, length: int, offset: int) -> None:
        self.copies.append((length, offset))


Open = Callable[[bytes], tuple[RandomReader, RecordedFile]]


@pytest.fixture
def open_content(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as files:

        def make(content: bytes) -> tuple[RandomReader, RecordedFile]:
            path = tmp_path / "content"
            path.unlink(missing_ok=True)
            path.write_bytes(content)
            file = files.enter_context(RecordedFile(path))
            return RandomReader(file), file

        yield make


def match_contents(open_content: Open, old: bytes, new: bytes) -> tuple[Pieces, Matcher]:
    """Return the pieces of an old content that a matcher finds in a new one."""
    (a, _), (b, _) = open_content(old), open_content(new)
    pieces, matcher = Pieces(), Matcher(a, 0, a.size, b, 0, b.size)
    matcher.encode(pieces)
    return pieces, matcher


def test_nearby_small_ranges_cost_one_read(open_content: Open) -> None:
    content = RNG.randbytes(MIB)
    reader, file = open_content(content)
    assert reader.read(0, 10) == content[:10]
    assert file.requests == [256 * KIB]
    file.requests.clear()
    start, end = 300 * KIB, 556 * KIB
    for offset in (start, start, start + 5000, end - 10):
        assert reader.read(offset, 10) == content[offset : offset + 10]
    assert file.requests == [256 * KIB]
    for offset in (start - 1, end):
        assert reader.read(offset, 10) == content[offset : offset + 10]
    assert reader.read(MIB - 5, 10) == content[-5:]
    assert reader.read(-1, 10) == b""


def test_comparison_reads_at_most_1_mib_at_a_time(open_content: Open) -> None:
    content = RNG.randbytes(4 * MIB)
    for backward in (False, True):
        (a, file), (b, _) = open_content(content), open_content(content)
        start = len(content) if backward else 0
        assert common_length(a, start, b, start, len(content), backward=backward) == len(content)
        assert max(file.requests) == MIB
        assert len(file.requests) < 16


@pytest.mark.parametrize("equal", [0, 1, 255, 256, 4095, 4096, 4097, 300_000])
def test_comparison_counts_equal_bytes(open_content: Open, equal: int) -> None:
    content = RNG.randbytes(equal)
    (a, _), (b, _) = open_content(content + b"a" + content), open_content(content + b"\xe1" + content)
    assert common_length(a, 0, b, 0, a.size) == equal
    assert common_length(a, a.size, b, b.size, a.size, backward=True) == equal
    assert common_length(a, 0, b, 0, equal // 2) == equal // 2
    assert common_length(a, a.size, b, b.size, equal // 2, backward=True) == equal // 2


@pytest.mark.parametrize("position", [0, 30, 5000])
@pytest.mark.parametrize("offset", [0, 10])
def test_match_of_24_bytes_is_found_at_offset_of_start_and_end(open_content: Open, position: int, offset: int) -> None:
    equal = BLOCK[:24]
    old = b"a" * position + equal + b"a" * 40
    new = b"b" * (position + offset) + equal + b"b" * (50 - offset)
    pieces, _ = match_contents(open_content, old, new)
    assert pieces.copies == [(24, offset)]
    assert b"".join(pieces.literals) == b"a" * (position + 40)


@pytest.mark.parametrize("start", [0, MIB - 40])
def test_moved_block_is_found_at_any_position(open_content: Open, start: int) -> None:
    for position in range(start, start + 32):
        new = b"b" * position + BLOCK + b"b" * 50
        pieces, _ = match_contents(open_content, b"a" * 5000 + BLOCK + b"a", new)
        assert pieces.copies == [(len(BLOCK), position - 5000)]


def test_moved_block_is_found_at_end_of_search_window(open_content: Open) -> None:
    old_position = 4 * KIB - 24
    for position in range(32):
        new = b"b" * position + BLOCK + b"b" * 50
        pieces, _ = match_contents(open_content, b"a" * old_position + BLOCK + b"a", new)
        assert [offset for _, offset in pieces.copies] == [position - old_position]


def test_moved_block_is_found_before_match_at_known_offset(open_content: Open) -> None:
    tail = RNG.randbytes(100)
    old = b"a" * 30 + BLOCK + b"a" * 300 + tail
    new = b"b" * 100 + BLOCK + b"b" * 230 + tail
    assert match_contents(open_content, old, new)[0].copies == [(len(BLOCK), 70), (100, 0)]


def test_change_of_24_bytes_between_equal_parts_needs_no_index(open_content: Open) -> None:
    audio = [RNG.randbytes(1000) for _ in range(3)]
    pieces, matcher = match_contents(open_content, (b"a" * 24).join(audio), (b"b" * 24).join(audio))
    assert pieces.copies == [(1000, 0)] * 3
    assert matcher.index is None


def test_few_offsets_are_tried_before_index(open_content: Open) -> None:
    blocks = [RNG.randbytes(100) for _ in range(10)]
    pieces, matcher = match_contents(open_content, b"".join(blocks), b"".join(reversed(blocks)))
    assert [length for length, _ in pieces.copies] == [100] * 10
    assert matcher.offsets == [offset for _, offset in pieces.copies[:-5:-1]]


def test_index_holds_range_and_not_more_than_its_limit(open_content: Open) -> None:
    (a, _), (b, _) = open_content(b"a" * 50), open_content(RNG.randbytes(8 * MIB))
    for low, high, keys in ((100_000, 103_200, 100), (2 * MIB, 8 * MIB, 1 << 17)):
        matcher = Matcher(a, 0, a.size, b, low, high)
        matcher.encode(Pieces())
        assert matcher.index is not None
        assert keys <= len(matcher.index) < 1.01 * keys
        assert min(matcher.index.values()) == low
        assert high - 48 <= max(matcher.index.values()) < high


def test_literals_have_at_most_4_kib(open_content: Open) -> None:
    pieces, _ = match_contents(open_content, RNG.randbytes(100_000), b"")
    assert max(map(len, pieces.literals)) == 4 * KIB


def test_match_ends_with_range(open_content: Open) -> None:
    content = RNG.randbytes(5000)
    (a, _), (b, _) = open_content(content), open_content(content)
    pieces = Pieces()
    Matcher(a, 1000, 2000, b, 0, b.size).encode(pieces)
    assert pieces.copies == [(1000, 0)]


def test_file_that_becomes_shorter_ends_search(open_content: Open) -> None:
    (a, _), (b, _) = open_content(b"a" * 50), open_content(b"b" * 50)
    pieces = Pieces()
    Matcher(a, 0, a.size + 1000, b, 0, b.size).encode(pieces)
    assert pieces.literals == [b"a" * 50]
