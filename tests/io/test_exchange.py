"""Exchange of the names of two files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tagger.io.exchange import exchange


def test_exchange_two_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b\udcff"
    first.write_text("first")
    second.write_text("second")
    before = first.stat().st_ino, second.stat().st_ino
    if not exchange(str(first), str(second)):
        assert not sys.platform.startswith("linux"), "Linux file systems support it"
        pytest.skip("this system cannot exchange names")
    assert (first.read_text(), second.read_text()) == ("second", "first")
    assert (second.stat().st_ino, first.stat().st_ino) == before


def test_exchange_with_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("first")
    if sys.platform.startswith("linux"):
        with pytest.raises(FileNotFoundError):
            exchange(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "a").read_text() == "first"
