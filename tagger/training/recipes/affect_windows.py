"""The recipe of the bundled affect model: windows of 10 seconds, and ratings of whole songs.

The module implements `tagger.training.recipes.base.Recipe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tagger.datasets.affect import AffectDataset
from tagger.evaluation import metrics
from tagger.evaluation.cross_validation import Figures, aggregate_runs, cross_val_predict, fit_reproducibly
from tagger.evaluation.results import Evaluation, ModelResult
from tagger.features import affect, join_feature_sets, marsyas
from tagger.models import format
from tagger.training.cards import describe_data, save_model
from tagger.training.estimators.multi_kernel import AffectEstimator, FeatureGroup, MultiKernelRidge, pleasantness
from tagger.training.recipes.base import OUTPUTS, RunConfig, compare
from tagger.training.song_features import extract_songs

PROTOCOLS: tuple[str, ...] = ("songs", "artists")

FEATURE_SET_NAMES = ("affect", "moods")
"""Feature sets: those of the windows, and the 72 Marsyas features of the song's excerpt."""

COLUMNS = len(affect.COLUMNS) + len(marsyas.COLUMNS)

LOUDNESS_COLUMN = len(affect.COLUMNS) + marsyas.COLUMNS.index(marsyas.LOUDNESS_COLUMN)
"""Index of the only feature that depends on gain. It has half weight, because encoders change the level slightly."""

AROUSAL_SHARE = 0.5
"""Share of the regression of valence on arousal that the shipped model adds to valence; see `REASON`."""

AROUSAL_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares that the card compares."""

EVIDENCE_WEIGHT = 0.1
"""Valence added per standard deviation of the evidence, in standard deviations of the residual valence."""

MAX_COMPARISON_SEEDS = 3
"""Limit for the seeds of the ablation and of other comparisons in the card."""

WINDOW_GROUPS = ("timbre", "rhythm", "modulation", "tonality", "dynamics")
"""Groups of the features of a window."""

GROUP_WEIGHTS = {
    "spectrum": (1.0, 1.0, 0.0),
    "rhythm": (0.2, 0.2, 0.0),
    "tonality": (0.4, 0.1, 0.0),
    "dynamics": (0.2, 0.1, 0.0),
    "song": (0.2, 0.4, 1.0),
}
"""Weights of the feature groups for valence, arousal and evidence. ``spectrum`` has all features of the spectrogram."""

LOUDNESS_WEIGHTS = (0.0, 0.2, 0.0)
"""Weights of the loudness of the windows in the ablation; the shipped model does not use it."""

TERMS = (
    "Trained on DEAM (Aljanaki, Yang and Soleymani, 2017), a data set published for research; check its terms before "
    "any other use. The model contains features of the songs and no audio."
)

GAIN = (
    "The loudness of the windows is not used: it hardly improves the prediction of arousal (see `ablation`), and "
    "quieter masters would be predicted as calmer. One of the 72 Marsyas features still depends on gain; it has half "
    "weight. Without it, the R2 of arousal is 0.004 lower; with full weight it is 0.006 higher, but MP3 encoders, "
    "which reduce the level by about 0.5 dB, change arousal by 0.006 (in -1..1). `invariance` lists the "
    "effect of gain on the predictions."
)

REASON = (
    "With a `coupling` (share of the regression of valence on arousal) of 1, predictions agree best with the ratings, "
    "but valence is largely arousal, and loud, hostile music is predicted as pleasant. With 0, valence carries most "
    "information beyond arousal, but agrees poorly with the ratings. The shipped model uses 0.5 and evidence from the "
    "moods: the R2 of valence stays above 0.4, and its partial correlation is close to the maximum."
)


class Variant(NamedTuple):
    """Settings of a model that is evaluated.

    Attributes
    ----------
    arousal_share, evidence_weight : float
        As for `AffectEstimator`.
    """

    arousal_share: float = AROUSAL_SHARE
    evidence_weight: float = EVIDENCE_WEIGHT


VARIANTS = {"shipped": Variant(), "in-domain": Variant(1.0, 0.0)}
"""Evaluated models: the shipped one, and plain prediction of the ratings."""


def feature_groups(without: str = "", *, loudness: bool = False) -> tuple[FeatureGroup, ...]:
    """Return the feature groups of the model.

    Parameters
    ----------
    without : str
        Name of a group to leave out, one of `WINDOW_GROUPS` or ``song``.
    loudness : bool
        Add the loudness of the windows.

    Returns
    -------
    tuple of FeatureGroup
    """
    columns = {
        name: [i for i, c in enumerate(affect.COLUMNS) if affect.feature_group(c) == name]
        for name in affect.FEATURE_GROUPS
    }
    columns["song"] = [
        len(affect.COLUMNS) + i for i, c in enumerate(marsyas.COLUMNS) if c not in marsyas.FRAGILE_COLUMNS
    ]
    columns["spectrum"] = [i for name in WINDOW_GROUPS if name != without for i in columns[name] if i < affect.SPECTRAL]
    group_weights = GROUP_WEIGHTS | ({"loudness": LOUDNESS_WEIGHTS} if loudness else {})
    return tuple(
        FeatureGroup(name, tuple(columns[name]), *weights) for name, weights in group_weights.items() if name != without
    )


def make_estimator(
    variant: Variant = VARIANTS["shipped"],
    groups: tuple[FeatureGroup, ...] | None = None,
    *,
    deviations: bool = False,
) -> AffectEstimator:
    """Return the unfitted estimator, for the features that `extract_features` returns.

    Parameters
    ----------
    variant : Variant
    groups : tuple of FeatureGroup, optional
        By default those of `feature_groups`.
    deviations : bool
        Also predict standard deviations.

    Returns
    -------
    AffectEstimator
    """
    regressor = MultiKernelRidge(groups or feature_groups(), half_weight=(LOUDNESS_COLUMN,))
    return AffectEstimator(regressor, COLUMNS, variant.arousal_share, variant.evidence_weight, deviations)


def extract_features(data: AffectDataset, config: RunConfig) -> np.ndarray:
    """Extract the features of songs, and the evidence of the moods.

    The evidence comes from the bundled moods model, which was trained on other songs.

    Parameters
    ----------
    data : AffectDataset
    config : RunConfig

    Returns
    -------
    numpy.ndarray, shape=(songs, COLUMNS + 1)
        Means over the windows, the features of the excerpt, and the evidence.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    windows, excerpts = (
        extract_songs(data.paths, name, jobs=config.jobs, on_song=config.on_song) for name in FEATURE_SET_NAMES
    )
    evidence = pleasantness(format.bundled("moods").predict(np.concatenate(excerpts)))
    window_means = np.stack([song.mean(axis=0) for song in windows])
    return np.hstack([join_feature_sets([window_means, np.concatenate(excerpts)]), evidence[:, None]])


