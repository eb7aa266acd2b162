"""Trained models, which predict from the features of excerpts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.features import COLUMNS, VERSIONS

if TYPE_CHECKING:
    import numpy as np

    from tagger.models.components import Component


@dataclass(frozen=True)
class Model(ABC):
    """A trained model of any kind.

    Attributes
    ----------
    name : str
        Kind and the first eight digits of the file's SHA-256, as tags and reports show it.
    kind : str
        ``moods``, ``affect``, ``emotion`` or ``own``.
    features : dict of str to int
        Feature sets that the model was trained on, in the order of its columns, with their versions. The rows of the
        first set are predicted; the others are joined to each of them as `tagger.features.join_feature_sets` does.
    columns : int
        Number of columns of all these feature sets together.
    component : Component
        Computes the predictions.
    """

    name: str
    kind: str
    features: dict[str, int]
    columns: int
    component: Component

    @abstractmethod
    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict each row of features.

        Parameters
        ----------
        features : numpy.ndarray, shape=(rows, columns)

        Returns
        -------
        numpy.ndarray, shape=(rows, outputs)
        """

    @abstractmethod
    def limit(self, outputs: np.ndarray) -> np.ndarray:
        """Limit the outputs of the component to their ranges.

        Parameters
        ----------
        outputs : numpy.ndarray, shape=(rows, outputs)

        Returns
        -------
        numpy.ndarray, shape=(rows, outputs)
        """

    def _predict_finite(self, features: np.ndarray) -> np.ndarray:
        """Return the outputs of the component.

        Raises
        ------
        ModelError
            If an output is not finite, so that it can neither be stored nor written.
        """
        import numpy as np

        with np.errstate(all="ignore"):
            predicted = self.component.predict(features)
        if not np.isfinite(predicted).all():
            raise ModelError(f"{self.name}: the model predicts values that are not finite; train it again")
        return predicted


@dataclass(frozen=True)
class MoodsModel(Model):
    """A model of the probabilities of the moods.

    Attributes
    ----------
    threshold : float
        Minimum probability for a mood to be assigned, in 0..1.
    """

    threshold: float

    @property
    def moods(self) -> slice:
        """Columns of the predictions that are the probabilities of the moods."""
        return slice(len(MOODS))

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict the probability of each mood for each excerpt.

        Parameters
        ----------
        features : numpy.ndarray, shape=(excerpts, 72)

        Returns
        -------
        numpy.ndarray, shape=(excerpts, 6)
            Probabilities in 0..1, in the order of `tagger.emotions.MOODS`.
        """
        return self.limit(self._predict_finite(features))

    def limit(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.clip(0.0, 1.0)


@dataclass(frozen=True)
class AffectModel(Model):
    """A model of valence and arousal."""

    @property
    def points(self) -> slice:
        """Columns of the predictions that are valence and arousal, and their standard deviations if there are any."""
        return slice(None)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict valence and arousal of each window, and their standard deviations.

        Parameters
        ----------
        features : numpy.ndarray, shape=(windows, columns)

        Returns
        -------
        numpy.ndarray, shape=(windows, 2) or (windows, 4)
            Valence and arousal in -1..1, then their standard deviations if the model predicts them. About two thirds
            of the ratings are within one standard deviation of the prediction.
        """
        return self.limit(self._predict_finite(features))

    def limit(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.clip(-1.0, 1.0)


@dataclass(frozen=True)
class EmotionModel(MoodsModel, AffectModel):
    """A joint model of moods, valence and arousal."""

    @property
    def points(self) -> slice:
        """Columns of the predictions that are valence and arousal, and their standard deviations."""
        return slice(len(MOODS), None)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict the moods, valence and arousal of each window.

        Parameters
        ----------
        features : numpy.ndarray, shape=(windows, columns)

        Returns
        -------
        numpy.ndarray, shape=(windows, 10)
            Probabilities of the moods in 0..1, then valence and arousal in -1..1, then their standard deviations.
        """
        return self.limit(self._predict_finite(features))

    def limit(self, outputs: np.ndarray) -> np.ndarray:
        import numpy as np

        return np.hstack([outputs[:, self.moods].clip(0.0, 1.0), outputs[:, self.points].clip(-1.0, 1.0)])


@dataclass(frozen=True)
class OwnMoodsModel(Model):
    """A model of the user's own moods, made by `emotag learn`. It predicts songs, not windows.

    Attributes
    ----------
    labels : tuple of str
        The moods as the user writes them.
    thresholds : tuple of float
        Minimum probability for each mood to be assigned, in 0..1.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...]

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict the probability of each mood for each song.

        Parameters
        ----------
        features : numpy.ndarray, shape=(songs, columns)
            Means over the rows of each song.

        Returns
        -------
        numpy.ndarray, shape=(songs, labels)
            Probabilities in 0..1.
        """
        return self.limit(self._predict_finite(features))

    def limit(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.clip(0.0, 1.0)


MAX_LABELS, MAX_LABEL_LENGTH = 50, 100
"""Limits of the number and the length of a user's own moods."""

FORBIDDEN_IN_LABELS = ",;"
"""Characters that separate moods in tags."""


def is_valid_label(text: object) -> bool:
    """Return whether a text can be one of the user's own moods, which are written to tags.

    Parameters
    ----------
    text : object

    Returns
    -------
    bool
    """
    return (
        isinstance(text, str)
        and 0 < len(text) <= MAX_LABEL_LENGTH
        and text.isprintable()
        and text == text.strip()
        and not set(text) & set(FORBIDDEN_IN_LABELS)
    )


def check_features(model: Model) -> None:
    """Check that a model was trained on the features that this version of emotag computes.

    Parameters
    ----------
    model : Model

    Raises
    ------
    ModelError
        If it was trained on an unknown feature set or on another version of one.
    """
    for name, trained_version in model.features.items():
        if name not in VERSIONS:
            raise ModelError(f"{model.name} was trained on features {name[:40]!r}, which this emotag does not compute")
        version = VERSIONS[name]
        if trained_version != version:
            raise ModelError(
                f"{model.name} was trained on {name} features of version {trained_version}, "
                f"but this emotag computes version {version}; train it again"
            )
    if model.columns != sum(COLUMNS[name] for name in model.features):
        raise ModelError(f"{model.name}: the number of columns does not fit the features; train it again")
