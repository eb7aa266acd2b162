"""Patterns of ignore files, as in `.gitignore`, matched in time that no pattern makes exponential.

Names are matched one by one, as folders are walked. A pattern with slashes has one part for each name of a path. Its
state is a bit set: bit *i* is set if the parts before part *i* have matched the path so far, and the bit after the last
part is set if the pattern has matched. Within a part, each ``*`` matches as few characters as possible, without
backtracking; that is sufficient because patterns have no alternatives. So the time per name is at most proportional to
the length of the name times the length of the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

SPECIAL = frozenset("*?[\\")
"""Characters of a pattern that are not matched literally."""

Matcher = Callable[[str], object]
"""From a name to a true value if it matches."""

_CHARACTER_CLASSES = {
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


class _PathPattern(NamedTuple):
    """A pattern with slashes.

    Attributes
    ----------
    number : int
        Index of the pattern in its file.
    parts : tuple of Matcher or None
        What each name of a path must match; None (``**``) for any number of folders.
    any_depth : int
        Bits of the parts that are None.
    """

    number: int
    parts: tuple[Matcher | None, ...]
    any_depth: int


class Patterns:
    """The patterns of one ignore file; the last one that matches decides.

    Parameters
    ----------
    lines : iterable of str
        Lines without line ends. Blank lines, comments and malformed patterns are skipped, as by git.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._negated: list[bool] = []
        self._folders_only: list[bool] = []
        self._literal_names: dict[str, list[int]] = {}
        self._name_patterns: list[tuple[int, Matcher]] = []
        self._path_patterns: list[_PathPattern] = []
        for line in lines:
            self._add(line)
        self._name_patterns.reverse()

    @property
    def wildcards(self) -> int:
        """Number of patterns that are tried one by one for each name."""
        return len(self._name_patterns) + len(self._path_patterns)

    def initial_states(self) -> tuple[int, ...]:
        """Return the states of the patterns with slashes in the folder of the ignore file."""
        return tuple(1 | (pattern.any_depth & 1) << 1 for pattern in self._path_patterns)

    def next_states(self, states: tuple[int, ...], name: str) -> tuple[int, ...]:
        """Return the states in a subfolder.

        Parameters
        ----------
        states : tuple of int
            States in the folder that contains it.
        name : str
            Name of the subfolder.

        Returns
        -------
        tuple of int
        """
        if not any(states):
            return states
        return tuple(
            _next_state(pattern, state, name) for pattern, state in zip(self._path_patterns, states, strict=True)
        )

    def match(self, states: tuple[int, ...], name: str, is_folder: bool) -> bool | None:
        """Match a name with all patterns.

        Parameters
        ----------
        states : tuple of int
            States in the folder that contains it.
        name : str
            Name of a file or folder.
        is_folder : bool
            Whether it is a folder.

        Returns
        -------
        bool or None
            True to ignore the name, False to include it, None if no pattern matches.
        """
        last_match = -1
        for number in reversed(self._literal_names.get(name, ())):
            if is_folder or not self._folders_only[number]:
                last_match = number
                break
        for number, matches in self._name_patterns:
            if number < last_match:
                break
            if (is_folder or not self._folders_only[number]) and matches(name):
                last_match = number
                break
        if any(states):
            for pattern, state in zip(self._path_patterns, states, strict=True):
                number = pattern.number
                if not state or number < last_match or (self._folders_only[number] and not is_folder):
                    continue
                if _next_state(pattern, state, name) >> len(pattern.parts):
                    last_match = number
        return None if last_match < 0 else not self._negated[last_match]

    def _add(self, line: str) -> None:
        text = _strip_spaces(line)
        if not text or text[0] == "#":
            return
        negated = text[0] == "!"
        text = text[negated:]
        folders_only = text.endswith("/")
        text = text[:-1] if folders_only else text
        if not text:
            return
        number = len(self._negated)
        if "/" not in text:
            if not SPECIAL & set(text):
                self._literal_names.setdefault(text, []).append(number)
            elif (matches := matcher(text)) is not None:
                self._name_patterns.append((number, matches))
            else:
                return
        else:
            parts = _split_path(text)
            if parts is None:
                return
            any_depth = sum(1 << i for i, part in enumerate(parts) if part is None)
            self._path_patterns.append(_PathPattern(number, parts, any_depth))
        self._negated.append(negated)
        self._folders_only.append(folders_only)


