"""Model files hold data and no code, are checked before use, and are the same for the same training."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tagger import cli
from tagger.analysis.extraction import FEATURE_SETS, extract_features
from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.models import MoodsModel, check_features, components, format
from tagger.models.components import AffectOutput, Component
from tagger.training.estimators.multi_kernel import AffectEstimator, FeatureGroup, MultiKernelRidge
from tagger.training.estimators.trees import ForestEstimator

COLUMNS = 5


def fitted_component(deviations: bool = False) -> Component:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, COLUMNS))
    groups = (FeatureGroup("window", (0, 1, 2), 1, 1), FeatureGroup("song", (3, 4), 0.5, 0.2, 1))
    estimator = AffectEstimator(MultiKernelRidge(groups), 4, 0.5, 0.1, deviations)
    return estimator.fit(X, X[:, :2] + 0.1 * random.normal(size=(50, 2))).component_


def save_model(path: Path, **content: object) -> Path:
    affect = {"kind": "affect", "features": {"affect": 1}, "columns": COLUMNS, "component": fitted_component()}
    format.save(path, {**affect, **content}, {"terms": "none"})
    return path


@pytest.mark.parametrize("kind", format.KINDS)
def test_bundled_models_match_the_features_and_their_cards(kind: str) -> None:
    model = format.bundled(kind)
    check_features(model)
    card = format.cards()[kind]
    assert card["name"] == model.name
    assert {"created", "data", "features", "protocol", "figures", "terms"} <= set(card)
    data = card["data"].values() if kind == "emotion" else [card["data"]]
    assert all(len(part["sha256"]) == 64 for part in data)
    columns = sum(len(FEATURE_SETS[name].columns) for name in model.features)
    X = np.random.default_rng(1).normal(size=(7, columns))
    predicted = model.predict(X)
    assert predicted.shape == (7, {"emotion": 10, "moods": 6, "affect": 4}[kind])
    assert (np.abs(predicted) <= 1).all()
    if isinstance(model, MoodsModel):
        assert (predicted[:, model.moods] >= 0).all()


def test_the_same_training_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = save_model(tmp_path / "a.model"), save_model(tmp_path / "b.model")
    assert first.read_bytes() == second.read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["name"] == format.load(first).name


def test_a_loaded_model_predicts_the_same(tmp_path: Path) -> None:
    X = np.random.default_rng(2).normal(size=(9, COLUMNS))
    model = format.load(save_model(tmp_path / "a.model"))
    np.testing.assert_array_equal(model.predict(X), np.clip(fitted_component().predict(X), -1, 1))


def test_unknown_components_and_objects_are_refused(tmp_path: Path) -> None:
    path = save_model(tmp_path / "a.model")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    objects = io.BytesIO()
    np.save(objects, np.array([print], dtype=object), allow_pickle=True)
    forgeries = (
        {"model.json": members["model.json"].replace(b'"additive-rbf-kernel"', b'"Popen"')},
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
            format.load(forgery)


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
    forest = ForestEstimator(3).fit(X, (X[:, :6] > 0).astype(int)).component_
    assert isinstance(forest, components.Forest)
    content = {
        "kind": "moods",
        "features": {"moods": 1},
        "columns": 72,
        "labels": list(MOODS),
        "threshold": 0.5,
    }
    format.save(tmp_path / "good.model", {**content, "component": forest}, {})
    assert format.load(tmp_path / "good.model").predict(X).shape == (40, 6)
    forged = {name: new(getattr(forest, name)) if callable(new) else new for name, new in change.items()}
    format.save(tmp_path / "a.model", {**content, "component": replace(forest, **forged)}, {})
    with pytest.raises(ModelError, match="not a model of emotag, or damaged"):
        format.load(tmp_path / "a.model")


def test_wrong_numbers_of_columns_or_outputs_are_refused(tmp_path: Path) -> None:
    component = fitted_component()
    assert isinstance(component, AffectOutput)
    with pytest.raises(ModelError, match="column index out of range"):
        format.load(save_model(tmp_path / "a.model", columns=COLUMNS - 1))
    with pytest.raises(ModelError, match="wrong number of outputs for a model of kind affect"):
        format.load(save_model(tmp_path / "a.model", component=component.component))


def test_targets_of_the_affect_model_are_named_columns() -> None:
    columns = np.arange(10.0).reshape(2, 5)
    targets = components.AffectTargets.from_columns(columns)
    assert targets.evidence.tolist() == [2, 7]
    assert targets.log_squared_errors.tolist() == [[3, 4], [8, 9]]
    np.testing.assert_array_equal(targets.to_columns(), columns)
    np.testing.assert_array_equal(targets._replace(log_squared_errors=columns[:, :0]).to_columns(), columns[:, :3])


def test_standard_deviations_are_optional(tmp_path: Path) -> None:
    X = np.random.default_rng(2).normal(size=(7, COLUMNS))
    component = fitted_component(deviations=True)
    assert isinstance(component, AffectOutput)
    with_deviations = format.load(save_model(tmp_path / "a.model", component=component)).predict(X)
    plain = format.load(save_model(tmp_path / "b.model")).predict(X)
    assert (with_deviations.shape, plain.shape) == ((7, 4), (7, 2))
    np.testing.assert_allclose(with_deviations[:, :2], plain, atol=1e-9)
    assert (with_deviations[:, 2:] > 0).all()
    for scale in (np.empty(0), np.ones(3), np.ones((2, 1))):
        with pytest.raises(ModelError, match=r"outputs|uncertainty_scale"):
            format.load(save_model(tmp_path / "c.model", component=replace(component, uncertainty_scale=scale)))


def test_other_moods_and_unknown_kinds_are_refused(tmp_path: Path) -> None:
    other = save_model(tmp_path / "a.model", kind="moods", labels=["jazz"], threshold=0.5)
    with pytest.raises(ModelError, match="other moods"):
        format.load(other)
    with pytest.raises(ModelError, match="genres"):
        format.load(save_model(tmp_path / "b.model", kind="genres"))


def test_another_feature_version_is_refused(tmp_path: Path) -> None:
    model = format.load(save_model(tmp_path / "a.model", features={"affect": 99}))
    with pytest.raises(ModelError, match="version 99"):
        check_features(model)


def test_files_that_are_not_models_are_refused(tmp_path: Path) -> None:
    truncated = save_model(tmp_path / "truncated.model")
    truncated.write_bytes(truncated.read_bytes()[:-100])
    pickled, text, foreign = tmp_path / "p.model", tmp_path / "t.model", tmp_path / "z.model"
    pickled.write_bytes(pickle.dumps(print))
    text.write_text("a model")
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("schema.json", "{}")
    for path in (truncated, pickled, text, foreign, tmp_path / "missing.model"):
        with pytest.raises(ModelError) as caught:
            format.load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_bundled_models_are_verified_by_their_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(["models", "verify"]) == 0
    assert capsys.readouterr().out.count("matches its card") == 4
    for kind in (*format.KINDS, "embedding"):
        for suffix in ("model", "json"):
            (tmp_path / f"{kind}.{suffix}").write_bytes((format._bundle() / f"{kind}.{suffix}").read_bytes())
    with (tmp_path / "moods.model").open("r+b") as file:
        file.seek(5000)
        file.write(b"?")
    monkeypatch.setattr(format, "_bundle", lambda: tmp_path)
    assert cli.run(["models", "verify"]) == 1
    output = capsys.readouterr()
    assert "moods: the hash of the file does not match its card" in output.err
    assert output.out.count("matches its card") == 3


def test_bundled_models_are_small() -> None:
    files = [format._bundle() / f"{kind}.model" for kind in (*format.KINDS, "embedding")]
    assert sum(len(file.read_bytes()) for file in files) <= 12e6


@pytest.mark.parametrize("kinds", [("emotion",), ("moods", "affect")])
def test_the_models_of_a_scan_are_fast(kinds: tuple[str, ...]) -> None:
    start = time.process_time()
    models = {kind: format.bundled(kind) for kind in kinds}
    assert time.process_time() - start <= 0.6
    random = np.random.default_rng(0)
    rows = {"emotion": 6000, "moods": 1000, "affect": 6000}
    features = {kind: random.normal(size=(rows[kind], model.columns)) for kind, model in models.items()}
    with threadpool_limits(1):
        start = time.process_time()
        for kind, model in models.items():
            model.predict(features[kind])
        # The budget of a thousand songs is 2 s on an idle machine.
        assert time.process_time() - start <= 4


def test_prediction_does_not_import_scikit_learn() -> None:
    """Predictions must not depend on the versions of training libraries."""
    program = """
import sys
from tagger import models
import numpy as np
for kind, columns in (("emotion", 483), ("moods", 72), ("affect", 283)):
    models.bundled(kind).predict(np.zeros((3, columns)))
print(sorted(name for name in sys.modules if name.split(".")[0] in ("sklearn", "xgboost", "torch", "librosa")))
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


@pytest.mark.thorough
def test_moods_are_as_frequent_in_new_songs_as_in_the_training_set(shared: Path) -> None:
    """Wrongly scaled features would make all songs angry, or none."""
    paths = sorted((shared / "data" / "deam" / "audio").iterdir())[::20]
    predicted = format.bundled("moods").predict(
        np.concatenate([extract_features(str(path), "moods")[1] for path in paths])
    )
    prevalences = [0.29, 0.28, 0.45, 0.25, 0.28, 0.32]
    np.testing.assert_allclose(predicted.mean(axis=0), prevalences, atol=0.1)
