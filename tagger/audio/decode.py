"""Read an audio file: hash its audio and decode excerpts, with FFmpeg (in PyAV).

A file is read in one pass over its packets, in these stages:

1. `_probe_stream`: read what the header declares, and plan the excerpts for the declared duration;
2. `_read_packets`: hash all packets, measure the duration, and keep the packets of the excerpts;
3. `_duration`: compare the measured duration with the declared one. If the excerpts were planned for a wrong one,
   stages 1 and 2 are repeated with the measured duration;
4. `tagger.audio.spans.Span.decode`: decode the packets that were kept, if the caller wants this audio.

There is no seeking, which is inexact in many formats, and a long mix costs reading but neither decoding nor memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import av
from av.error import DecoderNotFoundError, FFmpegError, PatchWelcomeError

from tagger.audio.demuxer_input import DemuxerInput
from tagger.audio.excerpts import MIN_SECONDS, Excerpt
from tagger.audio.spans import PacketSorter, Samples, Span, TimeBase, plan_spans
from tagger.errors import AudioError
from tagger.io import regular

EXACT_DURATION = frozenset({"flac", "wav", "w64", "aiff", "mov,mp4,m4a,3gp,3g2,mj2", "wv", "ape", "tta", "tak"})
"""Demuxers of containers whose header declares the exact duration; others estimate it, or may end anywhere."""

ESTIMATED_DURATION = frozenset(
    ("mp3", "ogg", "aac", "asf", "mpc", "mpc8", "matroska,webm", "dsf", "caf", "au", "ac3", "eac3", "amr", "ofr")
)
"""The other demuxers that are allowed."""

DEMUXERS = ",".join(sorted(EXACT_DURATION | ESTIMATED_DURATION))
"""All demuxers that are allowed: a playlist that is named like a song must not make FFmpeg open other files."""

MIN_BACKSTEP = 0.25
"""Seconds by which time stamps of Ogg go back at least where another stream is joined to the one before."""

MAX_DURATION_ERROR = 1.0
"""Seconds by which a declared duration may be wrong before the excerpts are planned again."""

NO_DECODER = "its audio is in a format that cannot be decoded"

JOINED = "damaged: it joins Ogg streams of different sample rates or channels, which cannot be decoded"

Plan = Callable[[float], Sequence[Excerpt]]
"""From the duration of a song in seconds to the excerpts to decode."""


@dataclass
class Recording:
    """The audio of a file.

    Attributes
    ----------
    audio_hash : str
        Hash of the audio packets, 32 hexadecimal digits; the same for all tags.
    duration : float
        Measured length of the audio in seconds.
    planned : float
        Duration in seconds for which the excerpts were planned: the declared one, if it is about right.
    excerpts : dict of Excerpt to numpy.ndarray, shape=(n,)
        Mono samples at `tagger.audio.excerpts.SAMPLE_RATE`, float32 in -1..1, exactly as long as the excerpt.
    skipped : bool
        Whether the caller did not want this audio; then nothing was decoded.
    """

    audio_hash: str
    duration: float
    planned: float
    excerpts: dict[Excerpt, Samples]
    skipped: bool


def _no_excerpts(duration: float) -> Sequence[Excerpt]:
    return ()


def _always_wanted(audio_hash: str) -> bool:
    return True


def read_audio(path: str, plan: Plan = _no_excerpts, wanted: Callable[[str], bool] = _always_wanted) -> Recording:
    """Hash the audio of a file and, if it is wanted, decode excerpts of it.

    Parameters
    ----------
    path : str
        The file; a name that is not UTF-8 holds surrogates.
    plan : callable
        From the duration of the song in seconds to the excerpts to decode.
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
        result = _read(file, plan, wanted)
        if result.needs_replanning:
            file.seek(0)
            # `wanted` may claim the audio, so a second call would return False.
            result = _read(file, plan, _always_wanted, result.duration)
    if result.duration < MIN_SECONDS:
        raise AudioError("too-short", f"too short: {result.duration:.1f} s, {MIN_SECONDS:g} s are needed")
    excerpts = {} if result.skipped else {e: span.cut(e) for span in result.spans for e in span.excerpts}
    return Recording(result.audio_hash, result.duration, result.planned, excerpts, result.skipped)


def hash_audio(path: str) -> str:
    """Hash the audio packets of a file of any length.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str
        32 hexadecimal digits; the same for all tags.

    Raises
    ------
    AudioError
        If the file cannot be read or holds no audio.
    """
    with _open_audio(path) as file:
        return _read(file, _no_excerpts, _always_wanted).audio_hash


