"""A walk finds the music, all of it, once, in order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tagger.library.walk import Found, walk


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for name in ("b/2.FLAC", "b/1.mp3", "a/x.Opus", "a/._x.opus", "a/cover.jpg", ".trash/y.mp3", "z.m4a"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(library: Path, found: list[Found]) -> list[str]:
    return [os.path.relpath(file.path, library) for file in found]


def test_music_is_found_sorted_whatever_the_suffix_s_case(library: Path) -> None:
    assert names(library, walk([str(library)])) == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "z.m4a"]


def test_overlapping_arguments_give_each_file_once(library: Path) -> None:
    found = walk([str(library), str(library / "a"), str(library / "z.m4a")])
    assert names(library, found) == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "z.m4a"]


def test_a_file_named_is_taken_whatever_its_suffix(library: Path) -> None:
    assert names(library, walk([str(library / "a/cover.jpg")])) == ["a/cover.jpg"]


def test_include_and_exclude(library: Path) -> None:
    assert names(library, walk([str(library)], exclude=["b"])) == ["a/x.Opus", "z.m4a"]
    assert names(library, walk([str(library)], include=["*.mp3", "*.m4a"])) == ["b/1.mp3", "z.m4a"]
    assert names(library, walk([str(library)], include=["b/*"], exclude=["1.*"])) == ["b/2.FLAC"]


def test_links_to_folders_are_entered_on_request_and_loops_end(library: Path) -> None:
    outside = library.parent / f"{library.name}-outside"
    outside.mkdir()
    (outside / "o.mp3").touch()
    (library / "b" / "link").symlink_to(outside)
    (library / "b" / "loop").symlink_to(library)
    assert "b/link/o.mp3" not in names(library, walk([str(library)]))
    found = names(library, walk([str(library)], follow_symlinks=True))
    assert found == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "b/link/o.mp3", "z.m4a"]


def test_names_that_are_not_utf8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.mp3")
    (tmp_path / name).touch()
    (found,) = walk([str(tmp_path)])
    assert found.path == str(tmp_path / name)
    assert found.key == os.fsencode(tmp_path) + b"/\xff\xfe.mp3"
    status = (tmp_path / name).stat()
    assert found.stat == (status.st_size, status.st_mtime_ns, status.st_ino)


def test_a_folder_that_cannot_be_listed_is_told_of(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if path.rstrip("/").endswith("b"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    errors: list[OSError] = []
    assert names(library, walk([str(library)], on_error=errors.append)) == ["a/x.Opus", "z.m4a"]
    assert [Path(e.filename).name for e in errors] == ["b"]


def test_ignore_files_work_as_git_s_do(library: Path) -> None:
    (library / "b" / ".emotagignore").write_text("# mine\n*.mp3\n!2.*\n")
    assert names(library, walk([str(library)])) == ["a/x.Opus", "b/2.FLAC", "z.m4a"]
    (library / ".emotagignore").write_text("/a/\n*.flac\n")
    assert names(library, walk([str(library)])) == ["b/2.FLAC", "z.m4a"]


def test_a_folder_that_says_it_holds_no_music_is_left_out(library: Path) -> None:
    (library / "b" / ".notmusic").touch()
    assert names(library, walk([str(library)])) == ["a/x.Opus", "z.m4a"]
