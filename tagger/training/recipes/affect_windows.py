"""The recipe of the bundled model of valence and arousal: windows of 10 seconds, ratings of whole songs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tagger.datasets.affect import AffectDataset
from tagger.evaluation import cross_validation, metrics
from tagger.evaluation.cross_validation import Figures
from tagger.evaluation.results import Evaluation, ModelResult
from tagger.features import VERSIONS, affect, join_feature_sets, marsyas
from tagger.models import format
from tagger.training.cards import card
from tagger.training.estimators.multi_kernel import AffectEstimator, FeatureGroup, MultiKernelRidge, pleasantness
from tagger.training.recipes.base import OUTPUTS, RunConfig, comparisons, songs_with_artist
from tagger.training.recipes.moods import FRAGILE_COLUMNS
from tagger.training.song_features import extract_songs

PROTOCOLS = ("songs", "artists")

FEATURE_SET_NAMES = ("affect", "moods")
"""Features looked at: those of each window, and the 72 of the song's excerpt beside them."""

COLUMNS = len(affect.COLUMNS) + len(marsyas.COLUMNS)

LOUDNESS_OF_SONG = len(affect.COLUMNS) + marsyas.COLUMNS.index("Mean_Acc1298_Mean_Mem40_MFCC_0")
"""The one column that depends on gain counts for half: encoders turn songs down a little."""

AROUSAL_SHARE = 0.5
"""Share of the likeness of valence and arousal in the ratings that the shipped model keeps.

With 1 the ratings are met best, and furious metal is called pleasant; with 0 valence is told from what is
left of it, and the ratings are met badly. The figures of both stand in the card.
"""

AROUSAL_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)

EVIDENCE_WEIGHT = 0.1
"""What a standard deviation of the moods' evidence adds to valence, in standard deviations of its rest."""

WINDOW = ("timbre", "rhythm", "modulation", "tonality", "dynamics")
"""Families of a window's features."""

GROUP_WEIGHTS = {
    "spectrum": (1.0, 1.0, 0.0),
    "rhythm": (0.2, 0.2, 0.0),
    "tonality": (0.4, 0.1, 0.0),
    "dynamics": (0.2, 0.1, 0.0),
    "song": (0.2, 0.4, 1.0),
}
"""What families count for in valence, in arousal and in the evidence of the moods; ``spectrum`` is all that comes from
the spectrogram."""

TERMS = (
    "Trained on DEAM (Aljanaki, Yang and Soleymani, 2017), a data set published for research; see its terms "
    "before any other use. The model holds features of the songs, and no audio."
)

GAIN = (
    "The loudness of the windows is not looked at: with it arousal is told hardly better (see the ablation), and a "
    "quiet master would be told calm. One of the 72 columns beside them still depends on gain, and is kept at half "
    "weight: without it .004 of arousal's R2 are lost, at full weight .006 more are told, and MP3 encoders, which turn "
    "songs down by half a decibel, move arousal by .024 of 8. How far it moves the answers stands under invariance."
)

REASON = (
    "With a coupling of 1 the ratings are met best, but then valence is for a great part arousal, and loud, hostile "
    "music is called pleasant. With 0 valence says most beyond arousal, and the ratings are met badly. Shipped is the "
    "half, with what the moods say: R2 stays above .4, and the partial correlation is near its greatest."
)


LOUDNESS = (0.0, 0.2, 0.0)
"""What the loudness of the windows would count for, if it were looked at."""


def feature_groups(without: str = "", *, loudness: bool = False) -> tuple[FeatureGroup, ...]:
    """Return the families of features that are compared, without one, or with the loudness."""
    own = {
        name: [i for i, c in enumerate(affect.COLUMNS) if affect.feature_group(c) == name]
        for name in affect.FEATURE_GROUPS
    }
    own["song"] = [len(affect.COLUMNS) + i for i, c in enumerate(marsyas.COLUMNS) if c not in FRAGILE_COLUMNS]
    own["spectrum"] = [i for name in WINDOW if name != without for i in own[name] if i < affect.SPECTRAL]
    counted = GROUP_WEIGHTS | ({"loudness": LOUDNESS} if loudness else {})
    return tuple(FeatureGroup(name, tuple(own[name]), *counts) for name, counts in counted.items() if name != without)


