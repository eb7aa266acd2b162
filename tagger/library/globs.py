"""Patterns of ignore files, as `.gitignore` has them, matched in a time that no pattern makes explode.

A name is matched part by part, as the folders are walked: a pattern with slashes keeps which of its parts have matched
so far, as bits of a number. Within a part each ``*`` takes as little as it can and is not tried again, which is enough
for a pattern without alternatives, and never more than the length of the name times that of the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

SPECIAL = frozenset("*?[\\")

Matcher = Callable[[str], object]

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


class _Rule(NamedTuple):
    """A pattern with slashes: its parts, of which None stands for any number of folders, and the bits of those."""

    number: int
    parts: tuple[Matcher | None, ...]
    deep: int


class Patterns:
    """The patterns of one ignore file; the last one that matches decides.

    Parameters
    ----------
    lines : iterable of str
        Without line ends. Blank lines, comments and patterns that match nothing are passed over, as git does.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.negated: list[bool] = []
        self.folders_only: list[bool] = []
        self.literal: dict[str, list[int]] = {}
        self.names: list[tuple[int, Matcher]] = []
        self.paths: list[_Rule] = []
        for line in lines:
            self._add(line)
        self.names.reverse()

    @property
    def wild(self) -> int:
        """How many patterns are tried one by one."""
        return len(self.names) + len(self.paths)

    def start(self) -> tuple[int, ...]:
        """Return the states of the patterns with slashes in the folder of the ignore file."""
        return tuple(1 | (rule.deep & 1) << 1 for rule in self.paths)

    def step(self, states: tuple[int, ...], name: str) -> tuple[int, ...]:
        """Return the states after one more name of a path."""
        if not any(states):
            return states
        return tuple(_stepped(rule, state, name) for rule, state in zip(self.paths, states, strict=True))

    def verdict(self, states: tuple[int, ...], name: str, is_folder: bool) -> bool | None:
        """Tell whether a name is ignored (True), taken (False) or not spoken of (None).

        Parameters
        ----------
        states : tuple of int
            Those of the folder that holds it.
        name : str
        is_folder : bool
        """
        best = -1
        for number in reversed(self.literal.get(name, ())):
            if is_folder or not self.folders_only[number]:
                best = number
                break
        for number, matches in self.names:
            if number < best:
                break
            if (is_folder or not self.folders_only[number]) and matches(name):
                best = number
                break
        if any(states):
            for rule, state in zip(self.paths, states, strict=True):
                if not state or rule.number < best or (self.folders_only[rule.number] and not is_folder):
                    continue
                if _stepped(rule, state, name) >> len(rule.parts):
                    best = rule.number
        return None if best < 0 else not self.negated[best]

    def _add(self, line: str) -> None:
        pattern = _trimmed(line)
        if not pattern or pattern[0] == "#":
            return
        negated = pattern[0] == "!"
        pattern = pattern[negated:]
        folders_only = pattern.endswith("/")
        pattern = pattern[:-1] if folders_only else pattern
        if not pattern:
            return
        number = len(self.negated)
        if "/" not in pattern:
            if not SPECIAL & set(pattern):
                self.literal.setdefault(pattern, []).append(number)
            elif (matches := matcher(pattern)) is not None:
                self.names.append((number, matches))
            else:
                return
        else:
            parts = _parts(pattern)
            if parts is None:
                return
            self.paths.append(_Rule(number, parts, sum(1 << i for i, part in enumerate(parts) if part is None)))
        self.negated.append(negated)
        self.folders_only.append(folders_only)


def matcher(part: str) -> Matcher | None:
    """Return what matches a pattern without slashes; None if it is malformed and matches nothing.

    Parameters
    ----------
    part : str
        Characters, ``?``, ``*``, sets in brackets, and backslashes before what is meant as it is.
    """
    if not SPECIAL & set(part):
        return part.__eq__
    pieces: list[str] = [""]
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif character == "?":
            pieces[-1] += "."
        elif character == "[":
            found = _bracket(part, at)
            if found is None:
                return None
            expression, at = found
            pieces[-1] += expression
        elif character == "\\":
            if at == len(part):
                return None
            pieces[-1] += re.escape(part[at])
            at += 1
        else:
            pieces[-1] += re.escape(character)
    first, *middle = pieces
    if not middle:
        return re.compile(rf"(?s:{first})\Z").match
    last = middle.pop()
    # A lookahead is not entered again once it has matched: the leftmost place of each piece is the right one.
    atoms = "".join(rf"(?=(?P<g{i}>.*?{piece}))(?P=g{i})" for i, piece in enumerate(middle))
    return re.compile(rf"(?s:{first}{atoms}.*{last})\Z").match


def _bracket(part: str, at: int) -> tuple[str, int] | None:
    """Return the expression for a set that begins behind its bracket, and where it ends; None if it does not."""
    negated = part[at : at + 1] in ("!", "^")
    at += negated
    inside = ""
    before = ""
    begun = at
    while True:
        if at >= len(part):
            return None
        character = part[at]
        if character == "]" and at > begun:
            break
        at += 1
        if character == "[" and part[at : at + 1] == ":":
            end = part.find("]", at)
            if end < 0:
                return None
            if part[end - 1] == ":" and end - 1 > at:
                named = _CLASSES.get(part[at + 1 : end - 1])
                if named is None:
                    return None
                inside += named
                before, at = "", end + 1
                continue
        if character == "-" and before and at < len(part) and part[at] != "]":
            upper = part[at]
            at += 1
            if upper == "\\":
                if at >= len(part):
                    return None
                upper = part[at]
                at += 1
            if before <= upper:
                inside += f"{re.escape(before)}-{re.escape(upper)}"
            before = ""
            continue
        if character == "\\":
            if at >= len(part):
                return None
            character = part[at]
            at += 1
        inside += re.escape(character)
        before = character
    at += 1
    if not inside:
        return ("." if negated else "(?!)"), at
    return f"[{'^' if negated else ''}{inside}]", at


def _parts(pattern: str) -> tuple[Matcher | None, ...] | None:
    """Return the parts of a pattern with slashes; None if it matches nothing."""
    found: list[Matcher | None] = []
    names = re.sub(r"(?<!\\)((?:\\\\)*)\\/", r"\1/", pattern).removeprefix("/").split("/")
    for place, name in enumerate(names):
        if len(name) > 1 and not name.strip("*"):
            if not found or found[-1] is not None:
                found.append(None)
            if place == len(names) - 1:  # what is below, and not the folder itself
                found.append(re.compile("(?s:.)").match)
            continue
        matches = matcher(name)
        if not name or matches is None:
            return None
        found.append(matches)
    return tuple(found)


def _stepped(rule: _Rule, state: int, name: str) -> int:
    """Return which parts may come next after one more name of a path, as bits."""
    after = state & rule.deep
    rest = state & ~rule.deep & ~(1 << len(rule.parts))
    while rest:
        low = rest & -rest
        rest ^= low
        matches = rule.parts[low.bit_length() - 1]
        if matches is not None and matches(name):
            after |= low << 1
    # Any number of folders may be none. Two such parts never follow each other.
    return after | (after & rule.deep) << 1


def _trimmed(line: str) -> str:
    """Return a line without the spaces at its end that no backslash keeps."""
    end = len(line)
    while end and line[end - 1] == " ":
        slashes = len(line[: end - 1]) - len(line[: end - 1].rstrip("\\"))
        if slashes % 2:
            break
        end -= 1
    return line[:end]
