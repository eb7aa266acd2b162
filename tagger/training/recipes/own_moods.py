"""The recipe of `emotag learn`: a model of the moods that the user has given to songs of the library."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tagger._version import __version__
from tagger.errors import DataError
from tagger.features import COLUMNS, VERSIONS
from tagger.library.records import feature_arrays
from tagger.library.store import Store
from tagger.models import format
from tagger.models.components import EmotionOutput
from tagger.models.model import MAX_LABELS
from tagger.models.predictor import song_row
from tagger.training.cards import creation_date
from tagger.training.estimators.own_moods import FOLDS, OwnMoodsFit, fit_own_moods

MIN_SONGS = 10
"""Least number of songs with a label, and of songs without it."""

MAX_SONGS = 20_000
"""Songs to learn from; of more songs, a random selection is used, which keeps the shares of the labels."""

BATCH = 500
"""Songs whose features are read at a time."""

CAUTION = (
    "The ridge penalties and the calibration were chosen on the same held-out songs, so the figures are slightly "
    "optimistic. `se` is for independent songs; songs of one artist or album resemble each other."
)


class Refusal(NamedTuple):
    """A label that is not learnt.

    Attributes
    ----------
    label : str
    songs : int
        Number of songs that have it.
    reason : str
        As the rest of a sentence that begins with the label.
    """

    label: str
    songs: int
    reason: str


@dataclass(frozen=True)
class LabelledSongs:
    """Songs with features and labels.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        Mean features of each song.
    labels : tuple of frozenset of str
    artists : tuple of str
        Empty where the artist is not known.
    """

    features: np.ndarray
    labels: tuple[frozenset[str], ...]
    artists: tuple[str, ...]

    @property
    def groups(self) -> np.ndarray:
        """The songs that are held out together: those of an artist, or a song by itself."""
        return np.array([f"artist {name.casefold()}" if name else f"song {i}" for i, name in enumerate(self.artists)])


def limit_songs(audio: Iterable[int], seed: int = 0) -> set[int]:
    """Return at most `MAX_SONGS` songs.

    Parameters
    ----------
    audio : iterable of int
        Audio ids.
    seed : int, default 0
        Random seed of the selection.

    Returns
    -------
    set of int
    """
    ids = sorted(set(audio))
    if len(ids) <= MAX_SONGS:
        return set(ids)
    return set(np.random.default_rng(seed).choice(ids, MAX_SONGS, replace=False).tolist())


def read_features(store: Store, audio: Iterable[int]) -> dict[int, np.ndarray]:
    """Read the mean features of songs from the library, in the form that `fit_own_moods` takes.

    Parameters
    ----------
    store : Store
        The library database.
    audio : iterable of int
        Audio ids.

    Returns
    -------
    dict of int to numpy.ndarray, shape=(columns,)
        By audio id; songs without all features of the joint model are left out.
    """
    names = format.read_card("emotion")["features"]
    versions = {name: VERSIONS[name] for name in names}
    ids = sorted(set(audio))
    rows: dict[int, np.ndarray] = {}
    for start in range(0, len(ids), BATCH):
        songs = feature_arrays(store.features(ids[start : start + BATCH], versions))
        rows |= {key: song_row(names, song)[0] for key, song in songs.items()}
    return rows


def labelled_songs(
    features: Mapping[int, np.ndarray], labels: Mapping[int, Collection[str]], artists: Mapping[int, str]
) -> LabelledSongs:
    """Join features, labels and artists.

    Parameters
    ----------
    features : mapping of int to numpy.ndarray, shape=(columns,)
        By audio id.
    labels : mapping of int to collection of str
        By audio id; songs without features are left out.
    artists : mapping of int to str
        By audio id.

    Returns
    -------
    LabelledSongs

    Raises
    ------
    DataError
        If there are no songs.
    """
    ids = [audio for audio in labels if audio in features]
    if not ids:
        raise DataError("no analysed songs with labels; run `emotag scan` on them first")
    return LabelledSongs(
        np.stack([features[audio] for audio in ids]),
        tuple(frozenset(labels[audio]) for audio in ids),
        tuple(artists.get(audio, "") for audio in ids),
    )


def select_labels(songs: LabelledSongs, only: Collection[str] = ()) -> tuple[list[str], list[Refusal]]:
    """Select the labels that can be learnt.

    Parameters
    ----------
    songs : LabelledSongs
    only : collection of str
        Labels to select from; by default all.

    Returns
    -------
    labels : list of str
        The most frequent first.
    refusals : list of Refusal
        The other labels, the most frequent first.
    """
    groups: dict[str, list[str]] = {}
    for labels, group in zip(songs.labels, songs.groups.tolist(), strict=True):
        for label in labels:
            groups.setdefault(label, []).append(group)
    wanted = {label.casefold() for label in only}
    selected: list[str] = []
    refusals: list[Refusal] = []
    for label in sorted(groups, key=lambda label: (-len(groups[label]), label)):
        count, without = len(groups[label]), len(songs.labels) - len(groups[label])
        if only and label.casefold() not in wanted:
            continue
        if count < MIN_SONGS:
            reason = f"{count} {'song has' if count == 1 else 'songs have'} it; at least {MIN_SONGS} are needed"
        elif without < MIN_SONGS:
            reason = f"{count} songs have it and {without} do not; at least {MIN_SONGS} without it are needed"
        elif len(set(groups[label])) < 2:
            reason = f"its {count} songs are all by one artist"
        elif len(selected) == MAX_LABELS:
            reason = f"{count} songs have it; only the {MAX_LABELS} most frequent labels are learnt"
        else:
            selected.append(label)
            continue
        refusals.append(Refusal(label, count, reason))
    return selected, refusals


class Learnt(NamedTuple):
    """A model of the user's own moods, before it is saved.

    Attributes
    ----------
    labels : list of str
    refusals : list of Refusal
        Labels that were not learnt, or not better than chance.
    fit : OwnMoodsFit or None
        For `labels`; None if no label has enough songs.
    songs : LabelledSongs
    """

    labels: list[str]
    refusals: list[Refusal]
    fit: OwnMoodsFit | None
    songs: LabelledSongs


def learn(songs: LabelledSongs, only: Collection[str] = (), seed: int = 0) -> Learnt:
    """Learn the labels of songs, except those with too few songs and those that are not better than chance.

    Parameters
    ----------
    songs : LabelledSongs
    only : collection of str
        Labels to learn; by default all.
    seed : int, default 0
        Random seed of the cross-validation.

    Returns
    -------
    Learnt
        Its labels may be none.
    """
    labels, refusals = select_labels(songs, only)
    if not labels:
        return Learnt([], refusals, None, songs)
    component = format.bundled("emotion").component
    assert isinstance(component, EmotionOutput)
    table = np.array([[label in song for label in labels] for song in songs.labels])
    fit = fit_own_moods(songs.features, table, songs.groups, component, seed)
    learnt = [i for i, auc in enumerate(fit.aucs) if auc.value - auc.se > 0.5]
    for i in sorted(set(range(len(labels))) - set(learnt)):
        value, se = fit.aucs[i]
        count = int(table[:, i].sum())
        reason = f"not better than chance on songs left out (AUC {value:.2f} +- {se:.2f}, {count} songs)"
        refusals.append(Refusal(labels[i], count, reason))
    return Learnt([labels[i] for i in learnt], refusals, fit.select(learnt), songs)


def save(learnt: Learnt, sources: list[str], out: Path) -> dict[str, Any]:
    """Save a model and its card.

    Parameters
    ----------
    learnt : Learnt
        With at least one label.
    sources : list of str
        Where the labels come from.
    out : Path
        Model file to write.

    Returns
    -------
    dict
        The card as written.
    """
    names = tuple(format.read_card("emotion")["features"])
    features = {name: VERSIONS[name] for name in names}
    counts = [sum(label in song for song in learnt.songs.labels) for label in learnt.labels]
    artists = {name.casefold() for name in learnt.songs.artists if name}
    assert learnt.fit is not None
    thresholds = learnt.fit.thresholds.tolist()
    card = {
        "kind": format.OWN,
        "created": creation_date(),
        "features": features,
        "data": {"source": sources, "songs": len(learnt.songs.labels), "artists": len(artists)},
        "algorithm": "kernel ridge regression with the kernel of the joint model and a kernel on its predictions",
        "protocol": f"{FOLDS} folds of artists (songs, where the artist is not known); AUC of 0.5 is chance",
        "figures": {
            label: {"songs": count, "auc": {"mean": auc.value, "se": auc.se}, "threshold": threshold}
            for label, count, auc, threshold in zip(learnt.labels, counts, learnt.fit.aucs, thresholds, strict=True)
        },
        "refused": {refusal.label: refusal.reason for refusal in learnt.refusals},
        "caution": CAUTION,
        "made_with": {"emotag": __version__, "numpy": np.__version__},
    }
    content = {
        "kind": format.OWN,
        "features": features,
        "columns": sum(COLUMNS[name] for name in names),
        "labels": learnt.labels,
        "thresholds": thresholds,
        "component": learnt.fit.component,
    }
    return format.save(out, content, card)
