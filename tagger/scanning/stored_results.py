"""Results of earlier scans, read from the library database."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from tagger.library.query import EVERY_SONG
from tagger.library.query_terms import Node
from tagger.library.songs import Song, path_key, songs
from tagger.scanning.result import ScanResult
from tagger.tags.basic_tags import BasicTags

if TYPE_CHECKING:
    from tagger.library.store import Store


def stored_results(store: Store, roots: Sequence[str], query: Node) -> Iterator[ScanResult]:
    """Yield the stored results of files, sorted by path as in the report of a scan.

    Parameters
    ----------
    store : Store
        The library database.
    roots : sequence of str
        Files and folders; if empty, all files of the store.
    query : Node
        Only songs that match it. Files that could not be analysed are included if it selects all songs.

    Yields
    ------
    ScanResult
        Each file once. Its path begins with the root under which it was found; without roots it is absolute.
    """
    if not roots:
        yield from _results(store, (), query)
        return
    streams = [_results_below(store, root, roots[:index], query) for index, root in enumerate(roots)]
    yield from heapq.merge(*streams, key=attrgetter("path"))


def _results_below(store: Store, root: str, excluded: Sequence[str], query: Node) -> Iterator[ScanResult]:
    """Yield the results below a root, except those below the excluded roots; paths begin with the root."""
    root_key, excluded_keys = path_key(root), [path_key(path) for path in excluded]
    for result in _results(store, (root,), query):
        key = os.fsencode(result.path)
        if not any(key == other or key.startswith(other.rstrip(b"/") + b"/") for other in excluded_keys):
            relative = os.fsdecode(key[len(root_key) :]).lstrip("/")
            yield replace(result, path=os.path.join(root, relative) if relative else root)


def _results(store: Store, roots: Sequence[str], query: Node) -> Iterator[ScanResult]:
    """Yield the results below at most one root, sorted by absolute path."""
    predicted = (_predicted(song) for song in songs(store, roots, query=query))
    if query != EVERY_SONG:
        return predicted
    failures = store.failures(path_key(roots[0]) if roots else b"")
    failed = (ScanResult(os.fsdecode(key), error=message) for key, message in failures)
    return heapq.merge(predicted, failed, key=lambda result: os.fsencode(result.path))


def _predicted(song: Song) -> ScanResult:
    tags = BasicTags(song.title, song.artist, song.album, song.genres) if song.tags_read else None
    return ScanResult(song.path, duration=song.duration, emotion=song.emotion, model=song.model, tags=tags)
