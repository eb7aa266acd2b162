"""Two files exchange their names, and neither is ever missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tagger.io.exchange import exchange


def test_two_files_exchange_their_names(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b\udcff"
    first.write_text("first")
    second.write_text("second")
    before = first.stat().st_ino, second.stat().st_ino
    if not exchange(str(first), str(second)):
        assert not sys.platform.startswith("linux"), "every Linux file system that tests run on can"
        pytest.skip("this system cannot exchange names")
    assert (first.read_text(), second.read_text()) == ("second", "first")
    assert (second.stat().st_ino, first.stat().st_ino) == before


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("first")
    if sys.platform.startswith("linux"):
        with pytest.raises(FileNotFoundError):
            exchange(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "a").read_text() == "first"
