"""The card of a song and the summary of a folder, for the terminal and as JSON."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagger.emotions import BESIDE, INSTEAD, MOODS, QUADRANTS, quadrant
from tagger.errors import TagError
from tagger.library.path_text import path_to_text
from tagger.report.text.wording import count_noun
from tagger.tags.mood_words import MoodWords, mood_texts
from tagger.tags.schema import Marker, format_decimal

if TYPE_CHECKING:
    from tagger.emotions import Emotion
    from tagger.library.relative import LibraryScale
    from tagger.library.songs import Song
    from tagger.library.store import Store
    from tagger.tags import TagState
    from tagger.tags.basic_tags import BasicTags

BAR_WIDTH = 20
"""Characters of the longest bar."""

LABEL_WIDTH = 18
"""Minimum width of the names before the bars in characters."""

NO_WORDS: MoodWords = {}
"""Moods are shown as emotag's labels."""


@dataclass(frozen=True)
class SongCard:
    """The tags of a file and the prediction in the library.

    Attributes
    ----------
    path : str
    titles : Titles
    tags : TagState or None
        None if they cannot be read.
    tags_error : str
        Reason for which the tags cannot be read; else empty.
    song : Song or None
        None if the file is not in the library.
    words : mapping of str to tuple of str
        The user's words for moods.
    """

    path: str
    titles: BasicTags
    tags: TagState | None
    tags_error: str
    song: Song | None
    words: MoodWords = field(default_factory=dict)

    @property
    def differences(self) -> tuple[str, ...] | None:
        """Fields in which the tags differ from the library; None if either of them has no prediction."""
        if self.tags is None or self.tags.marker is None or self.song is None:
            return None
        predicted, tags = self.song.emotion, self.tags
        marker = Marker.parse((self.tags.marker,))
        written = {mood.casefold() for mood in marker.moods} if marker else set()
        present = {mood.casefold() for mood in tags.moods}
        own = {text.casefold() for text in mood_texts(predicted.own_moods, self.words)}
        labels = {text.casefold() for text in mood_texts(predicted.moods, self.words)}
        # A scan writes the user's own moods instead of emotag's, or beside them.
        own_moods = BESIDE if written & (labels - own) else INSTEAD
        expected = {text.casefold() for text in mood_texts(predicted.written_moods(own_moods), self.words)}
        equal = {
            "moods": written <= expected <= present,
            "valence": tags.valence == float(format_decimal(predicted.valence)),
            "arousal": tags.arousal == float(format_decimal(predicted.arousal)),
        }
        return tuple(field for field, is_equal in equal.items() if not is_equal)


def describe(
    path: str, store: Store | None, name: str, scale: LibraryScale | None = None, words: MoodWords = NO_WORDS
) -> tuple[dict[str, Any], list[str]]:
    """Return the card of a file or the summary of a folder, as values for JSON and as lines of text.

    Parameters
    ----------
    path : str
        File or folder.
    store : Store or None
        Library database; None if there is none.
    name : str
        The path as it can be printed on a terminal.
    scale : LibraryScale, optional
        The library to which the song is compared.
    words : mapping of str to tuple of str, optional
        The user's words for moods.

    Returns
    -------
    dict
    list of str

    Raises
    ------
    TagError
        If the tags of a file cannot be read and the file is not in the library.
    """
    if os.path.isdir(path):
        counts = read_summary(path, store)
        return {"folder": path_to_text(path), **counts}, summary_lines(counts, name, words)
    card = read_card(path, store, scale, words)
    return card_json(card), card_lines(card, name)


def read_card(
    path: str, store: Store | None, scale: LibraryScale | None = None, words: MoodWords = NO_WORDS
) -> SongCard:
    """Read the tags of a file, and its prediction from the library.

    Parameters
    ----------
    path : str
    store : Store or None
        Library database; None if there is none.
    scale : LibraryScale, optional
        The library to which the song is compared.
    words : mapping of str to tuple of str, optional
        The user's words for moods.

    Returns
    -------
    SongCard

    Raises
    ------
    TagError
        If the tags cannot be read and the file is not in the library.
    """
    from tagger import tags
    from tagger.library.songs import songs
    from tagger.tags.basic_tags import read_basic_tags

    song = next(songs(store, [path]), None) if store else None
    if song and scale:
        song = scale.place(song)
    try:
        return SongCard(path, read_basic_tags(path), tags.read(path), "", song, words)
    except TagError as error:
        if song is None:
            raise
        return SongCard(path, read_basic_tags(path), None, str(error), song, words)


