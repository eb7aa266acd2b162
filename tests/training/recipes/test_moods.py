"""The recipe of the moods model: its ablation changes what it says, and the card has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.multilabel import MoodDataset
from tagger.features import marsyas
from tagger.training.estimators import algorithms
from tagger.training.estimators.algorithms import ensemble
from tagger.training.estimators.meta_estimators import ClassifierChains
from tagger.training.estimators.trees import ForestEstimator
from tagger.training.recipes import moods
from tagger.training.recipes.base import RunConfig


def songs(count: int = 40) -> MoodDataset:
    random = np.random.default_rng(0)
    features = random.normal(size=(count, 72))
    return MoodDataset(features, (features[:, :6] > 0).astype(int), "00" * 32, "made-up")


def test_every_hidden_feature_exists() -> None:
    for prefixes in (marsyas.FRAGILE_COLUMNS, *moods.ABLATED_COLUMNS.values()):
        for prefix in prefixes:
            assert any(name.startswith(prefix) for name in marsyas.COLUMNS), prefix


def test_hidden_columns_have_no_influence() -> None:
    data = songs()
    model = moods._hide_columns(ensemble(0, chains=False, trees=False), ("BH",)).fit(data.features, data.labels)
    hidden = [name.startswith("BH") for name in marsyas.COLUMNS]
    changed = data.features.copy()
    changed[:, hidden] = 99
    np.testing.assert_array_equal(model.predict(changed), model.predict(data.features))
    changed[:, ~np.array(hidden)] += 1
    assert (model.predict(changed) != model.predict(data.features)).any()


@pytest.mark.thorough
def test_an_ensemble_is_the_mean_of_the_members_that_it_has() -> None:
    data = songs()

    def predict(**members: bool) -> np.ndarray:
        return ensemble(0, **members).fit(data.features, data.labels).predict(data.features)

    kernel, trees = predict(chains=False, trees=False), predict(chains=False, kernel=False)
    np.testing.assert_allclose(predict(chains=False), (kernel + trees) / 2, atol=1e-12)
    assert abs(kernel - trees).max() > 0.01


@pytest.mark.thorough
def test_the_card_of_the_shipped_model_has_the_ablation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagger.evaluation.cross_validation.FOLDS", 2)
    monkeypatch.setattr(moods, "MAX_ABLATION_SEEDS", 1)
    # The same ensemble, with fewer chains and trees.
    monkeypatch.setattr(algorithms, "ClassifierChains", lambda single, count, seed: ClassifierChains(single, 1, seed))
    monkeypatch.setattr(algorithms, "ForestEstimator", lambda trees, leaf, seed: ForestEstimator(20, leaf, seed))
    card = moods.train(songs(), tmp_path / "a.model", moods.MoodModelSpec(), RunConfig(seeds=2))
    ablation = card["ablation"]
    assert set(ablation) == {
        "as it is",
        *(
            f"without {part}"
            for part in ("chains", "kernel", "trees", "loudness", "rhythm", "deviations of deviations")
        ),
        "with the fragile columns",
    }
    assert all(set(figures) == set(moods.ABLATION_METRICS) for figures in ablation.values())
    losses = [figures["ranking_loss"]["mean"] for figures in ablation.values()]
    assert len(set(losses)) > len(losses) // 2, "changes of the model change its figures"
    # Two seeds have a standard error, and the one of the ablation has none.
    assert card["figures"]["ranking_loss"]["se"] > 0
