"""The one-dimensional convolutional network of the study, over the features of a song, in PyTorch with skorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagger.extras import require_extra
from tagger.models.components import Component, ConvolutionalNetwork, Sigmoid, Softmax
from tagger.training.estimators.base import BaseEstimator, Estimator

EPOCHS, BATCH = 100, 64
"""Passes over the songs, and songs per batch."""

POOLS = (4, 2)
"""Widths of the max pooling after the two convolutions."""


class CnnClassifier(BaseEstimator):
    """Classify songs into one of several classes.

    Parameters
    ----------
    seed : int
        Random seed of the weights, the batches and the dropout.
    epochs : int
        Passes over the songs.
    """

    def __init__(self, seed: int = 0, epochs: int = EPOCHS):
        self.seed = seed
        self.epochs = epochs

    def fit(self, X: np.ndarray, y: np.ndarray) -> CnnClassifier:
        """Train the network.

        Parameters
        ----------
        X : numpy.ndarray, shape=(songs, columns)
        y : numpy.ndarray, shape=(songs,)
            Classes, numbered from 0.

        Returns
        -------
        CnnClassifier
            This object.
        """
        self.classes_ = np.arange(int(y.max()) + 1)
        self.net_ = train_network(X, y.astype(np.int64), len(self.classes_), self.seed, self.epochs)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict the most probable class of each song.

        Parameters
        ----------
        X : numpy.ndarray, shape=(songs, columns)

        Returns
        -------
        numpy.ndarray, shape=(songs,)
        """
        classes: np.ndarray = to_component(self.net_).predict(X).argmax(axis=1)
        return classes


class CnnEstimator(Estimator):
    """Predict the probabilities of labels.

    Parameters
    ----------
    seed, epochs : int
        As for `CnnClassifier`.
    exclusive : bool
        Whether every song has exactly one of the labels, so that the probabilities sum to 1.
    """

    def __init__(self, seed: int = 0, epochs: int = EPOCHS, exclusive: bool = False):
        self.seed = seed
        self.epochs = epochs
        self.exclusive = exclusive

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        target = Y.argmax(axis=1) if self.exclusive else Y.astype(np.float32)
        network = to_component(train_network(X, target, Y.shape[1], self.seed, self.epochs))
        return Softmax(network) if self.exclusive else Sigmoid(network)


def train_network(X: np.ndarray, target: np.ndarray, outputs: int, seed: int, epochs: int) -> Any:
    """Train a network. The same data and seed give the same network.

    Parameters
    ----------
    X : numpy.ndarray, shape=(songs, columns)
    target : numpy.ndarray, shape=(songs,) or (songs, outputs)
        Classes as integers, or labels of 0 or 1 as float32.
    outputs : int
        Number of classes or labels.
    seed, epochs : int
        As for `CnnClassifier`.

    Returns
    -------
    torch.nn.Sequential
        In evaluation mode.
    """
    torch, skorch = require_extra("torch", "train"), require_extra("skorch", "train")
    torch.set_num_threads(1)  # the rounding of sums depends on the number of threads
    torch.manual_seed(seed)
    exclusive = target.ndim == 1
    net = skorch.NeuralNet(
        build_network(X.shape[1], outputs),
        criterion=torch.nn.CrossEntropyLoss if exclusive else torch.nn.BCEWithLogitsLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        max_epochs=epochs,
        batch_size=BATCH,
        # Batch normalisation fails on a batch of one song.
        iterator_train__drop_last=len(X) % BATCH == 1,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    return net.fit(X[:, None].astype(np.float32), target).module_.eval()


def build_network(columns: int, outputs: int) -> Any:
    """Build the untrained network: two convolutions and two dense layers.

    Parameters
    ----------
    columns, outputs : int
        Number of features, and of classes or labels.

    Returns
    -------
    torch.nn.Sequential
    """
    nn = require_extra("torch", "train").nn
    length = ((columns - 2) // POOLS[0] - 2) // POOLS[1]
    return nn.Sequential(
        *(nn.Conv1d(1, 128, 3), nn.Tanh(), nn.BatchNorm1d(128), nn.MaxPool1d(POOLS[0]), nn.Dropout(0.2)),
        *(nn.Conv1d(128, 128, 3), nn.Tanh(), nn.BatchNorm1d(128), nn.MaxPool1d(POOLS[1]), nn.Dropout(0.2)),
        *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * length, 128), nn.ReLU(), nn.BatchNorm1d(128)),
        *(nn.Dropout(0.1), nn.Dropout(0.3), nn.Linear(128, outputs)),
    )


def to_component(module: Any) -> ConvolutionalNetwork:
    """Convert a trained network to a component.

    Parameters
    ----------
    module : torch.nn.Sequential
        As `train_network` returns it.

    Returns
    -------
    ConvolutionalNetwork
    """
    nn = require_extra("torch", "train").nn
    kinds = (nn.Conv1d, nn.BatchNorm1d, nn.Linear)
    first, norm1, second, norm2, dense, norm3, last = (layer for layer in module if isinstance(layer, kinds))
    arrays: list[Any] = []
    for layer, norm in ((first, norm1), (second, norm2), (dense, norm3)):
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        arrays += [layer.weight, layer.bias, scale, norm.bias - norm.running_mean * scale]
    arrays += [last.weight, last.bias]
    return ConvolutionalNetwork(*(array.detach().numpy() for array in arrays), pool1=POOLS[0], pool2=POOLS[1])  # type: ignore[misc]
