"""Ignore files: patterns for the files and folders that a walk leaves out."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from tagger.io import regular
from tagger.library.globs import Patterns

MAX_FILE_BYTES = 1 << 20
"""Maximum size of an ignore file in bytes."""

MAX_LINE_LENGTH = 4096
"""Maximum number of characters of a pattern; the path of a file is not longer."""

MAX_WILDCARDS = 10_000
"""Maximum number of patterns with wildcards that apply to one folder; each is tried for each name in it."""


class IgnoreFileError(OSError):
    """An ignore file that cannot be used."""


@dataclass(frozen=True)
class IgnoreRules:
    """The ignore files that apply to a folder: its own, or that of the nearest folder above, and those further above.

    Attributes
    ----------
    patterns : Patterns
        Patterns of the innermost ignore file.
    states : tuple of int
        How far each pattern with slashes has matched the path of this folder (`Patterns.next_states`).
    wildcards : int
        Number of patterns with wildcards in all ignore files that apply.
    outer : IgnoreRules or None
        The ignore files further above.
    """

    patterns: Patterns
    states: tuple[int, ...]
    wildcards: int
    outer: IgnoreRules | None

    def ignores(self, name: str, is_folder: bool) -> bool:
        """Return whether to leave out a file or folder of this folder; the innermost file with a match decides.

        Parameters
        ----------
        name : str
            Name without the path.
        is_folder : bool
            Whether it is a folder.

        Returns
        -------
        bool
        """
        level: IgnoreRules | None = self
        while level is not None:
            ignored = level.patterns.match(level.states, name, is_folder)
            if ignored is not None:
                return ignored
            level = level.outer
        return False

    def for_subfolder(self, name: str) -> IgnoreRules:
        """Return the rules that apply to a folder in this one, without its own ignore file."""
        levels = []
        level: IgnoreRules | None = self
        while level is not None:
            levels.append(level)
            level = level.outer
        rules: IgnoreRules | None = None
        for level in reversed(levels):
            rules = IgnoreRules(level.patterns, level.patterns.next_states(level.states, name), level.wildcards, rules)
        assert rules is not None
        return rules


def read(path: str, outer: IgnoreRules | None) -> IgnoreRules:
    """Read an ignore file.

    Parameters
    ----------
    path : str
        The ignore file.
    outer : IgnoreRules or None
        Rules that apply to its folder from the folders above.

    Returns
    -------
    IgnoreRules

    Raises
    ------
    IgnoreFileError
        If it is not a regular text file, cannot be read, or exceeds one of the limits of this module.
    """
    try:
        data = regular.read_bytes(path, MAX_FILE_BYTES)
    except OSError as error:
        raise IgnoreFileError(error.errno or errno.EIO, error.strerror or str(error), path) from None
    if b"\0" in data:
        raise IgnoreFileError(errno.EINVAL, "not a text file", path)
    # Bytes that are not UTF-8 become surrogates, as in file names; git compares bytes too.
    lines = [line.removesuffix("\r") for line in os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")).split("\n")]
    if any(len(line) > MAX_LINE_LENGTH for line in lines):
        raise IgnoreFileError(errno.EINVAL, f"a pattern of more than {MAX_LINE_LENGTH} characters", path)
    patterns = Patterns(lines)
    wildcards = patterns.wildcards + (outer.wildcards if outer else 0)
    if wildcards > MAX_WILDCARDS:
        raise IgnoreFileError(errno.E2BIG, f"more than {MAX_WILDCARDS} patterns with wildcards", path)
    return IgnoreRules(patterns, patterns.initial_states(), wildcards, outer)
