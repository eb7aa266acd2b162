"""Train and measure the moods model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import multilabel_confusion_matrix

from tagger.datasets.multilabel import MoodsData
from tagger.emotions import MOODS
from tagger.errors import DataError
from tagger.evaluation import cross_validation, metrics
from tagger.evaluation.results import Confusion, Evaluation, ModelResult
from tagger.features import VERSIONS, marsyas
from tagger.models import format
from tagger.training.cards import card
from tagger.training.estimators.algorithms import ALGORITHMS, CorrelationFilter, RandomOversampler, ensemble
from tagger.training.estimators.base import ColumnWeighting
from tagger.training.estimators.meta_estimators import GridSearch, PowersetEstimator

THRESHOLD = 0.4
"""Probability from which a mood is given: F1 is near its best, and songs get about as many moods as people gave."""

FRAGILE_COLUMNS = ("Std_Acc1298_Mean_Mem40_Flux", "BH_LowPeakBPM", "BH_HighPeakBPM")
"""Not looked at: the first depends on the resampler, the others jump to another beat when only the codec changes."""

RULE = f"moods from probability {THRESHOLD}, and always the most probable one"

ABLATION_METRICS = ("ranking_loss", "lrap", "macro_auc", "hamming", "micro_f1")

ABLATED_COLUMNS = {
    "loudness": ("Mean_Acc1298_Mean_Mem40_MFCC_0",),
    "rhythm": ("BH",),
    "deviations of deviations": ("Std_Acc1298_Std_",),
}
"""Columns that are blanked to see what they are good for, by how their names begin."""

GAIN = (
    "One column, the mean of the first cepstral coefficient, depends on gain: 10 dB less take 8.9 of it. A quiet "
    "master is therefore told a little calmer; how much stands under invariance. It is kept, because the moods are "
    "told better with it: see the ablation without loudness."
)

TERMS = (
    "Trained on the Mulan `emotions` data set (Trohidis et al., 2008), which is published for research; "
    "the model holds derived statistics and no audio."
)


@dataclass(frozen=True)
class MoodModelSpec:
    """Which model of moods is meant.

    Attributes
    ----------
    algorithm : str
        One of `tagger.training.estimators.algorithms.ALGORITHMS`.
    form : str
        ``multilabel``, or ``powerset``: sets of labels are classes.
    imbalance : str
        ``none``, or ``oversample``: songs with rare sets of labels are repeated.
    drop_correlated : float, optional
        Absolute correlation with an earlier column above which a column is dropped.
    grid : bool
        Search for the algorithm's settings, among the training songs.
    """

    algorithm: str = "ensemble"
    form: str = "multilabel"
    imbalance: str = "none"
    drop_correlated: float | None = None
    grid: bool = False

    @property
    def name(self) -> str:
        """The algorithm, and its form where that is not the usual one."""
        return self.algorithm if self.form == "multilabel" else f"{self.algorithm}, {self.form}"


def estimator(choice: MoodModelSpec = MoodModelSpec(), seed: int = 0) -> ColumnWeighting:
    """Return an unfitted model; fragile columns are not looked at, whatever the algorithm.

    Raises
    ------
    DataError
        If the algorithm does not come in the form, or has no settings to search for.
    """
    algorithm = ALGORITHMS[choice.algorithm]
    make, prefix = algorithm.make, ""
    if choice.form == "powerset":
        if algorithm.powerset is None:
            raise DataError(f"{choice.algorithm} tells labels one by one and has no powerset form")
        make = algorithm.powerset
    model = make(seed)
    if choice.form == "powerset":
        model, prefix = PowersetEstimator(model), "inner__"
    if choice.drop_correlated is not None:
        model, prefix = CorrelationFilter(model, choice.drop_correlated), "inner__" + prefix
    if choice.imbalance == "oversample":
        model, prefix = RandomOversampler(model, seed), "inner__" + prefix
    if choice.grid:
        if not algorithm.grid:
            raise DataError(f"{choice.algorithm} has no settings to search for")
        # Outermost, so that no copy of a song is on both sides of the search's folds.
        model = GridSearch(model, {prefix + name: values for name, values in algorithm.grid.items()}, seed)
    return ColumnWeighting(model, tuple(marsyas.COLUMNS.index(name) for name in FRAGILE_COLUMNS), 0.0)


def evaluate(
    data: MoodsData,
    choices: list[MoodModelSpec],
    *,
    seeds: int,
    seed: int = 0,
    test: MoodsData | None = None,
    jobs: int = 1,
    on_seed: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Measure models by ten-fold cross-validation under several shufflings, or on a test set.

    Parameters
    ----------
    data : MoodsData
    choices : list of Choice
    seeds : int
        Number of shufflings; with a test set, of models.
    seed : int
        Of the first.
    test : MoodsData, optional
        The songs to measure on; models are then trained on all of `data`.
    jobs : int
        Folds that are fitted at the same time.
    on_seed : callable
        Called after each of them.

    Raises
    ------
    DataError
        If there is no such model.
    """
    unfitted = [estimator(choice) for choice in choices]  # what cannot be made is said before anything is measured
    assert len(unfitted) == len(choices)
    found = []
    for choice in choices:
        runs = _runs(data, choice, range(seed, seed + seeds), test, jobs)
        found.append(_measured(choice.name, data if test is None else test, runs, on_seed))
    if test is None:
        return Evaluation("cv", f"{data.source}, {len(data.labels)} songs", seeds, found, (RULE,))
    about = f"{data.source}, {len(data.labels)} songs, and {test.source}, {len(test.labels)} songs"
    return Evaluation("split", about, seeds, found, (RULE,))


