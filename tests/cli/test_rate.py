"""The user's ratings are kept, and adjust valence and arousal if they are of use."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.library.ratings import ratings
from tagger.library.store import Store
from tagger.models.predictor import Predictor
from tagger.training.recipes.listener import predict_rated
from tests.synthetic_library import fill_library, song_features

Captured = pytest.CaptureFixture[str]
COUNT = 24


@pytest.fixture
def songs(tmp_path: Path, own_store: Path) -> list[str]:
    """Analysed songs; the files do not exist."""
    paths = [tmp_path / f"{i}.mp3" for i in range(COUNT)]
    fill_library(own_store, paths, song_features(COUNT, np.arange(COUNT) % 2), [""] * COUNT)
    return list(map(str, paths))


def predicted(store: Path) -> np.ndarray:
    with Store(str(store)) as library:
        ids = [audio for (audio,) in library.read("SELECT id FROM audio ORDER BY id")]
        return np.array([(p.valence, p.arousal) for p in predict_rated(library, dict.fromkeys(ids)).values()])  # type: ignore[arg-type]


def table(path: Path, songs: list[str], values: np.ndarray) -> str:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "valence", "arousal"))
        rows.writerows((song, *row) for song, row in zip(songs, values.round(4).tolist(), strict=True))
    return str(path)


def test_ratings_are_stored_listed_and_removed(songs: list[str], own_store: Path, capsys: Captured) -> None:
    assert cli.run(["rate", songs[0], songs[1], "--valence", "-0.5"]) == 0
    assert "2 ratings stored; the library has 2 ratings" in capsys.readouterr().err
    assert cli.run(["rate", songs[1], "--arousal", "0.25"]) == 0
    capsys.readouterr()
    assert cli.run(["rate", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{songs[0]}: valence -0.50 (predicted ") and "arousal" not in lines[0]
    assert "arousal +0.25 (predicted " in lines[1]
    assert cli.run(["rate", "--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(row["path"], row["valence"], row["arousal"]) for row in listed] == [
        (songs[0], -0.5, None),
        (songs[1], -0.5, 0.25),
    ]
    assert -1 <= listed[0]["predicted_valence"] <= 1
    assert cli.run(["rate", "--remove", songs[0], songs[2]]) == 1
    printed = capsys.readouterr().err
    assert f"{songs[2]}: has no rating" in printed and "1 rating removed; the library has 1 rating" in printed
    with Store(str(own_store)) as library:
        assert list(ratings(library).values()) == [(-0.5, 0.25)]


def test_a_song_that_is_not_analysed_has_no_rating(songs: list[str], tmp_path: Path, capsys: Captured) -> None:
    new = str(tmp_path / "new.mp3")
    assert cli.run(["rate", new, songs[0], "--valence", "0.5"]) == 1
    printed = capsys.readouterr().err
    assert f"{new}: not analysed yet; run `emotag scan`" in printed and "1 rating stored" in printed


def test_consistent_ratings_become_a_model(songs: list[str], own_store: Path, tmp_path: Path, capsys: Captured) -> None:
    before = predicted(own_store)
    noise = np.random.default_rng(0).normal(size=before.shape) * [0.02, 0.3]
    given, out = (
        table(tmp_path / "r.csv", songs, (before + np.array([0.3, 0]) + noise).clip(-1, 1)),
        tmp_path / "me.model",
    )
    assert cli.run(["rate", "--csv", given, "-o", str(out)]) == 0
    printed = capsys.readouterr()
    valence, arousal = printed.out.splitlines()
    assert valence.startswith("valence: 24 ratings; error on ratings left out 0.") and valence.endswith(": adjusted")
    assert arousal.endswith("not better yet, left as it is")
    assert f"emotag scan --model {out}" in printed.err
    with Store(str(own_store)) as library:
        bundled, adjusted = Predictor(), Predictor([str(out)])
        assert bundled.names != adjusted.names
        features = {name: b.array() for name, b in library.features([1], bundled.versions)[1].items()}
        first, second = bundled.predict_song(features), adjusted.predict_song(features)
    assert 0.1 < second.valence - first.valence < 0.35
    assert second.arousal == pytest.approx(first.arousal, abs=1e-6)
    assert second.probabilities == first.probabilities
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["figures"]["valence"]["adjusted"] and not card["figures"]["arousal"]["adjusted"]


def test_ratings_that_are_of_no_use_yet_make_no_model(
    songs: list[str], own_store: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "me.model"
    before = predicted(own_store)
    few = table(tmp_path / "few.csv", songs[:9], (before[:9] + 0.3).clip(-1, 1))
    assert cli.run(["rate", "--csv", few, "-o", str(out)]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == "valence: 9 ratings; at least 10 are needed"
    assert "your ratings do not improve the bundled model yet; no model was written" in printed.err
    noise = np.random.default_rng(1).normal(size=before.shape) * 0.3
    noisy = table(tmp_path / "noisy.csv", songs, (before + noise).clip(-1, 1))
    assert cli.run(["rate", "--csv", noisy, "-o", str(out)]) == 1
    assert "not better yet" in capsys.readouterr().out
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a FILE with its rating, --csv, --list or --output"),
        (["a.mp3"], "FILE needs --valence, --arousal or both, or --remove"),
        (["a.mp3", "--remove", "--valence", "1"], "FILE needs --valence"),
        (["--valence", "0.5"], "need a FILE"),
        (["--list", "--valence", "2"], "is not in the range"),
        (["--json", "-o", "x.model"], "--json needs --list"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], message: str, songs: list[str], capsys: Captured) -> None:
    assert cli.run(["rate", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cell", "message"), [("x", "is not a number"), ("2", "is not between -1 and 1"), ("nan", "is not")]
)
def test_a_table_with_a_wrong_value_stores_nothing(
    cell: str, message: str, songs: list[str], own_store: Path, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "r.csv").write_text(f"path,valence,arousal\n{songs[0]},0.5,\n{songs[1]},0.5,{cell}\n")
    assert cli.run(["rate", "--csv", str(tmp_path / "r.csv")]) == 2
    assert message in capsys.readouterr().err
    with Store(str(own_store)) as library:
        assert ratings(library) == {}
