"""A model file is data: checked before it is used, the same for the same training, and never code."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import FunctionTransformer

from tagger import models
from tagger.analysis import SETS
from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.estimators import AffectBlend
from tagger.features import VERSIONS


def blend() -> AffectBlend:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, len(SETS["affect"].columns)))
    return AffectBlend([Ridge(1.0)], coupling=0.5).fit(X, X[:, :2] + 0.1 * random.normal(size=(50, 2)))


def saved(path: Path, **content: object) -> Path:
    models.save(path, {"kind": "affect", "features_version": 1, "estimator": blend(), **content}, {"terms": "none"})
    return path


@pytest.mark.parametrize("kind", models.KINDS)
def test_the_bundled_models_fit_the_features_and_have_their_cards(kind: str) -> None:
    model = models.bundled(kind)
    models.check_features(model, VERSIONS[kind])
    card = models.cards()[kind]
    assert card["name"] == model.name
    assert {"created", "data", "features", "protocol", "figures", "terms"} <= set(card)
    assert len(card["data"]["sha256"]) == 64
    X = np.random.default_rng(1).normal(size=(7, len(SETS[kind].columns)))
    predicted = model.predict(X)
    low = 0 if kind == "moods" else -1
    assert predicted.shape == (7, 6 if kind == "moods" else 2)
    assert (predicted >= low).all()
    assert (predicted <= 1).all()


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.skops"), saved(tmp_path / "b.skops")
    assert first.read_bytes() == second.read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["name"] == models.load(first).name


def test_a_saved_model_predicts_as_before(tmp_path: Path) -> None:
    X = np.random.default_rng(2).normal(size=(5, len(SETS["affect"].columns)))
    model = models.load(saved(tmp_path / "a.skops"))
    np.testing.assert_array_equal(model.predict(X), np.clip(blend().predict(X), -1, 1))


def test_a_type_that_is_not_trusted_is_named_and_not_loaded(tmp_path: Path) -> None:
    for estimator, named in ((FunctionTransformer(), "FunctionTransformer"), (Ridge(exec), "builtins.exec")):
        path = saved(tmp_path / "a.skops", estimator=estimator)
        with pytest.raises(ModelError, match=named):
            models.load(path)


def test_a_type_is_trusted_with_its_own_loader_only(tmp_path: Path) -> None:
    path, forged = saved(tmp_path / "a.skops"), tmp_path / "b.skops"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(forged, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'"ObjectNode"', b'"MethodNode"'))
    with pytest.raises(ModelError, match="holds"):
        models.load(forged)


def test_forged_trees_cannot_lead_out_of_their_arrays(tmp_path: Path) -> None:
    model = models.bundled("moods")
    model.estimator.forest_.children_[:] = 2**30
    path = tmp_path / "a.skops"
    content = {"kind": "moods", "features_version": 1, "labels": list(MOODS), "threshold": 0.5}
    models.save(path, {**content, "estimator": model.estimator}, {})
    with pytest.raises(IndexError):
        models.load(path).predict(np.zeros((3, 72)))


def test_models_of_other_moods_and_kinds_are_refused(tmp_path: Path) -> None:
    other = saved(tmp_path / "a.skops", kind="moods", labels=["jazz"], threshold=0.5)
    with pytest.raises(ModelError, match="other moods"):
        models.load(other)
    with pytest.raises(ModelError, match="genres"):
        models.load(saved(tmp_path / "b.skops", kind="genres"))


def test_features_of_another_version_are_refused(tmp_path: Path) -> None:
    model = models.load(saved(tmp_path / "a.skops", features_version=99))
    with pytest.raises(ModelError, match="version 99"):
        models.check_features(model, 1)


def test_a_pickle_a_text_and_a_torn_file_are_no_models(tmp_path: Path) -> None:
    torn = saved(tmp_path / "torn.skops")
    torn.write_bytes(torn.read_bytes()[:-100])
    pickled, text, foreign = tmp_path / "p.skops", tmp_path / "t.skops", tmp_path / "z.skops"
    pickled.write_bytes(pickle.dumps(print))
    text.write_text("a model")
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("schema.json", "{}")
    for path in (torn, pickled, text, foreign, tmp_path / "missing.skops"):
        with pytest.raises(ModelError) as caught:
            models.load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
