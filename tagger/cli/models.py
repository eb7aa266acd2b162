"""``emotag models``."""

from __future__ import annotations

from typing import Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_json, say


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole cards.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """Show the bundled models: their data, protocol, measured accuracy and terms of use.

    \b
    emotag models
    emotag models --json
    emotag models verify
    """
    if context.invoked_subcommand:
        return
    from tagger.models import cards

    if as_json:
        print_json(list(cards().values()))
        return
    for card in cards().values():
        click.echo(f"{card['name']} ({card['created']})")
        click.echo(f"  {card['algorithm']}")
        click.echo(f"  trained on {card['data']['songs']} songs of {card['data']['file']}")
        click.echo(f"  measured by {card['protocol']}")
        for metric, value in _headline(card["figures"]):
            click.echo(f"    {metric:32} {value['mean']:.3f} +- {value['se']:.3f}")
        for name, met in card.get("deviations", {}).items():
            click.echo(f"    {name}_sd {_met({metric: value['mean'] for metric, value in met.items()})}")
        for encoding, moved in card.get("invariance", {}).get("moved", {}).items():
            differences = (f"{name} {found['mean']:.3f}/{found['max']:.3f}" for name, found in moved.items())
            click.echo(f"    {encoding:24} moves " + ", ".join(differences))
        click.echo(f"  {card['gain']}")
        click.echo(f"  {card['terms']}\n")


@models.command()
def verify() -> int:
    """Check the bundled model files against the hashes in their cards, and load them."""
    from tagger.errors import ModelError
    from tagger.models import verified

    status = 0
    for kind, found in verified().items():
        if isinstance(found, ModelError):
            say(f"{kind}: {found}")
            status = FAILED
        else:
            click.echo(f"{found}: as its card says")
    return status


def _met(figures: dict[str, float]) -> str:
    """Tell how well standard deviations are met."""
    within = f"{figures['within']:.2f} of the ratings within one, {figures['within_two']:.2f} within two"
    sure, unsure = (f"{figures[f'told_{i}']:.2f} told, {figures[f'found_{i}']:.2f} found" for i in (1, 5))
    return f"{within}; the surest fifth: {sure}; the least sure: {unsure}"


def _headline(figures: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    if "mean" in next(iter(figures.values())):
        return list(figures.items())
    return [(f"{part} {metric}", value) for part, found in figures.items() for metric, value in found.items()]
