"""``emotag evaluate moods``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.datasets import (
    DATA_FILE,
    MOODS_ALGORITHMS,
    evaluation_output,
    evaluation_output_options,
    mood_data_argument,
    mood_run,
    moods_options,
)
from tagger.cli.outputs import WritingCommand

if TYPE_CHECKING:
    from tagger.datasets.multilabel import MoodDataset
    from tagger.evaluation.results import Evaluation


@click.command(cls=WritingCommand)
@mood_data_argument
@click.option(
    "--protocol",
    type=click.Choice(["cv", "split", "notebook"]),
    default="cv",
    show_default=True,
    help="Ten-fold cross-validation, a separate test set (--test), or the protocol of the study, which leaks data.",
)
@click.option("--test", type=DATA_FILE, metavar="FILE", help="Test set for --protocol split, an ARFF or CSV file.")
@click.option("--all", "all_algorithms", is_flag=True, help="Evaluate all algorithms.")
@moods_options
@evaluation_output_options
def moods(data: Path, labels: Path | None, protocol: str, test: Path | None, **options: Any) -> None:
    """Evaluate models of the six moods on the `emotions` data set.

    DATA is an ARFF or CSV file with the 72 Marsyas features and the labels.

    \b
    emotag evaluate moods emotions.arff --all
    emotag evaluate moods emotions-train.arff --protocol split --test emotions-test.arff
    emotag evaluate moods emotions.arff --protocol notebook --algorithm forest --seeds 10
    """
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.features import marsyas

    written = evaluation_output(options)
    if (protocol == "split") != (test is not None):
        raise click.UsageError("--protocol split and --test must be used together")
    songs = read_mood_dataset(data, marsyas.COLUMNS, labels)
    if protocol == "notebook":
        written.write(_evaluate_study(songs, **options))
    else:
        test_songs = read_mood_dataset(test, marsyas.COLUMNS, labels) if test else None
        written.write(_evaluate_models(songs, test_songs, **options))


def _evaluate_study(
    songs: MoodDataset,
    *,
    all_algorithms: bool,
    algorithm: str,
    seeds: int,
    seed: int,
    jobs: int | None,
    **settings: Any,
) -> Evaluation:
    from tagger.training.recipes.mood_study import ALGORITHMS, evaluate
    from tagger.training.recipes.moods import MoodModelSpec

    if MoodModelSpec(**settings) != MoodModelSpec():
        raise click.UsageError("--protocol notebook has fixed settings; only --algorithm and --all can be chosen")
    names = tuple(ALGORITHMS) if all_algorithms else (algorithm,)
    if names[0] not in ALGORITHMS:
        raise click.UsageError(f"the study has no algorithm {algorithm}; choose one of {', '.join(ALGORITHMS)}")
    with mood_run(seeds, seed, jobs, models=len(names)) as config:
        return evaluate(songs, names, config)


def _evaluate_models(
    songs: MoodDataset,
    test: MoodDataset | None,
    *,
    all_algorithms: bool,
    seeds: int,
    seed: int,
    jobs: int | None,
    **settings: Any,
) -> Evaluation:
    from tagger.training.recipes.moods import MoodModelSpec, evaluate

    names = MOODS_ALGORITHMS if all_algorithms else (settings["algorithm"],)
    specs = [MoodModelSpec(**{**settings, "algorithm": name}) for name in names]
    with mood_run(seeds, seed, jobs, models=len(names)) as config:
        return evaluate(songs, specs, config, test=test)
