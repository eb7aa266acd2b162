"""Ensembles of decision trees, and their conversion to model components."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tagger.extras import require_extra
from tagger.models import components
from tagger.models.components import Component
from tagger.training.estimators.base import Estimator


class ForestEstimator(Estimator):
    """Extremely randomised trees, or a random forest, for several labels at once.

    Parameters
    ----------
    trees : int
        Number of trees.
    min_samples_leaf : int
        Minimum number of songs in a leaf.
    seed : int
        Random seed.
    bagged : bool
        Grow a random forest (bootstrap samples, best splits) instead of extremely randomised trees.
    """

    def __init__(self, trees: int = 200, min_samples_leaf: int = 2, seed: int = 0, bagged: bool = False):
        self.trees = trees
        self.min_samples_leaf = min_samples_leaf
        self.seed = seed
        self.bagged = bagged

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        options: dict[str, Any] = {"min_samples_leaf": self.min_samples_leaf, "random_state": self.seed, "n_jobs": -1}
        forest = (RandomForestClassifier if self.bagged else ExtraTreesClassifier)(self.trees, **options).fit(X, Y)
        trees = [member.tree_ for member in forest.estimators_]
        values = np.concatenate([tree.value for tree in trees])
        probabilities = [
            values[:, i, list(classes).index(1)] if 1 in classes else np.zeros(len(values))
            for i, classes in enumerate(forest.classes_)
        ]
        return convert_trees(trees, np.stack(probabilities, axis=1))


def convert_trees(trees: list[Any], values: np.ndarray) -> components.Forest:
    """Convert scikit-learn's trees to a component.

    Parameters
    ----------
    trees : list of sklearn.tree._tree.Tree
    values : numpy.ndarray, shape=(nodes, outputs)
        Outputs of the nodes of all trees.

    Returns
    -------
    Forest
    """
    sizes = np.array([tree.node_count for tree in trees])
    roots = np.cumsum(sizes) - sizes
    indices, offset = np.arange(sizes.sum()), np.repeat(roots, sizes)
    left, right, column, threshold = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("children_left", "children_right", "feature", "threshold")
    )
    leaf = left < 0
    return components.Forest(
        roots.astype(np.int32),
        np.where(leaf, indices, np.stack([left, right]) + offset).astype(np.int32),
        np.where(leaf, 0, column).astype(np.int16),
        round_down_float32(threshold),
        np.where(leaf[:, None], values, 0).astype(np.float32),
        int(max(tree.max_depth for tree in trees)),
    )


def round_down_float32(values: np.ndarray) -> np.ndarray:
    """Round to the greatest float32 that is not above each value.

    Comparing a float32 with the rounded value gives the same result as comparing it with the value itself.

    Parameters
    ----------
    values : numpy.ndarray
        Of float64.

    Returns
    -------
    numpy.ndarray
        Of float32 and of the same shape.
    """
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)


class XGBoostTrees(Estimator):
    """Gradient-boosted trees of XGBoost for one label.

    Parameters
    ----------
    rounds, depth : int
        Number of trees, and their maximum depth.
    rate : float
        Learning rate.
    seed : int
        Random seed.
    """

    def __init__(self, rounds: int = 100, depth: int = 6, rate: float = 0.3, seed: int = 0):
        self.rounds = rounds
        self.depth = depth
        self.rate = rate
        self.seed = seed

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        xgboost = require_extra("xgboost", "train")
        options = {"max_depth": self.depth, "learning_rate": self.rate, "random_state": self.seed, "n_jobs": 1}
        model = xgboost.XGBClassifier(n_estimators=self.rounds, **options).fit(X, Y.ravel())
        return components.Sigmoid(convert_booster(model.get_booster()))


def convert_booster(booster: Any) -> components.ScaledSum:
    """Convert an XGBoost booster of one output to a component.

    Parameters
    ----------
    booster : xgboost.Booster

    Returns
    -------
    ScaledSum
        Predicts log-odds.
    """
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    base_score = float(str(learner["learner_model_param"]["base_score"]).strip("[]"))
    trees = learner["gradient_booster"]["model"]["trees"]
    left, right, column = (
        [np.array(tree[name], int) for tree in trees] for name in ("left_children", "right_children", "split_indices")
    )
    condition = np.concatenate([np.array(tree["split_conditions"], np.float32) for tree in trees])
    sizes = np.array([len(tree) for tree in left])
    roots = np.cumsum(sizes) - sizes
    indices, offset = np.arange(sizes.sum()), np.repeat(roots, sizes)
    children = np.stack([np.concatenate(left), np.concatenate(right)])
    leaf = children[0] < 0
    forest = components.Forest(
        roots.astype(np.int32),
        np.where(leaf, indices, children + offset).astype(np.int32),
        np.where(leaf, 0, np.concatenate(column)).astype(np.int16),
        # XGBoost goes to the second child at the condition itself, `Forest` only above its threshold.
        np.where(leaf, 0, np.nextafter(condition, np.float32(-np.inf))).astype(np.float32),
        np.where(leaf, condition, 0)[:, None].astype(np.float32),
        int(max(_depth(tree["left_children"], tree["right_children"]) for tree in trees)),
    )
    return components.ScaledSum(forest, len(trees), float(np.log(base_score / (1 - base_score))))


def _depth(left: list[int], right: list[int]) -> int:
    """Return the depth of a tree, given the children of its nodes (-1 for none)."""
    level, depth = [0], 0
    while level := [child for node in level if left[node] >= 0 for child in (left[node], right[node])]:
        depth += 1
    return depth
