"""Compare the CPU time of analysing one song with that of other programs, on a 4-minute stereo MP3.

Prints the versions, the CPU times of decoding the whole song with PyAV, of emotag's complete analysis with the default
model and with the classical models, of `bliss_audio.Song` and of Essentia's `MusicExtractor`, and their ratios. All
take turns, after one run of each that warms up. A time is the median of the runs and includes all threads and child
processes; a ratio is the median of the ratios within a turn. Loading of models and libraries is not included.

Install the other programs into the environment of emotag; for one that is missing, the rows say "not installed":

    pip install bliss-audio essentia
    python benchmarks/peers.py [--runs 5] [--check]
"""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable
from functools import partial
from importlib import metadata

from common import SONG_SECONDS, Report, cpu_times, decode, median_ratio, parser, predict, scratch, song

from tagger.models.predictor import CLASSICAL, Predictor

DEFAULT = "emotag"
QUICK = "emotag --model classical"
DECODING = "decoding with PyAV"
BLISS = "bliss-audio, Song"
ESSENTIA = "Essentia, MusicExtractor"
PEERS = {BLISS: "bliss-audio", ESSENTIA: "essentia"}
"""Packages on PyPI by name of the row."""

RATIOS = (
    (DEFAULT, DECODING, 2.5),
    (QUICK, DECODING, None),
    (BLISS, DECODING, None),
    (ESSENTIA, DECODING, None),
    (DEFAULT, BLISS, 0.7),
    (QUICK, BLISS, None),
    (ESSENTIA, DEFAULT, None),
)
"""Rows whose times are compared, and the largest ratio."""

NOT_INSTALLED = "not installed"


def version(package: str) -> str | None:
    """Return the version of an installed package; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def analyse_with_bliss(path: str) -> object:
    """Analyse a song with bliss-audio."""
    import bliss_audio

    return bliss_audio.Song(path)


def analyse_with_essentia(path: str) -> object:
    """Analyse a song with Essentia's `MusicExtractor` and its default settings."""
    import essentia

    essentia.log.infoActive = False
    from essentia.standard import MusicExtractor

    return MusicExtractor()(path)


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=5, help="runs of each program [default: 5]")
    options = arguments.parse_args()
    report = Report()
    report.note("Python", platform.python_version())
    for package in ("emotag", "av", *PEERS.values()):
        report.note(package, version(package) or NOT_INSTALLED)
    with scratch() as folder:
        path = str(song(folder / "song.mp3", SONG_SECONDS))
        works: dict[str, Callable[[], object]] = {
            DECODING: partial(decode, path),
            DEFAULT: partial(predict, path, Predictor()),
            QUICK: partial(predict, path, Predictor([CLASSICAL])),
            BLISS: partial(analyse_with_bliss, path),
            ESSENTIA: partial(analyse_with_essentia, path),
        }
        measured = {name: work for name, work in works.items() if name not in PEERS or version(PEERS[name])}
        times = cpu_times(measured, options.runs)
    for name in works:
        if name in times:
            report.add(name, 1000 * statistics.median(times[name]), "ms")
        else:
            report.note(name, NOT_INSTALLED)
    for name, other, budget in RATIOS:
        if name in times and other in times:
            report.add(f"{name} / {other}", median_ratio(times[name], times[other]), decimals=2, at_most=budget)
        else:
            report.note(f"{name} / {other}", NOT_INSTALLED)
    report.exit(options.check)


if __name__ == "__main__":
    main()
