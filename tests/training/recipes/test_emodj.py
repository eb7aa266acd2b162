"""EmoDJ's recipe: the search, the leaking figures beside the honest ones, and a model that a scan can use."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.models import format
from tagger.training.recipes import emodj
from tagger.training.recipes.base import RunConfig
from tests.datasets.test_affect import emomusic
from tests.sounds import song


def rows(songs: int = 40, steps: int = 10) -> emodj.HalfSeconds:
    """Half seconds of songs that differ much from each other: who knows a song's others knows the half second."""
    random = np.random.default_rng(0)
    own = random.normal(size=(songs, 24))
    X = np.repeat(own, steps, axis=0) + 0.2 * random.normal(size=(songs * steps, 24))
    Y = 0.3 * np.repeat(random.normal(size=(songs, 2)), steps, axis=0)
    return emodj.HalfSeconds(X, Y, np.repeat(np.arange(songs), steps))


def test_random_half_seconds_flatter_and_songs_held_out_do_not() -> None:
    data, asked = rows(), RunConfig(seeds=2)
    leaking, tests = emodj.as_published(data, emodj.COSTS, asked)
    honest, means = emodj.cross_validate(data, data.songs, "songs", emodj.COSTS, asked)
    # The labels are noise: what is known of them is known from the song's other half seconds.
    assert leaking.figures["valence_r2"]["mean"] > 0.8
    assert honest.figures["valence_r2"]["mean"] < 0.1
    assert means.figures["valence_r2"]["mean"] < 0.1
    assert leaking.leak and not honest.leak and not means.leak
    assert len(tests) == 4
    assert all("one-sided p" in test for test in tests)


def test_the_grid_search_looks_at_every_cost() -> None:
    done: list[str] = []
    found = emodj.grid_search(rows(), RunConfig(jobs=1, on_step=done.append))
    assert len(done) == 2 * len(emodj.GRID) * emodj.SEARCH_FOLDS
    for name in ("valence", "arousal"):
        scores = found[name]["grid"]
        assert set(scores) == {"1", "10", "100", "1000"}
        assert found[name]["C"] == float(max(scores, key=lambda cost: scores[cost]))


@pytest.fixture
def rated(tmp_path: Path) -> list[str]:
    """Six songs of 12 s, annotated from second 2 of theirs on, that begin at second 13 of the annotated clip."""
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


def test_a_trained_recipe_is_used_by_a_scan(
    rated: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
        told = list(csv.DictReader(file))
    assert len(told) == 6
    from tagger.analysis import extract

    each = format.load(model).predict(extract(str(tmp_path / "audio" / "0.wav"), "segments")[1])
    assert each.shape == (24, 2)
    assert float(told[0]["valence"]) == pytest.approx(each[:, 0].mean(), abs=1e-4)
    assert card["name"] in told[0]["model"]


def test_each_protocol_prints_its_figures(rated: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for protocol, words in (
        ("frames", ["random half seconds *", "leaks", "one-sided p", "songs held out"]),
        ("artists", ["artists held out", "6 of 6 songs"]),
    ):
        assert cli.run(["evaluate", "affect", *rated, "--offset", "13", "--protocol", protocol]) == 0
        out = capsys.readouterr().out
        assert all(word in out for word in words)


def test_audio_of_another_time_and_songs_without_dynamic_ratings_are_refused(
    rated: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "none.model"
    assert cli.run(["train", "affect", *rated, "--offset", "100", "-o", str(model)]) == 2
    assert "no audio where it is annotated" in capsys.readouterr().err
    table = tmp_path / "labels.csv"
    table.write_text("song_id,valence_mean,arousal_mean\n0,2,3\n")
    rated[3] = str(table)
    assert cli.run(["train", "affect", *rated, "-o", str(model)]) == 2
    assert "has no ratings of song 0 while it plays" in capsys.readouterr().err
    assert not model.exists()
    assert not model.with_suffix(".json").exists()