def _runs(
    data: MoodsData, choice: MoodModelSpec, seeds: range, test: MoodsData | None, jobs: int
) -> Iterator[np.ndarray]:
    """Yield what is predicted for each seed; shape (songs, moods)."""
    for seed in seeds:
        if test is None:
            unfitted = estimator(choice, seeds.start)
            yield cross_validation.cross_val_predict(unfitted, data.features, data.labels, seed, jobs=jobs)
        else:
            fitted = cross_validation.fit_reproducibly(estimator(choice, seed), data.features, data.labels)
            yield fitted.predict(test.features)


def _measured(name: str, data: MoodsData, runs: Iterator[np.ndarray], on_seed: Callable[[], object]) -> ModelResult:
    figures, counts = [], np.zeros((len(MOODS), 2, 2), int)
    for predicted in runs:
        figures.append(metrics.multilabel_metrics(data.labels, predicted, THRESHOLD))
        counts += multilabel_confusion_matrix(data.labels, metrics.select_labels(predicted, THRESHOLD))
        on_seed()
    confusions = {mood: Confusion((f"not {mood}", mood), table) for mood, table in zip(MOODS, counts, strict=True)}
    return ModelResult(name, cross_validation.summarise(figures), confusions=confusions)


def ablation(data: MoodsData, *, seeds: int, seed: int = 0, jobs: int = 1) -> dict[str, cross_validation.Figures]:
    """Measure what the members of the ensemble, and some of the columns, are good for.

    Returns
    -------
    dict of str to Figures
        Some figures of the model as it is, and with each change.
    """
    own = estimator(MoodModelSpec(), seed)
    changes = {"as it is": own}
    for member in ("chains", "kernel", "trees"):
        changes[f"without {member}"] = ColumnWeighting(ensemble(seed, **{member: False}), own.columns, 0.0)
    for name, columns in ABLATED_COLUMNS.items():
        places = tuple(i for i, c in enumerate(marsyas.COLUMNS) if c in FRAGILE_COLUMNS or c.startswith(columns))
        changes[f"without {name}"] = ColumnWeighting(ensemble(seed), places, 0.0)
    changes["with the fragile columns"] = ColumnWeighting(ensemble(seed), (), 0.0)
    found = {}
    for name, unfitted in changes.items():
        runs = []
        for each in range(seed, seed + seeds):
            predicted = cross_validation.cross_val_predict(unfitted, data.features, data.labels, each, jobs=jobs)
            figures = metrics.multilabel_metrics(data.labels, predicted, THRESHOLD)
            runs.append({metric: figures[metric] for metric in ABLATION_METRICS})
        found[name] = cross_validation.summarise(runs)
    return found


def train(
    data: MoodsData,
    out: Path,
    choice: MoodModelSpec = MoodModelSpec(),
    *,
    seeds: int = 5,
    seed: int = 0,
    jobs: int = 1,
    on_seed: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Measure the model, train it on the whole data set and save it with its card.

    Parameters
    ----------
    data : MoodsData
    out : Path
        The model file to write.
    choice : Choice
    seeds, seed, jobs, on_seed
        As for `evaluate`.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If there is no such model.
    """
    (measured,) = evaluate(data, [choice], seeds=seeds, seed=seed, jobs=jobs, on_seed=on_seed).models
    fitted = cross_validation.fit_reproducibly(estimator(choice, seed), data.features, data.labels)
    features = {"moods": VERSIONS["moods"]}
    content = {
        "kind": "moods",
        "features": features,
        "columns": len(marsyas.COLUMNS),
        "labels": list(MOODS),
        "threshold": THRESHOLD,
        "component": fitted.component_,
    }
    settings = {name: value for name, value in asdict(choice).items() if value and value != "none"}
    if choice.grid:
        settings["found"] = fitted.inner_.chosen_
    particulars = card(
        "moods",
        features,
        data={"file": data.source, "sha256": data.sha256, "songs": len(data.labels)},
        algorithm=ALGORITHMS[choice.algorithm].about,
        settings=settings,
        not_used=list(FRAGILE_COLUMNS),
        rule=RULE,
        seed=seed,
        protocol=f"cv: 10 shuffled folds, {seeds} seeds, everything fitted inside the fold",
        figures=measured.figures,
        **(
            {"ablation": ablation(data, seeds=min(seeds, 3), seed=seed, jobs=jobs)} if choice == MoodModelSpec() else {}
        ),
        gain=GAIN,
        terms=TERMS,
    )
    return format.save(out, content, particulars)
