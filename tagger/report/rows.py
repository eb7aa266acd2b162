"""The report: a row a file, as CSV (RFC 4180) or JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from tagger.emotions import MOODS
from tagger.library.names import to_text

if TYPE_CHECKING:
    from tagger.outcome import Outcome

PROBABILITIES = tuple("p_" + mood.replace("-", "_") for mood in MOODS)
DEVIATIONS = ("valence_sd", "arousal_sd")
COLUMNS = (
    *("path", "status", "duration", "valence", "arousal", "quadrant", "moods"),
    *PROBABILITIES,
    *("model", "error"),
)
"""Of a report; `DEVIATIONS` stand behind them if they are asked for."""

CHANGE_COLUMNS = ("path", "field", "old", "new", "error")


def row(outcome: Outcome, *, sd: bool = False) -> dict[str, Any]:
    """Return the report's row of a file, by column, with or without deviations.

    A file that could not be analysed has no numbers; one whose tags could not be written has them, and its error.
    """
    cells: dict[str, Any] = dict.fromkeys(COLUMNS + DEVIATIONS * sd)
    cells.update(path=to_text(outcome.path), status="failed" if outcome.error else "ok", error=outcome.error)
    if outcome.emotion is not None and outcome.duration is not None:
        emotion = outcome.emotion
        cells.update(duration=round(outcome.duration, 4))
        cells.update(valence=round(emotion.valence, 4), arousal=round(emotion.arousal, 4))
        cells.update(quadrant=emotion.quadrant, moods=list(emotion.moods), model=outcome.model)
        cells.update(zip(PROBABILITIES, (round(p, 4) for p in emotion.probabilities), strict=True))
        if sd and emotion.valence_sd is not None and emotion.arousal_sd is not None:
            cells.update(valence_sd=round(emotion.valence_sd, 4), arousal_sd=round(emotion.arousal_sd, 4))
    return cells


def _cell(value: Any) -> str:
    """Write one cell of the CSV; text that a spreadsheet would take for a formula is defused."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value + 0.0:.4f}"
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def csv_writer(file: IO[str], *, sd: bool = False) -> Callable[[Outcome], None]:
    """Write the header, and return what writes a row."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS + DEVIATIONS * sd)
    return lambda outcome: writer.writerow([_cell(value) for value in row(outcome, sd=sd).values()])


def jsonl_writer(file: IO[str], *, sd: bool = False) -> Callable[[Outcome], None]:
    """Return what writes a row as a line of JSON."""
    return lambda outcome: print(json.dumps(row(outcome, sd=sd), ensure_ascii=False), file=file)


def changes_csv(file: IO[str]) -> Callable[[Outcome], None]:
    """Write the header, and return what writes a row for each field that would change in a file's tags."""
    writer = csv.writer(file)
    writer.writerow(CHANGE_COLUMNS)
    return lambda outcome: writer.writerows([_cell(value) for value in row.values()] for row in _changes(outcome))


def changes_jsonl(file: IO[str]) -> Callable[[Outcome], None]:
    """Return what writes those rows as lines of JSON."""

    def write(outcome: Outcome) -> None:
        for cells in _changes(outcome):
            print(json.dumps(cells, ensure_ascii=False), file=file)

    return write


def _changes(outcome: Outcome) -> Iterator[dict[str, Any]]:
    path = to_text(outcome.path)
    if outcome.error:
        yield dict(zip(CHANGE_COLUMNS, (path, None, None, None, outcome.error), strict=True))
    elif outcome.change is not None:
        for field, (old, new) in outcome.change.fields.items():
            if old != new:
                yield dict(zip(CHANGE_COLUMNS, (path, field, list(old), list(new), None), strict=True))


def writers(*, sd: bool = False) -> dict[str, Callable[[IO[str]], Callable[[Outcome], None]]]:
    """Return what writes reports, by format."""
    return {"csv": partial(csv_writer, sd=sd), "jsonl": partial(jsonl_writer, sd=sd)}


CHANGES = {"csv": changes_csv, "jsonl": changes_jsonl}
"""For a dry run: what would change, instead of what was found."""
