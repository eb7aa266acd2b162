"""``emotag evaluate moods``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger import workers
from tagger.cli.console import progress
from tagger.cli.datasets import DATA, MOODS_ALGORITHMS, deliver, moods_options, output_options
from tagger.cli.outputs import WritingCommand

if TYPE_CHECKING:
    from tagger.training.datasets import MoodsData
    from tagger.training.measured import Evaluation


@click.command(cls=WritingCommand)
@click.argument("data", type=DATA, metavar="DATA")
@click.option(
    "--protocol",
    type=click.Choice(["cv", "split", "notebook"]),
    default="cv",
    show_default=True,
    help="Ten shuffled folds; a test set of its own (--test); the study's own, which leaks.",
)
@click.option("--test", type=DATA, metavar="DATA", help="The test part, for --protocol split.")
@click.option("--all", "every", is_flag=True, help="Measure all algorithms.")
@moods_options
@output_options
def moods(
    data: Path, labels: Path | None, protocol: str, test: Path | None, as_json: bool, html: Path | None, **asked: Any
) -> None:
    """Measure models of the six moods on the `emotions` data set.

    \b
    emotag evaluate moods emotions.arff --all
    emotag evaluate moods emotions-train.arff --protocol split --test emotions-test.arff
    emotag evaluate moods emotions.arff --protocol notebook --algorithm forest --seeds 10
    """
    from tagger.features import marsyas
    from tagger.training.datasets import read_moods

    if (protocol == "split") != (test is not None):
        raise click.UsageError("--protocol split needs --test, and only that")
    songs = read_moods(data, marsyas.COLUMNS, labels)
    if protocol == "notebook":
        deliver(_as_the_study(songs, **asked), as_json, html)
    else:
        other = read_moods(test, marsyas.COLUMNS, labels) if test else None
        deliver(_by_model(songs, other, **asked), as_json, html)


def _as_the_study(
    songs: MoodsData, *, every: bool, algorithm: str, seeds: int, seed: int, jobs: int | None, **choice: Any
) -> Evaluation:
    from tagger.training.moods import Choice
    from tagger.training.notebook import ALGORITHMS, evaluate

    if Choice(**choice) != Choice():
        raise click.UsageError("the study's protocol says itself what is done; name the algorithm alone")
    names = tuple(ALGORITHMS) if every else (algorithm,)
    if names[0] not in ALGORITHMS:
        raise click.UsageError(f"the study has no {algorithm}: name one of {', '.join(ALGORITHMS)}")
    drawn = range(seed, seed + seeds)
    with progress(seeds * len(names), "seed") as advance:
        return evaluate(songs, names, drawn, jobs=jobs or workers.processors(), on_seed=lambda: advance(1))


def _by_model(
    songs: MoodsData, test: MoodsData | None, *, every: bool, seeds: int, seed: int, jobs: int | None, **choice: Any
) -> Evaluation:
    from tagger.training.moods import Choice, evaluate

    names = MOODS_ALGORITHMS if every else (choice["algorithm"],)
    choices = [Choice(**{**choice, "algorithm": name}) for name in names]
    with progress(seeds * len(names), "seed") as advance:
        how: dict[str, Any] = {"seeds": seeds, "seed": seed, "jobs": jobs or workers.processors()}
        return evaluate(songs, choices, test=test, **how, on_seed=lambda: advance(1))
