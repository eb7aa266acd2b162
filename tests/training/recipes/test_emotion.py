"""The recipe of the joint model: from folders of songs to a model file, its card and its figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.emotions import MOODS
from tagger.features import COLUMNS, VERSIONS, marsyas
from tagger.models import EmotionModel, check_features, format
from tests.sounds import song

SONGS = 14
WORDS = ("Happy; Fun", "Angry; Fierce", "Sad; Gloomy", "Calm/Peaceful; Quiet")


@pytest.fixture(scope="module")
def data_sets(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options for three small data sets."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    (folder / "rated").mkdir()
    (folder / "quadrants" / "audio").mkdir(parents=True)
    ratings = ["song_id,valence_mean,arousal_mean,artist"]
    quadrants = ["song_id,artist_id,quadrant,moods,genres"]
    for i in range(SONGS):
        song(folder / "rated" / f"{i}.flac", 10, seed=i)
        ratings.append(f"{i},{5 + random.normal():.2f},{5 + random.normal():.2f},artist {i // 2}")
        song(folder / "quadrants" / "audio" / f"q{i}.flac", 12, seed=100 + i)
        quadrants.append(f"q{i},{i // 2},Q{i % 4 + 1},{WORDS[i % 4]},")
    (folder / "ratings.csv").write_text("\n".join(ratings))
    (folder / "quadrants" / "labels.csv").write_text("\n".join(quadrants))
    X = random.normal(size=(30, 72))
    lines = ["@relation made-up", *(f"@attribute {c} numeric" for c in marsyas.COLUMNS)]
    lines += [*(f"@attribute {m} {{0,1}}" for m in MOODS), "@data"]
    lines += [",".join(map(str, [*x, *(x[:6] > 0).astype(int)])) for x in X]
    (folder / "emotions.arff").write_text("\n".join(lines))
    options = {"audio": "rated", "labels": "ratings.csv", "quadrants": "quadrants", "moods": "emotions.arff"}
    return [argument for name, value in options.items() for argument in (f"--{name}", str(folder / value))]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use three folds and short comparisons, as these tests do not look at the accuracy."""
    monkeypatch.setattr("tagger.training.estimators.joint.FOLDS", 3)
    monkeypatch.setattr("tagger.training.recipes.emotion_figures.LEARNING_CURVE", (8,))


@pytest.mark.thorough
def test_a_model_is_trained_and_predicts_songs(
    data_sets: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    path = tmp_path / "emotion.model"
    assert cli.run(["train", "emotion", *data_sets, "--seeds", "1", "--jobs", "1", "-o", str(path)]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["features"] == {name: VERSIONS[name] for name in ("affect", "moods", "embedding")}
    assert {name: part["songs"] for name, part in card["data"].items()} == {"ratings": 14, "quadrants": 14, "moods": 30}
    assert set(card["figures"]) == {"joint", "in-domain"}
    assert {"without embedding", "without song", "embedding alone", "without the six labels"} <= set(card["ablation"])
    assert set(card["learning_curve"]) == {"8 songs"}
    assert 0 < card["deviations"]["valence"]["within"]["mean"] <= 1
    model = format.load(path)
    assert isinstance(model, EmotionModel)
    check_features(model)
    assert model.name == card["name"]
    assert model.predict(np.zeros((2, sum(COLUMNS[name] for name in model.features)))).shape == (2, 10)
    assert cli.run(["curve", data_sets[1] + "/0.flac", "--model", str(path), "--format", "csv"]) == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("protocol", "models", "figure"),
    [
        ("quadrants", ["joint", "classical features", "bundled classical"], "quadrants_right"),
        ("words", ["joint", "classical features", "bundled classical"], "calibration_error"),
        ("ratings", ["joint", "classical features", "in-domain"], "valence_r2"),
        ("left-out", ["trained without", "the same model"], "valence_r2"),
    ],
)
def test_each_protocol_names_its_models_and_figures(
    data_sets: list[str], capsys: pytest.CaptureFixture[str], protocol: str, models: list[str], figure: str
) -> None:
    arguments = ["evaluate", "emotion", *data_sets, "--seeds", "1", "--jobs", "1", "--protocol", protocol, "--json"]
    assert cli.run(arguments) == 0
    evaluation = json.loads(capsys.readouterr().out)
    results = evaluation["models"]
    assert len(results) == len(models)
    assert all(result["name"].startswith(name) for result, name in zip(results, models, strict=True))
    assert figure in results[-1]["figures"]
    assert bool(evaluation.get("tables")) == (protocol == "quadrants")


def test_a_folder_without_labels_is_one_line(
    data_sets: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*data_sets[:5], str(tmp_path), *data_sets[6:]]
    assert cli.run(["evaluate", "emotion", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
