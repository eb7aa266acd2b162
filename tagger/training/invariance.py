"""How far the answers move when the same song comes in another encoding, louder, resampled, or cut elsewhere."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soxr
from av.error import FFmpegError

from tagger import regular
from tagger.analysis import analyse
from tagger.errors import DataError
from tagger.findings import Analysis, Failure
from tagger.prediction import Models

RATE = 44100
PREDICTED = ("valence", "arousal", "moods")
SCALE = {"valence": 4.0, "arousal": 4.0, "moods": 1.0}
"""Valence and arousal are compared on the scale of 1 to 9, moods as probabilities."""


@dataclass(frozen=True)
class Encoding:
    """A container and a codec, with its bits a second where they are chosen."""

    suffix: str
    codec: str
    container: str
    bit_rate: int = 0


WAV = Encoding("wav", "pcm_s16le", "wav")
Signal = tuple[np.ndarray, int]
"""Samples of shape (channels, n), and their rate in Hz."""


def _gained(decibels: float) -> Callable[[np.ndarray], Signal]:
    return lambda y: (y * 10 ** (decibels / 20), RATE)


def _resampled(rate: int) -> Callable[[np.ndarray], Signal]:
    return lambda y: (soxr.resample(y.T, RATE, rate).T, rate)


def _as_is(y: np.ndarray) -> Signal:
    return y, RATE


VARIANTS: dict[str, tuple[Callable[[np.ndarray], Signal], Encoding]] = {
    "FLAC": (_as_is, Encoding("flac", "flac", "flac")),
    "MP3 320": (_as_is, Encoding("mp3", "libmp3lame", "mp3", 320_000)),
    "MP3 128": (_as_is, Encoding("mp3", "libmp3lame", "mp3", 128_000)),
    "MP3 64": (_as_is, Encoding("mp3", "libmp3lame", "mp3", 64_000)),
    "AAC 128": (_as_is, Encoding("m4a", "aac", "ipod", 128_000)),
    "Opus 96": (_resampled(48000), Encoding("opus", "libopus", "opus", 96_000)),
    "Vorbis 128": (_as_is, Encoding("ogg", "vorbis", "ogg", 128_000)),
    "mono": (lambda y: (y.mean(axis=0, keepdims=True), RATE), WAV),
    "48 kHz": (_resampled(48000), WAV),
    "96 kHz": (_resampled(96000), WAV),
    "0.5 s of silence before": (lambda y: (np.pad(y, ((0, 0), (RATE // 2, 0))), RATE), WAV),
    "1 s later": (lambda y: (y[:, RATE:], RATE), WAV),
    **{f"{decibels:+} dB": (_gained(decibels), WAV) for decibels in (-20, -10, -6, 6)},
}
"""What is done to a song, and how it is stored; all are compared with the same as WAV."""


def measure(songs: Sequence[Path], on_song: Callable[[], object] = lambda: None) -> dict[str, dict[str, Any]]:
    """Measure the bundled models.

    Parameters
    ----------
    songs : sequence of Path
        Audio files; 45 s of them are taken.
    on_song : callable
        Called after each.

    Returns
    -------
    dict of str to dict
        By variant, for valence, arousal (1..9) and the moods (probabilities) the ``mean`` and greatest (``max``)
        difference from the song as WAV.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    models = Models()
    moved: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in VARIANTS}
    for song in songs:
        with tempfile.TemporaryDirectory(prefix="emotag-") as folder:
            y = _decoded(song)
            plain = _told(models, _stored(Path(folder) / "plain.wav", (y, RATE), WAV), str(song))
            for name, (changed, encoding) in VARIANTS.items():
                stored = _stored(Path(folder) / f"variant.{encoding.suffix}", changed(y), encoding)
                found = _told(models, stored, f"{song}, {name}")
                moved[name].append({key: np.abs(found[key] - plain[key]) * SCALE[key] for key in PREDICTED})
        on_song()
    return {name: dict(_summed(runs)) for name, runs in moved.items()}


def _summed(runs: list[dict[str, np.ndarray]]) -> Iterator[tuple[str, dict[str, float]]]:
    for key in PREDICTED:
        values = np.stack([run[key] for run in runs])
        yield key, {"mean": round(float(values.mean()), 4), "max": round(float(values.max()), 4)}


def _told(models: Models, path: Path, called: str) -> dict[str, np.ndarray]:
    found = analyse(str(path), kinds=tuple(models.versions))
    if isinstance(found, Failure):
        raise DataError(f"{called}: {found.message}")
    assert isinstance(found, Analysis)
    told = models.told(found.features)
    return {
        "valence": np.array(told.valence),
        "arousal": np.array(told.arousal),
        "moods": np.array(told.probabilities),
    }


def _decoded(song: Path) -> np.ndarray:
    """Return up to 45 s of a song in stereo; shape (2, n)."""
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    parts: list[np.ndarray] = []
    try:
        with regular.opened(song) as file, av.open(file, "r") as container:
            for frame in container.decode(audio=0):
                parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
                if sum(part.shape[1] for part in parts) > 45 * RATE:
                    break
    except (FFmpegError, OSError, IndexError) as error:
        raise DataError(f"{song}: cannot be decoded ({getattr(error, 'strerror', None) or error})") from None
    return 0.9 * np.concatenate(parts, axis=1)[:, : 45 * RATE]


def _stored(path: Path, signal: Signal, encoding: Encoding) -> Path:
    samples, rate = signal
    samples = np.clip(samples, -1, 1).astype(np.float32)
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=encoding.container) as container:
        stream: Any = container.add_stream(encoding.codec, rate=rate)
        stream.codec_context.layout = layout
        stream.codec_context.options = {"strict": "experimental"}  # which FFmpeg's own encoder of Vorbis is
        if encoding.bit_rate:
            stream.codec_context.bit_rate = encoding.bit_rate
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        fifo = av.AudioFifo()
        for piece in resampler.resample(frame):
            fifo.write(piece)
        while block := fifo.read(stream.codec_context.frame_size or 4096, partial=True):
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return path
