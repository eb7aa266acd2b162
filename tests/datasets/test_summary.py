"""The statistics of a data set are correct, and missing values are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagger.datasets.multilabel import MultilabelTable
from tagger.datasets.summary import fill_missing, project, quantiles, read, single_feature_auc, summarise
from tagger.errors import DataError


def table(features: np.ndarray, labels: np.ndarray) -> MultilabelTable:
    columns = tuple(f"f{i}" for i in range(features.shape[1]))
    names = tuple(f"l{i}" for i in range(labels.shape[1]))
    return MultilabelTable(columns, names, features, labels, tuple(range(10, 10 + len(labels))))


def random_table(songs: int = 60) -> MultilabelTable:
    random = np.random.default_rng(0)
    X = random.normal(size=(songs, 4))
    X[:, 2] = X[:, 0] + 0.1 * X[:, 2]
    return table(X, (X[:, [1, 3]] + random.normal(size=(songs, 2)) > 0).astype(int))


def test_labels_and_label_sets_are_counted() -> None:
    summary = summarise(table(np.arange(5.0)[:, None], np.array([[1, 0], [1, 1], [0, 1], [1, 1], [0, 0]])))
    assert (summary.cardinality, summary.density) == (1.2, 0.6)
    assert summary.cooccurrence.tolist() == [[3, 2], [2, 3]]
    assert summary.sets[0].tolist() == [1, 1]
    assert summary.set_counts.tolist() == [2, 1, 1, 1]


def test_the_emotions_data_set(shared: Path) -> None:
    folder = shared / "data" / "emotions"
    summary = summarise(read(folder / "emotions.arff"))
    assert summary.table.features.shape == (593, 72)
    assert len(summary.sets) == 27
    assert summary.cardinality == pytest.approx(1.868, abs=0.001)
    assert (len(summary.kept), summary.missing.sum(), summary.duplicates) == (53, 0, [])
    named = read(folder / "emotions.arff", folder / "emotions.xml")
    assert named.names == summary.table.names


def test_correlated_pairs_are_sorted_by_strength() -> None:
    X = np.random.default_rng(0).normal(size=(200, 4))
    X[:, 1] = -X[:, 0] + 0.3 * X[:, 1]
    X[:, 3] = X[:, 2] + 0.1 * X[:, 3]
    summary = summarise(table(X, np.ones((200, 1), int)), limit=0.8)
    assert summary.pairs.tolist() == [[2, 3], [0, 1]]
    assert summary.correlations[0, 1] < -0.9
    assert summary.kept.tolist() == [0, 2]
    assert len(summarise(table(X, np.ones((200, 1), int)), limit=0.99).pairs) == 1


def test_missing_values_and_duplicates_are_counted() -> None:
    data = random_table()
    X, Y = data.features.copy(), data.labels.copy()
    X[3, 1] = X[7, 1] = X[8, 0] = np.nan
    X[20], X[30], X[7] = X[10], X[10], X[3]
    Y[10], Y[20], Y[30], Y[7] = 0, 0, 1, Y[3]
    summary = summarise(table(X, Y))
    assert summary.missing.tolist() == [1, 2, 0, 0]
    assert sorted(summary.duplicates) == [[3, 7], [10, 20, 30]]
    assert summary.contradicting == 1
    assert np.isfinite(summary.correlations).all()


def test_constant_and_empty_features_are_accepted() -> None:
    data = random_table()
    X = data.features.copy()
    X[:, 1], X[:, 3] = 5, np.nan
    summary = summarise(table(X, data.labels))
    assert summary.constant.tolist() == [1, 3]
    assert (summary.correlations[1] == 0).all()
    assert np.isnan(summary.auc[3]).all()
    assert set(summary.order[:2].tolist()) == {0, 2}


def test_the_auc_of_single_features_equals_that_of_scikit_learn() -> None:
    data = random_table()
    X = data.features.round(1)
    X[:9, 1] = np.nan
    auc = single_feature_auc(X, data.labels)
    for feature in range(4):
        known = ~np.isnan(X[:, feature])
        for label in range(2):
            expected = roc_auc_score(data.labels[known, label], X[known, feature])
            assert auc[feature, label] == pytest.approx(expected)


def test_a_label_of_all_songs_has_no_auc() -> None:
    data = random_table()
    summary = summarise(table(data.features, np.ones((60, 1), int)))
    assert np.isnan(summary.auc).all()
    assert summary.order.tolist() == [0, 1, 2, 3]


def test_quantiles_of_songs_with_and_without_a_label() -> None:
    X = np.array([[1.0], [2], [3], [10], [20], [np.nan]])
    result = quantiles(X, np.array([[1, 0]] * 3 + [[0, 0]] * 3), (0.0, 0.5, 1.0))
    assert result[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert result[:, 0, 1, 0].tolist() == [10, 15, 20]
    assert np.isnan(result[:, 1, 0, 0]).all()


def test_missing_values_are_replaced_by_the_median() -> None:
    assert fill_missing(np.array([[1.0, np.nan], [np.nan, np.nan], [3, np.nan]])).tolist() == [[1, 0], [2, 0], [3, 0]]


def test_principal_components_explain_the_most_variance() -> None:
    data = random_table(40)
    plane = project(data.features)
    Z = (data.features - data.features.mean(axis=0)) / data.features.std(axis=0)
    variances = np.linalg.svd(Z, compute_uv=False) ** 2
    np.testing.assert_allclose(plane.explained, (variances / variances.sum())[:2])
    np.testing.assert_allclose((plane.principal**2).sum(axis=0), variances[:2])
    assert plane.neighbours.shape == (40, 2)
    np.testing.assert_array_equal(plane.neighbours, project(data.features).neighbours)


@pytest.mark.parametrize("songs", [1, 2, 3])
def test_few_songs_can_be_projected(songs: int) -> None:
    plane = project(np.arange(float(songs))[:, None])
    assert np.isfinite(plane.principal).all() and np.isfinite(plane.neighbours).all()


def test_a_data_set_without_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.arff"
    path.write_text("@relation x\n@attribute a {0,1}\n@data\n1\n")
    (tmp_path / "x.xml").write_text('<labels><label name="a"/></labels>')
    with pytest.raises(DataError, match=r"x\.arff: no features found"):
        read(path, tmp_path / "x.xml")
