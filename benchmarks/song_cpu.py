"""Measure the CPU time of analysing one song, a 4-minute stereo MP3.

Prints the time to decode the whole song with PyAV, the times of a complete analysis with the default model and with
the classical models, their ratios to the decoding, and the times of the parts of an analysis: hashing the audio
packets, the 72 features of a 30-second excerpt, the features of a 10-second window, the embedding of a patch, and the
prediction of one song from its features. All run in one thread. Decoding and analyses are medians of 7 runs in turns,
and a ratio is the median of the ratios within a turn. Each part is the median of 21 runs without others between them.

    python benchmarks/song_cpu.py [--check]
"""

from __future__ import annotations

import statistics
from functools import partial

import numpy as np
from common import SONG_SECONDS, Report, cpu_times, decode, median_ratio, parser, predict, scratch, song

from tagger.analysis.extraction import analyse
from tagger.analysis.results import Analysis
from tagger.audio.decode import hash_audio
from tagger.features import affect, embedding, marsyas
from tagger.models.predictor import CLASSICAL, Predictor

DEFAULT = "complete analysis"
QUICK = "complete analysis, --model classical"
DECODING = "decoding the whole song"
MAX_RATIOS = {DEFAULT: 2.5, QUICK: 1.6}
"""Largest CPU times of the analyses, divided by that of decoding the song."""

MAX_MILLISECONDS = {"72 features of 30 s": 25, "features of a 10-second window": 20, "embedding of a patch": 15}
"""Largest CPU times of the parts of an analysis."""

PART_RUNS = 21


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__).parse_args()
    report = Report()
    predictor = Predictor()
    with scratch() as folder:
        path = str(song(folder / "song.mp3", SONG_SECONDS))
        works = {
            DECODING: partial(decode, path),
            DEFAULT: partial(predict, path, predictor),
            QUICK: partial(predict, path, Predictor([CLASSICAL])),
        }
        times = cpu_times(works)
        for name, seconds in times.items():
            report.add(name, 1000 * statistics.median(seconds), "ms", decimals=1)
        for name, ratio in MAX_RATIOS.items():
            report.add(f"{name} / decoding", median_ratio(times[name], times[DECODING]), decimals=2, at_most=ratio)
        noise = np.random.default_rng(0).normal(scale=0.1, size=marsyas.SAMPLES)
        window, patch = (noise[:samples].astype(np.float32) for samples in (affect.SAMPLES, embedding.SAMPLES))
        analysis = analyse(path, kinds=tuple(predictor.versions))
        assert isinstance(analysis, Analysis)
        parts = {
            "hashing the packets": partial(hash_audio, path),
            "72 features of 30 s": partial(marsyas.extract, noise),
            "features of a 10-second window": partial(affect.extract, window),
            "embedding of a patch": partial(embedding.extract, patch),
            "prediction from the features": partial(predictor.predict_song, analysis.features),
        }
        for name, work in parts.items():
            cpu = statistics.median(cpu_times({name: work}, PART_RUNS)[name])
            report.add(f"  {name}", 1000 * cpu, "ms", decimals=1, at_most=MAX_MILLISECONDS.get(name))
    report.exit(options.check)


if __name__ == "__main__":
    main()