def matcher(part: str) -> Matcher | None:
    """Compile a pattern without slashes.

    Parameters
    ----------
    part : str
        Literal characters, ``?``, ``*``, bracket expressions, and backslashes before literal characters.

    Returns
    -------
    callable or None
        None if the pattern is malformed and matches nothing.
    """
    if not SPECIAL & set(part):
        return part.__eq__
    # Regular expressions of what is between the stars.
    pieces: list[str] = [""]
    position = 0
    while position < len(part):
        character = part[position]
        position += 1
        if character == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif character == "?":
            pieces[-1] += "."
        elif character == "[":
            bracket = _bracket_expression(part, position)
            if bracket is None:
                return None
            expression, position = bracket
            pieces[-1] += expression
        elif character == "\\":
            if position == len(part):
                return None
            pieces[-1] += re.escape(part[position])
            position += 1
        else:
            pieces[-1] += re.escape(character)
    first, *middle = pieces
    if not middle:
        return re.compile(rf"(?s:{first})\Z").match
    last = middle.pop()
    # A lookahead is atomic: after it has matched at the leftmost position, the regular expression does not backtrack
    # into it. The leftmost position of each piece is always a correct choice.
    atoms = "".join(rf"(?=(?P<g{i}>.*?{piece}))(?P=g{i})" for i, piece in enumerate(middle))
    return re.compile(rf"(?s:{first}{atoms}.*{last})\Z").match


def _bracket_expression(part: str, start: int) -> tuple[str, int] | None:
    """Convert a bracket expression to a regular expression.

    Parameters
    ----------
    part : str
        The pattern.
    start : int
        Position after the opening bracket.

    Returns
    -------
    tuple of str and int, or None
        The regular expression, and the position after the closing bracket; None if there is none.
    """
    position = start
    negated = part[position : position + 1] in ("!", "^")
    position += negated
    content = ""
    previous = ""  # the character before, if it can begin a range
    first = position
    while True:
        if position >= len(part):
            return None
        character = part[position]
        if character == "]" and position > first:
            break
        position += 1
        if character == "[" and part[position : position + 1] == ":":
            end = part.find("]", position)
            if end < 0:
                return None
            if part[end - 1] == ":" and end - 1 > position:
                character_class = _CHARACTER_CLASSES.get(part[position + 1 : end - 1])
                if character_class is None:
                    return None
                content += character_class
                previous, position = "", end + 1
                continue
        if character == "-" and previous and position < len(part) and part[position] != "]":
            upper = part[position]
            position += 1
            if upper == "\\":
                if position >= len(part):
                    return None
                upper = part[position]
                position += 1
            if previous <= upper:
                content += f"{re.escape(previous)}-{re.escape(upper)}"
            previous = ""
            continue
        if character == "\\":
            if position >= len(part):
                return None
            character = part[position]
            position += 1
        content += re.escape(character)
        previous = character
    position += 1
    if not content:
        return ("." if negated else "(?!)"), position
    return f"[{'^' if negated else ''}{content}]", position


def _split_path(pattern: str) -> tuple[Matcher | None, ...] | None:
    """Compile the parts of a pattern with slashes; return None if it is malformed and matches nothing."""
    parts: list[Matcher | None] = []
    names = re.sub(r"(?<!\\)((?:\\\\)*)\\/", r"\1/", pattern).removeprefix("/").split("/")
    for index, name in enumerate(names):
        if len(name) > 1 and not name.strip("*"):
            if not parts or parts[-1] is not None:
                parts.append(None)
            if index == len(names) - 1:  # "a/**" matches what is in the folder, not the folder
                parts.append(re.compile("(?s:.)").match)
            continue
        matches = matcher(name)
        if not name or matches is None:
            return None
        parts.append(matches)
    return tuple(parts)


def _next_state(pattern: _PathPattern, state: int, name: str) -> int:
    """Return the state of a pattern after one more name of a path."""
    next_state = state & pattern.any_depth
    remaining = state & ~pattern.any_depth & ~(1 << len(pattern.parts))
    while remaining:
        lowest_bit = remaining & -remaining
        remaining ^= lowest_bit
        matches = pattern.parts[lowest_bit.bit_length() - 1]
        if matches is not None and matches(name):
            next_state |= lowest_bit << 1
    # "**" also matches no folder. Two such parts are never adjacent.
    return next_state | (next_state & pattern.any_depth) << 1


def _strip_spaces(line: str) -> str:
    """Remove the spaces at the end of a line, except one after a backslash."""
    end = len(line)
    while end and line[end - 1] == " ":
        backslashes = len(line[: end - 1]) - len(line[: end - 1].rstrip("\\"))
        if backslashes % 2:
            break
        end -= 1
    return line[:end]