def evaluate(data: AffectDataset, protocol: str, config: RunConfig) -> Evaluation:
    """Evaluate the shipped and the in-domain model by ten-fold cross-validation.

    Parameters
    ----------
    data : AffectDataset
    protocol : {"songs", "artists"}
        Whether single songs or all songs of an artist are held out together.
    config : RunConfig

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If a song cannot be analysed, or too few artists are known.
    """
    if protocol == "artists":
        data = data.with_artists()
    groups = data.artists if protocol == "artists" else None
    results = list(_evaluate_variants(data, extract_features(data, config), groups, config))
    return Evaluation(protocol, f"{data.source}, {len(data.paths)} songs", config.seeds, results, data.notes)


def _evaluate_variants(
    data: AffectDataset, X: np.ndarray, groups: np.ndarray | None, config: RunConfig
) -> Iterator[ModelResult]:
    for name, variant in VARIANTS.items():
        runs = []
        for seed, predicted in _predict_seeds(make_estimator(variant), X, data, config, groups):
            runs.append(metrics.affect_metrics(data.labels, predicted))
            config.on_step(f"{name}, seed {seed}")
        yield ModelResult(name, aggregate_runs(runs), comparisons=compare(data.labels, predicted))


def _predict_seeds(
    estimator: AffectEstimator,
    X: np.ndarray,
    data: AffectDataset,
    config: RunConfig,
    groups: np.ndarray | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each seed with the cross-validated predictions of all songs."""
    for seed in config.all_seeds:
        yield seed, cross_val_predict(estimator, X, data.labels, seed, groups, jobs=config.jobs)


def ablation(data: AffectDataset, X: np.ndarray, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the model without each feature group, without the evidence of the moods, and with loudness.

    Parameters
    ----------
    data : AffectDataset
    X : numpy.ndarray, shape=(songs, COLUMNS + 1)
        As `extract_features` returns it.
    config : RunConfig

    Returns
    -------
    dict of str to Figures
        By change: R2 of valence and arousal of the in-domain model, and R2 and partial correlation of valence of the
        shipped model.
    """
    changes = {"all": feature_groups()}
    changes |= {f"without {name}": feature_groups(name) for name in (*WINDOW_GROUPS, "song")}
    changes["with loudness"] = feature_groups(loudness=True)
    figures = {}
    for name, groups in changes.items():
        figures[name] = _ablation_figures(data, X, config, groups, VARIANTS["shipped"])
        config.on_step(f"ablation: {name}")
    without_evidence = Variant(evidence_weight=0.0)
    figures["without evidence"] = _ablation_figures(data, X, config, feature_groups(), without_evidence)
    return figures


def _ablation_figures(
    data: AffectDataset, X: np.ndarray, config: RunConfig, groups: tuple[FeatureGroup, ...], variant: Variant
) -> Figures:
    shipped, in_domain = (
        [
            metrics.affect_metrics(data.labels, predicted)
            for _, predicted in _predict_seeds(make_estimator(v, groups), X, data, config)
        ]
        for v in (variant, VARIANTS["in-domain"])
    )
    return aggregate_runs(
        {
            "valence_r2": plain["valence_r2"],
            "arousal_r2": plain["arousal_r2"],
            "shipped_valence_r2": ours["valence_r2"],
            "shipped_valence_partial": ours["valence_partial"],
        }
        for ours, plain in zip(shipped, in_domain, strict=True)
    )


def measure_arousal_shares(data: AffectDataset, X: np.ndarray, config: RunConfig) -> dict[str, Figures]:
    """Evaluate valence with each of `AROUSAL_SHARES`.

    Parameters
    ----------
    data, X, config
        As for `ablation`.

    Returns
    -------
    dict of str to Figures
        By share: R2 and partial correlation of valence.
    """
    figures = {}
    for share in AROUSAL_SHARES:
        runs = []
        for _, predicted in _predict_seeds(make_estimator(Variant(share)), X, data, config):
            run = metrics.affect_metrics(data.labels, predicted)
            runs.append({name: run[name] for name in ("valence_r2", "valence_partial")})
        figures[f"{share:g}"] = aggregate_runs(runs)
    return figures


def measure_deviations(data: AffectDataset, X: np.ndarray, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the predicted standard deviations.

    Parameters
    ----------
    data, X, config
        As for `ablation`.

    Returns
    -------
    dict of str to Figures
        By output: the metrics of `tagger.evaluation.metrics.deviation_metrics`.
    """
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in OUTPUTS}
    for seed, predicted in _predict_seeds(make_estimator(deviations=True), X, data, config):
        points, deviations = np.split(predicted, 2, axis=1)
        errors = np.abs(data.labels - points)
        for i, name in enumerate(OUTPUTS):
            runs[name].append(metrics.deviation_metrics(errors[:, i], deviations[:, i]))
        config.on_step(f"deviations, seed {seed}")
    return {name: aggregate_runs(output_runs) for name, output_runs in runs.items()}


def train(data: AffectDataset, out: Path, config: RunConfig) -> dict[str, Any]:
    """Evaluate the model, train it on all songs, and save it with its card; see `Recipe.train`."""
    X = extract_features(data, config)
    component = fit_reproducibly(make_estimator(deviations=True), X, data.labels).component_
    comparison = replace(config, seeds=min(config.seeds, MAX_COMPARISON_SEEDS))
    card = {
        "data": describe_data(data, mended=list(data.notes)),
        "algorithm": "kernel ridge regression with an RBF kernel for each group of features",
        "counts": {
            name: dict(zip(("valence", "arousal", "evidence"), weights, strict=True))
            for name, weights in GROUP_WEIGHTS.items()
        },
        "coupling": AROUSAL_SHARE,
        "trust": EVIDENCE_WEIGHT,
        "reason": REASON,
        "evidence": f"mood probabilities of {format.bundled('moods').name}",
        "protocol": f"songs: 10 shuffled folds of songs, {config.seeds} seeds; all fitting is in the training folds",
        "figures": {result.name: result.figures for result in _evaluate_variants(data, X, None, config)},
        "couplings": measure_arousal_shares(data, X, comparison),
        "deviations": measure_deviations(data, X, comparison),
        "ablation": ablation(data, X, comparison),
        "gain": GAIN,
        "terms": TERMS,
    }
    return save_model(out, "affect", FEATURE_SET_NAMES, component, card)
