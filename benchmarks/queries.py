"""Measure queries over a large library.

Fills a library database with songs of random predictions and tags. Prints the CPU time of `songs` for several
queries and that of whole commands, with the start of Python (medians of 3 runs). The music files are empty.

    python benchmarks/queries.py [SONGS] [--check]
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from common import Report, emotag, parser, scratch

from tagger.emotions import Prediction
from tagger.library.query import EVERY_SONG, parse_query
from tagger.library.records import FileStat
from tagger.library.songs import songs
from tagger.library.store import Store
from tagger.tags.basic_tags import BasicTags

SONGS = 100_000
SONGS_PER_ARTIST = 20
SONGS_PER_ALBUM = 10
RUNS = 3
BUDGET = 1.0
"""Seconds for a query over 100 000 songs."""

GENRES = ("Jazz", "Soul", "Rock", "Électronique", "Folk", "Classical")
QUERIES = (
    "mood:happy",
    "^mood:angry",
    "valence:0.3.. arousal:..0",
    "'artist=artist 77'",
    "genre:élec",
    "album:99 , title:77",
    "77 123",
)
"""Queries of every kind; the last one has plain words, which are looked for in all tags and in the path."""

COMMANDS = (
    ("export", "mood:happy", "artist:77"),
    ("show", "genre:jazz", "valence>0.7", "-mood:sad"),
    ("playlist", "mood:calm", "^mood:angry", "--minutes", "60"),
    ("playlist", "--order", "curve", "--minutes", "60"),
)


def fill(path: Path, count: int, music: Path) -> None:
    """Fill a library database with songs of random predictions, and a folder with their files.

    Parameters
    ----------
    path : Path
    count : int
    music : Path
        Folder of the songs.
    """
    source = random.Random(0)
    with Store(str(path)) as store:
        for number in range(count):
            artist, album = number // SONGS_PER_ARTIST, number // SONGS_PER_ALBUM
            file = music / f"Artist {artist}" / f"Album {album}" / f"{number:06} Title {number}.mp3"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            tags = BasicTags(f"Title {number}", f"Artist {artist}", f"Album {album}", (source.choice(GENRES),))
            audio = store.add_audio(f"{number:032x}", source.uniform(120, 420), {})
            store.set_file(os.fsencode(file), FileStat(1, 1, number), audio, tags)
            valence, arousal = (max(-1.0, min(1.0, source.gauss(0, 0.35))) for _ in range(2))
            moods = tuple(source.betavariate(1, 3) for _ in range(6))
            store.add_prediction(audio, "model", Prediction(valence, arousal, 0.4, moods, 0.2, 0.15))


def median_time(work: Callable[[], object]) -> float:
    """Return the median CPU time of some runs in seconds.

    Parameters
    ----------
    work : callable

    Returns
    -------
    float
    """
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("songs", nargs="?", type=int, default=SONGS, help=f"number of songs [default: {SONGS}]")
    options = arguments.parse_args()
    report = Report()
    budget = BUDGET if options.songs <= SONGS else None
    with scratch() as folder:
        path = folder / "library.sqlite"
        fill(path, options.songs, folder / "music")
        with Store(str(path)) as store:
            for text in QUERIES:
                query = parse_query(text)
                matching = sum(1 for _ in songs(store, query=query))
                time_taken = median_time(lambda query=query: list(songs(store, query=query)))
                report.add(f"{text} ({matching} songs)", time_taken, "s", decimals=2, at_most=budget)
            report.add("all songs", median_time(lambda: list(songs(store, query=EVERY_SONG))), "s", decimals=2)
        for command in COMMANDS:
            times = [emotag(*command, store=path).cpu for _ in range(RUNS)]
            # Without a query, the whole library is put in order.
            limit = budget and budget * (1 if any(":" in word for word in command) else 2)
            report.add(f"emotag {' '.join(command)}", statistics.median(times), "s", decimals=2, at_most=limit)
    report.exit(options.check)


if __name__ == "__main__":
    main()
