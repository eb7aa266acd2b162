"""Predictions hardly change with the encoding of a song."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagger import cli
from tagger.evaluation.invariance import VARIANTS, measure_invariance
from tagger.models.format import cards
from tagger.models.predictor import CLASSICAL
from tests.sounds import song

LIMITS = {
    "FLAC": ((0, 0), (0, 0), (0, 0)),
    "MP3 320": ((0.001, 0.005), (0.002, 0.005), (0.002, 0.007)),
    "MP3 128": ((0.008, 0.018), (0.019, 0.039), (0.005, 0.016)),
    "MP3 64": ((0.043, 0.083), (0.019, 0.044), (0.012, 0.060)),
    "AAC 128": ((0.011, 0.041), (0.017, 0.039), (0.008, 0.025)),
    "Opus 96": ((0.045, 0.115), (0.060, 0.107), (0.008, 0.036)),
    "Vorbis 128": ((0.023, 0.059), (0.025, 0.065), (0.009, 0.029)),
    "mono": ((0.001, 0.005), (0.001, 0.005), (0.001, 0.005)),
    "48 kHz": ((0.002, 0.005), (0.002, 0.005), (0.002, 0.007)),
    "96 kHz": ((0.002, 0.005), (0.002, 0.005), (0.002, 0.007)),
    "0.5 s of silence before": ((0.05, 0.12), (0.08, 0.2), (0.03, 0.15)),
    "1 s later": ((0.05, 0.12), (0.08, 0.2), (0.03, 0.15)),
}
"""Limits for the mean and maximum difference of valence, arousal (both on DEAM's scale of 1..9) and probabilities."""

ON_1_TO_9 = {"valence": 4, "arousal": 4, "moods": 1}
"""Factors from -1..1 to the scale of the limits."""

JOINT_LIMITS = LIMITS | {
    "MP3 64": ((0.043, 0.083), (0.027, 0.076), (0.012, 0.060)),
    "AAC 128": ((0.011, 0.041), (0.019, 0.043), (0.008, 0.025)),
    "one channel inverted": ((0.001, 0.005), (0.001, 0.005), (0.001, 0.005)),
}
"""Limits of the joint model: the same, but for arousal after AAC and MP3 at 64 kbit/s."""

QUIET = "-10 dB"


@pytest.mark.parametrize("kind", ["emotion", "moods", "affect"])
def test_the_figures_of_the_cards_are_within_the_limits(kind: str) -> None:
    differences = cards()[kind]["invariance"]["moved"]
    for name, limits in (JOINT_LIMITS if kind == "emotion" else LIMITS).items():
        for (key, difference), (mean, maximum) in zip(differences[name].items(), limits, strict=True):
            assert round(ON_1_TO_9[key] * difference["mean"], 3) <= mean, f"{name}: {key}"
            assert round(ON_1_TO_9[key] * difference["max"], 3) <= maximum, f"{name}: {key}"
    # Quieter masters are predicted as calmer, by less than 1/30 of the scale.
    assert differences[QUIET]["arousal"]["mean"] < 0.0625
    assert differences[QUIET]["valence"]["mean"] < 0.0125


@pytest.mark.parametrize("models", [(), (CLASSICAL,)])
def test_real_songs_are_within_the_limits(shared: Path, models: tuple[str, ...]) -> None:
    songs = [shared / "data" / "emomusic" / "audio" / f"{number}.mp3" for number in (2, 5)]
    differences = measure_invariance(songs, models=models)
    for name, limits in (LIMITS if models else JOINT_LIMITS).items():
        for (key, difference), (_, maximum) in zip(differences[name].items(), limits, strict=True):
            assert ON_1_TO_9[key] * difference["max"] <= maximum, f"{name}: {key}"
    assert differences[QUIET]["arousal"]["max"] < 0.075


@pytest.mark.thorough
def test_flac_changes_nothing_and_all_variants_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["evaluate", "invariance", str(song(tmp_path / "a.wav", 7))]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line[:24].strip() for line in lines] == list(VARIANTS)
    assert lines[0].split()[1:] == ["valence", "0.0000/0.0000", "arousal", "0.0000/0.0000", "moods", "0.0000/0.0000"]


@pytest.mark.thorough
def test_files_that_cannot_be_analysed_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.wav").write_text("words")
    assert cli.run(["evaluate", "invariance", str(tmp_path / "a.wav")]) == 2
    assert "a.wav: cannot be decoded" in capsys.readouterr().err
    short = song(tmp_path / "short.wav", 5.5)
    assert cli.run(["evaluate", "invariance", str(short)]) == 2
    assert f"{short}, 1 s later: too short" in capsys.readouterr().err
