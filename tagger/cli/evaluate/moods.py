"""``emotag evaluate moods``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tagger.cli.console import progress
from tagger.cli.datasets import DATA, MOODS_ALGORITHMS, chosen, moods_options, table

Figures = dict[str, dict[str, float]]

LEAK = """\
As in the study, songs are repeated before the split, so that copies of the test songs are trained on: that figure
leaks. The honest one has the split first."""


@click.command()
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
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@moods_options(*MOODS_ALGORITHMS, "cnn")
def moods(
    data: Path, protocol: str, test: Path | None, every: bool, seeds: int, as_json: bool, algorithm: str, **model: Any
) -> None:
    """Measure models of the six moods on the `emotions` data set.

    \b
    emotag evaluate moods emotions.arff --all
    emotag evaluate moods emotions-train.arff --protocol split --test emotions-test.arff
    emotag evaluate moods emotions.arff --protocol notebook --algorithm forest --seeds 10
    """
    if (protocol == "split") != (test is not None):
        raise click.UsageError("--protocol split needs --test, and only that")
    if protocol == "notebook":
        from tagger.training.notebook import ALGORITHMS

        names = list(ALGORITHMS) if every else [algorithm]
        if unknown := set(names) - set(ALGORITHMS):
            raise click.UsageError(f"the study has no {unknown.pop()}: name one of {', '.join(ALGORITHMS)}")
    elif algorithm == "cnn":
        raise click.UsageError("the network is measured by --protocol notebook")
    else:
        names = list(MOODS_ALGORITHMS) if every else [algorithm]
    settings = chosen(model)
    tables: dict[str, Figures] = {}
    with progress(seeds * len(names), "seed") as advance:
        for name in names:
            if protocol == "notebook":
                tables |= _as_the_study(data, name, seeds, lambda: advance(1))
            else:
                from tagger.training.moods import evaluate as run

                tables[name] = run(data, seeds=seeds, test=test, on_seed=lambda: advance(1), algorithm=name, **settings)
    if as_json:
        click.echo(json.dumps({"protocol": protocol, "seeds": seeds, "figures": tables}, indent=2))
        return
    for name, figures in tables.items():
        table(f"{name}: {protocol}, {seeds} seeds", figures)
    if protocol == "notebook":
        click.echo(LEAK)


def _as_the_study(data: Path, name: str, seeds: int, on_seed: Callable[[], object]) -> dict[str, Figures]:
    from tagger.features import marsyas
    from tagger.training.datasets import read_moods
    from tagger.training.notebook import STUDY, evaluate

    songs = read_moods(data, marsyas.COLUMNS)
    results = evaluate(songs.features, songs.labels, name, range(seeds), on_seed)
    titles = {
        "notebook": f"{name}, as in the study (which said {STUDY[name]:.2f})",
        "split_first": f"{name}, split first",
    }
    spread = {key: {"spread": {"mean": result.spread, "se": 0.0}} for key, result in results.items()}
    return {titles[key]: {**result.figures, **spread[key]} for key, result in results.items()}
