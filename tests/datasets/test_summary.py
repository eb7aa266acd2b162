"""The figures on a data set are right, and what it lacks is counted, not refused."""

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


def test_labels_and_their_sets_are_counted() -> None:
    found = summarise(table(np.arange(5.0)[:, None], np.array([[1, 0], [1, 1], [0, 1], [1, 1], [0, 0]])))
    assert (found.cardinality, found.density) == (1.2, 0.6)
    assert found.cooccurrence.tolist() == [[3, 2], [2, 3]]
    assert found.sets[0].tolist() == [1, 1]
    assert found.set_counts.tolist() == [2, 1, 1, 1]


def test_the_data_set_of_the_study(shared: Path) -> None:
    folder = shared / "data" / "emotions"
    found = summarise(read(folder / "emotions.arff"))
    assert found.table.features.shape == (593, 72)
    assert len(found.sets) == 27
    assert found.cardinality == pytest.approx(1.868, abs=0.001)
    assert (len(found.kept), found.missing.sum(), found.duplicates) == (53, 0, [])
    named = read(folder / "emotions.arff", folder / "emotions.xml")
    assert named.names == found.table.names


def test_pairs_that_correlate_are_found_strongest_first() -> None:
    X = np.random.default_rng(0).normal(size=(200, 4))
    X[:, 1] = -X[:, 0] + 0.3 * X[:, 1]
    X[:, 3] = X[:, 2] + 0.1 * X[:, 3]
    found = summarise(table(X, np.ones((200, 1), int)), limit=0.8)
    assert found.pairs.tolist() == [[2, 3], [0, 1]]
    assert found.correlations[0, 1] < -0.9
    assert found.kept.tolist() == [0, 2]
    assert len(summarise(table(X, np.ones((200, 1), int)), limit=0.99).pairs) == 1


def test_missing_values_and_songs_that_are_there_twice_are_told() -> None:
    data = random_table()
    X, Y = data.features.copy(), data.labels.copy()
    X[3, 1] = X[7, 1] = X[8, 0] = np.nan
    X[20], X[30], X[7] = X[10], X[10], X[3]
    Y[10], Y[20], Y[30], Y[7] = 0, 0, 1, Y[3]
    found = summarise(table(X, Y))
    assert found.missing.tolist() == [1, 2, 0, 0]
    assert sorted(found.duplicates) == [[3, 7], [10, 20, 30]]
    assert found.contradicting == 1
    assert np.isfinite(found.correlations).all()


def test_constant_and_empty_features_stop_nothing() -> None:
    data = random_table()
    X = data.features.copy()
    X[:, 1], X[:, 3] = 5, np.nan
    found = summarise(table(X, data.labels))
    assert found.constant.tolist() == [1, 3]
    assert (found.correlations[1] == 0).all()
    assert np.isnan(found.auc[3]).all()
    assert set(found.order[:2].tolist()) == {0, 2}


def test_the_auc_of_single_features_is_scikit_learn_s_on_the_values_that_are_there() -> None:
    data = random_table()
    X = data.features.round(1)
    X[:9, 1] = np.nan
    found = single_feature_auc(X, data.labels)
    for feature in range(4):
        known = ~np.isnan(X[:, feature])
        for label in range(2):
            expected = roc_auc_score(data.labels[known, label], X[known, feature])
            assert found[feature, label] == pytest.approx(expected)


def test_a_label_that_all_songs_have_has_no_auc() -> None:
    data = random_table()
    found = summarise(table(data.features, np.ones((60, 1), int)))
    assert np.isnan(found.auc).all()
    assert found.order.tolist() == [0, 1, 2, 3]


def test_quantiles_are_of_the_songs_with_a_label_and_of_those_without() -> None:
    X = np.array([[1.0], [2], [3], [10], [20], [np.nan]])
    found = quantiles(X, np.array([[1, 0]] * 3 + [[0, 0]] * 3), (0.0, 0.5, 1.0))
    assert found[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert found[:, 0, 1, 0].tolist() == [10, 15, 20]
    assert np.isnan(found[:, 1, 0, 0]).all()


def test_a_missing_value_is_filled_with_the_median() -> None:
    assert fill_missing(np.array([[1.0, np.nan], [np.nan, np.nan], [3, np.nan]])).tolist() == [[1, 0], [2, 0], [3, 0]]


def test_principal_components_have_the_most_variance() -> None:
    data = random_table(40)
    plane = project(data.features)
    Z = (data.features - data.features.mean(axis=0)) / data.features.std(axis=0)
    variances = np.linalg.svd(Z, compute_uv=False) ** 2
    np.testing.assert_allclose(plane.explained, (variances / variances.sum())[:2])
    np.testing.assert_allclose((plane.principal**2).sum(axis=0), variances[:2])
    assert plane.neighbours.shape == (40, 2)
    np.testing.assert_array_equal(plane.neighbours, project(data.features).neighbours)


@pytest.mark.parametrize("songs", [1, 2, 3])
def test_few_songs_have_a_place_too(songs: int) -> None:
    plane = project(np.arange(float(songs))[:, None])
    assert np.isfinite(plane.principal).all() and np.isfinite(plane.neighbours).all()


def test_labels_without_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.arff"
    path.write_text("@relation x\n@attribute a {0,1}\n@data\n1\n")
    (tmp_path / "x.xml").write_text('<labels><label name="a"/></labels>')
    with pytest.raises(DataError, match=r"x\.arff: holds labels and no features"):
        read(path, tmp_path / "x.xml")
