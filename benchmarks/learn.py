"""Measure `emotag learn`: how long it takes, and how well it learns five mood words of mer450.

Prints the time of the command for a library of synthetic songs. With the folder of the data sets, it also prints the
area under the ROC curve of each word. Half of the songs of mer450 (by artist) have their words; the other half is
predicted. The columns are

learnt        the model of `emotag learn`. Its joint model was trained without any song of mer450.
claimed       what its cross-validation says of the given half
nearest       the mood of that joint model that is nearest to the word on the given half
nearest+      the same of a joint model that was trained on all moods, words and quadrants of the given half, too

The bundled joint model was trained on all of mer450, so it cannot be compared on these songs. Chance is 0.5.

    python benchmarks/learn.py [DATA] [--songs N] [--seeds N] [--check]
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from common import Report, emotag, joint_training_data, parser, scratch
from threadpoolctl import threadpool_limits

from tagger import models
from tagger.emotions import MOODS
from tagger.evaluation.auc import auc
from tagger.features import COLUMNS, VERSIONS
from tagger.library.records import FeatureBlob, FileStat
from tagger.library.store import Store
from tagger.training.estimators.joint import JointEstimator, fit_and_predict
from tagger.training.estimators.own_moods import fit_own_moods
from tagger.training.recipes.emotion_figures import settings

WORDS = ("gloomy", "joyous", "calm", "exciting", "sensual")
SONGS, LABELS = 10_000, 5


def fill_library(store: Path, table: Path, songs: int) -> None:
    """Add synthetic songs to a library, and write a table of their labels, which depend on their features."""
    random = np.random.default_rng(0)
    bundled = models.bundled("emotion")
    kernel = bundled.component.scores.components[-1]  # or what scales the features before it
    mean, scale = np.zeros(bundled.columns), np.ones(bundled.columns)
    mean[kernel.columns], scale[kernel.columns] = kernel.mean, kernel.scale
    directions = random.normal(size=(len(mean), LABELS)) / np.sqrt(len(mean))
    with Store(str(store)) as library, table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "labels"])
        for i in range(songs):
            windows = random.normal(size=(6, len(mean)))
            labels = windows.mean(axis=0) @ directions + random.normal(size=LABELS) * 0.3 > 0.5
            windows = windows * scale + mean
            blobs, start = {}, 0
            for name in bundled.features:
                part = windows[: 1 if name == "moods" else 6, start : start + COLUMNS[name]]
                blobs[name] = FeatureBlob.from_array(part, VERSIONS[name])
                start += COLUMNS[name]
            path = f"/music/{i % 997}/{i}.flac"
            audio = library.add_audio(f"{i:064x}", 200.0, blobs)
            library.set_file(path.encode(), FileStat(1, 1, i), audio)
            library.write("UPDATE file SET artist = ? WHERE path = ?", f"artist {i % 997}", path.encode())
            rows.writerow([path, ";".join([f"label {k}" for k in np.flatnonzero(labels)] or ["none of them"])])
        library.commit()


def halves(artists: np.ndarray, seed: int) -> np.ndarray:
    """Return whether each song is in the first half, by artist."""
    unique = np.random.default_rng(seed).permutation(np.unique(artists))
    return np.isin(artists, unique[: len(unique) // 2])


def nearest(predicted: np.ndarray, labels: np.ndarray, given: np.ndarray) -> list[float]:
    """Return the AUC on the songs that are not given, by word, of the mood that is nearest on the given ones."""
    values = []
    for word in labels.T:
        best = max(range(len(MOODS)), key=lambda mood: auc(word[given], predicted[given, mood]).value)
        values.append(auc(word[~given], predicted[~given, best]).value)
    return values


def words_of_mer450(data: Path, seeds: int) -> None:
    """Print the table of the words."""
    sets, songs, shared = joint_training_data(data)
    count = len(sets.quadrants.paths)
    features, artists = songs.features[:count], sets.quadrants.artists
    labels = np.array([[word in song for word in WORDS] for song in sets.quadrants.words]).astype(int)
    without = JointEstimator(settings(), shared).fit(songs.select(songs.is_rated)).component_
    columns: dict[str, list[list[float]]] = {"learnt": [], "claimed": [], "nearest": [], "nearest+": []}
    for seed in range(seeds):
        given = halves(artists, seed)
        fit = fit_own_moods(features[given], labels[given], artists[given], without)
        predicted = fit.component.predict(features[~given])
        columns["learnt"].append([auc(y, p).value for y, p in zip(labels[~given].T, predicted.T, strict=True)])
        columns["claimed"].append([value.value for value in fit.aucs])
        columns["nearest"].append(nearest(without.predict(features), labels, given))
        test = np.zeros(len(songs.features), bool)
        test[:count] = ~given
        stronger = np.zeros((count, 10))
        stronger[~given] = fit_and_predict(settings(), shared, songs, test)
        stronger[given] = without.predict(features[given])  # chooses the nearest mood without songs it has seen
        columns["nearest+"].append(nearest(stronger, labels, given))
    print(f"{'AUC on the other half':24}{'songs':>8}" + "".join(f"{name:>16}" for name in columns))
    tables = {name: np.array(values) for name, values in columns.items()}
    for i, word in enumerate(WORDS):
        cells = [f"{t[:, i].mean():.3f} +- {t[:, i].std(ddof=1) / np.sqrt(seeds):.3f}" for t in tables.values()]
        print(f"{word:24}{labels[:, i].sum() / 2:8.0f}" + "".join(f"{cell:>16}" for cell in cells))
    print(f"{'mean':32}" + "".join(f"{table.mean():>16.3f}" for table in tables.values()))


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("data", nargs="?", type=Path, help="folder of the data sets")
    arguments.add_argument("--songs", type=int, default=SONGS, help=f"number of synthetic songs [default: {SONGS}]")
    arguments.add_argument("--seeds", type=int, default=10, help="number of random halves [default: 10]")
    options = arguments.parse_args()
    report = Report()
    with scratch() as folder:
        store, table = folder / "library.sqlite", folder / "labels.csv"
        fill_library(store, table, options.songs)
        run = emotag("learn", "--csv", table, "-o", folder / "own.model", store=store)
        budget = 10 if options.songs <= SONGS else None
        report.add(f"learn {LABELS + 1} labels of {options.songs} songs", run.wall, "s", decimals=1)
        # The command has one thread, so this is its time on an idle machine.
        report.add("CPU time", run.cpu, "s", decimals=1, at_most=budget)
        report.add("peak memory", run.peak, "MB")
        if options.data:
            with threadpool_limits(1):
                words_of_mer450(options.data, options.seeds)
    report.exit(options.check)


if __name__ == "__main__":
    main()
