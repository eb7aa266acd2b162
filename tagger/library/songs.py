"""The songs of a library with what is known of their emotions, and the choice of some of them; read from the store."""

from __future__ import annotations

import heapq
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tagger.emotions import Emotion, chosen
from tagger.outcome import Outcome

if TYPE_CHECKING:
    from tagger.library.store import Store


@dataclass(frozen=True)
class Song:
    """A file of the library.

    Attributes
    ----------
    path : str
        Absolute.
    audio : int
        The store's number of its audio; copies of a song share it.
    duration : float
        Seconds.
    emotion : Emotion
    model : str
        The models that told it.
    """

    path: str
    audio: int
    duration: float
    emotion: Emotion
    model: str


def songs(store: Store, roots: Sequence[str] = (), model: str = "") -> Iterator[Song]:
    """Yield the songs below some files and folders, or all there are, in the order of their paths.

    Parameters
    ----------
    store : Store
    roots : sequence of str
        Files or folders.
    model : str
        Names of the models whose predictions are wanted; by default, of each song the newest one's.
    """
    for key, audio, duration, name, prediction in store.told(model):
        if not _below(key, roots):
            continue
        moods = chosen(prediction.probabilities, prediction.threshold)
        emotion = Emotion(prediction.valence, prediction.arousal, moods, prediction.probabilities)
        yield Song(os.fsdecode(key), audio, duration, emotion, name)


@dataclass(frozen=True)
class Filter:
    """Which songs are wanted; a song must meet all that is asked.

    Attributes
    ----------
    moods : tuple of str
        It has one of these.
    not_moods : tuple of str
        It has none of these.
    quadrants : tuple of str
        It lies in one of these.
    """

    moods: tuple[str, ...] = ()
    not_moods: tuple[str, ...] = ()
    quadrants: tuple[str, ...] = ()

    def takes(self, song: Song) -> bool:
        """Tell whether a song is wanted."""
        given = set(song.emotion.moods)
        return (
            (not self.moods or bool(given & set(self.moods)))
            and not given & set(self.not_moods)
            and (not self.quadrants or song.emotion.quadrant in self.quadrants)
        )


def outcomes(store: Store, roots: Sequence[str], wanted: Filter) -> Iterator[Outcome]:
    """Yield what a scan's report says of the songs below some files and folders, in the order of their paths.

    Files that failed are among them where all songs are wanted. Paths are as reached from `roots`, or absolute.
    """
    told = (_told(song) for song in songs(store, roots) if wanted.takes(song))
    if wanted != Filter():
        yield from (replace(outcome, path=_reached(outcome.path, roots)) for outcome in told)
        return
    failed = (Outcome(os.fsdecode(key), error=message) for key, message in store.failures() if _below(key, roots))
    for outcome in heapq.merge(told, failed, key=lambda outcome: os.fsencode(outcome.path)):
        yield replace(outcome, path=_reached(outcome.path, roots))


def _told(song: Song) -> Outcome:
    return Outcome(song.path, duration=song.duration, emotion=song.emotion, model=song.model)


def _below(key: bytes, roots: Sequence[str]) -> bool:
    return not roots or any(_relative(key, root) is not None for root in roots)


def _relative(key: bytes, root: str) -> bytes | None:
    """Return the way from a root to a file below it, or None if it is elsewhere."""
    whole = os.fsencode(os.path.abspath(root))
    if key == whole:
        return b""
    folder = whole.rstrip(b"/") + b"/"
    return key[len(folder) :] if key.startswith(folder) else None


def _reached(path: str, roots: Sequence[str]) -> str:
    for root in roots:
        rest = _relative(os.fsencode(path), root)
        if rest is not None:
            return os.path.join(root, os.fsdecode(rest)) if rest else root
    return path


def limited(found: Iterable[Song], *, count: int | None = None, minutes: float | None = None) -> list[Song]:
    """Return the first songs, so many of them or so many minutes at most."""
    kept: list[Song] = []
    seconds = 0.0
    for song in found:
        seconds += song.duration
        if (count is not None and len(kept) >= count) or (minutes is not None and seconds > 60 * minutes):
            break
        kept.append(song)
    return kept


def spread(found: Iterable[Song], artist_of: Callable[[str], str], most: int) -> list[Song]:
    """Return songs, at most so many of one artist; those whose artist is not known are all kept."""
    counts: Counter[str] = Counter()
    kept = []
    for song in found:
        artist = artist_of(song.path).casefold()
        if artist:
            counts[artist] += 1
        if not artist or counts[artist] <= most:
            kept.append(song)
    return kept


def shuffled(found: Iterable[Song], seed: int | None) -> list[Song]:
    """Return songs in another order, the same one for the same seed."""
    mixed = list(found)
    random.Random(seed).shuffle(mixed)
    return mixed
