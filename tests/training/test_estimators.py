"""The estimators do what their parameters say, and their parts predict what the libraries would."""

from __future__ import annotations

import numpy as np
import sklearn.kernel_ridge
import sklearn.linear_model
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.svm import SVR

from tagger.training.estimators import AffectBlend, Forest, KernelRidge, MoodsBlend, Only, Ridge, SupportVectors


def coupled(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    X = random.normal(size=(400, 5))
    arousal = X[:, 0]
    return X, np.column_stack([0.6 * arousal + 0.3 * X[:, 1], arousal])


def test_coupling_is_the_share_of_arousal_in_valence() -> None:
    X, Y = coupled(np.random.default_rng(0))
    for coupling in (0.0, 0.5, 1.0):
        valence = AffectBlend(Ridge(1e-3), coupling=coupling, limit=9).fit(X, Y).predict(X)[:, 0]
        share = np.linalg.lstsq(X, valence - valence.mean(), rcond=None)[0]
        np.testing.assert_allclose(share[:2], [0.6 * coupling, 0.3], atol=0.02)


def test_a_dropped_column_and_one_without_spread_do_not_matter() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(120, 6))
    X[:, 3] = 7
    Y = (X[:, :2] > 0).astype(int)
    model = Only(MoodsBlend(Forest(20), KernelRidge()), (0, 1, 2, 3, 4)).fit(X, Y)
    other = X.copy()
    other[:, 5] = 1e9
    np.testing.assert_array_equal(model.predict(X), model.predict(other))
    assert ((model.predict(X) > 0.5) == Y).mean() > 0.9


def test_plain_arrays_predict_as_scikit_learn_does() -> None:
    random = np.random.default_rng(2)
    X, new = random.normal(size=(2, 150, 8))
    Y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0.5, np.ones(150)]).astype(int)
    grown = ExtraTreesClassifier(30, min_samples_leaf=2, random_state=5).fit(X, Y)
    expected = np.column_stack([p[:, -1] for p in grown.predict_proba(new)])
    np.testing.assert_allclose(Forest(30, 2, 5).fit(X, Y).predict(new), expected, atol=1e-6)
    machine = SVR(C=2, gamma=0.1, epsilon=0.05).fit(X, X[:, 0])
    ours = SupportVectors(2, 0.1, 0.05).fit(X, X[:, :1])
    np.testing.assert_allclose(ours.predict(new)[:, 0], machine.predict(new), atol=1e-5)
    ridge = sklearn.linear_model.Ridge(3.0).fit(X, X[:, :2])
    np.testing.assert_allclose(Ridge(3.0).fit(X, X[:, :2]).predict(new), ridge.predict(new))
    kernel = sklearn.kernel_ridge.KernelRidge(alpha=0.5, kernel="rbf", gamma=0.02).fit(X, Y - Y.mean(axis=0))
    ours = KernelRidge(0.5, 0.02).fit(X, Y)
    np.testing.assert_allclose(ours.predict(new), kernel.predict(new) + Y.mean(axis=0), atol=1e-5)
