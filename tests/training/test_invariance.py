"""A song gets the same answer in any encoding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagger import cli
from tagger.training.invariance import VARIANTS, measure
from tests.sounds import song

LIMITS = {
    "FLAC": (0.0005, 0.0005, 0.0005),
    "MP3 320": (0.02, 0.02, 0.01),
    "MP3 128": (0.06, 0.06, 0.02),
    "MP3 64": (0.15, 0.12, 0.03),
    "AAC 128": (0.08, 0.08, 0.03),
    "Opus 96": (0.15, 0.15, 0.03),
    "Vorbis 128": (0.15, 0.15, 0.04),
    "mono": (0.02, 0.02, 0.01),
    "48 kHz": (0.02, 0.02, 0.01),
    "96 kHz": (0.02, 0.02, 0.01),
}
"""Mean difference of valence and arousal (1..9) and of probabilities over two songs; of many it is smaller."""


def test_real_songs_keep_their_emotions(shared: Path) -> None:
    songs = [shared / "data" / "emomusic" / "audio" / f"{number}.mp3" for number in (2, 5)]
    moved = measure(songs)
    for name, limits in LIMITS.items():
        for (key, found), limit in zip(moved[name].items(), limits, strict=True):
            assert found["mean"] <= limit, f"{name}: {key}"
    # A quiet master is calmer, but by less than a twentieth of the scale.
    assert moved["-10 dB"]["arousal"]["mean"] < 0.4
    assert moved["-10 dB"]["valence"]["mean"] < 0.2


def test_flac_is_identical_and_the_table_has_every_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["evaluate", "invariance", str(song(tmp_path / "a.wav", 7))]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line[:24].strip() for line in lines] == list(VARIANTS)
    assert lines[0].split()[1:] == ["valence", "0.000/0.000", "arousal", "0.000/0.000", "moods", "0.000/0.000"]


def test_what_is_no_song_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.wav").write_text("words")
    assert cli.run(["evaluate", "invariance", str(tmp_path / "a.wav")]) == 2
    assert "a.wav: cannot be decoded" in capsys.readouterr().err
