"""Kernel, tree and weighting estimators: parameters, and agreement with scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.svm import SVR

from tagger.training.estimators.base import StandardizedEstimator
from tagger.training.estimators.kernels import KernelLogistic, RbfSVR, fit_kernel_logistic
from tagger.training.estimators.meta_estimators import ColumnWeighting, MeanEstimator
from tagger.training.estimators.trees import ForestEstimator


def test_hidden_and_constant_columns_have_no_effect() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(120, 6))
    X[:, 3] = 7
    Y = (X[:, :2] > 0).astype(int)
    members = [ForestEstimator(20), StandardizedEstimator(KernelLogistic())]
    model = ColumnWeighting(MeanEstimator(members), (5,), 0).fit(X, Y)
    other = X.copy()
    other[:, 5] = 1e9
    np.testing.assert_array_equal(model.predict(X), model.predict(other))
    assert ((model.predict(X) > 0.5) == Y).mean() > 0.9


def test_components_predict_as_scikit_learn_does() -> None:
    random = np.random.default_rng(2)
    X, new = random.normal(size=(2, 150, 8))
    Y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0.5, np.ones(150)]).astype(int)
    forest = ExtraTreesClassifier(30, min_samples_leaf=2, random_state=5).fit(X, Y)
    expected = np.column_stack([p[:, -1] for p in forest.predict_proba(new)])
    np.testing.assert_allclose(ForestEstimator(30, 2, 5).fit(X, Y).predict(new), expected, atol=1e-6)
    svr = SVR(C=2, gamma=0.1, epsilon=0.05).fit(X, X[:, 0])
    ours = RbfSVR(2, 0.1, 0.05).fit(X, X[:, :1])
    np.testing.assert_allclose(ours.predict(new)[:, 0], svr.predict(new), atol=1e-5)


def test_kernel_logistic_regression_maximises_its_likelihood() -> None:
    random = np.random.default_rng(3)
    X = random.normal(size=(60, 2))
    y = (X[:, 0] + 0.5 * random.normal(size=60) > 0.3).astype(int)
    kernel = 3 * RBF(1.0)(X)
    weights, intercept = fit_kernel_logistic(kernel, y)
    log_odds = kernel @ weights + intercept
    # At the maximum, the weights equal the residuals.
    np.testing.assert_allclose(weights, y - 1 / (1 + np.exp(-log_odds)), atol=1e-3)


def test_a_lower_weight_reduces_the_effect_of_a_column() -> None:
    random = np.random.default_rng(4)
    X = random.normal(size=(200, 4))
    Y = (X[:, :1] > 0).astype(int)
    moved = X.copy()
    moved[:, 3] += 1
    effects = [
        np.abs(model.predict(moved) - model.predict(X)).mean()
        for model in (ColumnWeighting(KernelLogistic(0.3), (3,), weight).fit(X, Y) for weight in (1.0, 0.5, 0.0))
    ]
    assert effects[0] > 2 * effects[1] > effects[2] == 0
