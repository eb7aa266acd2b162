"""Events as JSON Lines on stdout, for programs that run emotag and show what it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

Emit = Callable[[dict[str, Any]], None]
"""Writes an event."""

events_flag = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print events as JSON Lines on stdout: started, file, failed and summary.",
)


@contextmanager
def event_lines(*, enabled: bool) -> Iterator[Emit]:
    """Open stdout for events.

    Parameters
    ----------
    enabled : bool
        Whether events are requested.

    Yields
    ------
    callable
        Writes an event as a line, which the reader gets at once; it does nothing if events are not requested. Failures
        before the first other event, which are folders that cannot be searched, follow this event.
    """
    if not enabled:
        yield lambda event: None
        return
    from tagger.io.output import open_output

    with open_output("-") as file:
        held: list[dict[str, Any]] = []
        has_begun = False

        def emit(event: dict[str, Any]) -> None:
            """Write an event as a line."""
            nonlocal has_begun
            if event["event"] == "failed" and not has_begun:
                held.append(event)
                return
            has_begun = True
            for line in (event, *held):
                # One write: a signal between two would leave a line without its end.
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
            held.clear()

        yield emit
