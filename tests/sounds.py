"""Small songs for the tests, made on the spot."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
from mutagen.ogg import OggPage

CODECS = {
    ".mp3": "libmp3lame",
    ".flac": "flac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".m4a": "aac",
    ".wav": "pcm_s16le",
    ".aiff": "pcm_s16be",
    ".mka": "flac",
    ".oga": "flac",
    ".tta": "tta",
    ".wv": "wavpack",
    ".m4b": "alac",
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
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[len(samples)]
    layout = {("alac", 8): "7.1(wide)"}.get((codec or CODECS[path.suffix], len(samples)), layout)
    # Through a file object: PyAV cannot take a name that is not UTF-8.
    kinds = {"m4a": "ipod", "aac": "adts", "m4b": "ipod", "mka": "matroska", "wma": "asf"}
    kind = kinds.get(path.suffix[1:], path.suffix[1:])
    with path.open("wb") as file, av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec or CODECS[path.suffix], rate=rate)
        stream.codec_context.layout = layout
        stream.codec_context.bit_rate = bit_rate
        stream.codec_context.options = {"strict": "experimental"}
        block = 4096
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate)
        for start in range(0, samples.shape[1], block):
            piece = np.ascontiguousarray(samples[:, start : start + block], np.float32)
            # PyAV cannot fill the planes of eight channels: it takes one more for a plane.
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece.T).reshape(1, -1), "flt", layout)
            frame.sample_rate, frame.pts = rate, start
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return path


def song(path: Path, seconds: float = 8.0, *, rate: int = 44100, seed: int = 0, codec: str | None = None) -> Path:
    """Write a song of `music` to a file and return its path."""
    return write(path, music(seconds, rate=rate, seed=seed), rate=rate, codec=codec)


def dsf(path: Path) -> Path:
    """Write a second of silence as DSD, for which FFmpeg has no encoder."""
    data = bytes([0x69]) * 2 * 4096 * 86
    fmt = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 2, 2, 2822400, 1, 2822400, 4096, 0)
    body = fmt + struct.pack("<4sQ", b"data", 12 + len(data)) + data
    path.write_bytes(struct.pack("<4sQQQ", b"DSD ", 28, 28 + len(body), 0) + body)
    return path


def ape(path: Path) -> Path:
    """Write a Monkey's Audio file that can be taken apart into packets, though not decoded."""
    frames, data = 3, bytes(range(256)) * 48
    starts = [76 + 4 * frames + i * len(data) // frames for i in range(frames)]
    descriptor = struct.pack("<4sHHIIIIIII16s", b"MAC ", 3990, 0, 52, 24, 4 * frames, 0, len(data), 0, 0, bytes(16))
    header = struct.pack("<HHIIIHHI", 2000, 0, 73728 * 4, 1000, frames, 16, 2, 44100)
    path.write_bytes(descriptor + header + struct.pack(f"<{frames}I", *starts) + data)
    return path


def musepack(path: Path) -> Path:
    """Write a Musepack file of stream version 8 that can be taken apart into packets, though not decoded."""

    def packet(key: bytes, content: bytes) -> bytes:
        length = len(content) + 4
        return key + bytes([0x80 | length >> 7, length & 0x7F]) + content

    head = packet(b"SH", b"\x01" * 4 + b"\x08" + b"\x82\xd8\x44" + b"\x00" + b"\x1b\x13")
    gain = packet(b"RG", b"\x01" + bytes(8))
    audio = b"".join(packet(b"AP", bytes([i]) * 900) for i in range(12))
    path.write_bytes(b"MPCK" + head + gain + audio + packet(b"SE", b""))
    return path


def speex(path: Path) -> Path:
    """Write an Ogg Speex file that can be taken apart into packets; FFmpeg in PyAV has no encoder for it."""
    rate, frame = 16000, 320
    numbers = (1, 80, rate, 1, 4, 1, 28000, frame, 0, 1, 0, 0, 0)
    header = struct.pack("<8s20s13I", b"Speex   ", b"1.2", *numbers)
    comment = struct.pack("<I5sI", 5, b"tests", 0)
    pages = []
    for number, packets in enumerate([[header], [comment], [bytes([i]) * 70 for i in range(50)]]):
        page = OggPage()
        page.serial, page.sequence, page.packets = 7, number, packets
        page.position = frame * len(packets) if number == 2 else 0
        page.first, page.last = number == 0, number == 2
        pages.append(page.write())
    path.write_bytes(b"".join(pages))
    return path


def tak(path: Path) -> Path:
    """Write a TAK file that can be taken apart into packets, though not decoded."""
    fields = ((2, 6), (0, 4), (1, 4), (44100, 35), (0, 3), (44100 - 6000, 18), (16 - 8, 5), (2 - 1, 4), (0, 1))
    bits = place = 0
    for value, width in fields:
        bits |= value << place
        place += width
    info = bits.to_bytes(10, "little")
    content = b"tBaK\x01" + (len(info) + 3).to_bytes(3, "little") + info + _crc24(info) + bytes(4)
    for number in range(4):
        head = b"\xff\xa0" + (number << 3 | 2).to_bytes(3, "little") + info + b"\0"
        content += head + _crc24(head) + bytes(range(200)) * 9
    path.write_bytes(content)
    return path


def _crc24(data: bytes) -> bytes:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc.to_bytes(3, "little")


MADE = {".dsf": dsf, ".ape": ape, ".mpc": musepack, ".spx": speex, ".tak": tak}
"""What makes files of kinds that cannot be encoded."""
