"""Ignore files: which names below their folder a walk leaves out."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from tagger.io import regular
from tagger.library.globs import Patterns

MAX_FILE_BYTES = 1 << 20
"""Bytes that an ignore file may have."""

MAX_LINE_LENGTH = 4096
"""Characters that a pattern may have; no path of a file has more."""

MAX_WILDCARDS = 10_000
"""Patterns with wildcards that may apply to one folder; each is tried for each name."""


class IgnoreFileError(OSError):
    """An ignore file that cannot be used."""


@dataclass(frozen=True)
class IgnoreRules:
    """The ignore files that apply to a folder, the innermost first.

    Attributes
    ----------
    patterns : Patterns
    states : tuple of int
        What of the patterns with slashes has matched on the way here.
    wild : int
        How many patterns with wildcards apply, those of the outer files with them.
    outer : Ignored or None
    """

    patterns: Patterns
    states: tuple[int, ...]
    wild: int
    outer: IgnoreRules | None

    def leaves_out(self, name: str, is_folder: bool) -> bool:
        """Tell whether the innermost file with something to say of a name in this folder ignores it."""
        level: IgnoreRules | None = self
        while level is not None:
            verdict = level.patterns.verdict(level.states, name, is_folder)
            if verdict is not None:
                return verdict
            level = level.outer
        return False

    def below(self, name: str) -> IgnoreRules:
        """Return what applies to a folder in this one."""
        levels = []
        level: IgnoreRules | None = self
        while level is not None:
            levels.append(level)
            level = level.outer
        found: IgnoreRules | None = None
        for each in reversed(levels):
            found = IgnoreRules(each.patterns, each.patterns.step(each.states, name), each.wild, found)
        assert found is not None
        return found


def read(path: str, outer: IgnoreRules | None) -> IgnoreRules:
    """Read the ignore file of a folder.

    Raises
    ------
    IgnoreFileError
        If it is no regular file of text that can be read, or too large.
    """
    try:
        data = regular.read_bytes(path, MAX_FILE_BYTES)
    except OSError as error:
        raise IgnoreFileError(error.errno or errno.EIO, error.strerror or str(error), path) from None
    if b"\0" in data:
        raise IgnoreFileError(errno.EINVAL, "not a text file", path)
    # As git takes the file: bytes that are no UTF-8 stand for themselves, as in names.
    lines = [line.removesuffix("\r") for line in os.fsdecode(data.removeprefix(b"\xef\xbb\xbf")).split("\n")]
    if any(len(line) > MAX_LINE_LENGTH for line in lines):
        raise IgnoreFileError(errno.EINVAL, f"a pattern of more than {MAX_LINE_LENGTH} characters", path)
    patterns = Patterns(lines)
    wild = patterns.wild + (outer.wild if outer else 0)
    if wild > MAX_WILDCARDS:
        raise IgnoreFileError(errno.E2BIG, f"more than {MAX_WILDCARDS} patterns with wildcards", path)
    return IgnoreRules(patterns, patterns.start(), wild, outer)