def card_lines(card: SongCard, name: str) -> list[str]:
    """Return a card as lines of text.

    Parameters
    ----------
    card : SongCard
    name : str
        The path as it can be printed on a terminal.

    Returns
    -------
    list of str
    """
    lines = [f"{name} ({card.tags.container})" if card.tags else name]
    if title := title_line(card.titles):
        lines.append(f"  {title}")
    lines += _tag_lines(card.tags) if card.tags else [f"  tags     - ({card.tags_error})"]
    if card.song is None:
        return [*lines, "  Not analysed yet; run `emotag scan`."]
    emotion = card.song.emotion
    lines.append(f"  predicted by {card.song.model}:")
    bars = {mood: _bar(p, 1.0) + f" {p:.2f}" for mood, p in zip(MOODS, emotion.probabilities, strict=True)}
    lines += [f"    {line}" for line in _labelled(bars, card.words)]
    if emotion.own is not None:
        own = {
            _printable(mood.name): f"{_bar(mood.probability, 1.0)} {mood.probability:.2f}{' *' * mood.is_assigned}"
            for mood in emotion.own
        }
        lines += ["    own moods (* assigned):", *(f"    {line}" for line in _labelled(own, card.words))]
    valence, arousal = _number(emotion.valence, emotion.valence_sd), _number(emotion.arousal, emotion.arousal_sd)
    lines.append(f"    valence {valence}, arousal {arousal}: {emotion.quadrant}")
    if position := card.song.relative:
        lines.append(
            f"    {position.scale} in the library: valence {position.valence:+.3f}, arousal {position.arousal:+.3f}"
        )
    if (differences := card.differences) is not None:
        fields = ", ".join(differences)
        lines.append(f"  tags differ from the prediction: {fields}" if fields else "  tags match the prediction")
    return lines


def title_line(titles: BasicTags) -> str:
    """Return artist, title and album on one line, without control characters.

    Parameters
    ----------
    titles : BasicTags

    Returns
    -------
    str
        Empty if none of them is known.
    """
    title = " - ".join(filter(None, (titles.artist, titles.title))) + (f" ({titles.album})" if titles.album else "")
    return _printable(title)


def _number(value: float, sd: float | None) -> str:
    """Return a value with its sign and its standard deviation, if known."""
    return f"{value:+.3f}" if sd is None else f"{value:+.3f} (sd {sd:.2f})"


def _tag_lines(tags: TagState) -> list[str]:
    lines = [f"  moods    {_printable('; '.join(tags.moods)) or '-'}"]
    for label, value in (("valence", tags.valence), ("arousal", tags.arousal)):
        lines.append(f"  {label}  {'-' if value is None else format(value, '+.3f')}")
    if tags.valence is not None and tags.arousal is not None:
        lines.append(f"  quadrant {quadrant(tags.valence, tags.arousal)}")
    if tags.marker or tags.moods or tags.valence is not None or tags.arousal is not None:
        lines.append(f"  written by {_printable(tags.marker or 'another program')}")
    return lines


