"""mer450: 450 clips of commercial music, with the quadrant and the mood words that experts gave each of them.

They are half of the 900 clips of R. Panda, R. Malheiro and R. P. Paiva, "Novel audio features for music emotion
recognition", IEEE Transactions on Affective Computing, 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tagger.datasets.annotations import find_audio, read_rows
from tagger.datasets.multilabel import sha256_of
from tagger.emotions import MOODS
from tagger.errors import DataError

LABELS, AUDIO = "labels.csv", "audio"

QUADRANT_SIGNS = {"Q1": (1, 1), "Q2": (-1, 1), "Q3": (-1, -1), "Q4": (1, -1)}
"""Signs of valence and arousal of each quadrant."""

_WORDS = {
    "amazed-surprised": "exciting energetic thrilling dramatic explosive rousing euphoric exuberant outrageous intense "
    "powerful epic",
    "happy-pleased": "happy cheerful joyous fun playful carefree lively sweet amiable good-natured optimistic gleeful "
    "celebratory summery bright positive giddy jovial effervescent sparkling innocent",
    "relaxing-calm": "calm peaceful soothing relaxed mellow laid-back gentle soft smooth dreamy warm light lazy "
    "pastoral",
    "quiet-still": "quiet delicate restrained reserved intimate ethereal sparse meditative reverent atmospheric "
    "austere",
    "sad-lonely": "sad gloomy melancholy lonely bleak somber weary wistful bittersweet poignant plaintive brooding "
    "autumnal tragic regretful yearning",
    "angry-aggressive": "angry aggressive hostile harsh fierce bitter menacing rebellious confrontational outraged "
    "malevolent belligerent threatening thuggish volatile",
}

MOOD_WORDS: dict[str, frozenset[str]] = {mood: frozenset(_WORDS[mood].split()) for mood in MOODS}
"""Words that stand for each of `tagger.emotions.MOODS`; a song with one of them has the mood."""


@dataclass(frozen=True)
class QuadrantDataset:
    """Songs with a quadrant of the valence/arousal plane and mood words.

    Attributes
    ----------
    paths : tuple of str
        Audio file of each song.
    quadrants : numpy.ndarray, shape=(songs,)
        ``Q1`` to ``Q4``; see `QUADRANT_SIGNS`.
    words : tuple of frozenset of str
        Mood words of each song, in lower case; at least one.
    artists : numpy.ndarray, shape=(songs,)
        Id of the artist of each song.
    genres : tuple of tuple of str
        Genres of each song; empty if unknown.
    source, sha256 : str
        Name and hash of the annotations.
    notes : tuple of str
        Remarks on the data, as sentences.
    """

    paths: tuple[str, ...]
    quadrants: np.ndarray
    words: tuple[frozenset[str], ...]
    artists: np.ndarray
    genres: tuple[tuple[str, ...], ...]
    source: str
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def valence_signs(self) -> np.ndarray:
        """Sign of each song's valence, -1 or 1."""
        return self._signs(0)

    @property
    def arousal_signs(self) -> np.ndarray:
        """Sign of each song's arousal, -1 or 1."""
        return self._signs(1)

    def _signs(self, axis: int) -> np.ndarray:
        return np.array([QUADRANT_SIGNS[name][axis] for name in self.quadrants.tolist()])

    def mood_labels(self) -> np.ndarray:
        """Group the words by mood.

        Returns
        -------
        numpy.ndarray, shape=(songs, moods)
            Of bool: whether a song has a word of each of `tagger.emotions.MOODS`.
        """
        return np.array([[bool(words & MOOD_WORDS[mood]) for mood in MOODS] for words in self.words])


def read(folder: Path) -> QuadrantDataset:
    """Read the annotations and find the audio files.

    Parameters
    ----------
    folder : Path
        Contains ``labels.csv``, with the columns `song_id`, `artist_id`, `quadrant` (``Q1`` to ``Q4``), `moods` and
        `genres` (both separated by semicolons), and the folder ``audio`` with a file named by the id of each song.

    Returns
    -------
    QuadrantDataset
        In the order of the annotations.

    Raises
    ------
    DataError
        If a file, a column, a value or the audio of a song is missing, a song occurs twice, a quadrant is unknown, or
        all songs are by one artist.
    """
    file = folder / LABELS
    songs: dict[str, dict[str, str]] = {}
    words = []
    for line, row in read_rows(file, ("artist_id", "quadrant", "moods", "genres"), may_be_empty=("moods", "genres")):
        if row["quadrant"] not in QUADRANT_SIGNS:
            raise DataError(f"{file}: line {line}: unknown quadrant {row['quadrant']!r}; expected Q1 to Q4")
        words.append(_split_words(row["moods"]))
        if not words[-1]:
            raise DataError(f"{file}: line {line}: song {row['song_id']} has no mood words")
        songs[row["song_id"]] = row
    if not songs:
        raise DataError(f"{file}: no songs found")
    artists = np.array([row["artist_id"] for row in songs.values()])
    count = len(np.unique(artists))
    if count < 2:
        raise DataError(f"{file}: all songs are by one artist; cannot hold out songs by artist")
    without_mood = sum(not any(song & mood_words for mood_words in MOOD_WORDS.values()) for song in words)
    notes = [f"{len(songs)} songs of {count} artists"]
    if without_mood:
        notes.append(f"songs without a word that stands for one of the {len(MOODS)} moods: {without_mood}")
    return QuadrantDataset(
        tuple(str(path) for path in find_audio(folder / AUDIO, songs)),
        np.array([row["quadrant"] for row in songs.values()]),
        tuple(words),
        artists,
        tuple(tuple(_split(row["genres"])) for row in songs.values()),
        folder.name,
        sha256_of(file),
        tuple(notes),
    )


def _split_words(cell: str) -> frozenset[str]:
    """Return the words in lower case; two words joined by a slash, such as ``Calm/Peaceful``, become two words."""
    return frozenset(_split(cell.lower().replace("/", ";")))


def _split(cell: str) -> list[str]:
    return [part for part in map(str.strip, cell.split(";")) if part]