@contextmanager
def _open_audio(path: str) -> Iterator[DemuxerInput]:
    """Open a regular file; turn errors of the system and of FFmpeg into `AudioError`."""
    try:
        # FFmpeg gets the open file and not the name: it would take "a:b.mp3" for an address with a protocol.
        with regular.open_regular(path) as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise AudioError("empty", "empty: the file has no bytes")
            yield DemuxerInput(file)
    except MemoryError:
        raise  # the one of FFmpeg is a `FFmpegError`, too, but is not caused by the file's content
    except DecoderNotFoundError:
        raise AudioError("not-audio", NO_DECODER) from None
    except FFmpegError as error:
        raise AudioError("not-audio", f"not audio, or damaged at its beginning ({error.strerror})") from None
    except OSError as error:
        raise AudioError("unreadable", f"cannot be read ({error.strerror or error})") from None


@dataclass
class _Header:
    """What the header of a file declares: the duration in seconds, if any, and the time stamps of the stream."""

    duration: float | None
    time_base: TimeBase


@dataclass
class _Pass:
    """The result of one pass over a file.

    `planned` is the duration for which `spans` were planned. They are decoded unless the audio is `skipped` or
    `needs_replanning` says that the excerpts must be planned for another duration.
    """

    audio_hash: str
    duration: float
    planned: float
    spans: list[Span]
    skipped: bool
    needs_replanning: bool


def _read(file: DemuxerInput, plan: Plan, wanted: Callable[[str], bool], duration: float | None = None) -> _Pass:
    """Read a file in one pass, with excerpts planned for `duration` or, by default, for the declared one."""
    # FFmpeg recognises the format by the content alone: a suffix may be wrong.
    with av.open(file, metadata_errors="ignore", options={"format_whitelist": DEMUXERS}) as container:
        stream = _audio_stream(container)
        header = _probe_stream(container, stream)
        planned = header.duration if duration is None else duration
        spans = plan_spans(plan(planned) if planned is not None else ())
        audio_hash, end = _read_packets(container, stream, header.time_base, spans)
        measured = _duration(container.format.name, header.duration, end)
        is_wrong = planned is None or abs(measured - planned) > MAX_DURATION_ERROR
        needs_replanning = duration is None and is_wrong
        skipped = not wanted(audio_hash)
        if not (skipped or needs_replanning):
            for span in spans:
                span.decode(stream.codec_context, header.time_base)
    planned = measured if planned is None else planned
    return _Pass(audio_hash, measured, planned, spans, skipped, needs_replanning and not skipped)


def _audio_stream(container: Any) -> Any:
    """Return the audio stream to read, with a decoder."""
    stream = container.streams.best("audio")
    if stream is None:
        raise AudioError("not-audio", "holds no audio")
    if stream.codec_context is None:
        raise AudioError("not-audio", NO_DECODER)
    stream.codec_context.thread_count = 1
    return stream


def _probe_stream(container: Any, stream: Any) -> _Header:
    """Return what the header declares."""
    unit = float(stream.time_base or 1)
    duration = None
    if stream.duration:
        duration = float(stream.duration * stream.time_base)
    elif container.duration:
        duration = container.duration / 1e6
    return _Header(duration, TimeBase((stream.start_time or 0) * unit, unit))


def _read_packets(container: Any, stream: Any, time_base: TimeBase, spans: list[Span]) -> tuple[str, float]:
    """Read all packets, and add those of spans to them.

    Returns
    -------
    audio_hash : str
        Hash of the codec's name and all packets.
    end : float
        Second at which the last packet ends.
    """
    origin, unit = time_base
    digest = hashlib.blake2b(stream.codec_context.name.encode(), digest_size=16)
    sorter = PacketSorter(spans)
    is_ogg = container.format.name == "ogg"
    end = shift = 0.0
    for packet in _packets(container, stream):
        digest.update(packet)
        start = end if packet.pts is None else packet.pts * unit - origin + shift
        if is_ogg and start < end - MIN_BACKSTEP:
            # Another stream is joined to the one before, as by ``cat``; its time stamps begin anew.
            start, shift = end, end - (packet.pts * unit - origin)
        end = max(end, start + (packet.duration or 0) * unit)
        sorter.add(packet, start, end, shift)
    if end <= 0:
        raise AudioError("damaged", "damaged: it holds no audio packets")
    return digest.hexdigest(), end


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the packets that hold audio; a damaged end of the file is left out."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except MemoryError:
        raise
    except PatchWelcomeError:
        if container.format.name == "ogg":
            raise AudioError("damaged", JOINED) from None
    except FFmpegError:
        pass


def _duration(demuxer: str, declared: float | None, measured: float) -> float:
    """Return the duration of a song in seconds, from the declared and the measured one."""
    tolerance = max(1.0, 0.02 * measured)
    if declared is not None and abs(measured - declared) <= tolerance:
        return min(declared, measured)
    if declared is not None and measured < declared and demuxer in EXACT_DURATION:
        raise AudioError("damaged", f"damaged: it ends after {measured:.1f} s of the {declared:.1f} s it declares")
    return measured