def _printable(text: str) -> str:
    """Return text from tags on one line, without control characters."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))


def card_json(card: SongCard) -> dict[str, Any]:
    """Return a card as values that JSON can hold.

    Parameters
    ----------
    card : SongCard

    Returns
    -------
    dict
    """
    tags, differences = card.tags, card.differences
    return {
        "path": path_to_text(card.path),
        **card.titles._asdict(),
        "tags": tags
        and {
            "container": tags.container,
            "moods": list(tags.moods),
            "valence": tags.valence,
            "arousal": tags.arousal,
            "written_by": tags.marker,
        },
        "library": card.song and _song_json(card.song),
        "agree": None if differences is None else not differences,
    }


def _song_json(song: Song) -> dict[str, Any]:
    predicted = song.emotion
    return {
        "model": song.model,
        "valence": predicted.valence,
        "arousal": predicted.arousal,
        "valence_sd": predicted.valence_sd,
        "arousal_sd": predicted.arousal_sd,
        "quadrant": predicted.quadrant,
        "moods": list(predicted.moods),
        "probabilities": dict(zip(MOODS, predicted.probabilities, strict=True)),
        **(_own_json(predicted) if predicted.own is not None else {}),
        **(song.relative.columns if song.relative else {}),
    }


def _own_json(predicted: Emotion) -> dict[str, Any]:
    probabilities = {mood.name: mood.probability for mood in predicted.own or ()}
    return {"own_moods": list(predicted.own_moods), "own_probabilities": probabilities}


def read_summary(folder: str, store: Store | None) -> dict[str, Any]:
    """Summarise the music files in a folder: what the library has of them, and how many it does not have.

    Parameters
    ----------
    folder : str
    store : Store or None
        Library database; None if there is none.

    Returns
    -------
    dict
        As of `summary`.
    """
    from tagger.library.songs import songs
    from tagger.library.walk import walk

    keys = [file.key for file in walk([folder])]
    if store is None:
        return summary((), 0, len(keys))
    rows = store.files(keys)
    failed = sum(row.failure is not None for row in rows.values())
    return summary(songs(store, [folder]), failed, len(keys) - len(rows))


def summary(songs: Iterable[Song], failed: int, unknown: int) -> dict[str, Any]:
    """Return the counts of moods and quadrants, and the means of valence and arousal.

    Parameters
    ----------
    songs : iterable of Song
        Analysed songs.
    failed, unknown : int
        Number of files that could not be read, and of files that are not in the library.

    Returns
    -------
    dict
    """
    moods, own, quadrants = Counter[str](), Counter[str](), Counter[str]()
    count, hours, valence, arousal = 0, 0.0, 0.0, 0.0
    for song in songs:
        moods.update(song.emotion.moods)
        own.update(song.emotion.own_moods)
        quadrants[song.emotion.quadrant] += 1
        count += 1
        hours += song.duration / 3600
        valence += song.emotion.valence
        arousal += song.emotion.arousal
    return {
        "songs": count,
        "failed": failed,
        "unknown": unknown,
        "hours": round(hours, 2),
        "moods": {mood: moods[mood] for mood in MOODS},
        **({"own_moods": dict(own.most_common())} if own else {}),
        "quadrants": {name: quadrants[name] for name in QUADRANTS.values()},
        "valence": round(valence / count, 4) if count else None,
        "arousal": round(arousal / count, 4) if count else None,
    }


def summary_lines(counts: dict[str, Any], name: str, words: MoodWords = NO_WORDS) -> list[str]:
    """Return a summary as lines of text, with a bar for each mood and quadrant.

    Parameters
    ----------
    counts : dict
        The result of `summary`.
    name : str
        The folder as it can be printed on a terminal.
    words : mapping of str to tuple of str, optional
        The user's words for moods.

    Returns
    -------
    list of str
    """
    notes = []
    if counts["failed"]:
        notes.append(f"  {count_noun(counts['failed'], 'file')} could not be read; `emotag export` lists the errors")
    if counts["unknown"]:
        notes.append(f"  {count_noun(counts['unknown'], 'file')} not analysed yet; run `emotag scan`")
    if not counts["songs"]:
        return [f"{name}: no analysed songs", *notes]
    lines = [f"{name}: {count_noun(counts['songs'], 'song')}, {counts['hours']:g} h"]
    for group in filter(None, (counts["moods"], counts.get("own_moods"), counts["quadrants"])):
        maximum = max(group.values())
        bars = {key: f"{_bar(count, maximum)} {count}" for key, count in group.items()}
        lines += [f"  {line}" for line in _labelled(bars, words)]
    return [*lines, f"  mean valence {counts['valence']:+.2f}, mean arousal {counts['arousal']:+.2f}", *notes]


def _labelled(bars: dict[str, str], words: MoodWords) -> list[str]:
    """Return lines with the name of a mood or quadrant and its bar; a mood has the user's words, if there are any."""
    names = {key: _printable(", ".join(words.get(key, ()))) or key for key in bars}
    width = max(LABEL_WIDTH, *map(len, names.values()))
    return [f"{names[key]:{width}} {bar}" for key, bar in bars.items()]


def _bar(value: float, maximum: float) -> str:
    """Return a bar of block characters."""
    return ("█" * round(BAR_WIDTH * value / max(maximum, 1e-9))).ljust(BAR_WIDTH)
