"""Decode excerpts of any audio file that FFmpeg (inside PyAV) knows.

One pass over the packets serves everything: all are hashed, and the few that belong to an excerpt are
kept and, if the caller wants this audio, decoded. No seek can then land beside its target,
and a long mix costs reading but neither decoding nor memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import soxr
from av.error import DecoderNotFoundError, FFmpegError, PatchWelcomeError

from tagger.audio.demuxer_input import DemuxerInput
from tagger.audio.excerpts import MIN_SECONDS, SAMPLE_RATE, Excerpt
from tagger.audio.mixing import Signs, balance, mix_to_mono, products
from tagger.errors import AudioError
from tagger.io import regular

RUN_IN = 0.5
"""Seconds decoded before an excerpt: decoders and the resampler settle there."""

RUN_OUT = 0.25
"""Seconds decoded after an excerpt, for the resampler and for packets that are stamped early."""

LENGTH_DECLARED = frozenset({"flac", "wav", "w64", "aiff", "mov,mp4,m4a,3gp,3g2,mj2", "wv", "ape", "tta", "tak"})
"""Containers whose header states the length exactly; others guess it, or may stop anywhere."""

CONTAINERS = ",".join(
    sorted(
        LENGTH_DECLARED
        | {
            "mp3",
            "ogg",
            "aac",
            "asf",
            "mpc",
            "mpc8",
            "matroska,webm",
            "dsf",
            "caf",
            "au",
            "ac3",
            "eac3",
            "amr",
            "ofr",
        }
    )
)
"""The demuxers allowed: a playlist or a script named like a song must not make FFmpeg open other files."""

LINK = 0.25
"""Seconds by which time stamps of Ogg must go back where one stream ends and another, joined to it, begins."""

PROBE = 0.35
"""Seconds between the frames whose channels are compared, which costs as much as to mix them."""

NO_DECODER = "its audio is in a format that cannot be decoded here"

JOINED = "damaged: Ogg streams of different sample rates or channels are joined in it, which cannot be decoded"

Plan = Callable[[float], Sequence[Excerpt]]
"""From a duration in seconds to the excerpts wanted."""


@dataclass
class Recording:
    """What one pass over a file found.

    Attributes
    ----------
    identity : str
        Hash of the audio packets, in hexadecimal; the same for any tags around them.
    duration : float
        Seconds of audio.
    planned : float
        The duration that the excerpts were planned for: the declared one, if it is about right.
    excerpts : dict of Excerpt to numpy.ndarray, shape=(n,)
        Mono samples at `SAMPLE_RATE`, float32, exactly as long as the excerpt.
    skipped : bool
        Whether the caller did not want this audio; then nothing was decoded.
    """

    audio_hash: str
    duration: float
    planned: float
    excerpts: dict[Excerpt, np.ndarray]
    skipped: bool


def _no_excerpts(duration: float) -> Sequence[Excerpt]:
    return ()


def _always_wanted(audio_hash: str) -> bool:
    return True


def read_audio(path: str, plan: Plan = _no_excerpts, wanted: Callable[[str], bool] = _always_wanted) -> Recording:
    """Hash the audio of a file and, if it is wanted, decode the excerpts that `plan` asks for.

    Parameters
    ----------
    path : str
        The file; a name that is not UTF-8 is welcome.
    plan : callable
        From the song's duration to the excerpts wanted.
    wanted : callable
        From the hash of the audio to whether to decode it. Called once.

    Returns
    -------
    Recording

    Raises
    ------
    AudioError
        If the file cannot be read, is empty, not audio, damaged or too short.
    """
    with _open_audio(path) as file:
        scan = _pass(file, plan, wanted, None)
        if scan.replan:
            file.seek(0)
            # `wanted` may claim the audio, so a second call would return False.
            scan = _pass(file, plan, _always_wanted, scan.duration)
    if scan.duration < MIN_SECONDS:
        raise AudioError("too-short", f"too short: {scan.duration:.1f} s, {MIN_SECONDS:g} s are needed")
    excerpts = {} if scan.skipped else {e: s.cut(e) for s in scan.segments for e in s.excerpts}
    return Recording(scan.audio_hash, scan.duration, scan.planned, excerpts, scan.skipped)


def hash_audio(path: str) -> str:
    """Hash the audio packets of a file, of any length.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str
        32 hexadecimal digits, the same whatever tags surround the audio.

    Raises
    ------
    AudioError
        If the file cannot be read or holds no audio.
    """
    with _open_audio(path) as file:
        return _pass(file, _no_excerpts, _always_wanted, None).audio_hash


@contextmanager
def _open_audio(path: str) -> Iterator[DemuxerInput]:
    """Open a regular file, and turn what the system or FFmpeg say of it into one sentence."""
    try:
        # FFmpeg is given the open file, never the name: it would take "a:b.mp3" for a protocol.
        with regular.open_regular(path) as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise AudioError("empty", "empty: the file has no bytes")
            yield DemuxerInput(file)
    except MemoryError:
        raise  # FFmpeg's is one of `FFmpegError`, too, and says nothing of the file
    except DecoderNotFoundError:
        raise AudioError("not-audio", NO_DECODER) from None
    except FFmpegError as error:
        raise AudioError("not-audio", f"not audio, or damaged at its beginning ({error.strerror})") from None
    except OSError as error:
        raise AudioError("unreadable", f"cannot be read ({error.strerror or error})") from None


@dataclass
class _Scan:
    audio_hash: str
    duration: float
    planned: float
    segments: list[_Segment]
    skipped: bool
    replan: bool


def _pass(file: DemuxerInput, plan: Plan, wanted: Callable[[str], bool], duration: float | None) -> _Scan:
    """Walk all packets once, with the excerpts planned for `duration` or else for the declared one."""
    # Without a name FFmpeg goes by the content alone: a suffix may lie.
    options = {"format_whitelist": CONTAINERS}
    with av.open(file, metadata_errors="ignore", options=options) as container:
        stream = container.streams.best("audio")
        if stream is None:
            raise AudioError("not-audio", "holds no audio")
        if stream.codec_context is None:
            raise AudioError("not-audio", NO_DECODER)
        stream.codec_context.thread_count = 1
        base = float(stream.time_base or 1)
        declared = _declared(container, stream)
        planned = declared if duration is None else duration
        segments = _segments(plan(planned) if planned is not None else ())
        origin = (stream.start_time or 0) * base
        digest = hashlib.blake2b(stream.codec_context.name.encode(), digest_size=16)
        sorter = _PacketSorter(segments)
        end = 0.0
        joined, shift = container.format.name == "ogg", 0.0
        for packet in _packets(container, stream):
            digest.update(packet)
            begin = end if packet.pts is None else packet.pts * base - origin + shift
            if joined and begin < end - LINK:
                # Another stream was joined to the one before, as by ``cat``; it counts its time anew.
                begin, shift = end, end - (packet.pts * base - origin)
            end = max(end, begin + (packet.duration or 0) * base)
            sorter.add(packet, begin, end, shift)
        audio_hash = digest.hexdigest()
        if end <= 0:
            raise AudioError("damaged", "damaged: it holds no audio packets")
        truth = _duration(container.format.name, declared, end)
        replan = duration is None and (planned is None or abs(truth - planned) > 1)
        skipped = not wanted(audio_hash)
        if not (skipped or replan):
            for segment in segments:
                segment.decode(stream.codec_context, origin, base)
    return _Scan(audio_hash, truth, truth if planned is None else planned, segments, skipped, replan and not skipped)


def _declared(container: Any, stream: Any) -> float | None:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration else None


def _duration(container: str, declared: float | None, found: float) -> float:
    """Tell the song's length from what the header declares and what was found."""
    slack = max(1.0, 0.02 * found)
    if declared is None or abs(found - declared) > slack:
        if declared is not None and found < declared and container in LENGTH_DECLARED:
            raise AudioError("damaged", f"damaged: it ends after {found:.1f} s of the {declared:.1f} s it declares")
        return found
    return min(declared, found)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the packets that hold audio; a damaged tail ends them, and the length found tells the rest."""
    packets = container.demux(stream)
    try:
        for packet in packets:
            if packet.size:
                yield packet
    except MemoryError:
        raise
    except PatchWelcomeError:
        if container.format.name == "ogg":
            raise AudioError("damaged", JOINED) from None
    except FFmpegError:
        pass


@dataclass
class _Segment:
    """Excerpts that overlap or nearly touch, decoded in one go."""

    start: float
    end: float
    excerpts: list[Excerpt]
    packets: list[tuple[Any, float]] = field(default_factory=list)
    began: float = 0.0
    samples: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    others: dict[Excerpt, tuple[float, np.ndarray]] = field(default_factory=dict)

    def decode(self, context: Any, origin: float, base: float) -> None:
        """Turn the packets into mono samples at `SAMPLE_RATE`, from `began` on.

        Excerpts in which the channels cancel are decoded once more, to be mixed with other signs.
        """
        probes: list[tuple[float, float, np.ndarray]] = []
        self.began, self.samples = self._decoded(context, origin, base, (), probes)
        mixes: dict[Signs, np.ndarray] = {}
        for excerpt in self.excerpts:
            weight, signs = balance(_within(excerpt, probes))
            if weight:
                if signs not in mixes:
                    mixes[signs] = self._decoded(context, origin, base, signs, None)[1]
                self.others[excerpt] = weight, mixes[signs]
        self.packets.clear()

    def _decoded(
        self,
        context: Any,
        origin: float,
        base: float,
        signs: Signs,
        probes: list[tuple[float, float, np.ndarray]] | None,
    ) -> tuple[float, np.ndarray]:
        """Return where the samples begin, and the samples; add begin, end and products of some frames to `probes`."""
        runs: list[tuple[int, list[np.ndarray]]] = []
        began = now = probed = 0.0
        for packet, shift in (*self.packets, (None, 0.0)):
            try:
                frames = context.decode(packet)
            except MemoryError:
                raise
            except FFmpegError:
                continue  # a damaged packet is a gap, as in any player
            for frame in frames:
                if not frame.samples:
                    continue
                rate = frame.sample_rate
                if not runs:
                    stamp = frame.pts
                    began = 0.0 if stamp is None else stamp * float(frame.time_base or base) - origin + shift
                    now = probed = began
                if not runs or rate != runs[-1][0]:
                    runs.append((rate, []))
                mixed = mix_to_mono(frame, signs)
                runs[-1][1].append(mixed)
                begin, now = now, now + len(mixed) / rate
                if probes is not None and now > probed:
                    probes.append((begin, now, products(frame)))
                    probed = now + PROBE
        context.flush_buffers()
        pieces = []
        for rate, parts in runs:
            # Cut before resampling: a frame may begin between two samples of the lower rate.
            native = np.concatenate(parts)
            skipped = min(len(native), max(0, round((self.start - began) * rate)))
            began += skipped / rate
            native = native[skipped:]
            if not np.isfinite(native).all():
                native = np.nan_to_num(native, posinf=0, neginf=0)
            pieces.append(native if rate == SAMPLE_RATE else _resample(native, rate))
        return began, np.concatenate(pieces) if pieces else np.empty(0, np.float32)

    def cut(self, excerpt: Excerpt) -> np.ndarray:
        """Return one excerpt, looped if the song ends within it."""
        count = round(excerpt.seconds * SAMPLE_RATE)
        place = slice(max(0, round((excerpt.start - self.began) * SAMPLE_RATE)), None)
        samples = self.samples[place][:count]
        if not len(samples):
            raise AudioError("damaged", f"damaged: nothing can be decoded at {excerpt.start:g} s")
        if excerpt in self.others:
            weight, other = self.others[excerpt]
            samples = samples + np.float32(weight) * (other[place][:count] - samples)
        return np.resize(samples, count)


def _within(excerpt: Excerpt, probes: Sequence[tuple[float, float, np.ndarray]]) -> np.ndarray:
    """Add up the products of the frames that lie in an excerpt; empty if their channels are not the same ones."""
    found = [product for begin, end, product in probes if end > excerpt.start and begin < excerpt.end]
    if not found or any(product.shape != found[0].shape for product in found):
        return np.empty((0, 0))
    return np.asarray(np.sum(found, axis=0, dtype=np.float64))


def _segments(excerpts: Sequence[Excerpt]) -> list[_Segment]:
    segments: list[_Segment] = []
    for excerpt in sorted(excerpts):
        start, end = max(0.0, excerpt.start - RUN_IN), excerpt.end + RUN_OUT
        if segments and start <= segments[-1].end:
            segments[-1].end = max(segments[-1].end, end)
            segments[-1].excerpts.append(excerpt)
        else:
            segments.append(_Segment(start, end, [excerpt]))
    return segments


def _resample(samples: np.ndarray, rate: int) -> np.ndarray:
    return soxr.resample(samples, rate, SAMPLE_RATE) if len(samples) else samples


class _PacketSorter:
    """Hands each segment the packets that fall into it."""

    def __init__(self, segments: list[_Segment]) -> None:
        self.waiting = list(reversed(segments))
        self.current: _Segment | None = None

    def add(self, packet: Any, begin: float, end: float, shift: float) -> None:
        """Take a packet of the seconds from `begin` to `end`, whose time stamps are `shift` too early."""
        if self.current is not None and begin > self.current.end:
            self.current = None
        # Packets before 0 prime the decoder: a segment that begins at 0 begins with the first of them.
        if self.current is None and self.waiting and max(0.0, end) >= self.waiting[-1].start:
            self.current = self.waiting.pop()
        if self.current is not None:
            self.current.packets.append((packet, shift))
