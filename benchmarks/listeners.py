"""Measure `emotag rate` with simulated listeners: the error on songs that they did not rate, by number of ratings.

Prints root mean squared errors of valence and arousal (scale -1..1), of the bundled model and of the adjusted one, over
simulated listeners and the songs of DEAM. The predictions are those of models that did not see the song or its artist.
A rating is the mean rating of the song in DEAM plus the deviation of the listener. Its variance is that of the song's
raters in DEAM, of which a quarter is the listener's own way of rating and the rest is noise, which no model predicts:

spread        all of the variance is noise: nothing can be learnt
scale         the listener has a mean and a scale of their own
quadrants     each quadrant has a bias of its own

    python benchmarks/listeners.py DATA [--listeners N] [--check]
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from common import Report, joint_training_data, parser

from tagger.emotions import MOODS
from tagger.training.estimators.joint import cross_val_predict
from tagger.training.estimators.listener import fit_listener
from tagger.training.recipes.emotion_figures import settings

RATINGS = (5, 10, 20, 50)
OWN_SHARE = 0.25
"""Share of the variance of ratings that is the listener's own way of rating."""

SCALE_SD = 0.25
"""Standard deviation of the listeners' scale around 1."""

MAX_LOSS = 0.003
"""Budget for the mean error beyond that of the bundled model."""

OUTPUTS = ("valence", "arousal")


def deviations(kind: str, means: np.ndarray, spread: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the deviations of one listener from the mean ratings; shape (songs, 2)."""
    share = 0.0 if kind == "spread" else OWN_SHARE
    own = np.sqrt(share * np.square(spread).mean(axis=0))
    result = random.normal(size=means.shape) * spread * np.sqrt(1 - share)
    if kind == "scale":
        result += means * random.normal(size=2) * SCALE_SD + random.normal(size=2) * own
    if kind == "quadrants":
        quadrants = 2 * (means[:, 0] >= 0) + (means[:, 1] >= 0)
        result += (random.normal(size=(4, 2)) * own)[quadrants]
    return result


def simulate(
    predicted: np.ndarray, ratings: np.ndarray, count: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the errors of the bundled and of the adjusted model on unrated songs, and whether they were adjusted."""
    order = random.permutation(len(predicted))
    rated, others = order[:count], order[count:]
    fits = [fit_listener(predicted[rated], ratings[rated], i) for i in range(2)]
    weights = np.column_stack([fit.weights for fit in fits])
    adjusted = (predicted + predicted @ weights[1:] + weights[0]).clip(-1, 1)
    errors = [np.sqrt(np.square(values[others] - ratings[others]).mean(axis=0)) for values in (predicted, adjusted)]
    return errors[0], errors[1], np.array([fit.is_better for fit in fits])


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("data", type=Path, help="folder of the data sets")
    arguments.add_argument("--listeners", type=int, default=500, help="simulated listeners [default: 500]")
    options = arguments.parse_args()
    report = Report()
    sets, songs, shared = joint_training_data(options.data)
    predicted = cross_val_predict(settings(), shared, songs, 0)
    rated = songs.is_rated
    points, means = predicted[rated, len(MOODS) : len(MOODS) + 2].clip(-1, 1), sets.ratings.labels
    with (options.data / "deam" / "labels.csv").open(newline="") as file:
        rows = {row["song_id"]: row for row in csv.DictReader(file)}
    names = [rows[path.stem] for path in sets.ratings.paths]
    spread = np.array([[float(row[f"{output}_std"]) / 4 for output in OUTPUTS] for row in names])
    print(f"{'listener':12}{'ratings':>8}" + "".join(f"{name:>34}" for name in OUTPUTS))
    for kind in ("spread", "scale", "quadrants"):
        for count in RATINGS:
            random = np.random.default_rng(count)
            runs = []
            for _ in range(options.listeners):
                ratings = means + deviations(kind, means, spread, random)
                runs.append(simulate(points, ratings, count, random))
            bundled, adjusted, used = (np.array(values) for values in zip(*runs, strict=True))
            change = adjusted - bundled
            cells = [
                f"{bundled[:, i].mean():.3f} -> {adjusted[:, i].mean():.3f} (adjusted: {used[:, i].mean():4.0%})"
                for i in range(2)
            ]
            print(f"{kind:12}{count:8}" + "".join(f"{cell:>34}" for cell in cells), flush=True)
            for i, output in enumerate(OUTPUTS):
                if change[:, i].mean() > MAX_LOSS:
                    report.missed.append(f"{kind}, {count} ratings, {output}")
    report.exit(options.check)


if __name__ == "__main__":
    main()
