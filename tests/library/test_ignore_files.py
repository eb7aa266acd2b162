"""Ignore files work as those of git, and none stops or slows a walk."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from tagger.library import ignore_files
from tagger.library.globs import Patterns
from tagger.library.walk import IGNORE_FILE, walk
from tests.library.test_walk import names

EXAMPLES = 10 * int(os.environ.get("EMOTAG_EXAMPLES", "20"))
PARTS = ("a", "b", "ab", "*", "?", "a*", "*b", "a*b*", "[ab]", "[!a]", "[^b-z]b", "[[:alpha:]]", "**", "*.mp3", "a.mp3")
LETTERS = r"ab*?[]!-\:.^"


def pattern(chance: random.Random) -> str:
    if chance.random() < 0.3:
        text = "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 6)))
    else:
        text = "/".join(chance.choice(PARTS) for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))))
    begin, end = chance.choice(("", "", "", "!", "/", "!/", "\\", "#")), chance.choice(("", "", "", "/", " ", "\\ "))
    return begin + text + end


def tree(folder: Path, depth: int = 3) -> None:
    for name in ("a", "b", "ab"):
        (folder / f"{name}.mp3").touch()
        if depth:
            (folder / name).mkdir()
            tree(folder / name, depth - 1)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git for comparison")
def test_random_ignore_files_exclude_the_same_files_as_git(tmp_path: Path) -> None:
    tree(tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True, timeout=60)
    chance = random.Random(5)
    folders = [tmp_path, tmp_path / "a", tmp_path / "a" / "b", tmp_path / "b"]
    for _ in range(EXAMPLES // 4):
        written = []
        for folder in folders:
            lines = [pattern(chance) for _ in range(chance.randint(0, 3))]
            (folder / IGNORE_FILE).write_text(chance.choice(("\n", "\r\n")).join(lines))
            written.append(lines)
        command = ["git", "ls-files", "-z", "-o", f"--exclude-per-directory={IGNORE_FILE}"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60)
        kept = sorted(path for path in os.fsdecode(run.stdout).split("\0") if path.endswith(".mp3"))
        assert sorted(names(tmp_path, walk([str(tmp_path)]))) == kept, written


@pytest.mark.parametrize("letters", ["ab", "é ש🎵"], ids=["ascii", "unicode"])
def test_patterns_match_the_same_names_as_pathspec(letters: str) -> None:
    chance = random.Random(7)
    # pathspec does not take a range that runs backwards.
    parts = [part.replace("a", letters[0]).replace("b", letters[-1]) for part in PARTS if not set(":-") & set(part)]
    for _ in range(EXAMPLES):
        lines = [
            chance.choice(("", "", "!")) + "/".join(chance.choice(parts) for _ in range(chance.randint(1, 3)))
            for _ in range(chance.randint(1, 3))
        ]
        mine, theirs = Patterns(lines), GitIgnoreSpec.from_lines(lines)
        for name in (letters[0], letters[-1], letters, f"{letters[0]}.mp3", "x.mp3"):
            # Deeper down pathspec also asks what the folders on the way match, which a walk has done before.
            assert mine.match(mine.initial_states(), name, False) == theirs.check_file(name).include, (lines, name)


@pytest.mark.parametrize(
    "line",
    [
        "*a" * 12,
        "*a" * 1500,
        "**/a/" * 700 + "b",
        "a*" * 60 + "/" + "*a" * 60,
        "?*" * 1500,
        "[a-z]*" * 600,
        "**" * 1500,
    ],
    ids=lambda line: f"{line[:8]}-{len(line)}",
)
def test_no_pattern_is_slow(tmp_path: Path, line: str) -> None:
    """With backtracking, the first of these patterns takes 15 seconds per name."""
    folder = tmp_path / ("a" * 200)
    folder.mkdir()
    (folder / f"{'a' * 200}b.mp3").touch()
    (tmp_path / IGNORE_FILE).write_text(f"{line}\n*{line}x\n")
    began = time.process_time()
    walk([str(tmp_path)])
    walk([str(folder)], include=[line], exclude=[f"{line}x"])
    assert time.process_time() - began < 5


def unreadable(path: Path) -> None:
    path.write_text("*.mp3")
    path.chmod(0)


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(path.parent, os.O_RDONLY)
        try:
            end.bind(f"/proc/self/fd/{here}/{path.name}")  # the path itself may be too long for a socket
        finally:
            os.close(here)


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "directory": (lambda path: path.mkdir(), "Is a directory"),
    "dangling link": (lambda path: path.symlink_to("nowhere"), "No such file"),
    "link to itself": (lambda path: path.symlink_to(path.name), "symbolic links"),
    "fifo": (lambda path: os.mkfifo(path), "not a regular file"),
    "socket": (make_socket, "not a regular file"),
    "endless": (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
    "zeros": (lambda path: path.write_bytes(bytes(1000)), "not a text file"),
    "utf-16": (lambda path: path.write_text("a.mp3\n", "utf-16"), "not a text file"),
    "huge": (lambda path: path.write_bytes(b"x\n" * ignore_files.MAX_FILE_BYTES), "larger than"),
    "sparse": (sparse, "larger than"),
    "long line": (lambda path: path.write_text("*x" * ignore_files.MAX_LINE_LENGTH), "more than"),
    "many patterns": (lambda path: path.write_text("*x\n" * (ignore_files.MAX_WILDCARDS + 1)), "more than"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_folder_of_an_unusable_ignore_file_is_left_out_and_reported(tmp_path: Path, kind: str) -> None:
    make, reason = UNUSABLE[kind]
    for name in ("odd/a.mp3", "odd/deep/b.mp3", "good/c.mp3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    make(tmp_path / "odd" / IGNORE_FILE)
    errors: list[OSError] = []
    assert names(tmp_path, walk([str(tmp_path)], on_error=errors.append)) == ["good/c.mp3"]
    (error,) = errors
    assert isinstance(error, ignore_files.IgnoreFileError)
    assert error.filename == str(tmp_path / "odd" / IGNORE_FILE)
    assert reason in str(error.strerror)


def test_patterns_in_any_encoding(tmp_path: Path) -> None:
    for name in (b"caf\xe9.mp3", "café.mp3".encode(), b"x.mp3"):
        (tmp_path / os.fsdecode(name)).touch()
    (tmp_path / IGNORE_FILE).write_bytes(b"\xef\xbb\xbfcaf\xe9.mp3\r\n\xff\xfe\x01*\n")
    assert [file.key.rsplit(b"/", 1)[1] for file in walk([str(tmp_path)])] == ["café.mp3".encode(), b"x.mp3"]


def test_many_names_are_as_fast_as_one(tmp_path: Path) -> None:
    """Names without wildcards are looked up in a dictionary."""
    lines = [f"song {number}.mp3" for number in range(40_000)]
    patterns = Patterns(lines)
    began = time.process_time()
    for _ in range(10_000):
        assert patterns.match((), "song 39999.mp3", False)
        assert patterns.match((), "other.mp3", False) is None
    assert time.process_time() - began < 5
