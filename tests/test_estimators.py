"""The blends do what their parameters say."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from tagger.estimators import AffectBlend, MoodsBlend


def coupled(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    X = random.normal(size=(400, 5))
    arousal = X[:, 0]
    return X, np.column_stack([0.6 * arousal + 0.3 * X[:, 1], arousal])


def test_coupling_is_the_share_of_arousal_in_valence() -> None:
    X, Y = coupled(np.random.default_rng(0))
    for coupling in (0.0, 0.5, 1.0):
        valence = AffectBlend([Ridge(1e-3)], coupling=coupling, limit=9).fit(X, Y).predict(X)[:, 0]
        share = np.linalg.lstsq(X, valence - valence.mean(), rcond=None)[0]
        np.testing.assert_allclose(share[:2], [0.6 * coupling, 0.3], atol=0.02)


def test_a_dropped_column_and_one_without_spread_do_not_matter() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(120, 6))
    X[:, 3] = 7
    Y = (X[:, :2] > 0).astype(int)
    forest = ExtraTreesClassifier(20, random_state=0)
    model = MoodsBlend(forest, KernelRidge(kernel="rbf"), drop=(5,)).fit(X, Y)
    other = X.copy()
    other[:, 5] = 1e9
    np.testing.assert_array_equal(model.predict(X), model.predict(other))
    assert ((model.predict(X) > 0.5) == Y).mean() > 0.9
