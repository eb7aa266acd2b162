"""The songs and the settings of the joint model of moods, valence and arousal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tagger.datasets.mer450 import MOOD_WORDS
from tagger.emotions import MOODS


class KernelGroup(NamedTuple):
    """Features that share a kernel.

    Attributes
    ----------
    name : str
    columns : tuple of int
        Indices of the features.
    weight : float
        Weight of the kernel, relative to those of the other groups.
    """

    name: str
    columns: tuple[int, ...]
    weight: float


@dataclass(frozen=True)
class JointSongs:
    """Songs with labels of one or several kinds.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    groups : numpy.ndarray, shape=(songs,)
        Songs of the same group (an artist) are held out together.
    ratings : numpy.ndarray, shape=(songs, 2)
        Valence and arousal in -1..1; NaN for songs without ratings.
    signs : numpy.ndarray, shape=(songs, 2)
        Signs of valence and arousal, -1 or 1; NaN for songs without a quadrant.
    words : tuple of frozenset of str
        Mood words of each song; a song with a quadrant has at least one.
    """

    features: np.ndarray
    groups: np.ndarray
    ratings: np.ndarray
    signs: np.ndarray
    words: tuple[frozenset[str], ...]

    @property
    def is_rated(self) -> np.ndarray:
        """Whether each song has ratings; shape (songs,)."""
        is_rated: np.ndarray = np.isfinite(self.ratings[:, 0])
        return is_rated

    @property
    def mood_labels(self) -> np.ndarray:
        """Whether each song has a word for each mood; shape (songs, moods)."""
        return np.array([[bool(words & MOOD_WORDS[mood]) for mood in MOODS] for words in self.words])

    def select(self, mask: np.ndarray) -> JointSongs:
        """Return the songs of a mask of shape (songs,)."""
        words = tuple(word for word, selected in zip(self.words, mask, strict=True) if selected)
        return JointSongs(self.features[mask], self.groups[mask], self.ratings[mask], self.signs[mask], words)


class MoodSongs(NamedTuple):
    """Songs with the six labels, of which only some of the features are known.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        Zero in the columns that are not known.
    labels : numpy.ndarray, shape=(songs, moods)
        0 or 1.
    """

    features: np.ndarray
    labels: np.ndarray


class SharedData(NamedTuple):
    """Data that is in every training set.

    Attributes
    ----------
    mood_songs : MoodSongs
        They have no valence and arousal, so they are never held out.
    encoding_differences : numpy.ndarray, shape=(pairs, columns)
        Differences between the features of two encodings of a song.
    """

    mood_songs: MoodSongs
    encoding_differences: np.ndarray


@dataclass(frozen=True)
class JointSettings:
    """Settings of the joint model.

    Attributes
    ----------
    groups : tuple of KernelGroup
        Groups of features.
    mood_groups : tuple of KernelGroup
        Groups of the features that the songs with the six labels have.
    half_weight : tuple of int
        Indices of columns that have half weight in distances.
    width : float
        Mean squared distance per column at which a kernel has fallen to 1/e.
    sign_ridge, rating_ridge, mood_ridge, error_ridge : float
        Ridge penalties of the scores by kind of label, and of the errors.
    word_components : int
        Number of principal components of the words that are scores.
    magnitude : float
        Valence and arousal that stand for the signs 1 and -1.
    sign_weight : float
        Weight of all songs with signs, relative to that of all songs with ratings, for valence and arousal.
    arousal_share : float
        Share of the regression of rated valence on rated arousal that remains in the target for valence, in 0..1.
    point_ridge : float
        Ridge penalty of the linear model of valence and arousal.
    mood_penalty : float
        Inverse regularisation of the logistic models of the moods.
    attenuation : float
        Factor on the variance of the encoding differences, relative to that of the songs, by which the kernels
        attenuate the features along the directions of these differences; 0 for no attenuation.
    directions : int
        Maximum number of directions of a group that are attenuated.
    """

    groups: tuple[KernelGroup, ...]
    mood_groups: tuple[KernelGroup, ...]
    half_weight: tuple[int, ...] = ()
    width: float = 4.0
    sign_ridge: float = 1.0
    rating_ridge: float = 0.4
    mood_ridge: float = 0.4
    error_ridge: float = 5.0
    word_components: int = 6
    magnitude: float = 0.4
    sign_weight: float = 0.5
    arousal_share: float = 0.5
    point_ridge: float = 60.0
    mood_penalty: float = 0.05
    attenuation: float = 1000.0
    directions: int = 40


def without_groups(settings: JointSettings, *names: str) -> JointSettings:
    """Return settings without some groups of features.

    Parameters
    ----------
    settings : JointSettings
    *names : str
        Names of the groups to leave out.

    Returns
    -------
    JointSettings
    """
    return replace(settings, groups=tuple(group for group in settings.groups if group.name not in names))
