"""The recipe of EmoDJ: grid search, figures with and without leakage, and a model for `emotag scan`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.cli.affect_options import RECIPE_NAMES
from tagger.models import format
from tagger.training.recipes import emodj
from tagger.training.recipes.affect import RECIPES
from tagger.training.recipes.base import RunConfig
from tests.datasets.test_affect import emomusic
from tests.sounds import song


def synthetic_segments(songs: int = 40, steps: int = 10) -> emodj.Segments:
    """Segments that are similar within a song and have the same label, unrelated to those of other songs."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(songs, 24))
    X = np.repeat(centres, steps, axis=0) + 0.2 * random.normal(size=(songs * steps, 24))
    Y = 0.3 * np.repeat(random.normal(size=(songs, 2)), steps, axis=0)
    return emodj.Segments(X, Y, np.repeat(np.arange(songs), steps))


def test_the_command_line_offers_all_recipes() -> None:
    assert tuple(RECIPES) == RECIPE_NAMES


def test_only_the_split_by_segment_leaks() -> None:
    data, config = synthetic_segments(), RunConfig(seeds=2)
    leaking, tests = emodj.evaluate_as_published(data, emodj.COSTS, config)
    honest, means = emodj.cross_validate(data, data.songs, "songs", emodj.COSTS, config)
    # The labels are noise, so they can only be known from other segments of the song.
    assert leaking.figures["valence_r2"]["mean"] > 0.8
    assert honest.figures["valence_r2"]["mean"] < 0.1
    assert means.figures["valence_r2"]["mean"] < 0.1
    assert leaking.leak and not honest.leak and not means.leak
    assert len(tests) == 4
    assert all("one-sided p" in test for test in tests)


def test_the_grid_search_tries_every_cost() -> None:
    steps: list[str] = []
    result = emodj.grid_search(synthetic_segments(), RunConfig(jobs=1, on_step=steps.append))
    assert len(steps) == 2 * len(emodj.GRID) * emodj.SEARCH_FOLDS
    for name in ("valence", "arousal"):
        scores = result[name]["grid"]
        assert set(scores) == {"1", "10", "100", "1000"}
        assert result[name]["C"] == float(max(scores, key=lambda cost: scores[cost]))


@pytest.fixture
def rated(tmp_path: Path) -> list[str]:
    """Options for six songs of 12 s that begin 13 s into the annotated excerpts, with annotations from 15 s on."""
    audio = tmp_path / "audio"
    audio.mkdir()
    labels = emomusic(tmp_path)
    times = [f"sample_{t}ms" for t in range(15000, 24500, 500)]
    random = np.random.default_rng(1)
    names = [str(i) for i in range(6)]
    for name in names:
        song(audio / f"{name}.wav", 12, rate=22050, seed=int(name))
    for kind in ("valence", "arousal"):
        with (labels / f"{kind}_cont_average.csv").open("w", newline="") as file:
            lines = [[name, *random.uniform(-0.5, 0.5, len(times)).round(3)] for name in names]
            csv.writer(file).writerows([["song_id", *times], *lines])
    static = "song_id,mean_arousal,mean_valence\n" + "".join(f"{name},{1 + int(name)},4\n" for name in names)
    (labels / "static_annotations.csv").write_text(static)
    (labels / "songs_info.csv").write_text("song_id,Artist\n" + "".join(f"{n},artist {int(n) % 3}\n" for n in names))
    return ["--audio", str(audio), "--labels", str(labels), "--recipe", "emodj", "--seeds", "1", "-j", "1"]


@pytest.mark.thorough
def test_a_scan_uses_a_trained_model(rated: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "emodj.model"
    assert cli.run(["train", "affect", *rated, "--offset", "13", "-o", str(model)]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["features"] == {"segments": 1}
    assert card["data"]["half_seconds"] == 6 * 19
    assert {"valence", "arousal"} == set(card["grid_search"])
    assert [name.split(",")[0] for name in card["figures"]] == ["random half seconds", "half seconds", "means of songs"]
    report = tmp_path / "report.csv"
    store = str(tmp_path / "library.sqlite")
    music = str(tmp_path / "audio")
    assert cli.run(["scan", "--model", str(model), "--csv", str(report), "--store", store, "-j", "1", music]) == 0
    with report.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    from tagger.analysis.extraction import extract_features

    predicted = format.load(model).predict(extract_features(str(tmp_path / "audio" / "0.wav"), "segments")[1])
    assert predicted.shape == (24, 2)
    assert float(rows[0]["valence"]) == pytest.approx(predicted[:, 0].mean(), abs=1e-4)
    assert card["name"] in rows[0]["model"]


@pytest.mark.thorough
def test_every_protocol_prints_its_figures(rated: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for protocol, words in (
        ("frames", ["random half seconds *", "leaks", "one-sided p", "songs held out"]),
        ("artists", ["artists held out", "6 of 6 songs have a known artist"]),
    ):
        assert cli.run(["evaluate", "affect", *rated, "--offset", "13", "--protocol", protocol]) == 0
        out = capsys.readouterr().out
        assert all(word in out for word in words)


def test_missing_or_misplaced_dynamic_ratings_are_refused(
    rated: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "none.model"
    assert cli.run(["train", "affect", *rated, "--offset", "100", "-o", str(model)]) == 2
    assert "no annotation lies within the audio" in capsys.readouterr().err
    table = tmp_path / "labels.csv"
    table.write_text("song_id,valence_mean,arousal_mean\n0,2,3\n")
    rated[3] = str(table)
    assert cli.run(["train", "affect", *rated, "-o", str(model)]) == 2
    assert "song 0 has no dynamic ratings" in capsys.readouterr().err
    assert not model.exists()
    assert not model.with_suffix(".json").exists()
