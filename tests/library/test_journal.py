"""The journal has each record whole or not at all, in the order of the writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tagger.library import journal


@pytest.fixture
def folder(tmp_path: Path) -> str:
    folder = tmp_path / "library.sqlite.journal"
    folder.mkdir(mode=0o700)
    return str(folder)


def test_records_are_returned_in_the_order_of_the_writes(folder: str) -> None:
    names = [journal.record(folder, data) for data in (b"first", b"second", b"third")]
    journal.discard(folder, names[1])
    assert list(journal.pending(folder)) == [(names[0], b"first"), (names[2], b"third")]


@pytest.mark.parametrize("step", ["write", "replace", "flush_folder"])
def test_a_record_that_cannot_be_written_leaves_nothing(
    folder: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*arguments: object, **keywords: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "replace":
        monkeypatch.setattr(os, "replace", fail)
    else:
        monkeypatch.setattr(journal, {"write": "flush_handle"}.get(step, step), fail)
    with pytest.raises(OSError, match="No space left on device"):
        journal.record(folder, b"record")
    assert os.listdir(folder) == []


def test_nothing_is_recorded_without_a_journal(tmp_path: Path) -> None:
    assert journal.record(str(tmp_path / "missing"), b"record") == ""
    assert list(journal.pending("")) == []


def test_unfinished_records_are_removed_and_other_files_are_not_read(folder: str, tmp_path: Path) -> None:
    name = journal.record(folder, b"record")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (Path(folder) / "0a.tmp").write_bytes(b"unfin")
    (Path(folder) / "0b").symlink_to(secret)
    (Path(folder) / "notes.txt").write_bytes(b"not a record")
    damaged = os.path.basename(journal.quarantine(folder, journal.record(folder, b"damaged")))
    assert list(journal.pending(folder)) == [(name, b"record")]
    assert set(os.listdir(folder)) == {name, "0b", "notes.txt", damaged}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_the_journal_of_another_user_is_read(folder: str) -> None:
    name = journal.record(folder, b"record")
    os.chown(folder, 12345, 12345)
    assert list(journal.pending(folder)) == [(name, b"record")]


def test_a_journal_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        list(journal.pending(str(tmp_path / "file")))
