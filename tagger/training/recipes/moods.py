"""The recipe of the moods model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import multilabel_confusion_matrix

from tagger.datasets.multilabel import MoodDataset
from tagger.emotions import MOODS
from tagger.errors import DataError
from tagger.evaluation import metrics
from tagger.evaluation.cross_validation import Figures, aggregate_runs, cross_val_predict, fit_reproducibly
from tagger.evaluation.results import Confusion, Evaluation, ModelResult
from tagger.features import marsyas
from tagger.training.cards import describe_data, save_model
from tagger.training.estimators.algorithms import ALGORITHMS, ensemble
from tagger.training.estimators.base import Estimator
from tagger.training.estimators.meta_estimators import (
    ColumnWeighting,
    CorrelationFilter,
    GridSearch,
    PowersetEstimator,
    RandomOversampler,
)
from tagger.training.recipes.base import RunConfig

THRESHOLD = 0.4
"""Minimum probability of a mood. F1 is close to its maximum, and songs get about as many moods as listeners chose."""

RULE = f"moods with a probability of at least {THRESHOLD}, and always the most probable mood"

ABLATION_METRICS = ("ranking_loss", "lrap", "macro_auc", "hamming", "micro_f1")

ABLATED_COLUMNS = {
    "loudness": (marsyas.LOUDNESS_COLUMN,),
    "rhythm": ("BH",),
    "deviations of deviations": ("Std_Acc1298_Std_",),
}
"""Features that the ablation hides, by prefixes of their names."""

MAX_ABLATION_SEEDS = 3
"""Limit for the seeds of the ablation."""

GAIN = (
    "One feature, the mean of the first cepstral coefficient, depends on gain: a reduction by 10 dB lowers it by 8.9. "
    "Quieter masters are therefore predicted as slightly calmer; `invariance` lists by how much. The feature is kept "
    "because it improves the predictions; see `without loudness` in the ablation."
)

TERMS = (
    "Trained on the Mulan `emotions` data set (Trohidis et al., 2008), which is published for research. The model "
    "contains derived statistics and no audio."
)


@dataclass(frozen=True)
class MoodModelSpec:
    """Settings of a moods model.

    Attributes
    ----------
    algorithm : str
        A key of `tagger.training.estimators.algorithms.ALGORITHMS`.
    form : {"multilabel", "powerset"}
        Whether labels are predicted individually, or label sets as classes.
    imbalance : {"none", "oversample"}
        Whether songs with rare label sets are repeated.
    drop_correlated : float, optional
        Absolute correlation with an earlier column above which a column is dropped, in 0..1.
    grid : bool
        Search for the settings of the algorithm, within the training set.
    """

    algorithm: str = "ensemble"
    form: str = "multilabel"
    imbalance: str = "none"
    drop_correlated: float | None = None
    grid: bool = False

    @property
    def name(self) -> str:
        """The algorithm, and the form unless it is ``multilabel``."""
        return self.algorithm if self.form == "multilabel" else f"{self.algorithm}, {self.form}"


def make_estimator(spec: MoodModelSpec = MoodModelSpec(), seed: int = 0) -> ColumnWeighting:
    """Return the unfitted estimator. It hides the fragile columns, whatever the algorithm.

    Parameters
    ----------
    spec : MoodModelSpec
    seed : int
        Random seed.

    Returns
    -------
    ColumnWeighting

    Raises
    ------
    DataError
        If the algorithm has no powerset form, or no settings to search for.
    """
    algorithm = ALGORITHMS[spec.algorithm]
    prefix = ""  # of the algorithm's parameters, within the estimators around it
    estimator: Estimator
    if spec.form == "powerset":
        if algorithm.powerset is None:
            raise DataError(f"{spec.algorithm} has no powerset form")
        estimator, prefix = PowersetEstimator(algorithm.powerset(seed)), "inner__"
    else:
        estimator = algorithm.make(seed)
    if spec.drop_correlated is not None:
        estimator, prefix = CorrelationFilter(estimator, spec.drop_correlated), "inner__" + prefix
    if spec.imbalance == "oversample":
        estimator, prefix = RandomOversampler(estimator, seed), "inner__" + prefix
    if spec.grid:
        if not algorithm.grid:
            raise DataError(f"{spec.algorithm} has no settings to search for")
        # Outside the oversampling, so that copies of a song are never in both parts of a fold.
        estimator = GridSearch(estimator, {prefix + name: values for name, values in algorithm.grid.items()}, seed)
    return _hide_columns(estimator, marsyas.FRAGILE_COLUMNS)


def _hide_columns(estimator: Estimator, prefixes: tuple[str, ...]) -> ColumnWeighting:
    """Return an estimator that does not use the columns whose names begin with one of the prefixes."""
    columns = tuple(i for i, name in enumerate(marsyas.COLUMNS) if name.startswith(prefixes))
    return ColumnWeighting(estimator, columns, 0.0)


def evaluate(
    data: MoodDataset, specs: list[MoodModelSpec], config: RunConfig, *, test: MoodDataset | None = None
) -> Evaluation:
    """Evaluate models by ten-fold cross-validation, or on a test set.

    Parameters
    ----------
    data : MoodDataset
        Songs for the cross-validation, or for training.
    specs : list of MoodModelSpec
    config : RunConfig
        The seeds are those of the shuffling, or of the models if there is a test set; `on_step` is called after each.
    test : MoodDataset, optional
        Test set.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If an algorithm does not support the settings.
    """
    for spec in specs:
        make_estimator(spec)  # refuse unsupported settings before the first evaluation
    results = [_evaluate_spec(data, spec, config, test) for spec in specs]
    if test is None:
        return Evaluation("cv", f"{data.source}, {len(data.labels)} songs", config.seeds, results, (RULE,))
    about = f"{data.source}, {len(data.labels)} songs, and {test.source}, {len(test.labels)} songs"
    return Evaluation("split", about, config.seeds, results, (RULE,))


def _evaluate_spec(data: MoodDataset, spec: MoodModelSpec, config: RunConfig, test: MoodDataset | None) -> ModelResult:
    truth = data.labels if test is None else test.labels
    figures, counts = [], np.zeros((len(MOODS), 2, 2), int)
    for seed, predicted in _predict_seeds(data, spec, config, test):
        figures.append(metrics.multilabel_metrics(truth, predicted, THRESHOLD))
        counts += multilabel_confusion_matrix(truth, metrics.select_labels(predicted, THRESHOLD))
        config.on_step(f"{spec.name}, seed {seed}")
    confusions = {mood: Confusion((f"not {mood}", mood), table) for mood, table in zip(MOODS, counts, strict=True)}
    return ModelResult(spec.name, aggregate_runs(figures), confusions=confusions)


def _predict_seeds(
    data: MoodDataset, spec: MoodModelSpec, config: RunConfig, test: MoodDataset | None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each seed with the predicted probabilities; shape (songs, moods)."""
    for seed in config.all_seeds:
        if test is None:
            estimator = make_estimator(spec, config.seed)
            yield seed, cross_val_predict(estimator, data.features, data.labels, seed, jobs=config.jobs)
        else:
            fitted = fit_reproducibly(make_estimator(spec, seed), data.features, data.labels)
            yield seed, fitted.predict(test.features)


