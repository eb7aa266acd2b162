"""The recipes of the bundled models: training is reproducible, and the figures are reached."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.emotions import MOODS
from tagger.features import VERSIONS, marsyas
from tagger.models import format
from tests.sounds import song


@pytest.fixture
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use three folds, as these tests do not look at the accuracy."""
    monkeypatch.setattr("tagger.evaluation.cross_validation.FOLDS", 3)


@pytest.fixture
def emotions(tmp_path: Path) -> Path:
    """A data set of 60 synthetic songs whose first six features determine the moods."""
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 72))
    Y = (X[:, :6] > 0).astype(int)
    lines = ["@relation made-up", *(f"@attribute {c} numeric" for c in marsyas.COLUMNS)]
    lines += [*(f"@attribute {m} {{0,1}}" for m in MOODS), "@data"]
    lines += [",".join(map(str, [*x, *y])) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    path = tmp_path / "emotions.arff"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.thorough
@pytest.mark.usefixtures("few_folds")
def test_training_moods_twice_gives_the_same_files(
    emotions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    files = [tmp_path / "a.model", tmp_path / "b.model"]
    for file in files:
        assert cli.run(["train", "moods", str(emotions), "-o", str(file), "--seeds", "1", "--algorithm", "chains"]) == 0
        card = json.loads(capsys.readouterr().out)
        assert card["created"] == "2023-11-14"
        assert card["data"]["songs"] == 60
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].with_suffix(".json").read_text() == files[1].with_suffix(".json").read_text()
    assert format.load(files[0]).name == card["name"]


@pytest.mark.thorough
@pytest.mark.usefixtures("few_folds")
def test_affect_is_trained_from_a_folder_of_songs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audio = tmp_path / "audio"
    audio.mkdir()
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["song_id", "valence_mean", "arousal_mean"])
        for i in range(12):
            song(audio / f"{i}.wav", 10, rate=22050, seed=i)
            writer.writerow([i, 1 + i % 8, 2 + i % 5])
    arguments = ["--audio", str(audio), "--labels", str(tmp_path / "labels.csv"), "--seeds", "1", "-j", "1"]
    assert cli.run(["train", "affect", *arguments, "-o", str(tmp_path / "m.model")]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["features"] == {"affect": VERSIONS["affect"], "moods": VERSIONS["moods"]}
    assert {"all", "without tonality", "with loudness", "without evidence"} <= set(card["ablation"])
    assert set(card["figures"]) == {"shipped", "in-domain"}
    assert format.load(tmp_path / "m.model").kind == "affect"
    assert cli.run(["evaluate", "affect", *arguments]) == 0
    assert "valence_r2" in capsys.readouterr().out


def test_the_moods_model_reaches_the_figures_of_its_card(shared: Path) -> None:
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.moods import MoodModelSpec, evaluate

    data = read_mood_dataset(shared / "data" / "emotions" / "emotions.arff", marsyas.COLUMNS)
    figures = evaluate(data, [MoodModelSpec()], RunConfig(seeds=1)).models[0].figures
    assert figures["micro_f1"]["mean"] >= 0.69
    assert figures["hamming"]["mean"] <= 0.185
    assert figures["macro_auc"]["mean"] >= 0.86
    card = format.cards()["moods"]["figures"]
    assert figures["hamming"]["mean"] == pytest.approx(card["hamming"]["mean"], abs=0.01)
