"""Output is whole or absent, and lands where the user meant."""

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
def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
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
def test_a_link_stays_a_link(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to("folder/report.csv")
    for data in (b"first", b"second"):
        write(str(link), data)
        assert link.is_symlink()
        assert (tmp_path / "folder" / "report.csv").read_bytes() == data


@each
def test_a_pipe_gets_what_is_written_and_stays_a_pipe(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(str(pipe), b"rows")
    reader.join(10)
    assert got == [b"rows"]
    assert pipe.is_fifo()


@each
def test_a_device_stays_a_device(write: Callable[[str, bytes], None]) -> None:
    before = os.stat(os.devnull)
    assert stat.S_ISCHR(before.st_mode)
    write(os.devnull, b"rows")
    assert os.stat(os.devnull).st_ino == before.st_ino


@each
def test_what_cannot_be_written_is_told_in_one_sentence(tmp_path: Path, write: Callable[[str, bytes], None]) -> None:
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "no" / "report.csv", "No such file or directory")):
        with pytest.raises(OutputError) as caught:
            write(str(path), b"rows")
        assert str(caught.value) == f"{path}: cannot be written ({why})"
    assert os.listdir(tmp_path) == []


def test_rows_appear_whole_though_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "moods.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), output.open_output(str(path)) as file:
        file.write("new")
        assert path.read_text() == "old"
        raise KeyboardInterrupt
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["moods.csv"]


def test_a_full_device_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"):
        rows("/dev/full", b"rows")
    with pytest.raises(OutputError, match="No space left"):
        output.write_output("/dev/full", b"rows" * 100_000)


@each
@pytest.mark.parametrize("exchanges", [True, False])
def test_a_song_is_not_replaced_where_the_system_cannot_exchange_names_either(
    tmp_path: Path, write: Callable[[str, bytes], None], exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems cannot; what is there is then looked at directly before it is replaced."""
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


def test_a_pipe_that_nobody_reads_any_more_is_no_fault(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(OutputClosed):
        rows(f"/dev/fd/{writing}", b"rows")
    os.close(writing)
