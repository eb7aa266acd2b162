"""Irregular tags, built byte by byte: a write keeps every byte, and undo without records restores the file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tagger.tags.containers import open_container
from tagger.tags.write_record import WriteRecord
from tests.sounds import MADE
from tests.tags import irregular_tags
from tests.tags.irregular_tags import Parts

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
OTHER = Emotion(0.3, -0.1, ("happy-pleased",), (0.1, 0.7, 0.2, 0.1, 0.1, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"

many = settings(
    max_examples=max(10, int(os.environ.get("EMOTAG_EXAMPLES", "50")) // 3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(autouse=True)
def without_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip flushing to disk, which takes most of the time and does not matter here."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def samples(path: Path) -> bytes | None:
    """Decode a file with FFmpeg; None if it cannot be decoded."""
    if path.suffix in MADE:
        return None
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            return b"".join(frame.to_ndarray().tobytes() for frame in container.decode(audio=0))
    except (av.error.FFmpegError, IndexError):
        return None


def check_write_and_undo(path: Path, content: bytes, expected: Sequence[bytes], empty_list_stays: bool = False) -> None:
    """Check that a write keeps all bytes in their order or is refused, and check both ways of undo."""
    path.write_bytes(content)
    try:
        audio, decoded = hash_audio(str(path)), samples(path)
    except AudioError:
        assume(False)
    written: list[WriteRecord] = []
    try:
        assert tags.write(str(path), EMOTION, MAKER, save_record=written.append).changed
    except TagError as error:
        event(f"refused: {error}")
        assert "\n" not in str(error)
        assert path.read_bytes() == content
        return
    event("written")
    new = path.read_bytes()
    offset = 0
    for piece in expected:
        offset = new.index(piece, offset) + len(piece)
    assert (hash_audio(str(path)), samples(path)) == (audio, decoded)
    assert tags.read(str(path)).moods[-2:] == EMOTION.moods
    assert not tags.write(str(path), EMOTION, MAKER).changed
    copy = Path(shutil.copy(path, path.with_name(f"copy{path.suffix}")))
    tags.write(str(copy), OTHER, MAKER)
    for undone_path in (copy, Path(shutil.copy(path, path.with_name(f"twin{path.suffix}")))):
        tags.revert(str(undone_path), lambda after: None, lambda audio, path: None)
        assert empty_list_stays or undone_path.read_bytes() == content
        assert open_container(str(undone_path)).other_tags() == open_container(str(path)).other_tags()
    by_hash = {record.after: record for record in written}
    tags.revert(str(path), by_hash.get, lambda audio, path: None)
    assert path.read_bytes() == content


@given(
    front=irregular_tags.id3,
    parts=irregular_tags.comments,
    others=irregular_tags.blocks,
    trailing=irregular_tags.around,
)
@many
def test_flac(
    originals: Path, tmp_path: Path, front: bytes, parts: Parts, others: list[tuple[int, bytes]], trailing: bytes
) -> None:
    content = irregular_tags.flac((originals / "song.flac").read_bytes(), front, parts, others, trailing)
    expected = [*parts.items, parts.trailing] if parts.before else []
    check_write_and_undo(tmp_path / "song.flac", content, [front, *expected, trailing])


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", sorted(irregular_tags.PACKETS))
@given(
    parts=irregular_tags.comments,
    page_size=st.sampled_from([300, 4096, 60000]),
    other_stream=st.booleans(),
    twice=st.booleans(),
    skip=st.sampled_from([0, 5]),
)
@many
def test_ogg(
    originals: Path,
    tmp_path: Path,
    suffix: str,
    parts: Parts,
    page_size: int,
    other_stream: bool,
    twice: bool,
    skip: int,
) -> None:
    content = irregular_tags.ogg(originals / f"song{suffix}", parts, page_size, other_stream, twice, skip)
    # Long comments are split by page headers.
    expected = [raw for raw in parts.items if len(raw) < 200] if page_size > 300 else []
    if max(map(len, parts.items), default=0) >= 4000:
        expected = []
    if twice:  # the second of two joined files has tags of its own, which stay
        expected.append((originals / f"song{suffix}").read_bytes())
    check_write_and_undo(tmp_path / f"song{suffix}", content, expected)


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", [".wv", ".mpc", ".ape", ".tak"])
@given(parts=irregular_tags.ape_tag)
@many
def test_apev2(originals: Path, tmp_path: Path, suffix: str, parts: Parts) -> None:
    content = irregular_tags.ape((originals / f"song{suffix}").read_bytes(), parts)
    expected = [*parts.items, parts.rest] if parts.before else []
    check_write_and_undo(tmp_path / f"song{suffix}", content, [*expected, parts.trailing])


@pytest.mark.parametrize("suffix", [".m4a", ".m4b"])
@given(items=irregular_tags.tag_atoms, layout=irregular_tags.layouts)
@many
def test_mp4(originals: Path, tmp_path: Path, suffix: str, items: list[bytes], layout: dict[str, Any]) -> None:
    content = irregular_tags.mp4((originals / f"song{suffix}").read_bytes(), items, layout)
    has_list = layout["more"] not in ("none", "no ilst", "empty udta")
    # A list that was added to an atom of another program remains, empty.
    check_write_and_undo(tmp_path / f"song{suffix}", content, items if has_list else [], layout["more"] == "no ilst")


@given(objects=irregular_tags.asf_objects, inner=irregular_tags.asf_inner)
@many
def test_asf(originals: Path, tmp_path: Path, objects: list[bytes], inner: list[bytes]) -> None:
    content = irregular_tags.asf((originals / "song.wma").read_bytes(), objects, inner)
    check_write_and_undo(tmp_path / "song.wma", content, [*inner, *(part[26:] for part in objects)])
