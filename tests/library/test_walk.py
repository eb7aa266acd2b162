"""A walk lists each music file once, sorted."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagger.errors import EmotagError
from tagger.library.walk import FoundFile, walk


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for name in ("b/2.FLAC", "b/1.mp3", "a/x.Opus", "a/._x.opus", "a/cover.jpg", ".trash/y.mp3", "z.m4a"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(library: Path, found: list[FoundFile]) -> list[str]:
    return [os.path.relpath(file.path, library) for file in found]


def test_files_are_sorted_and_suffixes_match_in_any_case(library: Path) -> None:
    assert names(library, walk([str(library)])) == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "z.m4a"]


def test_overlapping_arguments(library: Path) -> None:
    found = walk([str(library), str(library / "a"), str(library / "z.m4a")])
    assert names(library, found) == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "z.m4a"]


def test_file_arguments_may_have_any_suffix(library: Path) -> None:
    assert names(library, walk([str(library / "a/cover.jpg")])) == ["a/cover.jpg"]


def test_include_and_exclude(library: Path) -> None:
    assert names(library, walk([str(library)], exclude=["b"])) == ["a/x.Opus", "z.m4a"]
    assert names(library, walk([str(library)], include=["*.mp3", "*.m4a"])) == ["b/1.mp3", "z.m4a"]
    assert names(library, walk([str(library)], include=["b/*"], exclude=["1.*"])) == ["b/2.FLAC"]


def test_links_to_folders_and_loops(library: Path) -> None:
    outside = library.parent / f"{library.name}-outside"
    outside.mkdir()
    (outside / "o.mp3").touch()
    (library / "b" / "link").symlink_to(outside)
    (library / "b" / "loop").symlink_to(library)
    assert "b/link/o.mp3" not in names(library, walk([str(library)]))
    found = names(library, walk([str(library)], follow_symlinks=True))
    assert found == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "b/link/o.mp3", "z.m4a"]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.mp3")
    (tmp_path / name).touch()
    (found,) = walk([str(tmp_path)])
    assert found.path == str(tmp_path / name)
    assert found.key == os.fsencode(tmp_path) + b"/\xff\xfe.mp3"
    status = (tmp_path / name).stat()
    assert found.stat == (status.st_size, status.st_mtime_ns, status.st_ino)


def test_unreadable_folders_are_reported(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if path.rstrip("/").endswith("b"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    errors: list[OSError] = []
    assert names(library, walk([str(library)], on_error=errors.append)) == ["a/x.Opus", "z.m4a"]
    assert [Path(e.filename).name for e in errors] == ["b"]


def test_ignore_files(library: Path) -> None:
    (library / "b" / ".emotagignore").write_text("# mine\n*.mp3\n!2.*\n")
    assert names(library, walk([str(library)])) == ["a/x.Opus", "b/2.FLAC", "z.m4a"]
    (library / ".emotagignore").write_text("/a/\n*.flac\n")
    assert names(library, walk([str(library)])) == ["b/2.FLAC", "z.m4a"]


def test_folder_with_a_notmusic_file_is_left_out(library: Path) -> None:
    (library / "b" / ".notmusic").touch()
    assert names(library, walk([str(library)])) == ["a/x.Opus", "z.m4a"]


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Five thousand nested folders, each with a song."""
    root = tmp_path / "deep"
    root.mkdir()
    handle = os.open(root, os.O_RDONLY)
    for _ in range(5000):
        os.close(os.open("s.mp3", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
        os.mkdir("d", dir_fd=handle)
        below = os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    yield root
    subprocess.run(["rm", "-rf", root], check=True, timeout=120)  # shutil.rmtree is limited in depth


@pytest.mark.thorough
def test_folders_of_any_depth(deep: Path) -> None:
    """All files that the system can open are found; the limit of path lengths is reported once."""
    errors: list[OSError] = []
    found = walk([str(deep)], on_error=errors.append, include=["s.*"], exclude=["x"], follow_symlinks=True)
    assert len(found) > 1500
    # Of the last folder the name can be opened, but not that of the song in it: reading it will say so.
    assert sum(not os.path.exists(file.path) for file in found) <= 4
    assert [error.errno for error in errors] == [errno.ENAMETOOLONG]


def test_special_files_and_broken_links(library: Path) -> None:
    (library / "loop.mp3").symlink_to("loop.mp3")
    (library / "gone.mp3").symlink_to("nowhere")
    (library / "circle").symlink_to("circle")
    (library / "folder.mp3").mkdir()
    (library / "folder.mp3" / "in.mp3").touch()
    (library / "a\nb.mp3").touch()
    (library / f"{'n' * 251}.mp3").touch()
    os.mkfifo(library / "fifo.mp3")
    os.link(library / "z.m4a", library / "y.m4a")
    errors: list[OSError] = []
    for follow in (False, True):
        found = names(library, walk([str(library)], follow_symlinks=follow, on_error=errors.append))
        odd = ["a\nb.mp3", "folder.mp3/in.mp3", f"{'n' * 251}.mp3", "y.m4a"]
        assert found == sorted(["a/x.Opus", "b/1.mp3", "b/2.FLAC", "z.m4a", *odd])
    assert not errors


def test_paths_without_links_are_preferred(library: Path) -> None:
    for name in ("0", "zz"):
        (library / name).symlink_to("b")
    (library / "a" / "up").symlink_to("..")
    found = names(library, walk([str(library)], follow_symlinks=True))
    assert found == ["a/x.Opus", "b/1.mp3", "b/2.FLAC", "z.m4a"]


def test_missing_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(EmotagError, match="the working directory does not exist"):
        walk(["."])