def ablation(data: MoodDataset, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the ensemble without each member, without some features, and with the fragile features.

    Parameters
    ----------
    data : MoodDataset
    config : RunConfig

    Returns
    -------
    dict of str to Figures
        `ABLATION_METRICS` of the unchanged model and of each change.
    """
    seed, fragile = config.seed, marsyas.FRAGILE_COLUMNS
    estimators = {"as it is": make_estimator(MoodModelSpec(), seed)}
    for member in ("chains", "kernel", "trees"):
        estimators[f"without {member}"] = _hide_columns(ensemble(seed, **{member: False}), fragile)
    for name, prefixes in ABLATED_COLUMNS.items():
        estimators[f"without {name}"] = _hide_columns(ensemble(seed), (*fragile, *prefixes))
    estimators["with the fragile columns"] = _hide_columns(ensemble(seed), ())
    figures = {}
    for name, estimator in estimators.items():
        runs = []
        for shuffle_seed in config.all_seeds:
            predicted = cross_val_predict(estimator, data.features, data.labels, shuffle_seed, jobs=config.jobs)
            run = metrics.multilabel_metrics(data.labels, predicted, THRESHOLD)
            runs.append({metric: run[metric] for metric in ABLATION_METRICS})
        figures[name] = aggregate_runs(runs)
    return figures


def train(data: MoodDataset, out: Path, spec: MoodModelSpec, config: RunConfig) -> dict[str, Any]:
    """Evaluate the model, train it on all songs, and save it with its card.

    Parameters
    ----------
    data : MoodDataset
    out : Path
        Model file to write.
    spec : MoodModelSpec
    config : RunConfig

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If the algorithm does not support the settings.
    """
    (result,) = evaluate(data, [spec], config).models
    fitted = fit_reproducibly(make_estimator(spec, config.seed), data.features, data.labels)
    settings = {name: value for name, value in asdict(spec).items() if value and value != "none"}
    if isinstance(fitted.inner_, GridSearch):
        settings["found"] = fitted.inner_.chosen_
    card = {
        "data": describe_data(data),
        "algorithm": ALGORITHMS[spec.algorithm].about,
        "settings": settings,
        "not_used": list(marsyas.FRAGILE_COLUMNS),
        "rule": RULE,
        "seed": config.seed,
        "protocol": f"cv: 10 shuffled folds, {config.seeds} seeds; all fitting is in the training folds",
        "figures": result.figures,
    }
    if spec == MoodModelSpec():
        card["ablation"] = ablation(data, replace(config, seeds=min(config.seeds, MAX_ABLATION_SEEDS)))
    card |= {"gain": GAIN, "terms": TERMS}
    content = {"labels": list(MOODS), "threshold": THRESHOLD}
    return save_model(out, "moods", ["moods"], fitted.component_, card, **content)
