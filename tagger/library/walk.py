"""Find the music files below some folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

SUFFIXES = (
    *(
        ".mp3",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".spx",
        ".m4a",
        ".m4b",
        ".mp4",
        ".aac",
        ".wav",
        ".aif",
        ".aiff",
    ),
    *(".aifc", ".wma", ".asf", ".wv", ".mpc", ".ape", ".tta", ".tak", ".ofr", ".dsf", ".mka"),
)
"""What a music file's name ends in, in lower case."""


def walk(
    paths: Iterable[str],
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    follow_symlinks: bool = False,
    on_error: Callable[[OSError], None] = lambda error: None,
) -> list[str]:
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

    Returns
    -------
    list of str
        Paths as reached from the arguments; names that are not UTF-8 hold surrogates. Hidden files and
        folders are left out, and so are the `._` files that macOS leaves on foreign disks.
    """
    wanted, unwanted = tuple(include), tuple(exclude)
    found: set[str] = set()
    for path in paths:
        if not os.path.isdir(path):
            found.add(path)
            continue
        folders = _Folders(path, unwanted, follow_symlinks, on_error)
        found.update(os.path.join(path, f) for f in folders.files("") if not wanted or _matches(f, wanted))
    return sorted(found, key=os.fsencode)


@dataclass
class _Folders:
    root: str
    exclude: tuple[str, ...]
    follow: bool
    on_error: Callable[[OSError], None]
    entered: set[tuple[int, int]] = field(default_factory=set)

    def files(self, below: str) -> Iterator[str]:
        """Yield the music files below a folder, relative to the root."""
        try:
            if self.follow and self._again(os.path.join(self.root, below)):
                return
            with os.scandir(os.path.join(self.root, below)) as entries:
                listed = list(entries)
        except OSError as error:
            self.on_error(error)
            return
        for entry in listed:
            relative = os.path.join(below, entry.name)
            if entry.name.startswith(".") or _matches(relative, self.exclude):
                continue
            if entry.is_dir(follow_symlinks=self.follow):
                yield from self.files(relative)
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES and entry.is_file():
                yield relative

    def _again(self, folder: str) -> bool:
        status = os.stat(folder)
        key = (status.st_dev, status.st_ino)
        if key in self.entered:
            return True
        self.entered.add(key)
        return False


def _matches(relative: str, patterns: tuple[str, ...]) -> bool:
    parts = relative.split(os.sep) if patterns else ()
    return any(fnmatchcase(relative, p) or any(fnmatchcase(part, p) for part in parts) for p in patterns)
