"""Measure the CPU time of analysing one song, a 4-minute stereo MP3.

Prints the time to decode the whole song with PyAV, the times of a complete analysis with the default model and with
the classical models, their ratios to the decoding, and the times of the parts of an analysis: hashing the audio
packets, the 72 features of a 30-second excerpt, the features of a 10-second window, the embedding of a patch, and the
prediction of one song from its features. Each is the median of 7 runs in one thread. The decoding and the analyses
take turns, and a ratio is the median of the ratios within a turn.

    python benchmarks/song_cpu.py [--check]
"""

from __future__ import annotations

import statistics
from functools import partial

import numpy as np
from common import SONG_SECONDS, Report, cpu_times, decode, median_cpu, median_ratio, parser, predict, scratch, song

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
        for name, budget in MAX_RATIOS.items():
            report.add(f"{name} / decoding", median_ratio(times[name], times[DECODING]), decimals=2, at_most=budget)
        report.add("  hashing the packets", 1000 * median_cpu(lambda: hash_audio(path)), "ms", decimals=1)
        noise = np.random.default_rng(0).normal(scale=0.1, size=marsyas.SAMPLES)
        window, patch = (noise[:samples].astype(np.float32) for samples in (affect.SAMPLES, embedding.SAMPLES))
        excerpt_cpu = median_cpu(lambda: marsyas.extract(noise))
        report.add("  72 features of 30 s", 1000 * excerpt_cpu, "ms", decimals=1, at_most=25)
        window_cpu = median_cpu(lambda: affect.extract(window))
        report.add("  features of a 10-second window", 1000 * window_cpu, "ms", decimals=1, at_most=20)
        patch_cpu = median_cpu(lambda: embedding.extract(patch))
        report.add("  embedding of a patch", 1000 * patch_cpu, "ms", decimals=1, at_most=15)
        analysis = analyse(path, kinds=tuple(predictor.versions))
        assert isinstance(analysis, Analysis)
        prediction_cpu = median_cpu(lambda: predictor.predict_song(analysis.features))
        report.add("  prediction from the features", 1000 * prediction_cpu, "ms", decimals=1)
    report.exit(options.check)


if __name__ == "__main__":
    main()