def estimator(
    coupling: float = AROUSAL_SHARE,
    trust: float = EVIDENCE_WEIGHT,
    compared: tuple[FeatureGroup, ...] | None = None,
    *,
    doubts: bool = False,
) -> AffectEstimator:
    """Return the unfitted model, for what `features` returns."""
    likeness = MultiKernelRidge(compared or feature_groups(), halved=(LOUDNESS_OF_SONG,))
    return AffectEstimator(likeness, COLUMNS, coupling, trust, doubts)


VARIANTS = {"shipped": (AROUSAL_SHARE, EVIDENCE_WEIGHT), "in-domain": (1.0, 0.0)}
"""Coupling and trust of what is measured."""


def features(data: AffectDataset, asked: RunConfig) -> np.ndarray:
    """Return the mean of the features of each song's windows, beside it those of its excerpt, and the moods' evidence.

    The evidence is that of the bundled model, which was trained on other songs.

    Returns
    -------
    numpy.ndarray, shape=(songs, COLUMNS + 1)

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    windows, excerpts = (
        extract_songs(data.paths, name, jobs=asked.jobs, on_song=asked.on_song) for name in FEATURE_SET_NAMES
    )
    said = pleasantness(format.bundled("moods").predict(np.concatenate(excerpts)))
    means = np.stack([window.mean(axis=0) for window in windows])
    return np.hstack([join_feature_sets([means, np.concatenate(excerpts)]), said[:, None]])


def evaluate(data: AffectDataset, protocol: str, asked: RunConfig) -> Evaluation:
    """Measure the model by ten-fold cross-validation: as shipped, and in-domain.

    Parameters
    ----------
    data : RatedSongs
    protocol : str
        One of `PROTOCOLS`: what is held out together.
    asked : Asked

    Returns
    -------
    Evaluation
        Of the model as it is shipped, and with the full likeness of valence and arousal in the ratings.

    Raises
    ------
    DataError
        If a song cannot be analysed, or artists are not known.
    """
    if protocol == "artists":
        data = songs_with_artist(data)
    groups = data.artists if protocol == "artists" else None
    found = list(_measured(data, features(data, asked), groups, asked))
    return Evaluation(protocol, f"{data.source}, {len(data.paths)} songs", asked.seeds, found, data.notes)


def _measured(data: AffectDataset, X: np.ndarray, groups: np.ndarray | None, asked: RunConfig) -> Iterator[ModelResult]:
    for name, settings in VARIANTS.items():
        runs = []
        for seed in asked.shuffle_seeds:
            predicted = cross_validation.cross_val_predict(
                estimator(*settings), X, data.labels, seed, groups, jobs=asked.jobs
            )
            runs.append(metrics.affect_metrics(data.labels, predicted))
            asked.on_step(f"{name}, seed {seed}")
        compared = comparisons(data.labels, predicted)
        yield ModelResult(name, cross_validation.summarise(runs), comparisons=compared)


def ablation(data: AffectDataset, X: np.ndarray, asked: RunConfig) -> dict[str, Figures]:
    """Measure what each family of features, the moods' evidence and the loudness are good for, by song.

    Returns
    -------
    dict of str to Figures
        R2 of valence and arousal in-domain, and the partial correlation of valence as shipped.
    """
    changes: dict[str, dict[str, Any]] = {"all": {}}
    changes |= {f"without {name}": {"compared": feature_groups(name)} for name in (*WINDOW, "song")}
    changes["with loudness"] = {"compared": feature_groups(loudness=True)}
    found = {}
    for name, change in changes.items():
        found[name] = _gist(data, X, asked, change)
        asked.on_step(f"ablation: {name}")
    found["without evidence"] = _gist(data, X, asked, {}, trust=0.0)
    return found


def _gist(
    data: AffectDataset, X: np.ndarray, asked: RunConfig, change: dict[str, Any], trust: float = EVIDENCE_WEIGHT
) -> Figures:
    runs = []
    for seed in asked.shuffle_seeds:
        shipped, plain = (
            metrics.affect_metrics(
                data.labels,
                cross_validation.cross_val_predict(estimator(*s, **change), X, data.labels, seed, jobs=asked.jobs),
            )
            for s in ((AROUSAL_SHARE, trust), VARIANTS["in-domain"])
        )
        runs.append({name: plain[name] for name in ("valence_r2", "arousal_r2")})
        runs[-1] |= {"shipped_valence_r2": shipped["valence_r2"], "shipped_valence_partial": shipped["valence_partial"]}
    return cross_validation.summarise(runs)


def measure_arousal_shares(data: AffectDataset, X: np.ndarray, asked: RunConfig) -> dict[str, Figures]:
    """Measure valence with several shares of the coupling: how it meets the ratings, what it says beyond arousal."""
    found = {}
    for share in AROUSAL_SHARES:
        runs = []
        for seed in asked.shuffle_seeds:
            predicted = cross_validation.cross_val_predict(estimator(share), X, data.labels, seed, jobs=asked.jobs)
            figures = metrics.affect_metrics(data.labels, predicted)
            runs.append({name: figures[name] for name in ("valence_r2", "valence_partial")})
        found[f"{share:g}"] = cross_validation.summarise(runs)
    return found


def measure_deviations(data: AffectDataset, X: np.ndarray, asked: RunConfig) -> dict[str, Figures]:
    """Measure how well the standard deviations are met, by song.

    Returns
    -------
    dict of str to Figures
        Of valence and of arousal, as `tagger.evaluation.metrics.deviations` has them.
    """
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in OUTPUTS}
    for seed in asked.shuffle_seeds:
        predicted = cross_validation.cross_val_predict(estimator(doubts=True), X, data.labels, seed, jobs=asked.jobs)
        for place, name in enumerate(OUTPUTS):
            error = np.abs(data.labels[:, place] - predicted[:, place])
            runs[name].append(metrics.deviation_metrics(error, predicted[:, 2 + place]))
        asked.on_step(f"deviations, seed {seed}")
    return {name: cross_validation.summarise(found) for name, found in runs.items()}


def train(data: AffectDataset, out: Path, asked: RunConfig) -> dict[str, Any]:
    """Measure the model, train it on the whole data set and save it with its card.

    Parameters
    ----------
    data : RatedSongs
    out : Path
        The model file to write.
    asked : Asked

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    X = features(data, asked)
    versions = {name: VERSIONS[name] for name in FEATURE_SET_NAMES}
    content = {
        "kind": "affect",
        "features": versions,
        "columns": COLUMNS,
        "component": cross_validation.fit_reproducibly(estimator(doubts=True), X, data.labels).component_,
    }
    few = replace(asked, seeds=min(asked.seeds, 3))
    particulars = card(
        "affect",
        versions,
        data={"file": data.source, "sha256": data.sha256, "songs": len(data.labels), "mended": list(data.notes)},
        algorithm="kernel ridge regression with a Gaussian kernel for each family of features",
        counts={
            name: dict(zip(("valence", "arousal", "evidence"), counts, strict=True))
            for name, counts in GROUP_WEIGHTS.items()
        },
        coupling=AROUSAL_SHARE,
        trust=EVIDENCE_WEIGHT,
        reason=REASON,
        evidence=f"of {format.bundled('moods').name}",
        protocol=f"songs: 10 shuffled folds by song, {asked.seeds} seeds, everything fitted inside the fold",
        figures={model.name: model.figures for model in _measured(data, X, None, asked)},
        couplings=measure_arousal_shares(data, X, few),
        deviations=measure_deviations(data, X, few),
        ablation=ablation(data, X, few),
        gain=GAIN,
        terms=TERMS,
    )
    return format.save(out, content, particulars)
