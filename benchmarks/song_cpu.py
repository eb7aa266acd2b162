"""Measure the CPU time of analysing one song, a 4-minute stereo MP3.

Prints the time to decode the whole song with PyAV, the time of a complete analysis and its ratio to the decoding, and
the times of the parts of an analysis: hashing the audio packets, the 72 features of a 30-second excerpt, and the
features of a 10-second window. Each is the median of 7 runs in one thread.

    python benchmarks/song_cpu.py [--check]
"""

from __future__ import annotations

import av
import numpy as np
from common import Report, median_cpu, parser, scratch, song

from tagger.analysis.extraction import analyse
from tagger.audio.decode import hash_audio
from tagger.features import affect, marsyas


def decode(path: str) -> None:
    """Decode a whole song in one thread."""
    with av.open(path) as container:
        container.streams.audio[0].codec_context.thread_count = 1
        for _ in container.decode(audio=0):
            pass


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__).parse_args()
    report = Report()
    with scratch() as folder:
        path = str(song(folder / "song.mp3", 240))
        noise = np.random.default_rng(0).normal(scale=0.1, size=marsyas.SAMPLES)
        window = noise[: affect.SAMPLES].astype(np.float32)
        decoding, analysis = median_cpu(lambda: decode(path)), median_cpu(lambda: analyse(path))
        report.add("decoding the whole song", 1000 * decoding, "ms", decimals=1)
        report.add("complete analysis", 1000 * analysis, "ms", decimals=1)
        report.add("complete analysis / decoding", analysis / decoding, decimals=2, at_most=1.6)
        report.add("  hashing the packets", 1000 * median_cpu(lambda: hash_audio(path)), "ms", decimals=1)
        excerpt_cpu = median_cpu(lambda: marsyas.extract(noise))
        report.add("  72 features of 30 s", 1000 * excerpt_cpu, "ms", decimals=1, at_most=25)
        window_cpu = median_cpu(lambda: affect.extract(window))
        report.add("  features of a 10-second window", 1000 * window_cpu, "ms", decimals=1, at_most=20)
    report.exit(options.check)


if __name__ == "__main__":
    main()
