"""Segments of a song: the packets of neighbouring excerpts, decoded together to mono samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soxr
from av.error import FFmpegError

from tagger.audio.excerpts import SAMPLE_RATE, Excerpt
from tagger.audio.mixing import Products, Signs, cancellation, channel_products, mix_to_mono
from tagger.errors import AudioError

RUN_IN = 0.5
"""Seconds decoded before an excerpt, until the decoder and the resampler have settled."""

RUN_OUT = 0.25
"""Seconds decoded after an excerpt, for the resampler and for packets whose time stamps are early."""

PROBE_INTERVAL = 0.35
"""Minimum seconds between the frames whose channels are compared: a comparison costs as much as mixing a frame."""

BUFFER_MARGIN = 0.5
"""Seconds of audio that packets may hold before and after a span, for which memory is reserved."""

Samples = npt.NDArray[np.float32]
"""Mono samples in -1..1."""


class TimeBase(NamedTuple):
    """Time stamps of a stream.

    Attributes
    ----------
    origin : float
        Time stamp of the beginning of the song, in seconds.
    unit : float
        Seconds per unit of a time stamp.
    """

    origin: float
    unit: float


class _Probe(NamedTuple):
    """The products of the channels of one frame, which lasts from `start` to `end` in seconds."""

    start: float
    end: float
    products: Products


@dataclass
class Span:
    """Excerpts that overlap or nearly touch; they are decoded together.

    Attributes
    ----------
    start, end : float
        Seconds of the song to decode, including run-in and run-out.
    excerpts : list of Excerpt
        Sorted by start.
    """

    start: float
    end: float
    excerpts: list[Excerpt]
    _packets: list[tuple[Any, float]] = field(default_factory=list)
    _decoded_start: float = 0.0
    _samples: Samples = field(default_factory=lambda: np.empty(0, np.float32))
    _inverted: dict[Excerpt, tuple[float, Samples]] = field(default_factory=dict)

    def add_packet(self, packet: Any, shift: float) -> None:
        """Keep a packet until `decode`.

        Parameters
        ----------
        packet : av.Packet
            Compressed audio.
        shift : float
            Seconds to add to its time stamps.
        """
        self._packets.append((packet, shift))

    def decode(self, context: Any, time_base: TimeBase) -> None:
        """Decode the packets to mono samples at `SAMPLE_RATE`, and release them.

        If the channels of an excerpt cancel each other, the packets are decoded again for a mix with inverted channels.

        Parameters
        ----------
        context : av.CodecContext
            The decoder.
        time_base : TimeBase
            Time stamps of the stream.
        """
        probes: list[_Probe] = []
        self._decoded_start, self._samples = self._mixed(context, time_base, (), probes)
        mixes: dict[Signs, Samples] = {}
        for excerpt in self.excerpts:
            weight, signs = cancellation(_products_within(excerpt, probes))
            if weight:
                if signs not in mixes:
                    mixes[signs] = self._mixed(context, time_base, signs, None)[1]
                self._inverted[excerpt] = weight, mixes[signs]
        self._packets.clear()

    def _mixed(
        self, context: Any, time_base: TimeBase, signs: Signs, probes: list[_Probe] | None
    ) -> tuple[float, Samples]:
        """Decode the packets with given signs of the channels.

        Returns
        -------
        start : float
            Second of the song at which the samples begin.
        samples : numpy.ndarray, shape=(n,)
            Mono samples at `SAMPLE_RATE`.

        Notes
        -----
        Products of the channels of some frames are added to `probes`, if it is a list.
        """
        runs: list[_SampleBuffer] = []
        rate = 0
        start = time = next_probe = 0.0
        with np.errstate(all="ignore"):  # damaged floating-point audio may hold any number
            for packet, shift in (*self._packets, (None, 0.0)):
                try:
                    frames = context.decode(packet)
                except MemoryError:
                    raise
                except FFmpegError:
                    continue  # a damaged packet leaves a gap, as in any player
                for frame in frames:
                    if not frame.samples:
                        continue
                    if frame.sample_rate != rate:
                        if not runs:
                            start = time = next_probe = _frame_start(frame, time_base, shift)
                        rate = frame.sample_rate
                        run = _SampleBuffer(rate, self.end - self.start)
                        runs.append(run)
                    mix_to_mono(frame, signs, run.extend(frame.samples))
                    frame_start, time = time, time + frame.samples / rate
                    if probes is not None and time > next_probe:
                        probes.append(_Probe(frame_start, time, channel_products(frame)))
                        next_probe = time + PROBE_INTERVAL
        context.flush_buffers()
        pieces = []
        for run in runs:
            # Cut before resampling: a frame may begin between two samples of the lower rate.
            native = run.samples
            skipped = min(len(native), max(0, round((self.start - start) * run.rate)))
            start += skipped / run.rate
            native = native[skipped:]
            if not np.isfinite(native).all():
                native = np.nan_to_num(native, posinf=0, neginf=0)
            pieces.append(_resample(native, run.rate))
        return start, np.concatenate(pieces) if pieces else np.empty(0, np.float32)

    def cut(self, excerpt: Excerpt) -> Samples:
        """Return the samples of one excerpt.

        Parameters
        ----------
        excerpt : Excerpt
            One of `excerpts`.

        Returns
        -------
        numpy.ndarray, shape=(n,)
            Exactly as long as the excerpt; if the song ends within it, its samples are repeated.

        Raises
        ------
        AudioError
            If no audio could be decoded there.
        """
        count = round(excerpt.seconds * SAMPLE_RATE)
        first = max(0, round((excerpt.start - self._decoded_start) * SAMPLE_RATE))
        samples = self._samples[first:][:count]
        if not len(samples):
            raise AudioError("damaged", f"damaged: nothing can be decoded at {excerpt.start:g} s")
        if excerpt in self._inverted:
            weight, inverted = self._inverted[excerpt]
            samples = samples + np.float32(weight) * (inverted[first:][:count] - samples)
        return samples if len(samples) == count else np.resize(samples, count)


class _SampleBuffer:
    """Mono samples of consecutive frames of one sample rate.

    Parameters
    ----------
    rate : int
        Sample rate in Hz.
    seconds : float
        Expected length; the buffer grows if there is more.
    """

    def __init__(self, rate: int, seconds: float) -> None:
        self.rate = rate
        self._length = 0
        self._array = np.empty(round((seconds + BUFFER_MARGIN) * rate), np.float32)

    def extend(self, count: int) -> Samples:
        """Return a view of `count` new samples, to be filled by the caller."""
        start, end = self._length, self._length + count
        if end > len(self._array):
            grown = np.empty(end + len(self._array) // 2, np.float32)
            grown[:start] = self._array[:start]
            self._array = grown
        self._length = end
        return self._array[start:end]

    @property
    def samples(self) -> Samples:
        """The samples so far."""
        return self._array[: self._length]


def _frame_start(frame: Any, time_base: TimeBase, shift: float) -> float:
    """Return the second of the song at which a frame begins; 0 if the frame has no time stamp."""
    if frame.pts is None:
        return 0.0
    return float(frame.pts * float(frame.time_base or time_base.unit) - time_base.origin + shift)


def _products_within(excerpt: Excerpt, probes: Sequence[_Probe]) -> Products:
    """Add up the products of frames within an excerpt; empty if the number of channels changes within it."""
    products = [probe.products for probe in probes if probe.end > excerpt.start and probe.start < excerpt.end]
    if not products or any(product.shape != products[0].shape for product in products):
        return np.empty((0, 0))
    return np.asarray(np.sum(products, axis=0, dtype=np.float64))


def plan_spans(excerpts: Sequence[Excerpt]) -> list[Span]:
    """Group excerpts that overlap or nearly touch into spans.

    Parameters
    ----------
    excerpts : sequence of Excerpt
        In any order.

    Returns
    -------
    list of Span
        Sorted by start, without overlap.
    """
    spans: list[Span] = []
    for excerpt in sorted(excerpts):
        start, end = max(0.0, excerpt.start - RUN_IN), excerpt.end + RUN_OUT
        if spans and start <= spans[-1].end:
            spans[-1].end = max(spans[-1].end, end)
            spans[-1].excerpts.append(excerpt)
        else:
            spans.append(Span(start, end, [excerpt]))
    return spans


def _resample(samples: Samples, rate: int) -> Samples:
    if rate == SAMPLE_RATE or not len(samples):
        return samples
    resampled: Samples = soxr.resample(samples, rate, SAMPLE_RATE)
    return resampled


class PacketSorter:
    """Adds packets to the spans within which they lie.

    Parameters
    ----------
    spans : list of Span
        Sorted by start.
    """

    def __init__(self, spans: list[Span]) -> None:
        self._waiting = list(reversed(spans))
        self._current: Span | None = None

    def add(self, packet: Any, start: float, end: float, shift: float) -> None:
        """Add a packet to a span, if it lies within one.

        Parameters
        ----------
        packet : av.Packet
            The next packet of the stream.
        start, end : float
            Seconds of the song that it covers.
        shift : float
            Seconds to add to its time stamps.
        """
        if self._current is not None and start > self._current.end:
            self._current = None
        # Packets before 0 prime the decoder: a span that begins at 0 includes them.
        if self._current is None and self._waiting and max(0.0, end) >= self._waiting[-1].start:
            self._current = self._waiting.pop()
        if self._current is not None:
            self._current.add_packet(packet, shift)
