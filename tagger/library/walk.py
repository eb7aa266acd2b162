"""Search of folders for music files."""

from __future__ import annotations

import errno
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
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
"""Suffixes of music files, in lower case."""

IGNORE_FILE = ".emotagignore"
"""Name of files with patterns as in `.gitignore`, for their folder and all folders below."""

NOT_MUSIC_FILE = ".notmusic"
"""Name of a file that excludes its folder and all folders below."""

TEMPORARY_PREFIX = ".emotag-"
"""Prefix of temporary files of emotag, which are beside a music file while its tags are written."""


class FoundFile(NamedTuple):
    """A music file.

    Attributes
    ----------
    path : str
        Path that begins with the argument under which it was found; bytes that are not UTF-8 are surrogates.
    key : bytes
        Absolute path, the key of the file in the store.
    stat : FileStat
        Size, modification time and inode; zeros if they cannot be read.
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
    """List the music files at and below some paths.

    Hidden files and folders are left out (among them the `._` files that macOS creates on other file systems), and so
    are files that an ``.emotagignore`` excludes and folders with a ``.notmusic``.

    Parameters
    ----------
    paths : iterable of str
        Files, which are listed whatever their suffix, and folders.
    include, exclude : iterable of str
        Shell patterns for the path relative to its folder in `paths`, or for any name in it. Listed are the files that
        match an `include`, if there is one, and no `exclude`.
    follow_symlinks : bool
        Search folders that are symbolic links. Each folder is searched once, by a path without links if there is one.
        Links to files are always listed.
    on_error : callable
        Called with the error for each folder that cannot be listed, and for each ignore file that cannot be used; the
        folder of such an ignore file is left out.
    on_leftover : callable
        Called with the path of each temporary file of emotag.

    Returns
    -------
    list of FoundFile
        Sorted by path, each file once.

    Raises
    ------
    EmotagError
        If the working directory, to which `paths` are relative, does not exist any more.
    """
    files: dict[bytes, FoundFile] = {}
    include, exclude = tuple(include), tuple(exclude)
    for path in paths:
        try:
            key = os.fsencode(os.path.abspath(path))
        except FileNotFoundError:
            raise EmotagError(f"{path}: the working directory does not exist") from None
        if os.path.isdir(path):
            walker = _Walker(include, exclude, follow_symlinks, on_error, on_leftover, files)
            walker.search(_Folder(path, key.rstrip(b"/") + b"/", "", None, not include))
        else:
            files.setdefault(key, FoundFile(path, key, file_stat(path)))
    return sorted(files.values(), key=attrgetter("path"))


def paths_without_files(paths: Iterable[str], files: Sequence[FoundFile]) -> list[str]:
    """Return the paths in which no files were found.

    Parameters
    ----------
    paths : iterable of str
        Arguments of `walk`.
    files : sequence of FoundFile
        Its result.

    Returns
    -------
    list of str
    """
    unique = list(dict.fromkeys(paths))
    if len(unique) < 2:  # there is no need to sort the files
        return [] if files else unique
    keys = sorted(file.key for file in files)

    def has_files(path: str) -> bool:
        key = os.fsencode(os.path.abspath(path))
        for start in (key, key.rstrip(b"/") + b"/"):
            found = keys[(index := bisect_left(keys, start)) : index + 1]
            if found and (found[0] == key or found[0].startswith(key.rstrip(b"/") + b"/")):
                return True
        return False

    return [path for path in unique if not has_files(path)]


def file_stat(path: str) -> FileStat:
    """Return the properties by which a file is recognised.

    Parameters
    ----------
    path : str
        The file; symbolic links are followed.

    Returns
    -------
    FileStat
        Zeros if the file cannot be accessed; whoever reads the file gets the error.
    """
    try:
        return _to_file_stat(os.stat(path))
    except OSError:
        return FileStat(0, 0, 0)


def _to_file_stat(status: os.stat_result) -> FileStat:
    return FileStat(status.st_size, status.st_mtime_ns, status.st_ino)


class _Folder(NamedTuple):
    """A folder to search.

    Attributes
    ----------
    path : str
        Path that begins with the argument.
    key : bytes
        Absolute path with a slash at the end.
    relative : str
        Path relative to the argument, with a slash at the end; empty for the argument itself.
    rules : IgnoreRules or None
        Ignore files that apply, without its own.
    included : bool
        Whether all files in it are included: there is no `include`, or a name on the way matched one.
    """

    path: str
    key: bytes
    relative: str
    rules: IgnoreRules | None
    included: bool


@dataclass
class _Walker:
    """The search below one argument; `files` collects the results, and the other attributes are those of `walk`."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    follow_symlinks: bool
    on_error: Callable[[OSError], None]
    on_leftover: Callable[[str], object]
    files: dict[bytes, FoundFile]
    searched: set[tuple[int, int]] = field(default_factory=set)
    queue: list[_Folder] = field(default_factory=list)
    links: list[_Folder] = field(default_factory=list)

    def search(self, root: _Folder) -> None:
        """Add the music files below a folder; without recursion, so that the depth is not limited."""
        self.queue.append(root)
        while self.queue or self.links:
            if not self.queue:
                # Links are searched last and in order, so that a file has the same path in every scan.
                self.links.sort(key=attrgetter("key"), reverse=True)
                self.queue.append(self.links.pop())
            self._search_folder(self.queue.pop())

    def _search_folder(self, folder: _Folder) -> None:
        try:
            if self.follow_symlinks and self._is_searched(folder.path):
                return
            with os.scandir(folder.path) as scanner:
                entries = list(scanner)
            names = {entry.name for entry in entries}
            if NOT_MUSIC_FILE in names:
                return
            if IGNORE_FILE in names:
                rules = ignore_files.read(os.path.join(folder.path, IGNORE_FILE), folder.rules)
                folder = folder._replace(rules=rules)
        except OSError as error:
            self.on_error(error)
            return
        has_filters = bool(self.include or self.exclude or folder.rules)
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                if name.startswith(TEMPORARY_PREFIX):
                    self.on_leftover(entry.path)
                continue
            if name[name.rfind(".") :].lower() in AUDIO_SUFFIXES and _is_file(entry):
                if not has_filters or self._is_included(folder, name):
                    self._add_file(entry, folder.key + os.fsencode(name))
            elif _is_folder(entry, self.follow_symlinks) and not self._is_excluded(folder, name, True):
                self._add_folder(entry, folder)

    def _add_file(self, entry: os.DirEntry[str], key: bytes) -> None:
        try:
            stat = _to_file_stat(entry.stat())
        except FileNotFoundError:  # deleted since the folder was listed
            return
        except OSError:
            stat = FileStat(0, 0, 0)
        self.files.setdefault(key, FoundFile(entry.path, key, stat))

    def _add_folder(self, entry: os.DirEntry[str], parent: _Folder) -> None:
        """Add a folder to those to search."""
        name = entry.name
        relative = f"{parent.relative}{name}/"
        rules = parent.rules.for_subfolder(name) if parent.rules else None
        included = parent.included or _matches(name, self.include)
        folder = _Folder(entry.path, parent.key + os.fsencode(name) + b"/", relative, rules, included)
        (self.links if self.follow_symlinks and entry.is_symlink() else self.queue).append(folder)

    def _is_included(self, folder: _Folder, name: str) -> bool:
        if self._is_excluded(folder, name, False):
            return False
        return folder.included or _matches(name, self.include) or _matches(folder.relative + name, self.include)

    def _is_excluded(self, folder: _Folder, name: str, is_folder: bool) -> bool:
        """Return whether a name is excluded; the folders on the way to it are not."""
        if self.exclude and (_matches(name, self.exclude) or _matches(folder.relative + name, self.exclude)):
            return True
        return folder.rules is not None and folder.rules.ignores(name, is_folder)

    def _is_searched(self, folder: str) -> bool:
        """Return whether a folder has been searched, and remember it."""
        status = os.stat(folder)
        identity = (status.st_dev, status.st_ino)
        if identity in self.searched:
            return True
        self.searched.add(identity)
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a regular file, or may be one because the system cannot tell."""
    try:
        return entry.is_file()
    except OSError as error:
        # A link to itself or to a missing file is not a file.
        return error.errno not in (errno.ELOOP, errno.ENOENT, errno.ENOTDIR)


def _is_folder(entry: os.DirEntry[str], follow_symlinks: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow_symlinks)
    except OSError:
        return False


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
