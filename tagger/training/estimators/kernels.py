"""Kernel methods: support vector machines and kernel logistic regression."""

from __future__ import annotations

import numpy as np

from tagger.models import components
from tagger.models.components import Component
from tagger.training.estimators.base import Estimator

SVM_CACHE_MB = 1000
"""Kernel cache of a support vector machine, in MB; holds the kernel of 15 000 half-second segments."""

CALIBRATION_FOLDS = 3
"""Folds for the margins that a `CalibratedSVC` is calibrated on."""


class RbfSVR(Estimator):
    """Support vector regression of one output, with an RBF kernel.

    Parameters
    ----------
    C, gamma, epsilon : float
        As in scikit-learn's `SVR`.
    """

    def __init__(self, C: float = 1.0, gamma: float = 0.01, epsilon: float = 0.1):
        self.C = C
        self.gamma = gamma
        self.epsilon = epsilon

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.svm import SVR

        svr = SVR(C=self.C, gamma=self.gamma, epsilon=self.epsilon, cache_size=SVM_CACHE_MB).fit(X, Y.ravel())
        vectors = svr.support_vectors_.astype(np.float32)
        return components.RbfKernel(vectors, svr.dual_coef_.T, svr.intercept_, self.gamma)


class CalibratedSVC(Estimator):
    """A support vector classifier of one label, whose margins are calibrated to probabilities on held-out folds.

    J. Platt, "Probabilistic outputs for support vector machines", 1999.

    Parameters
    ----------
    C, gamma : float
        As in scikit-learn's `SVC`.
    seed : int
        Random seed of the folds.
    """

    def __init__(self, C: float = 1.0, gamma: float = 0.01, seed: int = 0):
        self.C = C
        self.gamma = gamma
        self.seed = seed

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.svm import SVC

        y = Y.ravel()
        svc = SVC(C=self.C, gamma=self.gamma)
        folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=self.seed)
        margins = cross_val_predict(svc, X, y, cv=folds, method="decision_function")
        calibration = LogisticRegression(C=1e3).fit(margins[:, None], y)
        slope, intercept = float(calibration.coef_[0, 0]), float(calibration.intercept_[0])
        svc.fit(X, y)
        kernel = components.RbfKernel(
            svc.support_vectors_.astype(np.float32),
            slope * svc.dual_coef_.T,
            slope * svc.intercept_ + intercept,
            self.gamma,
        )
        return components.Sigmoid(kernel)


class KernelLogistic(Estimator):
    """Logistic regression with an RBF kernel, one model per label.

    Parameters
    ----------
    gamma : float
        The kernel is ``exp(-gamma * squared distance)``.
    variance : float
        Prior variance of the log-odds; a greater variance is less regularisation.
    """

    def __init__(self, gamma: float = 0.012, variance: float = 4.0):
        self.gamma = gamma
        self.variance = variance

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.metrics.pairwise import rbf_kernel

        kernel = self.variance * rbf_kernel(X, gamma=self.gamma)
        fits = [fit_kernel_logistic(kernel, y) for y in Y.T]
        weights = self.variance * np.stack([weights for weights, _ in fits], axis=1)
        intercepts = np.array([intercept for _, intercept in fits])
        return components.Sigmoid(components.RbfKernel(X.astype(np.float32), weights, intercepts, self.gamma))


def fit_kernel_logistic(kernel: np.ndarray, y: np.ndarray, max_steps: int = 30) -> tuple[np.ndarray, float]:
    """Fit kernel logistic regression by Newton's method.

    Parameters
    ----------
    kernel : numpy.ndarray, shape=(songs, songs)
    y : numpy.ndarray, shape=(songs,)
        0 or 1.
    max_steps : int
        Limit for the number of steps.

    Returns
    -------
    weights : numpy.ndarray, shape=(songs,)
    intercept : float
        Log-odds of the share of songs with the label.

    Notes
    -----
    C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 3.1.
    """
    from scipy.linalg import cho_factor, cho_solve

    prevalence = np.clip(y.mean(), 1e-3, 1 - 1e-3)
    intercept = float(np.log(prevalence / (1 - prevalence)))
    log_odds, weights = np.zeros(len(y)), np.zeros(len(y))
    for _ in range(max_steps):
        probability = 0.5 + 0.5 * np.tanh(0.5 * (log_odds + intercept))
        curvature = probability * (1 - probability) + 1e-9
        root = np.sqrt(curvature)
        system = root[:, None] * kernel * root
        system[np.diag_indices(len(y))] += 1
        right = curvature * log_odds + y - probability
        weights = right - root * cho_solve(cho_factor(system, overwrite_a=True), root * (kernel @ right))
        previous, log_odds = log_odds, kernel @ weights
        if np.abs(log_odds - previous).max() < 1e-3:
            break
    return weights, intercept
