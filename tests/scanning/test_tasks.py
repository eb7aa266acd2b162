"""What a worker returns for one file: an error of a file is a value, and its record of undo is kept or discarded."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tagger import tags
from tagger.analysis import extraction
from tagger.analysis.results import Analysis
from tagger.emotions import Emotion
from tagger.errors import Failure, StoreError, TagError
from tagger.library.records import FileStat
from tagger.library.walk import FoundFile, file_stat
from tagger.library.work_claims import WorkClaims
from tagger.scanning.options import ScanOptions
from tagger.scanning.result import ScanResult
from tagger.scanning.retry import may_be_written_again
from tagger.scanning.tasks import AnalysedFile, analyse, deliver
from tests.sounds import song

EMOTION = Emotion(0.25, -0.5, ("relaxing-calm",), (0.1, 0.2, 0.7, 0.3, 0.2, 0.1))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(song(tmp_path / "a.flac", 6, rate=22050))


@pytest.fixture
def options(tmp_path: Path) -> ScanOptions:
    (tmp_path / "journal").mkdir(mode=0o700)
    return ScanOptions(journal=str(tmp_path / "journal"))


def result(path: str) -> ScanResult:
    return ScanResult(path, emotion=EMOTION, model="moods-1 affect-1")


def test_features_are_returned_without_claims(path: str) -> None:
    file = analyse(path, WorkClaims(), ("moods",))
    assert isinstance(file, AnalysedFile)
    assert isinstance(file.analysis, Analysis)
    assert file.analysis.features["moods"].shape == (1, 72)


@pytest.mark.parametrize(("error", "kind"), [(MemoryError(), "memory"), (RuntimeError("a bug"), "internal")])
def test_an_exception_is_a_failure_of_the_file(
    path: str, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(extraction, "analyse", fail)
    failure = analyse(path, WorkClaims(), ("moods",))
    assert isinstance(failure, Failure)
    assert failure.kind == kind
    assert "\n" not in failure.message


def test_a_dry_run_returns_the_change_without_writing_it(path: str, options: ScanOptions) -> None:
    before = Path(path).read_bytes()
    delivery = deliver(path, result(path), replace(options, dry_run=True))
    assert delivery.change is not None and delivery.change.changed
    assert delivery.record is None
    assert Path(path).read_bytes() == before


def test_a_write_leaves_its_record_in_the_journal(path: str, options: ScanOptions) -> None:
    delivery = deliver(path, result(path), options)
    assert delivery.error is None
    assert delivery.record is not None
    assert os.listdir(options.journal) == [delivery.journal_name]
    assert delivery.stat == file_stat(path)
    assert tags.read(path).moods == EMOTION.moods


def test_a_kind_without_tags_is_not_an_error(tmp_path: Path, options: ScanOptions) -> None:
    path = str(song(tmp_path / "a.mka", 6, rate=22050))
    delivery = deliver(path, result(path), options)
    assert delivery.error is None
    assert delivery.untaggable is not None


@pytest.mark.parametrize(
    ("error", "message", "is_kept"),
    [
        (TagError("not tagged: a reason"), "not tagged: a reason", False),
        (tags.IncompleteWrite("the next scan finishes it"), "the next scan finishes it", True),
        (RuntimeError("a bug"), "internal error (RuntimeError: a bug); please report it", True),
    ],
)
def test_the_record_of_a_failed_write_is_discarded_only_if_the_file_is_unchanged(
    path: str,
    options: ScanOptions,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    message: str,
    is_kept: bool,
) -> None:
    write = tags.write

    def fail(*arguments: object, **keywords: object) -> None:
        write(*arguments, **keywords)  # type: ignore[arg-type]
        raise error

    monkeypatch.setattr(tags, "write", fail)
    assert deliver(path, result(path), options).error == message
    assert len(os.listdir(options.journal)) == is_kept


def test_a_journal_that_cannot_be_written_ends_the_scan(
    path: str, options: ScanOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: str, data: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tagger.library.journal.record", full)
    before = Path(path).read_bytes()
    with pytest.raises(StoreError, match="No space left on device"):
        deliver(path, result(path), options)
    assert Path(path).read_bytes() == before


def test_tags_are_written_again_only_to_a_file_that_cannot_be_partly_written(path: str) -> None:
    found = FoundFile(path, os.fsencode(path), file_stat(path))
    assert may_be_written_again(found)
    assert may_be_written_again(found._replace(stat=found.stat._replace(inode=1, size=1)))
    assert not may_be_written_again(found._replace(stat=FileStat(1, 2, found.stat.inode)))
    os.unlink(path)
    assert not may_be_written_again(found)
