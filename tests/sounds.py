"""Small songs for the tests, made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np

CODECS = {
    ".mp3": "libmp3lame",
    ".flac": "flac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".m4a": "aac",
    ".wav": "pcm_s16le",
    ".aiff": "pcm_s16be",
    ".mka": "flac",
}
"""Encoder by suffix."""


def music(seconds: float, *, rate: int = 44100, seed: int = 0) -> np.ndarray:
    """Return two channels of chords, beats and noise in -1..1; shape (2, n)."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    chord = sum(np.sin(2 * np.pi * f * t + random.uniform(0, 6)) for f in (220, 277.2, 329.6)) / 3
    beat = np.exp(-12 * (t % 0.5)) * random.normal(size=len(t))
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * t / 7)
    left = 0.4 * swell * chord + 0.25 * beat
    return np.stack([left, 0.8 * left + 0.05 * np.sin(2 * np.pi * 880 * t)])


def write(
    path: Path, samples: np.ndarray, *, rate: int = 44100, codec: str | None = None, bit_rate: int = 128000
) -> Path:
    """Encode samples of shape (channels, n) into the container that the suffix names."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(samples)]
    # Through a file object: PyAV cannot take a name that is not UTF-8.
    kind = {"m4a": "ipod", "mka": "matroska", "wma": "asf"}.get(path.suffix[1:], path.suffix[1:])
    with path.open("wb") as file, av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec or CODECS[path.suffix], rate=rate)
        stream.codec_context.layout = layout
        stream.codec_context.bit_rate = bit_rate
        stream.codec_context.options = {"strict": "experimental"}
        block = 4096
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate)
        for start in range(0, samples.shape[1], block):
            piece = np.ascontiguousarray(samples[:, start : start + block], np.float32)
            frame = av.AudioFrame.from_ndarray(piece, "fltp", layout)
            frame.sample_rate, frame.pts = rate, start
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return path


def song(path: Path, seconds: float = 8.0, *, rate: int = 44100, seed: int = 0, codec: str | None = None) -> Path:
    """Write a song of `music` to a file and return its path."""
    return write(path, music(seconds, rate=rate, seed=seed), rate=rate, codec=codec)
