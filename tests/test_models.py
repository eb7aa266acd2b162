"""A model file is data: checked before it is used, the same for the same training, and never code."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tagger import cli, models, predictors
from tagger.affects import Affect
from tagger.analysis import SETS, extract
from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.predictors import Part
from tagger.training.estimators import Forest
from tagger.training.likeness import AffectBlend, Family, Likeness
from tests.sounds import song

COLUMNS = 5


def blend(doubts: bool = False) -> Part:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, COLUMNS))
    compared = Likeness((Family("window", (0, 1, 2), 1, 1), Family("song", (3, 4), 0.5, 0.2, 1)))
    model = AffectBlend(compared, 4, coupling=0.5, trust=0.1, doubts=doubts)
    return model.fit(X, X[:, :2] + 0.1 * random.normal(size=(50, 2))).part_


def saved(path: Path, **content: object) -> Path:
    affect = {"kind": "affect", "features": {"affect": 1}, "columns": COLUMNS, "part": blend()}
    models.save(path, {**affect, **content}, {"terms": "none"})
    return path


@pytest.mark.parametrize("kind", models.KINDS)
def test_the_bundled_models_fit_the_features_and_have_their_cards(kind: str) -> None:
    model = models.bundled(kind)
    models.check_features(model)
    card = models.cards()[kind]
    assert card["name"] == model.name
    assert {"created", "data", "features", "protocol", "figures", "terms"} <= set(card)
    assert len(card["data"]["sha256"]) == 64
    columns = sum(len(SETS[name].columns) for name in model.features)
    X = np.random.default_rng(1).normal(size=(7, columns))
    predicted = model.predict(X)
    low = 0 if kind == "moods" else -1
    assert predicted.shape == (7, 6 if kind == "moods" else 4)
    assert (predicted >= low).all()
    assert (predicted <= 1).all()


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.model"), saved(tmp_path / "b.model")
    assert first.read_bytes() == second.read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["name"] == models.load(first).name


def test_a_saved_model_predicts_as_before(tmp_path: Path) -> None:
    X = np.random.default_rng(2).normal(size=(9, COLUMNS))
    model = models.load(saved(tmp_path / "a.model"))
    np.testing.assert_array_equal(model.predict(X), np.clip(blend().predict(X), -1, 1))


def test_only_known_parts_and_plain_numbers_are_taken(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.model")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    objects = io.BytesIO()
    np.save(objects, np.array([print], dtype=object), allow_pickle=True)
    forgeries = (
        {"model.json": members["model.json"].replace(b'"Similarity"', b'"Popen"')},
        {"model.json": members["model.json"].replace(b'"limit"', b'"__class__"')},
        {"model.json": members["model.json"].replace(b'"array": 1', b'"array": 999')},
        {"model.json": b"[" * 100_000},
        {"0.npy": objects.getvalue()},
        {"0.npy": members["0.npy"][:-4]},
        {"0.npy": members["0.npy"][:-8] + np.array([np.nan]).tobytes()},
    )
    for number, forged in enumerate(forgeries):
        forgery = tmp_path / f"{number}.model"
        with zipfile.ZipFile(forgery, "w") as archive:
            for name, content in {**members, **forged}.items():
                archive.writestr(name, content)
        with pytest.raises(ModelError, match=r"not a model of emotag, or damaged"):
            models.load(forgery)


@pytest.mark.parametrize(
    "change",
    [
        {"children": lambda old: np.full_like(old, 2**30)},
        {"children": lambda old: np.full_like(old, -1)},
        {"roots": lambda old: np.full_like(old, 2**30)},
        {"columns": lambda old: np.full_like(old, 72)},
        {"columns": lambda old: np.full_like(old, -1)},
        {"depth": 10**9},
        {"values": np.zeros((3, 6))},
        {"thresholds": np.zeros(3)},
    ],
)
def test_a_forged_forest_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 72))
    forest = Forest(3).fit(X, (X[:, :6] > 0).astype(int)).part_
    assert isinstance(forest, predictors.Forest)
    content = {
        "kind": "moods",
        "features": {"moods": 1},
        "columns": 72,
        "labels": list(MOODS),
        "threshold": 0.5,
    }
    models.save(tmp_path / "good.model", {**content, "part": forest}, {})
    assert models.load(tmp_path / "good.model").predict(X).shape == (40, 6)
    forged = {name: new(getattr(forest, name)) if callable(new) else new for name, new in change.items()}
    models.save(tmp_path / "a.model", {**content, "part": replace(forest, **forged)}, {})
    with pytest.raises(ModelError, match="not a model of emotag, or damaged"):
        models.load(tmp_path / "a.model")


def test_a_model_of_other_columns_or_outputs_is_refused(tmp_path: Path) -> None:
    part = blend()
    assert isinstance(part, Affect)
    with pytest.raises(ModelError, match="a place that is not there"):
        models.load(saved(tmp_path / "a.model", columns=COLUMNS - 1))
    with pytest.raises(ModelError, match="does not predict what a model of affect does"):
        models.load(saved(tmp_path / "a.model", part=part.part))


def test_a_model_tells_how_sure_it_is_or_does_not(tmp_path: Path) -> None:
    X = np.random.default_rng(2).normal(size=(7, COLUMNS))
    part = blend(doubts=True)
    assert isinstance(part, Affect)
    told = models.load(saved(tmp_path / "a.model", part=part)).predict(X)
    plain = models.load(saved(tmp_path / "b.model")).predict(X)
    assert (told.shape, plain.shape) == ((7, 4), (7, 2))
    np.testing.assert_allclose(told[:, :2], plain, atol=1e-9)
    assert (told[:, 2:] > 0).all()
    for doubt in (np.empty(0), np.ones(3), np.ones((2, 1))):
        with pytest.raises(ModelError, match=r"outputs|doubt"):
            models.load(saved(tmp_path / "c.model", part=replace(part, doubt=doubt)))


def test_models_of_other_moods_and_kinds_are_refused(tmp_path: Path) -> None:
    other = saved(tmp_path / "a.model", kind="moods", labels=["jazz"], threshold=0.5)
    with pytest.raises(ModelError, match="other moods"):
        models.load(other)
    with pytest.raises(ModelError, match="genres"):
        models.load(saved(tmp_path / "b.model", kind="genres"))


def test_features_of_another_version_are_refused(tmp_path: Path) -> None:
    model = models.load(saved(tmp_path / "a.model", features={"affect": 99}))
    with pytest.raises(ModelError, match="version 99"):
        models.check_features(model)


def test_a_pickle_a_text_and_a_torn_file_are_no_models(tmp_path: Path) -> None:
    torn = saved(tmp_path / "torn.model")
    torn.write_bytes(torn.read_bytes()[:-100])
    pickled, text, foreign = tmp_path / "p.model", tmp_path / "t.model", tmp_path / "z.model"
    pickled.write_bytes(pickle.dumps(print))
    text.write_text("a model")
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("schema.json", "{}")
    for path in (torn, pickled, text, foreign, tmp_path / "missing.model"):
        with pytest.raises(ModelError) as caught:
            models.load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_bundled_models_are_verified_by_their_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(["models", "verify"]) == 0
    assert capsys.readouterr().out.count("as its card says") == 2
    for kind in models.KINDS:
        for suffix in ("model", "json"):
            (tmp_path / f"{kind}.{suffix}").write_bytes((models._bundle() / f"{kind}.{suffix}").read_bytes())
    with (tmp_path / "moods.model").open("r+b") as file:
        file.seek(5000)
        file.write(b"?")
    monkeypatch.setattr(models, "_bundle", lambda: tmp_path)
    assert cli.run(["models", "verify"]) == 1
    said = capsys.readouterr()
    assert "moods: the file's hash is not that of its card" in said.err
    assert said.out.count("as its card says") == 1


def test_the_bundled_models_are_small_load_at_once_and_are_quick() -> None:
    files = [models._bundle() / f"{kind}.model" for kind in models.KINDS]
    assert sum(len(file.read_bytes()) for file in files) <= 12e6
    began = time.process_time()
    moods, affect = (models.bundled(kind) for kind in models.KINDS)
    assert time.process_time() - began <= 0.6
    random = np.random.default_rng(0)
    columns = [sum(len(SETS[name].columns) for name in model.features) for model in (moods, affect)]
    songs, windows = random.normal(size=(1000, columns[0])), random.normal(size=(6000, columns[1]))
    with threadpool_limits(1):
        began = time.process_time()
        moods.predict(songs)
        affect.predict(windows)
        # 2 s are the budget, for a machine that does nothing else.
        assert time.process_time() - began <= 4


def test_predicting_needs_no_scikit_learn() -> None:
    """So that predictions are the same whatever version of it is installed."""
    program = """
