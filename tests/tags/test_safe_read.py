"""The limits apply while emotag reads, and the calling program's state is restored."""

from __future__ import annotations

import os
import signal
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.id3 import _frames
from mutagen.mp3 import MP3

from tagger.tags import safe_read
from tests.test_security import bombed, synchsafe

frames: Any = _frames


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bombed(tmp_path_factory.mktemp("bomb") / "bomb.mp3", 70)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame of a million empty texts."""
    packed = zlib.compress(b"\3" + bytes(1 << 20), 9)
    frame = b"TXXX" + synchsafe(len(packed) + 4) + bytes([0, 0b1001]) + synchsafe(100) + packed
    path = tmp_path_factory.mktemp("slow") / "slow.mp3"
    path.write_bytes(b"ID3\x04\0\0" + synchsafe(len(frame)) + frame + bytes(1000))
    return path


@pytest.fixture
def timer() -> Iterator[list[float]]:
    """A program's own handler and timer; the processor times at which the timer fired."""
    rung: list[float] = []
    before = signal.signal(signal.SIGVTALRM, lambda *_: rung.append(time.process_time()))
    yield rung
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def test_zlib_of_mutagen_is_restored_after_success_and_failure(bomb: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    for path in (bomb, tmp_path / "empty.mp3", tmp_path / "none.mp3"):
        with pytest.raises((mutagen.MutagenError, OSError)):
            safe_read.safe_read(str(path), MP3 if path != bomb else None)
        assert frames.zlib is zlib


def test_program_itself_is_not_limited(bomb: Path) -> None:
    for _ in range(2):
        with pytest.raises(mutagen.MutagenError, match="decompress to more than 64 MB"):
            safe_read.safe_read(str(bomb))
        assert len(mutagen.File(bomb).tags.getall("PRIV")[0].data) >= 69 << 20


def test_other_threads_are_not_limited_during_read(bomb: Path) -> None:
    """One thread is in a call of `safe_read` while others read with mutagen and with emotag."""
    entered, leave = threading.Event(), threading.Event()

    class Kind:
        def __init__(self, path: str) -> None:
            entered.set()
            leave.wait(60)
            frames.zlib.decompress(zlib.compress(bytes(safe_read.MAX_DECOMPRESSED_BYTES + 1)))

    caught: list[str] = []

    def reading() -> None:
        try:
            safe_read.safe_read(str(bomb), Kind)
        except mutagen.MutagenError as error:
            caught.append(str(error))

    thread = threading.Thread(target=reading)
    thread.start()
    try:
        assert entered.wait(60)
        assert mutagen.File(bomb).tags.getall("PRIV")
        with pytest.raises(mutagen.MutagenError):
            safe_read.safe_read(str(bomb))
        assert mutagen.File(bomb).tags.getall("PRIV"), "not limited after a read of emotag's in the same thread"
    finally:
        leave.set()
        thread.join(60)
    assert len(caught) == 1
    assert frames.zlib is zlib


def test_nested_read_has_own_limit(bomb: Path) -> None:
    class Kind:
        def __init__(self, path: str) -> None:
            with pytest.raises(mutagen.MutagenError):
                safe_read.safe_read(path)
            frames.zlib.decompress(zlib.compress(bytes(safe_read.MAX_DECOMPRESSED_BYTES)))  # exactly the limit
            with pytest.raises(mutagen.MutagenError):
                frames.zlib.decompress(zlib.compress(b"x"))

    safe_read.safe_read(str(bomb), Kind)
    assert frames.zlib is zlib


def test_timer_of_program_continues(slow: Path, timer: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_read, "MAX_CPU_SECONDS", 0.3)
    handler = signal.getsignal(signal.SIGVTALRM)
    signal.setitimer(signal.ITIMER_VIRTUAL, 1000, 7)
    with pytest.raises(mutagen.MutagenError, match=r"more than 0\.3 s"):
        safe_read.safe_read(str(slow))
    left, interval = signal.getitimer(signal.ITIMER_VIRTUAL)
    assert 900 < left < 1000 - 0.2, "less the time that the read took"
    assert interval == pytest.approx(7, abs=0.1)
    assert signal.getsignal(signal.SIGVTALRM) is handler
    assert not timer
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
    with pytest.raises(mutagen.MutagenError, match=r"more than 0\.3 s"):
        safe_read.safe_read(str(slow))
    work(0.2)
    assert len(timer) == 1, "it was due meanwhile, and rang afterwards"


def test_no_timer_remains_after_read(slow: Path, timer: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_read, "MAX_CPU_SECONDS", 0.2)
    with pytest.raises(mutagen.MutagenError):
        safe_read.safe_read(str(slow))
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_read_in_other_thread_does_not_touch_signals(bomb: Path, timer: list[float]) -> None:
    seen: list[object] = []

    class Kind:
        def __init__(self, path: str) -> None:
            seen.extend((signal.getsignal(signal.SIGVTALRM), signal.getitimer(signal.ITIMER_VIRTUAL)))

    thread = threading.Thread(target=safe_read.safe_read, args=(str(bomb), Kind))
    thread.start()
    thread.join(60)
    assert seen == [signal.getsignal(signal.SIGVTALRM), (0, 0)]


def test_fifo_is_refused_without_blocking(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mp3")
    with pytest.raises(OSError, match="not a regular file"):
        safe_read.safe_read(str(tmp_path / "x.mp3"))
