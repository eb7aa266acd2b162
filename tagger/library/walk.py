"""Find the music files below some folders."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import NamedTuple

from tagger.errors import EmotagError
from tagger.library import ignore_files
from tagger.library.ignore_files import IgnoreRules
from tagger.library.records import FileStat

AUDIO_SUFFIXES = frozenset(
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


TEMPORARY_PREFIX = ".emotag-"
"""How files of emotag's own begin, which lie beside a music file while that is written."""


class FoundFile(NamedTuple):
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
    on_leftover: Callable[[str], object] = lambda path: None,
) -> list[FoundFile]:
    """List the music files at and below `paths`, sorted, each once.

    Parameters
    ----------
    paths : iterable of str
        Files, which are taken whatever their suffix, and folders.
    include, exclude : iterable of str
        Shell patterns for the path below its folder, or for any name in it. Of the files that match
        an `include` (if there is one) those remain that match no `exclude`.
    follow_symlinks : bool
        Enter folders that are symbolic links, each folder once: one that can be reached without links is. Links
        to files are always taken.
    on_error : callable
        Told of each folder that cannot be listed, and of each ignore file that cannot be used: its folder is left
        out, since nobody knows what in it is not to be touched.
    on_leftover : callable
        Told of each file whose name says that emotag itself put it there.

    Returns
    -------
    list of Found
        Hidden files and folders are left out, with them the `._` files that macOS leaves on foreign
        disks, and so is what an ``.emotagignore`` names and any folder that holds a ``.notmusic``.

    Raises
    ------
    EmotagError
        If the working directory, from which `paths` are reached, is gone.
    """
    found: dict[bytes, FoundFile] = {}
    wanted, unwanted = tuple(include), tuple(exclude)
    for path in paths:
        try:
            key = os.fsencode(os.path.abspath(path))
        except FileNotFoundError:
            raise EmotagError(f"{path}: the working directory is gone") from None
        if os.path.isdir(path):
            folders = _Folders(wanted, unwanted, follow_symlinks, on_error, on_leftover, found)
            folders.search(_Folder(path, key.rstrip(b"/") + b"/", "", None, not wanted))
        else:
            found.setdefault(key, FoundFile(path, key, file_stat(path)))
    return sorted(found.values(), key=attrgetter("path"))


def file_stat(path: str) -> FileStat:
    """Return by what a file is recognised; zeros if it cannot be looked at, which reading it will explain."""
    try:
        return _file_stat(os.stat(path))
    except OSError:
        return FileStat(0, 0, 0)


def _file_stat(status: os.stat_result) -> FileStat:
    return FileStat(status.st_size, status.st_mtime_ns, status.st_ino)


class _Folder(NamedTuple):
    """A folder to search.

    `key` is its absolute path and `below` that from the root, both with a slash at the end; `taken` tells whether a
    name on the way matched an `include`, so that all files in it are wanted.
    """

    path: str
    key: bytes
    below: str
    ignored: IgnoreRules | None
    taken: bool


@dataclass
class _Folders:
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    follow: bool
    on_error: Callable[[OSError], None]
    on_leftover: Callable[[str], object]
    found: dict[bytes, FoundFile]
    entered: set[tuple[int, int]] = field(default_factory=set)
    waiting: list[_Folder] = field(default_factory=list)
    links: list[_Folder] = field(default_factory=list)

    def search(self, root: _Folder) -> None:
        """Add the music files below a folder. A list of what is to be searched has no limit of depth."""
        self.waiting.append(root)
        while self.waiting or self.links:
            if not self.waiting:
                # What links lead to comes last, so that a song has the same path in every scan.
                self.links.sort(key=attrgetter("key"), reverse=True)
                self.waiting.append(self.links.pop())
            self._search(self.waiting.pop())

    def _search(self, folder: _Folder) -> None:
        try:
            if self.follow and self._again(folder.path):
                return
            with os.scandir(folder.path) as entries:
                listed = list(entries)
            names = {entry.name for entry in listed}
            if NOT_MUSIC_FILE in names:
                return
            if IGNORE_FILE in names:
                rules = ignore_files.read(os.path.join(folder.path, IGNORE_FILE), folder.ignored)
                folder = folder._replace(ignored=rules)
        except OSError as error:
            self.on_error(error)
            return
        picky = bool(self.include or self.exclude or folder.ignored)
        for entry in listed:
            name = entry.name
            if name[0] == ".":
                if name.startswith(TEMPORARY_PREFIX):
                    self.on_leftover(entry.path)
                continue
            if name[name.rfind(".") :].lower() in AUDIO_SUFFIXES and _is_file(entry):
                if not picky or self._taken(folder, name):
                    self._add(entry, folder.key + os.fsencode(name))
            elif _is_folder(entry, self.follow) and not self._left_out(folder, name, True):
                self._put_down(entry, folder)

    def _add(self, entry: os.DirEntry[str], key: bytes) -> None:
        try:
            found = _file_stat(entry.stat())
        except FileNotFoundError:  # gone meanwhile
            return
        except OSError:  # reading it will explain
            found = FileStat(0, 0, 0)
        self.found.setdefault(key, FoundFile(entry.path, key, found))

    def _put_down(self, entry: os.DirEntry[str], folder: _Folder) -> None:
        """Put a folder on the list of those that are to be searched."""
        name = entry.name
        below = f"{folder.below}{name}/"
        rules = folder.ignored.below(name) if folder.ignored else None
        taken = folder.taken or _matches(name, self.include)
        found = _Folder(entry.path, folder.key + os.fsencode(name) + b"/", below, rules, taken)
        (self.links if self.follow and entry.is_symlink() else self.waiting).append(found)

    def _taken(self, folder: _Folder, name: str) -> bool:
        if self._left_out(folder, name, False):
            return False
        return folder.taken or _matches(name, self.include) or _matches(folder.below + name, self.include)

    def _left_out(self, folder: _Folder, name: str, is_folder: bool) -> bool:
        # Of the names on the way here none was left out.
        if self.exclude and (_matches(name, self.exclude) or _matches(folder.below + name, self.exclude)):
            return True
        return folder.ignored is not None and folder.ignored.leaves_out(name, is_folder)

    def _again(self, folder: str) -> bool:
        status = os.stat(folder)
        key = (status.st_dev, status.st_ino)
        if key in self.entered:
            return True
        self.entered.add(key)
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a regular file, or may be one of which the system tells nothing."""
    try:
        return entry.is_file()
    except OSError as error:
        # A link that leads to itself leads nowhere, as one whose target is gone.
        return error.errno not in (errno.ELOOP, errno.ENOENT, errno.ENOTDIR)


def _is_folder(entry: os.DirEntry[str], follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
