"""The songs of a library with what is known of their emotions, and the choice of some of them; read from the store."""

from __future__ import annotations

import heapq
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from tagger.emotions import Emotion
from tagger.scanning.result import ScanResult

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
    streams = [store.predicted_files(model, _key(root)) for root in roots] if roots else [store.predicted_files(model)]
    last = b""
    for key, audio, duration, name, prediction in heapq.merge(*streams, key=itemgetter(0)):
        if key == last:
            continue
        last = key
        yield Song(os.fsdecode(key), audio, duration, prediction.emotion(), name)


@dataclass(frozen=True)
class SongFilter:
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

    def matches(self, song: Song) -> bool:
        """Tell whether a song is wanted."""
        given = set(song.emotion.moods)
        return (
            (not self.moods or bool(given & set(self.moods)))
            and not given & set(self.not_moods)
            and (not self.quadrants or song.emotion.quadrant in self.quadrants)
        )


def stored_results(store: Store, roots: Sequence[str], wanted: SongFilter) -> Iterator[ScanResult]:
    """Yield what a scan's report says of the songs below some files and folders, in the report's order.

    Files that failed are among them where all songs are wanted. Paths are as reached from `roots`, or absolute.
    """
    if not roots:
        yield from _outcomes(store, (), wanted)
        return
    streams = [_reached(store, root, roots[:number], wanted) for number, root in enumerate(roots)]
    yield from heapq.merge(*streams, key=attrgetter("path"))


def _reached(store: Store, root: str, others: Sequence[str], wanted: SongFilter) -> Iterator[ScanResult]:
    """Yield what is below a root and not below others, with paths as reached from it."""
    whole, ours = _key(root), [_key(other) for other in others]
    for outcome in _outcomes(store, (root,), wanted):
        key = os.fsencode(outcome.path)
        if not any(key == other or key.startswith(other.rstrip(b"/") + b"/") for other in ours):
            rest = os.fsdecode(key[len(whole) :]).lstrip("/")
            yield replace(outcome, path=os.path.join(root, rest) if rest else root)


def _outcomes(store: Store, roots: Sequence[str], wanted: SongFilter) -> Iterator[ScanResult]:
    """Yield what is known below at most one root, by absolute path."""
    told = (_told(song) for song in songs(store, roots) if wanted.matches(song))
    if wanted != SongFilter():
        return told
    failures = store.failures(_key(roots[0]) if roots else b"")
    failed = (ScanResult(os.fsdecode(key), error=message) for key, message in failures)
    return heapq.merge(told, failed, key=lambda outcome: os.fsencode(outcome.path))


def _told(song: Song) -> ScanResult:
    return ScanResult(song.path, duration=song.duration, emotion=song.emotion, model=song.model)


def _key(root: str) -> bytes:
    return os.fsencode(os.path.abspath(root))


def limit_length(found: Iterable[Song], *, count: int | None = None, minutes: float | None = None) -> list[Song]:
    """Return the first songs, so many of them or so many minutes at most."""
    kept: list[Song] = []
    seconds = 0.0
    for song in found:
        seconds += song.duration
        if (count is not None and len(kept) >= count) or (minutes is not None and seconds > 60 * minutes):
            break
        kept.append(song)
    return kept


def limit_per_artist(found: Iterable[Song], artist_of: Callable[[str], str], most: int) -> list[Song]:
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


def shuffle(found: Iterable[Song], seed: int | None) -> list[Song]:
    """Return songs in another order, the same one for the same seed."""
    mixed = list(found)
    random.Random(seed).shuffle(mixed)
    return mixed
