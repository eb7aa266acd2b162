"""The emotion vocabulary: six moods, the valence/arousal plane and its quadrants, and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tagger.errors import EmotagError

MOODS = (
    "amazed-surprised",
    "happy-pleased",
    "relaxing-calm",
    "quiet-still",
    "sad-lonely",
    "angry-aggressive",
)
"""The six moods: labels of the `emotions` data set (Trohidis et al., 2008), in its order, with corrected spelling."""

QUADRANTS = {(True, True): "happy", (False, True): "tense", (False, False): "sad", (True, False): "calm"}
"""Names of the quadrants of the valence/arousal plane (Russell, 1980), by (valence >= 0, arousal >= 0)."""


class UnknownWord(EmotagError):
    """A word that names no mood or quadrant, or more than one.

    Parameters
    ----------
    message : str
        The reason, one sentence.
    is_ambiguous : bool
        Whether it names more than one.
    """

    def __init__(self, message: str, is_ambiguous: bool) -> None:
        super().__init__(message)
        self.is_ambiguous = is_ambiguous


def find_mood(text: str) -> str:
    """Return the mood that a word or its beginning names, such as ``happy`` or ``sad``.

    Parameters
    ----------
    text : str
        A label, one of its two words, or the beginning of either that no other mood has; the case is ignored.

    Returns
    -------
    str
        One of `MOODS`.

    Raises
    ------
    UnknownWord
        If no mood or more than one has this name.
    """
    return _find_label(text, MOODS, "a mood")


def find_quadrant(text: str) -> str:
    """Return the quadrant that a name or its beginning stands for; the case is ignored.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        A value of `QUADRANTS`.

    Raises
    ------
    UnknownWord
        If it is none of them, or the beginning of several.
    """
    return _find_label(text, tuple(QUADRANTS.values()), "a quadrant")


def _find_label(text: str, labels: Sequence[str], kind: str) -> str:
    name = "-".join(text.casefold().replace("_", "-").split())
    words = {label: (label, *label.split("-")) for label in labels}
    exact = [label for label in labels if name in words[label]]
    found = exact or [label for label in labels if name and any(word.startswith(name) for word in words[label])]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownWord(f"'{text}' is ambiguous: {' or '.join(found)}", True)
    raise UnknownWord(f"'{text}' is not {kind}; choose from {', '.join(labels)}", False)


def quadrant(valence: float, arousal: float) -> str:
    """Return the name of the quadrant of a point on the valence/arousal plane.

    Parameters
    ----------
    valence, arousal : float
        In -1..1; 0 counts as positive.

    Returns
    -------
    {"happy", "tense", "sad", "calm"}
    """
    return QUADRANTS[valence >= 0, arousal >= 0]


def select_labels(probabilities: Sequence[float], threshold: float) -> list[int]:
    """Select the labels to assign: those from the threshold on, and always the most probable one.

    Parameters
    ----------
    probabilities : sequence of float
        One for each label, in 0..1.
    threshold : float
        Minimum probability, in 0..1.

    Returns
    -------
    list of int
        Indices of the labels, most probable first. Equally probable labels keep their order.
    """
    # This is called for each song of a library, and most songs have few labels.
    labels = [index for index, probability in enumerate(probabilities) if probability >= threshold]
    if not labels:
        return [list(probabilities).index(max(probabilities))] if len(probabilities) else []
    return sorted(labels, key=lambda index: -probabilities[index]) if len(labels) > 1 else labels


def select_moods(probabilities: Sequence[float], threshold: float) -> tuple[str, ...]:
    """Select the moods to assign: those from the threshold on, and always the most probable one.

    Parameters
    ----------
    probabilities : sequence of float
        One for each of `MOODS`, in 0..1.
    threshold : float
        Minimum probability, in 0..1.

    Returns
    -------
    tuple of str
        Most probable first; never empty.

    Raises
    ------
    ValueError
        If there is not one probability for each mood.
    """
    if len(probabilities) != len(MOODS):
        raise ValueError(f"{len(probabilities)} probabilities for {len(MOODS)} moods")
    return tuple([MOODS[index] for index in select_labels(probabilities, threshold)])


INSTEAD, BESIDE = "instead", "beside"
OWN_MOODS_CHOICES = (INSTEAD, BESIDE)
"""What to do with the user's own moods: write them instead of emotag's moods, or beside them."""


class OwnMood(NamedTuple):
    """The prediction of one of the user's own moods, by a model of `emotag learn`.

    Attributes
    ----------
    name : str
        As the user writes it.
    probability : float
        In 0..1.
    threshold : float
        Minimum probability for the mood to be assigned, in 0..1. The model has one for each mood.
    """

    name: str
    probability: float
    threshold: float

    @property
    def is_assigned(self) -> bool:
        """Whether the song gets the mood."""
        return self.probability >= self.threshold


class Emotion(NamedTuple):
    """The predicted emotion of one song.

    Attributes
    ----------
    valence, arousal : float
        Means over the song, in -1..1; 0 is neutral.
    moods : tuple of str
        Assigned moods, most probable first; never empty.
    probabilities : tuple of float
        Probability of each of `MOODS`, in 0..1.
    valence_sd, arousal_sd : float or None
        Standard deviations of valence and arousal: about two thirds of human ratings are within one standard deviation.
        None if the model does not predict them.
    own : tuple of OwnMood or None
        Predictions of the user's own moods; None without a model of them.
    """

    valence: float
    arousal: float
    moods: tuple[str, ...]
    probabilities: tuple[float, ...]
    valence_sd: float | None = None
    arousal_sd: float | None = None
    own: tuple[OwnMood, ...] | None = None

    @property
    def quadrant(self) -> str:
        """Name of the quadrant of the song."""
        return quadrant(self.valence, self.arousal)

    @property
    def own_moods(self) -> tuple[str, ...]:
        """The user's own moods that are assigned, most probable first; may be empty."""
        assigned = [mood for mood in self.own or () if mood.is_assigned]
        return tuple(mood.name for mood in sorted(assigned, key=lambda mood: -mood.probability))

    def written_moods(self, own_moods: str = INSTEAD) -> tuple[str, ...]:
        """Return the moods that belong in the tags.

        Parameters
        ----------
        own_moods : {"instead", "beside"}
            Whether the user's own moods are written instead of `moods`, or beside them. Without a model of own moods
            there is no difference.

        Returns
        -------
        tuple of str
            May be empty, because a song need not have any of the user's own moods.
        """
        if self.own is None:
            return self.moods
        own = self.own_moods
        present = {mood.casefold() for mood in own}
        others = tuple(mood for mood in self.moods if mood not in present) if own_moods == BESIDE else ()
        return own + others


class Prediction(NamedTuple):
    """The predictions for one song, before moods are selected.

    Attributes
    ----------
    valence, arousal : float
        Means over the song, in -1..1.
    threshold : float
        Threshold of the model of the moods, in 0..1.
    probabilities : tuple of float
        Probability of each of `MOODS`, in 0..1.
    valence_sd, arousal_sd : float or None
        Standard deviations of valence and arousal; None if the model does not predict them.
    own : tuple of OwnMood or None
        Predictions of the user's own moods; None without a model of them.
    """

    valence: float
    arousal: float
    threshold: float
    probabilities: tuple[float, ...]
    valence_sd: float | None = None
    arousal_sd: float | None = None
    own: tuple[OwnMood, ...] | None = None

    def emotion(self, threshold: float | None = None) -> Emotion:
        """Select the moods.

        Parameters
        ----------
        threshold : float, optional
            Minimum probability of a mood, in 0..1; by default the threshold of the model.

        Returns
        -------
        Emotion
        """
        valence, arousal, threshold_of_model, probabilities, valence_sd, arousal_sd, own = self
        moods = select_moods(probabilities, threshold_of_model if threshold is None else threshold)
        return Emotion(valence, arousal, moods, probabilities, valence_sd, arousal_sd, own)
