"""Find the music files below some folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tagger.library.records import FileStat

if TYPE_CHECKING:
    from pathspec import PathSpec

SUFFIXES = frozenset(
    (
        *(".mp3", ".flac", ".ogg", ".oga", ".opus", ".spx", ".m4a", ".m4b", ".mp4", ".aac", ".wav", ".aif"),
        *(".aiff", ".aifc", ".wma", ".asf", ".wv", ".mpc", ".ape", ".tta", ".tak", ".ofr", ".dsf", ".mka"),
    )
)
"""What a music file's name ends in, in lower case."""

IGNORE_FILE = ".emotagignore"
"""Holds patterns as `.gitignore` does, for its folder and all below."""

NOT_MUSIC_FILE = ".notmusic"
"""A folder with such a file is left out, and all below it."""


OWN = ".emotag-"
"""How files of emotag's own begin, which lie beside a music file while that is written."""


class Found(NamedTuple):
    """A music file.

    Attributes
    ----------
    path : str
        As reached from the arguments; a name that is not UTF-8 holds surrogates.
    key : bytes
        The absolute path, as the store knows the file.
    stat : FileStat
        Size, modification time and inode.
    """

    path: str
    key: bytes
    stat: FileStat


def walk(
    paths: Iterable[str],
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    follow_symlinks: bool = False,
    on_error: Callable[[OSError], None] = lambda error: None,
    on_own: Callable[[str], object] = lambda path: None,
) -> list[Found]:
    """List the music files at and below `paths`, sorted, each once.

    Parameters
    ----------
    paths : iterable of str
        Files, which are taken whatever their suffix, and folders.
    include, exclude : iterable of str
        Shell patterns for the path below its folder, or for any name in it. Of the files that match
        an `include` (if there is one) those remain that match no `exclude`.
    follow_symlinks : bool
        Enter folders that are symbolic links, each folder once. Links to files are always taken.
    on_error : callable
        Told of each folder that cannot be listed.
    on_own : callable
        Told of each file whose name says that emotag itself put it there.

    Returns
    -------
    list of Found
        Hidden files and folders are left out, with them the `._` files that macOS leaves on foreign
        disks, and so is what an ``.emotagignore`` names and any folder that holds a ``.notmusic``.
    """
    found: dict[bytes, Found] = {}
    wanted, unwanted = tuple(include), tuple(exclude)
    for path in paths:
        key = os.fsencode(os.path.abspath(path))
        if os.path.isdir(path):
            folders = _Folders(wanted, unwanted, follow_symlinks, on_error, on_own, found)
            folders.search(path, key.rstrip(b"/") + b"/", "", ())
        else:
            found.setdefault(key, Found(path, key, file_stat(path)))
    return sorted(found.values(), key=attrgetter("path"))


def file_stat(path: str) -> FileStat:
    """Return by what a file is recognised; zeros if it cannot be looked at, which reading it will explain."""
    try:
        return _file_stat(os.stat(path))
    except OSError:
        return FileStat(0, 0, 0)


def _file_stat(status: os.stat_result) -> FileStat:
    return FileStat(status.st_size, status.st_mtime_ns, status.st_ino)


Ignored = tuple[tuple[str, "PathSpec"], ...]
"""The ignore files in force: the folder each is for, and its patterns."""


@dataclass
class _Folders:
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    follow: bool
    on_error: Callable[[OSError], None]
    on_own: Callable[[str], object]
    found: dict[bytes, Found]
    entered: set[tuple[int, int]] = field(default_factory=set)

    def search(self, folder: str, key: bytes, below: str, ignored: Ignored) -> None:
        """Add the music files below a folder, of which `key` is the absolute path and `below` that from the root."""
        try:
            if self.follow and self._again(folder):
                return
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            self.on_error(error)
            return
        names = {entry.name for entry in listed}
        if NOT_MUSIC_FILE in names:
            return
        if IGNORE_FILE in names:
            ignored = (*ignored, (below, _patterns(os.path.join(folder, IGNORE_FILE))))
        picky = bool(self.include or self.exclude or ignored)
        for entry in listed:
            name = entry.name
            if name[0] == ".":
                if name.startswith(OWN):
                    self.on_own(entry.path)
                continue
            if name[name.rfind(".") :].lower() in SUFFIXES and entry.is_file():
                if not picky or self._taken(below + name, ignored):
                    own = key + os.fsencode(name)
                    try:
                        self.found.setdefault(own, Found(entry.path, own, _file_stat(entry.stat())))
                    except OSError:  # gone meanwhile
                        continue
            elif entry.is_dir(follow_symlinks=self.follow) and self._entered(f"{below}{name}/", ignored):
                self.search(entry.path, key + os.fsencode(name) + b"/", f"{below}{name}/", ignored)

    def _entered(self, relative: str, ignored: Ignored) -> bool:
        return not (_matches(relative[:-1], self.exclude) or _is_ignored(relative, ignored))

    def _taken(self, relative: str, ignored: Ignored) -> bool:
        if _matches(relative, self.exclude) or _is_ignored(relative, ignored):
            return False
        return not self.include or _matches(relative, self.include)

    def _again(self, folder: str) -> bool:
        status = os.stat(folder)
        key = (status.st_dev, status.st_ino)
        if key in self.entered:
            return True
        self.entered.add(key)
        return False


def _patterns(path: str) -> PathSpec:
    from pathspec import GitIgnoreSpec

    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return GitIgnoreSpec.from_lines(file)


def _is_ignored(relative: str, ignored: Ignored) -> bool:
    """Tell whether the innermost ignore file with something to say of a path leaves it out."""
    for folder, patterns in reversed(ignored):
        verdict = patterns.check_file(relative.removeprefix(folder)).include
        if verdict is not None:
            return verdict
    return False


def _matches(relative: str, patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return False
    parts = relative.split(os.sep)
    return any(fnmatchcase(relative, p) or any(fnmatchcase(part, p) for part in parts) for p in patterns)
