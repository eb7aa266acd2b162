"""The explanation of a prediction in words."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tagger.models.explanation import OUTPUTS, Explanation
from tagger.report.text.explanation import explanation_json, explanation_lines
from tagger.report.text.measures import MEASURES, measure_song, tempo_phrase
from tagger.tags.basic_tags import BasicTags

COLUMNS = sorted({column for measure in MEASURES for column in measure.columns})


class Training(SimpleNamespace):
    """A hundred training songs, in which every feature has the values 0, 1, ... 99."""

    values: dict[str, np.ndarray]

    def __len__(self) -> int:
        return 100


def explanation(**features: float) -> Explanation:
    """Return an explanation of a song that is average, except for some features."""
    training: Any = Training(values={column: np.arange(100.0) for column in COLUMNS})
    measured = {**dict.fromkeys(COLUMNS, 49.5), "BH_LowPeakBPM": 71.0, "BH_HighPeakBPM": 142.0, **features}
    groups = ("embedding", *dict.fromkeys(measure.group for measure in MEASURES))
    contributions = np.zeros((len(groups), 8))
    contributions[0], contributions[1, 0], contributions[2, 6] = 0.0625, 0.25, -0.004
    typical = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.1, 0.0, -0.1])
    song = typical + contributions.sum(axis=0)
    return Explanation(
        "emotion-1", groups, contributions, song, typical, 0.35, measured, training, {"sad": 14, "calm": 4, "tense": 2}
    )


def row(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(f"  {name}"))


def test_an_explanation_fits_on_a_screen() -> None:
    wordy = dict(zip(COLUMNS, [0.0, 99.0] * 50, strict=False))
    titles = BasicTags("Title " * 30, "Artist", "Album")
    for features in ({}, wordy, dict.fromkeys(COLUMNS, -10.0), dict.fromkeys(COLUMNS, 1000.0)):
        lines = explanation_lines(explanation(**features), "a.flac", titles)
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80


def test_values_far_from_those_of_other_songs_are_named() -> None:
    lines = explanation_lines(
        explanation(level_50=2.0, tonal_roughness=97.2, pulse_clarity=80.0), "a.flac", BasicTags()
    )
    assert row(lines, "dynamics").split()[1:6] == ["often", "quiet", "(median", "level", "2"]
    assert "rough (roughness 97.20)" in row(lines, "noise")
    assert row(lines, "noise").split()[-3] == "98"
    assert "strong beat, about 71 or 142 bpm" in row(lines, "tempo")
    assert "average density (49.5 onsets/s)" in row(lines, "onsets")
    assert "20 nearest training songs: 14 sad, 4 calm" in row(lines, "embedding")


@pytest.mark.parametrize(("fit", "words"), [(-0.2, "minor"), (0.01, "neither major nor minor"), (0.3, "major")])
def test_the_mode_is_that_of_the_key_that_fits_better(fit: float, words: str) -> None:
    lines = explanation_lines(explanation(tonal_mode=fit), "a.flac", BasicTags())
    assert row(lines, "mode").split("(")[0].split("mode")[1].strip() == words


def test_the_other_measures_of_a_group_follow_in_words() -> None:
    lines = explanation_lines(explanation(onset_rate=90.0, onset_mean=99.0), "a.flac", BasicTags())
    assert "strong onsets (mean rise 99.0 dB), busy" in row(lines, "onsets")


def test_numbers_of_the_song_and_of_typical_songs_frame_the_contributions() -> None:
    lines = explanation_lines(explanation(), "a.flac", BasicTags("Dawn", "Lark"))
    assert lines[:2] == ["a.flac", "  Lark - Dawn"]
    assert row(lines, "typical song").split()[-2:] == ["+0.00", "-0.10"]
    assert row(lines, "embedding").split()[-2:] == ["+0.06", "+0.06"]
    assert row(lines, "timbre").split()[-2:] == ["+0.00", "+0.00"]
    assert row(lines, "this song: calm").split()[-2:] == ["+0.06", "-0.04"]
    mood = row(lines, "amazed-surprised*").split()
    assert mood[1:] == ["0.10", "0.41", "brightness", "+0.25,", "embedding", "+0.06"]


def test_a_song_without_tempo_has_none_in_words() -> None:
    assert tempo_phrase({"BH_LowPeakBPM": 0.0, "BH_HighPeakBPM": 0.0}) == tempo_phrase({}) == ""
    assert row(explanation_lines(explanation(BH_LowPeakBPM=0.0), "a", BasicTags()), "tempo").split()[1:3] == [
        "average",
        "beat",
    ]


def test_measures_that_a_model_does_not_use_are_left_out() -> None:
    explained = explanation()
    del explained.training.values["band20_mean"]
    assert "treble level" not in {m.measure.name for m in measure_song(explained.features, explained.training)}
    assert row(explanation_lines(explained, "a.flac", BasicTags()), "brightness").split()[1:] == ["+0.00", "+0.00"]


def test_json_has_contributions_and_measures() -> None:
    value = json.loads(json.dumps(explanation_json(explanation(level_50=2.0), "a.flac", BasicTags("Dawn"))))
    assert (value["path"], value["title"], value["model"], value["training_songs"]) == (
        "a.flac",
        "Dawn",
        "emotion-1",
        100,
    )
    assert value["tempo_bpm"] == [71, 142]
    for output in OUTPUTS:
        total = value["typical"][output] + sum(group["contributions"][output] for group in value["groups"])
        assert total == pytest.approx(value["song"][output])
    dynamics = next(group for group in value["groups"] if group["name"] == "dynamics")
    assert dynamics["description"].startswith("often quiet")
    assert {"name": "median level below the maximum", "value": 2.0, "unit": "dB", "percentile": 2.5} in dynamics[
        "measures"
    ]
    assert value["nearest_training_songs"] == {"sad": 14, "calm": 4, "tense": 2}
