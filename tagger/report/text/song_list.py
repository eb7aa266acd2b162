"""Lists of songs with their predictions, for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tagger.emotions import MOODS
from tagger.library.path_text import path_to_text
from tagger.library.songs import Song
from tagger.report.text.song_card import NO_WORDS, summary, summary_lines
from tagger.tags.mood_words import MoodWords, mood_texts


def list_lines(songs: Sequence[Song], display: Callable[[str], str], words: MoodWords = NO_WORDS) -> list[str]:
    """Return a line for each song, and a summary of all.

    Parameters
    ----------
    songs : sequence of Song
    display : callable
        From a path to a text that can be printed on a terminal.
    words : mapping of str to tuple of str, optional
        The user's words for moods.

    Returns
    -------
    list of str
    """
    lines = []
    for song in songs:
        emotion = song.emotion
        point = f"{emotion.valence:+.2f} {emotion.arousal:+.2f} {emotion.quadrant:5}"
        lines.append(f"{point}  {display(song.path)}  ({'; '.join(mood_texts(emotion.moods, words))})")
    return [*lines, *summary_lines(summary(songs, 0, 0), "total", words)]


def list_json(songs: Sequence[Song]) -> list[dict[str, Any]]:
    """Return songs as values that JSON can hold.

    Parameters
    ----------
    songs : sequence of Song

    Returns
    -------
    list of dict
    """
    return [
        {
            "path": path_to_text(song.path),
            "title": song.title,
            "artist": song.artist,
            "album": song.album,
            "genres": list(song.genres),
            "duration": song.duration,
            "library": {
                "model": song.model,
                "valence": song.emotion.valence,
                "arousal": song.emotion.arousal,
                "quadrant": song.emotion.quadrant,
                "moods": list(song.emotion.moods),
                "probabilities": dict(zip(MOODS, song.emotion.probabilities, strict=True)),
                **(song.relative.columns if song.relative else {}),
            },
        }
        for song in songs
    ]
