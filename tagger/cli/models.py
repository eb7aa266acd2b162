"""``emotag models``."""

from __future__ import annotations

from typing import Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_json, print_message
from tagger.cli.options import json_flag


@click.group(invoke_without_command=True)
@json_flag
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """Show the bundled models: training data, evaluation protocol, accuracy and terms of use.

    Figures are means over random seeds, with the standard error after +-. With --json, the complete cards are printed.

    \b
    emotag models
    emotag models --json
    emotag models verify
    """
    if context.invoked_subcommand:
        return
    from tagger.models import bundled_embedding, cards

    embedding = bundled_embedding.card()
    if as_json:
        print_json([*cards().values(), embedding])
        return
    for card in cards().values():
        click.echo(f"{card['name']} ({card['created']})")
        click.echo(f"  {card['algorithm']}")
        data = card["data"]
        for part in [data] if "file" in data else data.values():
            click.echo(f"  trained on {part['songs']} songs of {part['file']}")
        click.echo(f"  evaluated by {card['protocol']}")
        for metric, value in _flatten(card["figures"]):
            click.echo(f"    {metric:32} {value['mean']:.3f} +- {value['se']:.3f}")
        for output, figures in card.get("deviations", {}).items():
            means = {metric: value["mean"] for metric, value in figures.items()}
            click.echo(f"    {output}_sd: {_describe_deviations(means)}")
        for variant, outputs in card.get("invariance", {}).get("moved", {}).items():
            differences = (f"{output} {by['mean']:.4f}/{by['max']:.4f}" for output, by in outputs.items())
            click.echo(f"    {variant:24} mean/maximum change: " + ", ".join(differences))
        click.echo(f"  {card['gain']}")
        click.echo(f"  {card['terms']}\n")
    click.echo(f"{embedding['name']} ({embedding['created']})")
    click.echo(f"  {embedding['algorithm']}")
    click.echo(f"  from {embedding['source']['package']}")
    click.echo(f"  trained on {embedding['source']['trained_on']}")
    for variant, change in embedding["figures"]["moved"].items():
        click.echo(f"    {variant:24} change of the values, in standard deviations: {change['rms']:.3f} (rms)")
    click.echo(f"  {embedding['terms']}\n")


@models.command()
def verify() -> int:
    """Check that the bundled model files match the hashes in their cards, and load them."""
    from tagger.errors import ModelError
    from tagger.models import bundled_embedding, verify

    status = 0
    for kind, result in {**verify(), bundled_embedding.NAME: bundled_embedding.verify()}.items():
        if isinstance(result, ModelError):
            print_message(f"{kind}: {result}")
            status = FAILED
        else:
            click.echo(f"{result}: matches its card")
    return status


def _describe_deviations(figures: dict[str, float]) -> str:
    """Compare the predicted standard deviations with the errors.

    Parameters
    ----------
    figures : dict of str to float
        As `deviation_metrics` returns them.

    Returns
    -------
    str
    """
    within = f"{figures['within']:.2f} of the ratings within one, {figures['within_two']:.2f} within two"
    lowest, highest = (f"{figures[f'told_{i}']:.2f} predicted, {figures[f'found_{i}']:.2f} actual" for i in (1, 5))
    return f"{within}; lowest fifth: {lowest}; highest fifth: {highest}"


def _flatten(figures: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """Return the figures of a card by name. The cards of several models have one more level."""
    if "mean" in next(iter(figures.values())):
        return list(figures.items())
    return [(f"{model} {metric}", value) for model, metrics in figures.items() for metric, value in metrics.items()]
