"""The study's one-dimensional convolutional network over the features of a song, in PyTorch through skorch."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from tagger.extras import require_extra
from tagger.models import components
from tagger.models.components import Component, ConvolutionalNetwork, Softmax
from tagger.training.estimators.base import Estimator

EPOCHS, BATCH = 100, 64
POOLS = (4, 2)


class CnnClassifier(ClassifierMixin, BaseEstimator):
    """Tells a song's class.

    Parameters
    ----------
    seed : int
        Of the weights, the batches and the dropout.
    epochs : int
        Passes over the songs.
    """

    def __init__(self, seed: int = 0, epochs: int = EPOCHS):
        self.seed = seed
        self.epochs = epochs

    def fit(self, X: np.ndarray, y: np.ndarray) -> CnnClassifier:
        """Train on features of shape (songs, columns), and classes from 0 of shape (songs,)."""
        self.classes_ = np.arange(int(y.max()) + 1)
        self.net_ = train_network(X, y.astype(np.int64), len(self.classes_), self.seed, self.epochs)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the most probable class of each song; shape (songs,)."""
        return as_component(self.net_).predict(X).argmax(axis=1)


class CnnEstimator(Estimator):
    """Tells the probabilities of labels, each for itself or as parts of one.

    Parameters
    ----------
    seed, epochs : int
        As for `Classifier`.
    exclusive : bool
        Whether every song has exactly one of the labels.
    """

    def __init__(self, seed: int = 0, epochs: int = EPOCHS, exclusive: bool = False):
        self.seed = seed
        self.epochs = epochs
        self.exclusive = exclusive

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        target = Y.argmax(axis=1) if self.exclusive else Y.astype(np.float32)
        network = as_component(train_network(X, target, Y.shape[1], self.seed, self.epochs))
        return Softmax(network) if self.exclusive else components.Sigmoid(network)


def train_network(X: np.ndarray, target: np.ndarray, outputs: int, seed: int, epochs: int) -> Any:
    """Train a network, the same one for the same data and seed.

    Parameters
    ----------
    X : numpy.ndarray, shape=(songs, columns)
    target : numpy.ndarray, shape=(songs,) or (songs, outputs)
        Classes as integers, or labels of 0 or 1 as float32.
    outputs : int
    seed, epochs : int

    Returns
    -------
    torch.nn.Sequential
    """
    torch, skorch = require_extra("torch", "train"), require_extra("skorch", "train")
    torch.set_num_threads(1)  # the order of its sums depends on it
    torch.manual_seed(seed)
    exclusive = target.ndim == 1
    net = skorch.NeuralNet(
        layers(X.shape[1], outputs),
        criterion=torch.nn.CrossEntropyLoss if exclusive else torch.nn.BCEWithLogitsLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        max_epochs=epochs,
        batch_size=BATCH,
        # Batch normalisation cannot do with a last batch of one song.
        iterator_train__drop_last=len(X) % BATCH == 1,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    return net.fit(X[:, None].astype(np.float32), target).module_.eval()


def layers(columns: int, outputs: int) -> Any:
    """Return the untrained network: two convolutions and a dense layer."""
    nn = require_extra("torch", "train").nn
    length = ((columns - 2) // POOLS[0] - 2) // POOLS[1]
    return nn.Sequential(
        *(nn.Conv1d(1, 128, 3), nn.Tanh(), nn.BatchNorm1d(128), nn.MaxPool1d(POOLS[0]), nn.Dropout(0.2)),
        *(nn.Conv1d(128, 128, 3), nn.Tanh(), nn.BatchNorm1d(128), nn.MaxPool1d(POOLS[1]), nn.Dropout(0.2)),
        *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * length, 128), nn.ReLU(), nn.BatchNorm1d(128)),
        *(nn.Dropout(0.1), nn.Dropout(0.3), nn.Linear(128, outputs)),
    )


def as_component(module: Any) -> ConvolutionalNetwork:
    """Return a trained network as arrays."""
    nn = require_extra("torch", "train").nn
    kinds = (nn.Conv1d, nn.BatchNorm1d, nn.Linear)
    first, norm1, second, norm2, dense, norm3, last = (layer for layer in module if isinstance(layer, kinds))
    arrays: list[Any] = []
    for layer, norm in ((first, norm1), (second, norm2), (dense, norm3)):
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        arrays += [layer.weight, layer.bias, scale, norm.bias - norm.running_mean * scale]
    arrays += [last.weight, last.bias]
    return ConvolutionalNetwork(*(array.detach().numpy() for array in arrays), pool1=POOLS[0], pool2=POOLS[1])  # type: ignore[misc]
