"""``emotag evaluate moods``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.console import progress
from tagger.cli.datasets import DATA, MOODS_ALGORITHMS, moods_options, output_options, print_evaluation
from tagger.cli.outputs import WritingCommand
from tagger.scanning import workers

if TYPE_CHECKING:
    from tagger.datasets.multilabel import MoodDataset
    from tagger.evaluation.results import Evaluation


@click.command(cls=WritingCommand)
@click.argument("data", type=DATA, metavar="DATA")
@click.option(
    "--protocol",
    type=click.Choice(["cv", "split", "notebook"]),
    default="cv",
    show_default=True,
    help="Ten-fold cross-validation; a separate test set (--test); or the protocol of the study, with data leakage.",
)
@click.option("--test", type=DATA, metavar="DATA", help="Test set for --protocol split.")
@click.option("--all", "every", is_flag=True, help="Evaluate all algorithms.")
@moods_options
@output_options
def moods(
    data: Path, labels: Path | None, protocol: str, test: Path | None, as_json: bool, html: Path | None, **options: Any
) -> None:
    """Evaluate models of the six moods on the `emotions` data set.

    \b
    emotag evaluate moods emotions.arff --all
    emotag evaluate moods emotions-train.arff --protocol split --test emotions-test.arff
    emotag evaluate moods emotions.arff --protocol notebook --algorithm forest --seeds 10
    """
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.features import marsyas

    if (protocol == "split") != (test is not None):
        raise click.UsageError("--protocol split and --test need each other")
    songs = read_mood_dataset(data, marsyas.COLUMNS, labels)
    if protocol == "notebook":
        print_evaluation(_evaluate_study(songs, **options), as_json, html)
    else:
        test_songs = read_mood_dataset(test, marsyas.COLUMNS, labels) if test else None
        print_evaluation(_evaluate_models(songs, test_songs, **options), as_json, html)


def _evaluate_study(
    songs: MoodDataset, *, every: bool, algorithm: str, seeds: int, seed: int, jobs: int | None, **settings: Any
) -> Evaluation:
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.mood_study import ALGORITHMS, evaluate
    from tagger.training.recipes.moods import MoodModelSpec

    if MoodModelSpec(**settings) != MoodModelSpec():
        raise click.UsageError("--protocol notebook has fixed settings; only --algorithm can be chosen")
    names = tuple(ALGORITHMS) if every else (algorithm,)
    if names[0] not in ALGORITHMS:
        raise click.UsageError(f"the study has no algorithm {algorithm}; choose one of {', '.join(ALGORITHMS)}")
    with progress(seeds * len(names), "seed") as advance:
        config = RunConfig(seeds, seed, jobs or workers.available_processors(), on_step=lambda step: advance(1))
        return evaluate(songs, names, config)


def _evaluate_models(
    songs: MoodDataset,
    test: MoodDataset | None,
    *,
    every: bool,
    seeds: int,
    seed: int,
    jobs: int | None,
    **settings: Any,
) -> Evaluation:
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.moods import MoodModelSpec, evaluate

    names = MOODS_ALGORITHMS if every else (settings["algorithm"],)
    specs = [MoodModelSpec(**{**settings, "algorithm": name}) for name in names]
    with progress(seeds * len(names), "seed") as advance:
        config = RunConfig(seeds, seed, jobs or workers.available_processors(), on_step=lambda step: advance(1))
        return evaluate(songs, specs, config, test=test)
