"""``emotag models``."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the whole cards.")
def models(as_json: bool) -> None:
    """Show the bundled models: their data, protocol, measured accuracy and terms of use.

    \b
    emotag models --json
    """
    from tagger.models import cards

    if as_json:
        click.echo(json.dumps(list(cards().values()), indent=2, ensure_ascii=False))
        return
    for card in cards().values():
        click.echo(f"{card['name']} ({card['created']})")
        click.echo(f"  {card['algorithm']}")
        click.echo(f"  trained on {card['data']['songs']} songs of {card['data']['file']}")
        click.echo(f"  measured by {card['protocol']}")
        for metric, value in _headline(card):
            click.echo(f"    {metric:32} {value['mean']:.3f} +- {value['se']:.3f}")
        click.echo(f"  {card['terms']}\n")


def _headline(card: dict) -> list[tuple[str, dict[str, float]]]:
    figures = card["figures"]
    if "mean" in next(iter(figures.values())):
        return list(figures.items())
    return [(f"{part.replace('_', '-')} {m}", v) for part, found in figures.items() for m, v in found.items()]
