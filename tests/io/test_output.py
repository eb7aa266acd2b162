"""Output files are complete or absent, and overwrite no user data."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tagger.errors import OutputClosed, OutputError
from tagger.io import output


def rows(path: str, data: bytes) -> None:
    with output.open_output(path) as file:
        file.write(data.decode())


each = pytest.mark.parametrize("write", [output.write_output, rows])


@each
def test_replaced_files_keep_their_permissions(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    path = tmp_path / "report.csv"
    write(str(path), b"first")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o600)
    with path.open("rb") as reader:
        write(str(path), b"second")
        assert reader.read() == b"first"
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["report.csv"]


@each
def test_symbolic_links_are_kept(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to("folder/report.csv")
    for data in (b"first", b"second"):
        write(str(link), data)
        assert link.is_symlink()
        assert (tmp_path / "folder" / "report.csv").read_bytes() == data


@each
def test_pipes_are_written_to_directly(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write(str(pipe), b"rows")
    reader.join(10)
    assert received == [b"rows"]
    assert pipe.is_fifo()


@each
def test_devices_are_written_to_directly(write: Callable[[str, bytes], None]) -> None:
    before = os.stat(os.devnull)
    assert stat.S_ISCHR(before.st_mode)
    write(os.devnull, b"rows")
    assert os.stat(os.devnull).st_ino == before.st_ino


@each
def test_error_messages(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "no" / "report.csv", "No such file or directory")):
        with pytest.raises(OutputError) as caught:
            write(str(path), b"rows")
        assert str(caught.value) == f"{path}: cannot be written ({why})"
    assert os.listdir(tmp_path) == []


def test_rows_are_complete_after_an_interruption(tmp_path: Path) -> None:
    path = tmp_path / "moods.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), output.open_output(str(path)) as file:
        file.write("new")
        assert path.read_text() == "old"
        raise KeyboardInterrupt
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["moods.csv"]


def test_full_device(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"):
        rows("/dev/full", b"rows")
    with pytest.raises(OutputError, match="No space left"):
        output.write_output("/dev/full", b"rows" * 100_000)


@each
@pytest.mark.parametrize("exchanges", [True, False])
def test_songs_are_not_overwritten_with_or_without_exchange_of_names(
    tmp_path: Path, write: Callable[[str, bytes], None], exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, the target is checked immediately before it is replaced."""
    if not exchanges:
        monkeypatch.setattr("tagger.io.exchange._renameat2", lambda: None)
    path = tmp_path / "x"
    write(str(path), b"first")
    write(str(path), b"second")
    assert path.read_bytes() == b"second"
    path.write_bytes(b"fLaC\0\0\0\x22" + bytes(34))
    with pytest.raises(OutputError, match="is a song and will not be overwritten"):
        write(str(path), b"third")
    assert path.read_bytes().startswith(b"fLaC")
    assert os.listdir(tmp_path) == ["x"]


def test_pipe_closed_by_its_reader(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(OutputClosed):
        rows(f"/dev/fd/{writing}", b"rows")
    os.close(writing)
