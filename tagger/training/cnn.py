"""The study's one-dimensional convolutional network over the features of a song."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from tagger.extras import library


class Network(ClassifierMixin, BaseEstimator):
    """Tells a song's class by a convolutional network, in PyTorch through skorch.

    Parameters
    ----------
    seed : int
        Of the weights, the batches and the dropout.
    epochs, batch : int
        Passes over the songs, and songs at a time.
    """

    def __init__(self, seed: int = 0, epochs: int = 100, batch: int = 64):
        self.seed = seed
        self.epochs = epochs
        self.batch = batch

    def fit(self, X: np.ndarray, y: np.ndarray) -> Network:
        """Train on features of shape (songs, columns), and classes from 0 of shape (songs,)."""
        torch, skorch = library("torch", "train"), library("skorch", "train")
        torch.manual_seed(self.seed)
        self.classes_ = np.unique(y)
        self.net_ = skorch.NeuralNetClassifier(
            layers(X.shape[1], int(y.max()) + 1),
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            lr=1e-3,
            max_epochs=self.epochs,
            batch_size=self.batch,
            # Batch normalisation cannot do with a last batch of one song.
            iterator_train__drop_last=len(X) % self.batch == 1,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
        )
        self.net_.fit(_channel(X), y.astype(np.int64))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the most probable class of each song; shape (songs,)."""
        return self.net_.predict(_channel(X))


def layers(columns: int, classes: int) -> Any:
    """Return the untrained network: two convolutions and a dense layer."""
    nn = library("torch", "train").nn
    length = ((columns - 2) // 4 - 2) // 2
    return nn.Sequential(
        *(nn.Conv1d(1, 128, 3), nn.Tanh(), nn.BatchNorm1d(128), nn.MaxPool1d(4), nn.Dropout(0.2)),
        *(nn.Conv1d(128, 128, 3), nn.Tanh(), nn.BatchNorm1d(128), nn.MaxPool1d(2), nn.Dropout(0.2)),
        *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * length, 128), nn.ReLU(), nn.BatchNorm1d(128)),
        *(nn.Dropout(0.1), nn.Dropout(0.3), nn.Linear(128, classes)),
    )


def _channel(X: np.ndarray) -> np.ndarray:
    return X[:, None].astype(np.float32)
