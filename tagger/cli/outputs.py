"""Options that say where something is written, and what is written there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class Output(click.Path):
    """A file that can be written when the work is done, or ``-`` for stdout: looked at before the work begins.

    A song is never taken for one, as in ``--csv *.mp3``, which the shell makes ``--csv`` and every song there is.

    Parameters
    ----------
    suffix : str
        What its name must end in; by default anything.
    **how
        As for `click.Path`.
    """

    def __init__(self, suffix: str = "", **how: Any) -> None:
        super().__init__(dir_okay=False, writable=True, allow_dash=not suffix, **how)
        self.suffix = suffix

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        path = Path(os.fsdecode(found))
        if not path.name.endswith(self.suffix):
            self.fail(f"{path}: a file called NAME{self.suffix} is written", param, ctx)
        if str(path) == "-" or (path.exists() and not path.is_file()):  # a device or a pipe
            return found
        if path.exists() and _song(path):
            self.fail(f"{path} is a song, and is not written over", param, ctx)
        if not os.access(path.resolve().parent, os.W_OK):
            self.fail(f"{path.parent} is no folder that can be written to", param, ctx)
        return found


class Appended(Output):
    """A file that lines are added to; the command is given it open."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return click.File("a", encoding="utf-8").convert(super().convert(value, param, ctx), param, ctx)


def _song(path: Path) -> bool:
    from tagger.library.walk import SUFFIXES

    return path.suffix.lower() in SUFFIXES


sd_option = click.option(
    "--sd", is_flag=True, help="Add how sure valence and arousal are to a report: valence_sd, arousal_sd."
)
