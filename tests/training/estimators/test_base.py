"""The estimators do what their parameters say, and their parts predict what the libraries would."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.svm import SVR

from tagger.training.estimators.algorithms import StandardizedEstimator
from tagger.training.estimators.base import (
    ColumnWeighting,
    Forest,
    KernelLogistic,
    MeanEstimator,
    RbfSVR,
    fit_kernel_logistic,
)


def test_a_dropped_column_and_one_without_spread_do_not_matter() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(120, 6))
    X[:, 3] = 7
    Y = (X[:, :2] > 0).astype(int)
    model = ColumnWeighting(MeanEstimator([Forest(20), StandardizedEstimator(KernelLogistic())]), (5,), 0).fit(X, Y)
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
    ours = RbfSVR(2, 0.1, 0.05).fit(X, X[:, :1])
    np.testing.assert_allclose(ours.predict(new)[:, 0], machine.predict(new), atol=1e-5)


def test_kernel_logistic_regression_is_where_its_likelihood_is_greatest() -> None:
    random = np.random.default_rng(3)
    X = random.normal(size=(60, 2))
    y = (X[:, 0] + 0.5 * random.normal(size=60) > 0.3).astype(int)
    kernel = 3 * RBF(1.0)(X)
    weights, start = fit_kernel_logistic(kernel, y)
    odds = kernel @ weights + start
    # There the weights are what is left of the labels.
    np.testing.assert_allclose(weights, y - 1 / (1 + np.exp(-odds)), atol=1e-3)


def test_less_weight_is_less_influence() -> None:
    random = np.random.default_rng(4)
    X = random.normal(size=(200, 4))
    Y = (X[:, :1] > 0).astype(int)
    moved = X.copy()
    moved[:, 3] += 1
    far = [
        np.abs(model.predict(moved) - model.predict(X)).mean()
        for model in (ColumnWeighting(KernelLogistic(0.3), (3,), weight).fit(X, Y) for weight in (1.0, 0.5, 0.0))
    ]
    assert far[0] > 2 * far[1] > far[2] == 0
