"""What stands against hostile files: docs/security.md names these tests."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from tagger import cli
from tagger.tags import bounded
from tagger.tags.titles import Titles, titles
from tests.sounds import song


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def bombed(path: Path, megabytes: int, frames: int = 1) -> Path:
    """Put a tag before a song whose compressed frames unpack to so much."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    frame = b"PRIV" + synchsafe(len(packed) + 4) + bytes([0, 0b1001]) + synchsafe(100) + packed
    song(path, 6)
    audio = path.read_bytes()
    path.write_bytes(b"ID3\x04\0\0" + synchsafe(frames * len(frame)) + frames * frame + audio)
    return path


@pytest.mark.parametrize(("megabytes", "frames"), [(200, 1), (20, 10)])
def test_a_tag_that_unpacks_to_all_memory_is_refused(
    tmp_path: Path, megabytes: int, frames: int, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = bombed(tmp_path / "bomb.mp3", megabytes, frames)
    good = song(tmp_path / "good.flac", 6, rate=22050)
    before = hostile.read_bytes(), good.read_bytes()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert titles(str(hostile)) == Titles()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 3 * bounded.LARGEST / 1024
    assert cli.run(["scan", "--no-store", "-j", "1", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert "bomb.mp3: its tags are damaged" in err
    assert "compressed frames unpack to more than 64 MB" in err
    assert hostile.read_bytes() == before[0]
    assert good.read_bytes() != before[1], "the good one is tagged all the same"


def test_a_tag_that_would_be_read_for_ever_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two kilobytes of frame unpack to a million empty texts."""
    packed = zlib.compress(b"\3" + bytes(1 << 21), 9)
    frame = b"TXXX" + synchsafe(len(packed) + 4) + bytes([0, 0b1001]) + synchsafe(100) + packed
    path = song(tmp_path / "a.mp3", 6)
    path.write_bytes(b"ID3\x04\0\0" + synchsafe(len(frame)) + frame + path.read_bytes())
    monkeypatch.setattr(bounded, "LONGEST", 0.5)
    began = time.process_time()
    assert titles(str(path)) == Titles()
    assert cli.run(["show", str(path)]) == 1
    assert time.process_time() - began < 5
    assert "they take more than 0.5 s to read" in capsys.readouterr().err


def test_a_small_compressed_frame_is_read_and_kept(tmp_path: Path) -> None:
    path = bombed(tmp_path / "a.mp3", 1)
    before = path.read_bytes()
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    assert path.read_bytes() != before
    assert cli.run(["undo", "-q", str(path)]) == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
        "[playlist]\nFile1={}\n",
    ],
    ids=["hls", "concat", "pls"],
)
def test_a_playlist_named_as_a_song_opens_no_other_file(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = song(tmp_path / "secret.flac", 6, rate=22050)
    (tmp_path / "Music").mkdir()
    (tmp_path / "Music" / "a.mp3").write_text(text.format(secret))
    assert cli.run(["scan", "--no-store", "--csv", "-", "-j", "1", str(tmp_path / "Music")]) == 1
    assert "a.mp3,failed" in capsys.readouterr().out


def test_a_name_that_commands_the_terminal_is_printed_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "\x1b]0;owned\x07\x1b[2J.mp3").write_text("words")
    assert cli.run(["scan", "--no-store", "-v", "-j", "1", str(tmp_path)]) == 1
    printed = "".join(capsys.readouterr())
    assert "owned" in printed
    assert "\x1b" not in printed
    assert "\x07" not in printed


def test_a_title_that_commands_the_terminal_is_printed_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import mutagen

    path = song(tmp_path / "a.flac", 6, rate=22050)
    tags = mutagen.File(path)
    tags["title"] = tags["artist"] = "\x1b]0;owned\x07"
    tags["mood"] = "\x1b[31mred"
    tags.save()
    for arguments in (["scan", "-q", "-j", "1"], ["show"], ["scan", "-n", "-j", "1"], ["undo", "-n"]):
        assert cli.run([*arguments, str(path)]) == 0
    assert cli.run(["playlist", "--count", "1"]) == 0
    printed = "".join(capsys.readouterr())
    assert "red" in printed
    # Colours are ours where they are shown; what stood in the tags is not obeyed.
    assert "\x1b]0;owned" not in printed
    assert "\x1b[31mred" not in printed


def test_nothing_listens_and_no_cluster_is_loaded_unless_asked(tmp_path: Path) -> None:
    path = song(tmp_path / "a.flac", 6, rate=22050)
    code = f"import sys; from tagger import cli; cli.run(['scan', '-q', '-j', '1', {str(path)!r}])\n"
    code += "assert not {'distributed', 'dask', 'http.server', 'urllib.request'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