import sys
from tagger import models
import numpy as np
for kind, columns in (("moods", 72), ("affect", 283)):
    models.bundled(kind).predict(np.zeros((3, columns)))
print(sorted(name for name in sys.modules if name.split(".")[0] in ("sklearn", "xgboost", "torch", "librosa")))
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_new_songs_have_the_moods_as_often_as_those_of_the_training_set(shared: Path) -> None:
    """Features on another scale would make all of them angry, or none."""
    paths = sorted((shared / "data" / "deam" / "audio").iterdir())[::20]
    told = models.bundled("moods").predict(np.concatenate([extract(str(path), "moods")[1] for path in paths]))
    prevalences = [0.29, 0.28, 0.45, 0.25, 0.28, 0.32]
    np.testing.assert_allclose(told.mean(axis=0), prevalences, atol=0.1)


def _forged(tmp_path: Path, **change: Any) -> Path:
    """A model like the bundled one of valence and arousal, in which something is another number."""
    bundled = models.bundled("affect")
    content: dict[str, Any] = {"features": bundled.features, "columns": bundled.columns, "part": bundled.part}
    return saved(tmp_path / "forged.model", **{**content, **change})


def _linear(weight: float, intercept: float = 0.0) -> predictors.Linear:
    columns = models.bundled("affect").columns
    return predictors.Linear(np.full((columns, 2), weight), np.full(2, intercept))


