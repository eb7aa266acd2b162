"""Queries: select songs of the library by mood, quadrant, valence, arousal, duration, tags and path.

=========================================== ===================================================================
Term                                        Songs
=========================================== ===================================================================
``mood:happy``                              with this mood; any unambiguous word or its beginning
``quadrant:calm``                           in this quadrant of the valence/arousal plane
``valence:0.3..0.6``, ``arousal:..0``       in a range, with its ends; ``valence>0.3``, ``<``, ``>=``, ``<=``
``duration:..3:30``, ``duration>180``       by duration, in seconds or minutes and seconds
``artist:nina``, ``title:``, ``album:``,    with a tag that contains the text
``genre:``
``artist=nina simone``                      with a tag that is the text
``path:live``, ``path:/music/jazz``         whose path contains the text; at or below an absolute path
``nina``                                    with the word in artist, title, album or path
``^mood:angry``, ``-mood:angry``            that the term does not match
=========================================== ===================================================================

Terms are joined by AND; a comma as a term of its own is OR, and AND binds closer: ``mood:sad year , mood:calm``. The
case of letters is ignored.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import inf, isfinite
from os.path import abspath, expanduser, isabs

from tagger.emotions import UnknownWord, find_mood, find_quadrant
from tagger.errors import EmotagError
from tagger.library.query_terms import And, Below, Mood, Node, Not, Or, Quadrant, Range, Text

TAG_FIELDS = ("artist", "title", "album", "genre")
NUMBER_FIELDS = ("valence", "arousal", "duration")
FIELDS = ("mood", "quadrant", *NUMBER_FIELDS, *TAG_FIELDS, "path")
"""Fields of terms."""

TERM = re.compile(r"(?P<negated>[-^]?)(?P<field>[A-Za-z_]+)(?P<operator><=|>=|::|[:=<>])(?P<value>.*)", re.DOTALL)
"""The form of a term with a field."""

SECONDS = re.compile(r"(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)")
"""A duration in hours, minutes and seconds."""

OR = ","

MAX_TERMS = 200
"""Maximum number of terms of a query; SQLite limits the depth of conditions."""

EVERY_SONG = And()
"""The query that all songs match."""


class QueryError(EmotagError):
    """A query that cannot be understood; the message names the term."""


def parse_query(text: str) -> Node:
    """Parse a query in one string, with quotes as in a shell.

    Parameters
    ----------
    text : str

    Returns
    -------
    Node

    Raises
    ------
    QueryError
        If the query is empty or cannot be understood.
    """
    try:
        terms = shlex.split(text)
    except ValueError:
        raise QueryError(f"{text}: a quotation mark or a backslash has no counterpart") from None
    return parse_terms(terms)


def parse_terms(terms: Sequence[str]) -> Node:
    """Parse the terms of a query.

    Parameters
    ----------
    terms : sequence of str
        Each may contain spaces.

    Returns
    -------
    Node

    Raises
    ------
    QueryError
        If there are no terms, or one of them cannot be understood.
    """
    if not any(term.strip() for term in terms):
        raise QueryError("the query is empty")
    if len(terms) > MAX_TERMS:
        raise QueryError(f"the query has {len(terms)} terms; the maximum is {MAX_TERMS}")
    groups: list[list[Node]] = [[]]
    for term in terms:
        if term == OR:
            groups.append([])
        else:
            groups[-1].append(_parse_term(term))
    if not all(groups):
        raise QueryError(f"'{OR}' needs a term before and after it")
    alternatives = tuple(_all(group) for group in groups)
    return alternatives[0] if len(alternatives) == 1 else Or(alternatives)


def both(first: Node, second: Node) -> Node:
    """Return a query for the songs that match two queries.

    Parameters
    ----------
    first, second : Node

    Returns
    -------
    Node
    """
    return second if first == EVERY_SONG else first if second == EVERY_SONG else And((first, second))


def any_of(nodes: Iterable[Node]) -> Node:
    """Return a query for the songs that match at least one of several queries, or for all songs if there is none.

    Parameters
    ----------
    nodes : iterable of Node

    Returns
    -------
    Node
    """
    alternatives = tuple(nodes)
    return Or(alternatives) if alternatives else EVERY_SONG


def has_form_of_term(text: str) -> bool:
    """Return whether a text has the form of a term that is no plain word: a field with a value, a negation, or a comma.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
    """
    match = TERM.fullmatch(text)
    if match is None:
        return text == OR or text.startswith("^")
    return match["field"].lower() in FIELDS or (_is_misspelt(match) and "/" not in text)


def reads_tags(query: Node) -> bool:
    """Return whether a query looks at tags of the files.

    Parameters
    ----------
    query : Node

    Returns
    -------
    bool
    """
    return any(isinstance(leaf, Text) and leaf.field != "path" for leaf in query.leaves())


def has_words(query: Node) -> bool:
    """Return whether a query has plain words.

    Parameters
    ----------
    query : Node

    Returns
    -------
    bool
    """
    return any(isinstance(leaf, Text) and not leaf.field for leaf in query.leaves())


def is_graded(query: Node) -> bool:
    """Return whether songs can match a query more or less well.

    Parameters
    ----------
    query : Node

    Returns
    -------
    bool
    """
    return any(
        isinstance(leaf, Mood | Quadrant) or (isinstance(leaf, Range) and leaf.field != "duration")
        for leaf in query.leaves()
    )


def _all(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _parse_term(term: str) -> Node:
    match = TERM.fullmatch(term)
    if match is None or (match["field"].lower() not in FIELDS and not _is_misspelt(match)):
        return _parse_word(term)
    field = match["field"].lower()
    if field not in FIELDS:
        raise QueryError(f"{term}: there is no field '{field}'; choose from {', '.join(FIELDS)}")
    value = " ".join(match["value"].split()) if field != "path" else match["value"]
    if not value.strip():
        raise QueryError(f"{term}: the value is missing")
    node = _parse_value(term, field, match["operator"], value)
    return Not(node) if match["negated"] else node


def _is_misspelt(match: re.Match[str]) -> bool:
    """Return whether a term without a known field is meant to have one, and is not a word such as ``Re:Stacks``."""
    return match["operator"] != ":" or match["field"].islower()


def _parse_word(term: str) -> Node:
    word = " ".join(term.removeprefix("^").split())
    if not word:
        raise QueryError(f"{term}: the word is missing")
    if word.lower() in FIELDS:
        # The shell has probably taken the rest: `valence>0.3` without quotes writes to a file named 0.3.
        example = f"{word}:0.3..0.6 or '{word}>0.3' in quotes" if word.lower() in NUMBER_FIELDS else f"{word}:VALUE"
        raise QueryError(f"{term}: a field without a value; write {example}")
    node = Text("", word)
    return Not(node) if term.startswith("^") else node


def _parse_value(term: str, field: str, operator: str, value: str) -> Node:
    if operator == "::":
        raise QueryError(f"{term}: regular expressions are not supported; write {field}:TEXT or {field}=TEXT")
    if field in NUMBER_FIELDS:
        return _parse_range(term, field, operator, value)
    if operator not in (":", "="):
        raise QueryError(f"{term}: {field} is not a number; write {field}:TEXT or {field}=TEXT")
    if field in ("mood", "quadrant"):
        return _parse_label(term, field, value)
    if field == "path" and isabs(expanduser(value)):
        return Below(abspath(expanduser(value)))
    return Text(field, value, exact=operator == "=")


def _parse_label(term: str, field: str, value: str) -> Node:
    try:
        return Mood(find_mood(value)) if field == "mood" else Quadrant(find_quadrant(value))
    except UnknownWord as error:
        reason, is_ambiguous = str(error), error.is_ambiguous
    other, find = ("quadrant", find_quadrant) if field == "mood" else ("mood", find_mood)
    if not is_ambiguous:
        with suppress(UnknownWord):
            reason = f"'{value}' is not a {field}; write {other}:{find(value)}"
    raise QueryError(f"{term}: {reason}")


def _parse_range(term: str, field: str, operator: str, value: str) -> Node:
    parse: Callable[[str], float] = _seconds if field == "duration" else float
    try:
        if operator in ("<", "<="):
            return Range(field, high=_finite(parse(value)), with_high=operator == "<=")
        if operator in (">", ">="):
            return Range(field, low=_finite(parse(value)), with_low=operator == ">=")
        low, dots, high = value.partition("..")
        if not dots or not (low or high):
            raise ValueError
        limits = (_finite(parse(low)) if low else -inf, _finite(parse(high)) if high else inf)
    except ValueError:
        example = "duration:2:30..4:00 or duration>180" if field == "duration" else f"{field}:0.3..0.6 or {field}>0.3"
        raise QueryError(f"{term}: '{value}' is not a number or a range; write {example}") from None
    if limits[0] > limits[1]:
        raise QueryError(f"{term}: the range ends before it begins")
    return Range(field, *limits)


def _seconds(text: str) -> float:
    """Return a duration such as ``180`` or ``3:00`` in seconds."""
    if match := SECONDS.fullmatch(text.strip()):
        hours, minutes, seconds = match.groups()
        return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)
    return float(text)


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError
    return number
