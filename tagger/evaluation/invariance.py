"""Changes of the predictions when a song is encoded, amplified, resampled or cut differently."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
import soxr
from av.error import FFmpegError

from tagger.analysis.extraction import analyse
from tagger.analysis.results import Analysis
from tagger.errors import DataError, Failure
from tagger.io import regular
from tagger.models.predictor import Predictor

RATE = 44100
"""Sample rate of the decoded songs, in Hz."""

MAX_SECONDS = 45
"""Length that is taken of each song, in seconds."""

HEADROOM = 0.9
"""Factor on the decoded samples, so that resampling and codecs clip less."""

PREDICTED = ("valence", "arousal", "moods")


@dataclass(frozen=True)
class Encoding:
    """A container format and a codec.

    Attributes
    ----------
    suffix : str
        File name suffix, without the dot.
    codec, container : str
        FFmpeg's names of the encoder and the container format.
    bit_rate : int
        In bits per second; 0 for the default of the encoder.
    """

    suffix: str
    codec: str
    container: str
    bit_rate: int = 0


WAV = Encoding("wav", "pcm_s16le", "wav")
Result = TypeVar("Result")
Signal = tuple[np.ndarray, int]
"""Samples of shape (channels, n), and the sample rate in Hz."""


def _gain(decibels: float) -> Callable[[np.ndarray], Signal]:
    return lambda y: (y * 10 ** (decibels / 20), RATE)


def _resample(rate: int) -> Callable[[np.ndarray], Signal]:
    return lambda y: (soxr.resample(y.T, RATE, rate).T, rate)


def _unchanged(y: np.ndarray) -> Signal:
    return y, RATE


VARIANTS: dict[str, tuple[Callable[[np.ndarray], Signal], Encoding]] = {
    "FLAC": (_unchanged, Encoding("flac", "flac", "flac")),
    "MP3 320": (_unchanged, Encoding("mp3", "libmp3lame", "mp3", 320_000)),
    "MP3 128": (_unchanged, Encoding("mp3", "libmp3lame", "mp3", 128_000)),
    "MP3 64": (_unchanged, Encoding("mp3", "libmp3lame", "mp3", 64_000)),
    "AAC 128": (_unchanged, Encoding("m4a", "aac", "ipod", 128_000)),
    "Opus 96": (_resample(48000), Encoding("opus", "libopus", "opus", 96_000)),
    "Vorbis 128": (_unchanged, Encoding("ogg", "vorbis", "ogg", 128_000)),
    "one channel inverted": (lambda y: (np.stack([y[0], -y[-1]]), RATE), WAV),
    "mono": (lambda y: (y.mean(axis=0, keepdims=True), RATE), WAV),
    "48 kHz": (_resample(48000), WAV),
    "96 kHz": (_resample(96000), WAV),
    "0.5 s of silence before": (lambda y: (np.pad(y, ((0, 0), (RATE // 2, 0))), RATE), WAV),
    "1 s later": (lambda y: (y[:, RATE:], RATE), WAV),
    **{f"{decibels:+} dB": (_gain(decibels), WAV) for decibels in (-20, -10, -6, 6)},
}
"""Changes of the signal and encodings, by name; all are compared with the unchanged song as WAV."""


def measure_invariance(
    songs: Sequence[Path], on_song: Callable[[], object] = lambda: None, *, models: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """Measure how much the predictions of the models change under `VARIANTS`.

    Parameters
    ----------
    songs : sequence of Path
        Audio files; the first 45 seconds are used.
    on_song : callable
        Called after each song.
    models : sequence of str
        As for `Predictor`.

    Returns
    -------
    dict of str to dict
        By variant and by output (``valence``, ``arousal``, ``moods``): ``mean`` and ``max`` of the absolute differences
        from the song as WAV. Valence and arousal are in -1..1, moods are probabilities.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    predictor = Predictor(models)
    differences: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in VARIANTS}
    for song in songs:
        plain, *variants = encoded_variants(song, VARIANTS, partial(_predict, predictor))
        for name, predicted in zip(VARIANTS, variants, strict=True):
            differences[name].append({key: np.abs(predicted[key] - plain[key]) for key in PREDICTED})
        on_song()
    return {name: _summarise(songs_differences) for name, songs_differences in differences.items()}


def encoded_variants(song: Path, names: Iterable[str], measure: Callable[[Path, str], Result]) -> list[Result]:
    """Measure the first 45 seconds of a song as WAV, and its variants.

    Parameters
    ----------
    song : Path
        Audio file.
    names : iterable of str
        Keys of `VARIANTS`.
    measure : callable
        From an audio file, and its description for messages, to a result.

    Returns
    -------
    list
        The result for the song as WAV and for each variant.

    Raises
    ------
    DataError
        If the song cannot be decoded.
    """
    with tempfile.TemporaryDirectory(prefix="emotag-") as folder:
        y = _decode(song)
        results = [measure(_encode(Path(folder) / "plain.wav", (y, RATE), WAV), str(song))]
        for name in names:
            change, encoding = VARIANTS[name]
            variant = _encode(Path(folder) / f"variant.{encoding.suffix}", change(y), encoding)
            results.append(measure(variant, f"{song}, {name}"))
    return results


def _summarise(differences: list[dict[str, np.ndarray]]) -> dict[str, dict[str, float]]:
    summary = {}
    for key in PREDICTED:
        values = np.stack([song[key] for song in differences])
        summary[key] = {"mean": round(float(values.mean()), 5), "max": round(float(values.max()), 5)}
    return summary


def _predict(predictor: Predictor, path: Path, label: str) -> dict[str, np.ndarray]:
    result = analyse(str(path), kinds=tuple(predictor.versions))
    if isinstance(result, Failure):
        raise DataError(f"{label}: {result.message}")
    assert isinstance(result, Analysis)
    prediction = predictor.predict_song(result.features)
    return {
        "valence": np.array(prediction.valence),
        "arousal": np.array(prediction.arousal),
        "moods": np.array(prediction.probabilities),
    }


def _decode(song: Path) -> np.ndarray:
    """Return the first 45 s of a song in stereo; shape (2, n)."""
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    parts: list[np.ndarray] = []
    limit = MAX_SECONDS * RATE
    try:
        with regular.open_regular(song) as file, av.open(file, "r") as container:
            for frame in container.decode(audio=0):
                parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
                if sum(part.shape[1] for part in parts) > limit:
                    break
    except (FFmpegError, OSError, IndexError) as error:
        raise DataError(f"{song}: cannot be decoded ({getattr(error, 'strerror', None) or error})") from None
    samples: np.ndarray = HEADROOM * np.concatenate(parts, axis=1)[:, :limit]
    return samples


def _encode(path: Path, signal: Signal, encoding: Encoding) -> Path:
    samples, rate = signal
    samples = np.clip(samples, -1, 1).astype(np.float32)
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=encoding.container) as container:
        stream: Any = container.add_stream(encoding.codec, rate=rate)
        stream.codec_context.layout = layout
        stream.codec_context.options = {"strict": "experimental"}  # required for FFmpeg's own Vorbis encoder
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