FORGERIES: dict[str, Callable[[], dict[str, Any]]] = {
    "no features": lambda: {"features": {}},
    "a list of features": lambda: {"features": ["affect"]},
    "features of nobody": lambda: {"features": {"smell": 0}},
    "other columns": lambda: {"columns": 5, "part": predictors.Linear(np.zeros((5, 2)), np.zeros(2))},
    "great weights": lambda: {"part": _linear(1e308)},
    "a great start": lambda: {"part": predictors.Sum(_linear(0.1), 1, 1e308)},
    "NaN": lambda: {"part": predictors.Sum(_linear(0.1), 1, float("nan"))},
    "infinity": lambda: {"part": predictors.Sum(_linear(0.1), 1, float("inf"))},
    "no number of digits": lambda: {"part": predictors.Sum(_linear(0.1), 10**400, 0.0)},
    "weights of NaN": lambda: {"part": _linear(float("nan"))},
    "greater and greater": lambda: {"part": _nested(_linear(1e30), 12)},
    "deeper and deeper": lambda: {"part": _nested(_linear(0.0), 200)},
    "no scale": lambda: {"part": predictors.Scaled(np.zeros(283), np.zeros(283), 1e30, _linear(1e30))},
    "commands": lambda: {"kind": "\x1b]0;owned\x07" + "x" * 100_000},
}


def _nested(part: Part, times: int) -> Part:
    for _ in range(times):
        part = predictors.Sum(part, 10**30, 0.0)
    return part


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_model_that_cannot_predict_is_one_line_and_costs_nothing(
    forgery: str, tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = song(tmp_path / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    forged = _forged(tmp_path, **FORGERIES[forgery]())
    before = path.read_bytes(), exported(capsys)
    for command in (["scan", "-j", "1"], ["scan", "--force", "-j", "1"], ["scan", "--csv", "-"], ["curve"]):
        assert cli.run([*command, "--model", str(forged), str(path)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert "forged.model" in printed.err or "affect-" in printed.err
        assert "store" not in printed.err
        assert "\x1b" not in printed.err
        assert len(printed.err) < 1000
    assert (path.read_bytes(), exported(capsys)) == before


def exported(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the library knows."""
    capsys.readouterr()
    assert cli.run(["export"]) == 0
    return capsys.readouterr().out


def test_what_is_found_out_while_predicting_costs_no_earlier_prediction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers that only this song makes overflow: the model is found out when the song was analysed again."""
    path = song(tmp_path / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    part = _linear(0.0)
    part.weights[:] = np.resize([1e38, -1e38], part.weights.shape)
    late = predictors.Kernel(np.zeros((1, len(part.weights))), np.zeros((1, 2)), np.zeros(2), -1.0)
    forged = _forged(tmp_path, part=late)
    before = path.read_bytes(), exported(capsys)
    assert cli.run(["scan", "--force", "-j", "1", "--model", str(forged), str(path)]) == 2
    assert "the model predicts values that are not finite" in capsys.readouterr().err
    assert (path.read_bytes(), exported(capsys)) == before


@pytest.mark.parametrize("card", ["[" * 100_000, "{}", "[]", "\x00", '{"name": 1, "sha256": 2, "features": {}}'])
def test_a_damaged_card_of_a_bundled_model_is_one_line(
    card: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(str(models._bundle()), tmp_path / "bundled")
    monkeypatch.setattr(models, "_bundle", lambda: tmp_path / "bundled")
    (tmp_path / "bundled" / "affect.json").write_text(card)
    path = song(tmp_path / "a.flac", 6, rate=22050)
    for command in (["models"], ["models", "verify"], ["scan", str(path)]):
        assert cli.run(command) == 2
        assert capsys.readouterr().err == (
            "emotag: the card of the bundled model of affect is missing or damaged; install emotag again\n"
        )
