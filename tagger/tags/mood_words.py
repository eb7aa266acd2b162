"""The texts that are written to the mood field: the labels of emotag, or the user's own words for them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from tagger.emotions import UnknownWord, find_mood
from tagger.errors import WordsError
from tagger.tags.ownership import SEPARATORS

MoodWords = Mapping[str, tuple[str, ...]]
"""Texts by mood label. A label without an entry is written as it is, one with an empty tuple is not written."""

MAX_LENGTH = 100
"""Maximum length of a text in characters."""

FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, surrogates, and separators of lines and paragraphs."""

FORBIDDEN = frozenset("\ufeff\ufffe\uffff")
"""Byte order marks, which UTF-16 text in ID3v2 and ASF may lose, and characters that are none."""


def parse_words(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Check the user's words for moods.

    Parameters
    ----------
    table : mapping of str to object
        A text or a list of texts by mood, which is named as for `tagger.emotions.find_mood`; an empty text to write
        nothing for a mood.

    Returns
    -------
    dict of str to tuple of str
        As `MoodWords`, without spaces around the texts and without repetitions.

    Raises
    ------
    WordsError
        If there is no such mood, or a text cannot be stored in every container, with a message of one sentence.
    """
    words: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        try:
            label = find_mood(name)
        except UnknownWord as error:
            raise WordsError(str(error)) from None
        if label in words:
            raise WordsError(f"{label} has two entries")
        words[label] = _parse_texts(label, value)
    return words


def mood_texts(moods: Iterable[str], words: MoodWords) -> tuple[str, ...]:
    """Return the texts to write for moods.

    Parameters
    ----------
    moods : iterable of str
        Mood labels.
    words : mapping of str to tuple of str
        The user's words.

    Returns
    -------
    tuple of str
        In the order of the moods; a text that stands for several moods once, regardless of upper and lower case.
    """
    return _without_repetitions(text for mood in moods for text in words.get(mood, (mood,)))


def words_id(words: MoodWords) -> str:
    """Return a short text that differs between words that are written differently.

    Parameters
    ----------
    words : mapping of str to tuple of str
        The user's words.

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    return hashlib.sha256(repr(sorted(words.items())).encode()).hexdigest()[:12]


def _parse_texts(label: str, value: Any) -> tuple[str, ...]:
    """Return the texts for a label; none for an empty text."""
    if value == "":
        return ()
    texts = value if isinstance(value, list | tuple) else [value]
    if not texts:
        raise WordsError(f'{label} is an empty list; write "" to write nothing for this mood')
    return _without_repetitions(_parse_text(label, text) for text in texts)


def _parse_text(label: str, value: Any) -> str:
    if not isinstance(value, str):
        raise WordsError(f"{label} must be a text or a list of texts, not {value}")
    text = value.strip()
    if not text:
        raise WordsError(f"{label} has an empty text in its list" if not value else f"{label} is only spaces")
    for character in text:
        if unicodedata.category(character) in FORBIDDEN_CATEGORIES or character in FORBIDDEN:
            raise WordsError(f"{label} contains the control character U+{ord(character):04X}")
        if character in SEPARATORS:
            raise WordsError(
                f"{label}: '{text}' contains '{character}', at which programs split moods; "
                "write several texts as a list"
            )
    if len(text) > MAX_LENGTH:
        raise WordsError(f"{label} is a text of {len(text)} characters; the maximum is {MAX_LENGTH}")
    return text


def _without_repetitions(texts: Iterable[str]) -> tuple[str, ...]:
    """Return texts in their order, the first one of those that differ only in upper and lower case."""
    return tuple({text.casefold(): text for text in reversed(list(texts))}.values())[::-1]
