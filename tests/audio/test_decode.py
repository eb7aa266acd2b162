"""Any file gives the excerpts asked for, or one sentence that says why not."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr
from scipy.signal import correlate

from tagger.audio.decode import hash_audio, read_audio
from tagger.audio.excerpts import Excerpt
from tagger.errors import AudioError
from tests.sounds import CODECS, MADE, music, song, write

MIDDLE = Excerpt(4.0, 3.0)


def excerpt(path: Path, wanted: Excerpt = MIDDLE) -> np.ndarray:
    return read_audio(str(path), lambda duration: [wanted]).excerpts[wanted]


def expected(samples: np.ndarray, rate: int, wanted: Excerpt = MIDDLE) -> np.ndarray:
    whole: np.ndarray = soxr.resample(samples.mean(axis=0), rate, 22050)
    return whole[round(wanted.start * 22050) : round(wanted.end * 22050)]


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2) / np.mean(b**2)))


@pytest.mark.parametrize("suffix", sorted(set(CODECS) - {".mka"}))
def test_every_encoding_gives_the_same_excerpt_at_the_same_place(tmp_path: Path, suffix: str) -> None:
    rate = 48000 if suffix == ".opus" else 44100
    path = song(tmp_path / f"song{suffix}", 9, rate=rate)
    found = excerpt(path)
    assert found.dtype == np.float32
    assert found.shape == (3 * 22050,)
    samples = music(9, rate=rate)
    assert distance(found, expected(samples, rate)) < 0.2
    for shift in (-1, 1):
        beside = Excerpt(MIDDLE.start + shift / 22050, MIDDLE.seconds)
        assert distance(found, expected(samples, rate)) < distance(found, expected(samples, rate, beside))


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_layout(tmp_path: Path, rate: int, channels: int) -> None:
    stereo = music(8, rate=rate)
    samples = np.resize(stereo, (channels, stereo.shape[1]))
    assert distance(excerpt(write(tmp_path / "song.flac", samples, rate=rate)), expected(samples, rate)) < 0.01


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"])
def test_any_sample_format(tmp_path: Path, codec: str) -> None:
    path = song(tmp_path / "song.wav", 8, codec=codec)
    assert distance(excerpt(path), expected(music(8), 44100)) < (0.03 if codec == "pcm_u8" else 0.001)


@pytest.mark.thorough
def test_an_excerpt_alone_equals_the_same_cut_from_the_whole(tmp_path: Path) -> None:
    path = song(tmp_path / "song.mp3", 60)
    whole = excerpt(path, Excerpt(0.0, 60.0))
    alone = excerpt(path, Excerpt(41.5, 10.0))
    assert distance(alone, whole[round(41.5 * 22050) :][: 10 * 22050]) < 1e-3


def test_an_excerpt_past_the_end_is_looped(tmp_path: Path) -> None:
    looped = excerpt(song(tmp_path / "song.wav", 6.0, rate=22050), Excerpt(0.0, 10.0))
    np.testing.assert_array_equal(looped[: 4 * 22050], looped[6 * 22050 :])


def test_audio_hash_depends_on_the_audio_and_not_on_tags(tmp_path: Path) -> None:
    from mutagen.flac import FLAC

    path = song(tmp_path / "song.flac")
    before = hash_audio(str(path))
    tags = FLAC(path)
    tags["title"] = "x" * 20000
    tags.save()
    assert hash_audio(str(path)) == before
    assert hash_audio(str(song(tmp_path / "other.flac", seed=1))) != before


def test_a_name_that_is_not_utf8_and_one_that_looks_like_an_address(tmp_path: Path) -> None:
    plain = song(tmp_path / "song.flac")
    for name in (os.fsdecode(b"caf\xe9 \xff.flac"), "http:x.flac", "concat:a|b.flac"):
        plain.rename(tmp_path / name)
        plain = tmp_path / name
        assert read_audio(str(plain)).duration == pytest.approx(8)


def truncated(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def holding(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


BAD: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "empty": ("empty", lambda d: holding(d / "a.mp3", b"")),
    "text": ("not-audio", lambda d: holding(d / "a.mp3", b"just words\n" * 500)),
    "playlist": ("not-audio", lambda d: holding(d / "a.mp3", b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n")),
    "bytes": ("not-audio", lambda d: holding(d / "a.flac", bytes(10000))),
    "truncated flac": ("damaged", lambda d: truncated(song(d / "a.flac", 20))),
    "truncated m4a": ("not-audio", lambda d: truncated(song(d / "a.m4a", 20))),
    "short": ("too-short", lambda d: song(d / "a.wav", 2)),
    "missing": ("unreadable", lambda d: d / "a.wav"),
    "folder": ("unreadable", lambda d: d),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_bad_file_is_an_error_of_its_kind_in_one_line(tmp_path: Path, case: str) -> None:
    kind, make = BAD[case]
    path = make(tmp_path)
    with pytest.raises(AudioError) as caught:
        read_audio(str(path), lambda duration: [Excerpt(0.0, 5.0)])
    assert caught.value.kind == kind
    assert "\n" not in str(caught.value)


@pytest.mark.thorough
def test_a_damaged_part_is_a_gap_and_no_failure(tmp_path: Path) -> None:
    path = song(tmp_path / "song.mp3", 30)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(content)
    assert read_audio(str(path), lambda duration: [Excerpt(10.0, 10.0)]).duration == pytest.approx(30, abs=1)


def test_samples_that_are_not_finite_are_silence(tmp_path: Path) -> None:
    samples = music(8)
    samples[0, 5 * 44100 : 5 * 44100 + 100] = [np.nan, np.inf, -np.inf, 1, 0] * 20
    found = excerpt(write(tmp_path / "song.wav", samples, codec="pcm_f32le"))
    assert np.isfinite(found).all()
    assert distance(found[: 22050 // 2], expected(music(8), 44100)[: 22050 // 2]) < 0.01


def test_a_sample_rate_may_change_within_a_file(tmp_path: Path) -> None:
    """As when files were joined with ``cat``."""
    path = write(tmp_path / "a.mp3", music(8, rate=44100), rate=44100)
    other = write(tmp_path / "b.mp3", music(8, rate=32000), rate=32000)
    path.write_bytes(path.read_bytes() + other.read_bytes())
    found = excerpt(path, Excerpt(1.0, 14.0))
    assert distance(found[: 6 * 22050], expected(music(8), 44100, Excerpt(1.0, 6.0))) < 0.2
    tail = found[10 * 22050 : 12 * 22050]
    peaks = np.abs(np.fft.rfft(tail * np.hanning(len(tail))))[:1000]
    assert np.argmax(peaks) / 2 == pytest.approx(220, abs=120)  # one of the chord's


def similarity(a: np.ndarray, b: np.ndarray, shift: int) -> float:
    """Return the highest correlation of two signals, one of which may be shifted by so many samples."""
    correlation = correlate(a, b, "full")[len(b) - 1 - shift : len(b) + shift]
    return float(correlation.max() / np.sqrt((a**2).sum() * (b**2).sum()))


@pytest.mark.thorough
@pytest.mark.parametrize(("suffix", "rate"), [(".ogg", 44100), (".opus", 48000), (".oga", 44100)])
def test_joined_ogg_streams_are_one_song(tmp_path: Path, suffix: str, rate: int) -> None:
    parts = [song(tmp_path / f"{i}{suffix}", s, rate=rate, seed=i) for i, s in enumerate((9, 5, 6))]
    joined = tmp_path / f"joined{suffix}"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    wanted = [Excerpt(start, 3.0) for start in (1.0, 10.0, 15.0)]
    recording = read_audio(str(joined), lambda duration: wanted)
    assert recording.duration == pytest.approx(20, abs=0.1)
    alone = [excerpt(part, Excerpt(1.0, 3.0)) for part in parts]
    for number, where in enumerate(wanted):
        found = recording.excerpts[where]
        # FFmpeg keeps the padding at the joints.
        similarities = [similarity(found, samples, 22050 // 10) for samples in alone]
        assert similarities.pop(number) > 0.95
        assert max(similarities) < 0.9, "the songs are not alike, so that the part is the right one"


def test_joined_ogg_streams_of_different_rates_are_an_error(tmp_path: Path) -> None:
    first, second = song(tmp_path / "a.ogg", 9, rate=44100), song(tmp_path / "b.ogg", 6, rate=48000)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(AudioError, match="Ogg streams of different sample rates"):
        read_audio(str(first))


def id3v2(size: int, *, footer: bool = False) -> bytes:
    length = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    end = b"3DI\4\0\x10" + length if footer else b""
    return b"ID3\4\0" + (b"\x10" if footer else b"\0") + length + bytes(size) + end


FRONTS = {
    "small": id3v2(300),
    "large": id3v2(3 << 20),
    "footer": id3v2(1 << 20, footer=True),
    "two": id3v2(300) + id3v2(2 << 20),
    "zeros": id3v2(2000) + bytes(70000),
}


ANY = (".flac", ".tta", ".aac", ".wv", ".ogg", ".wav", ".aiff", ".m4a", ".ape", ".mpc", ".tak")


@pytest.mark.thorough
@pytest.mark.parametrize("front", sorted(FRONTS))
@pytest.mark.parametrize("suffix", ANY)
def test_id3v2_tags_before_any_format_are_skipped(tmp_path: Path, front: str, suffix: str) -> None:
    path = tmp_path / f"song{suffix}"
    if suffix in MADE:
        MADE[suffix](path)
    else:
        song(path, codec="aac" if suffix == ".aac" else None)
    audio = hash_audio(str(path))
    path.write_bytes(FRONTS[front] + path.read_bytes())
    assert hash_audio(str(path)) == audio


@pytest.mark.thorough
@pytest.mark.parametrize("front", ["small", "large", "footer", "two"])
def test_id3v2_tags_before_mp3_are_skipped(tmp_path: Path, front: str) -> None:
    path = song(tmp_path / "song.mp3")
    audio = hash_audio(str(path))
    path.write_bytes(FRONTS[front] + path.read_bytes())
    assert hash_audio(str(path)) == audio


def unsized(path: Path, *places: tuple[bytes, int, int, int]) -> Path:
    """Overwrite sizes behind names: name, offset from its end, bytes, value of each byte."""
    content = bytearray(path.read_bytes())
    for name, offset, count, value in places:
        at = content.index(name) + len(name) + offset
        content[at : at + count] = bytes([value]) * count
    path.write_bytes(content)
    return path


STREAMED = {
    "wav ff": (".wav", [(b"RIFF", 0, 4, 255), (b"data", 0, 4, 255)]),
    "wav 0": (".wav", [(b"RIFF", 0, 4, 0), (b"data", 0, 4, 0)]),
    "w64": (".w64", [(b"riff", 12, 8, 255), (b"data", 12, 8, 127)]),
    "w64 0": (".w64", [(b"riff", 12, 8, 0), (b"data", 12, 8, 0)]),
    "aiff": (".aiff", [(b"FORM", 0, 4, 0), (b"COMM", 6, 4, 0), (b"SSND", 0, 4, 0)]),
}


@pytest.mark.parametrize("case", sorted(STREAMED))
def test_missing_sizes_of_streamed_files(tmp_path: Path, case: str) -> None:
    suffix, places = STREAMED[case]
    path = song(tmp_path / f"a{suffix}", 8, codec=None if suffix == ".aiff" else "pcm_s16le")
    whole = excerpt(path)
    assert read_audio(str(unsized(path, *places))).duration == pytest.approx(8, abs=0.01)
    np.testing.assert_array_equal(excerpt(path), whole)


@pytest.mark.parametrize("known", [True, False])
def test_rf64(tmp_path: Path, known: bool) -> None:
    path = song(tmp_path / "a.wav", 8)
    whole, content = excerpt(path), path.read_bytes()
    data = content.index(b"data")
    sizes = (len(content) + 28, len(content) - data - 8, 0) if known else (0, 0, 0)
    body = content[12:data] + b"data" + b"\xff" * 4 + content[data + 8 :]
    path.write_bytes(b"RF64" + b"\xff" * 4 + b"WAVEds64" + struct.pack("<IQQQI", 28, *sizes, 0) + body)
    assert read_audio(str(path)).duration == pytest.approx(8, abs=0.01)
    np.testing.assert_array_equal(excerpt(path), whole)
