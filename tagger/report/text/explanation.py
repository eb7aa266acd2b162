"""The explanation of a prediction as lines for the terminal and as values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS, quadrant, select_moods
from tagger.library.path_text import path_to_text
from tagger.models.explanation import NEIGHBOURS, OUTPUTS
from tagger.models.feature_groups import EMBEDDING
from tagger.report.text.measures import Measurement, measure_song, tempo_phrase
from tagger.report.text.song_card import title_line

if TYPE_CHECKING:
    import numpy as np

    from tagger.models.explanation import Explanation
    from tagger.tags.basic_tags import BasicTags

WIDTH, NAME_WIDTH, PHRASE_WIDTH = 80, 11, 46
"""Characters of a line, of the name of a group, and of its phrase."""

FIXED_ORDER = ("mode", "tempo")
"""Groups whose measures are shown in their order."""

SMALLEST = 0.01
"""Least contribution to a mood that is listed."""

DIGITS = 4
"""Decimal places in JSON."""


def explanation_lines(explanation: Explanation, name: str, titles: BasicTags) -> list[str]:
    """Return an explanation as lines of text.

    Parameters
    ----------
    explanation : Explanation
    name : str
        The path as it can be printed on a terminal.
    titles : BasicTags

    Returns
    -------
    list of str
        At most 24 lines of 80 characters, unless the path or the title is longer.
    """
    measured = measure_song(explanation.features, explanation.training)
    lines = [name]
    if title := title_line(titles):
        lines.append(f"  {title if len(title) <= WIDTH - 2 else title[: WIDTH - 5] + '...'}")
    lines.append(_row("", "", "percentile", "valence", "arousal"))
    lines.append(_number_row("typical song", explanation.typical))
    for group, contributions in zip(explanation.groups, explanation.contributions, strict=True):
        phrase, percentile = _group_phrase(explanation, group, measured)
        lines.append(_number_row(group, contributions, phrase, percentile))
    valence, arousal = explanation.song[len(MOODS) :]
    lines.append(_number_row(f"this song: {quadrant(valence, arousal)}", explanation.song))
    lines.append(f"  {'mood':18}{'typical':>7}{'this':>6}  largest contributions")
    assigned = select_moods(explanation.song[: len(MOODS)].tolist(), explanation.threshold)
    order = sorted(range(len(MOODS)), key=lambda i: -explanation.song[i])
    lines += [_mood_line(explanation, i, MOODS[i] in assigned) for i in order]
    count = len(explanation.training)
    return [*lines, f"  * assigned; percentiles of {count} training songs; {explanation.model}"]


def explanation_json(explanation: Explanation, path: str, titles: BasicTags) -> dict[str, Any]:
    """Return an explanation as values that JSON can hold.

    Parameters
    ----------
    explanation : Explanation
    path : str
    titles : BasicTags

    Returns
    -------
    dict
    """
    measured = measure_song(explanation.features, explanation.training)
    low, high = (explanation.features.get(f"BH_{name}PeakBPM") or None for name in ("Low", "High"))
    return {
        "path": path_to_text(path),
        **titles._asdict(),
        "model": explanation.model,
        "training_songs": len(explanation.training),
        "song": _outputs_json(explanation.song),
        "typical": _outputs_json(explanation.typical),
        "groups": [
            {
                "name": group,
                "description": _group_phrase(explanation, group, measured)[0],
                "contributions": _outputs_json(contributions),
                "measures": [
                    {
                        "name": measurement.measure.name,
                        "value": round(measurement.value, DIGITS),
                        "unit": measurement.measure.unit,
                        "percentile": round(measurement.percentile, 1),
                    }
                    for measurement in measured
                    if measurement.measure.group == group
                ],
            }
            for group, contributions in zip(explanation.groups, explanation.contributions, strict=True)
        ],
        "tempo_bpm": [low, high] if low else None,
        "nearest_training_songs": explanation.neighbours,
    }


def _outputs_json(values: np.ndarray) -> dict[str, float]:
    """Return values by output; valence and arousal first."""
    named = dict(zip(OUTPUTS, values.tolist(), strict=True))
    names = (*OUTPUTS[len(MOODS) :], *MOODS)
    return {name: named[name] for name in names}


def _group_phrase(explanation: Explanation, group: str, measured: list[Measurement]) -> tuple[str, str]:
    """Return the phrase of a group, and the percentile of the first measure in it.

    The measure that is furthest from average comes first, and the others follow in words unless they are average. Mode
    and tempo come first in their groups, because they are what listeners know.
    """
    if group == EMBEDDING:
        common = [f"{count} {name}" for name, count in explanation.neighbours.items()][:2]
        return f"{NEIGHBOURS} nearest training songs: {', '.join(common)}", ""
    own = [measurement for measurement in measured if measurement.measure.group == group]
    if not own:
        return "", ""
    if group not in FIXED_ORDER:
        own.sort(key=lambda measurement: -abs(measurement.percentile - 50))
    first, *others = own
    parts = [first.phrase, *(other.words for other in others if other.level != 1)]
    if group == "tempo":
        parts.append(tempo_phrase(explanation.features))
    phrase = ""
    for part in filter(None, parts):
        longer = f"{phrase}, {part}" if phrase else part
        phrase = longer if len(longer) <= PHRASE_WIDTH else phrase
    return phrase, f"{first.percentile:.0f}"


def _row(name: str, phrase: str, percentile: str, valence: str, arousal: str) -> str:
    left = f"  {name:{NAME_WIDTH}}{phrase:{PHRASE_WIDTH}}" if phrase else f"  {name}"
    right = f"{percentile:>5}{valence:>8}{arousal:>8}"
    return left + right.rjust(WIDTH - len(left))


def _number_row(name: str, values: np.ndarray, phrase: str = "", percentile: str = "") -> str:
    valence, arousal = values[len(MOODS) :]
    return _row(name, phrase, percentile, _signed(valence), _signed(arousal))


def _signed(value: float) -> str:
    """Return a number with its sign; never a negative zero."""
    return f"{round(float(value), 2) + 0.0:+.2f}"


def _mood_line(explanation: Explanation, mood: int, assigned: bool) -> str:
    """Return a line with the probability of a mood and the groups that contribute most to it."""
    contributions = explanation.contributions[:, mood]
    start = (
        f"  {MOODS[mood] + ('*' if assigned else ''):18}{explanation.typical[mood]:7.2f}{explanation.song[mood]:6.2f}  "
    )
    ranked = sorted(range(len(contributions)), key=lambda i: -abs(contributions[i]))
    parts: list[str] = []
    for i in ranked:
        part = f"{explanation.groups[i]} {_signed(contributions[i])}"
        if abs(contributions[i]) < SMALLEST or len(start + ", ".join([*parts, part])) > WIDTH:
            break
        parts.append(part)
    return (start + (", ".join(parts) or "as for a typical song")).rstrip()
