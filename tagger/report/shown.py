"""What is known of a song as a card, and of a folder as a summary, for the terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS, QUADRANTS, quadrant
from tagger.library.names import to_text

if TYPE_CHECKING:
    from tagger.library.songs import Song
    from tagger.tags import TagState
    from tagger.tags.titles import Titles

BAR = 20
"""Characters of the longest bar."""


@dataclass(frozen=True)
class Card:
    """What a file's tags and the library say of a song; `song` is None where the library does not know it."""

    path: str
    titles: Titles
    tags: TagState
    song: Song | None


def card_lines(card: Card, name: str) -> list[str]:
    """Return a card as lines; `name` is the path as it can be shown."""
    state, titles = card.tags, card.titles
    called = " - ".join(filter(None, (titles.artist, titles.title)))
    lines = [f"{name} ({state.container})", *([f"  {called}"] if called else [])]
    lines.append(f"  moods    {'; '.join(state.moods) or '-'}")
    for label, value in (("valence", state.valence), ("arousal", state.arousal)):
        lines.append(f"  {label}  {'-' if value is None else format(value, '+.3f')}")
    if state.valence is not None and state.arousal is not None:
        lines.append(f"  quadrant {quadrant(state.valence, state.arousal)}")
    lines.append(f"  written by {state.marker or 'others'}")
    if card.song is None:
        return [*lines, "  the library does not know it"]
    emotion = card.song.emotion
    lines.append(f"  the library knows it by {card.song.model}:")
    lines += [f"    {mood:18} {_bar(p, 1.0)} {p:.2f}" for mood, p in zip(MOODS, emotion.probabilities, strict=True)]
    lines.append(f"    valence {emotion.valence:+.3f}, arousal {emotion.arousal:+.3f}: {emotion.quadrant}")
    return lines


def card_json(card: Card) -> dict[str, Any]:
    """Return a card as JSON has it."""
    told = card.song.emotion if card.song else None
    return {
        "path": to_text(card.path),
        **card.titles._asdict(),
        "tags": {
            "container": card.tags.container,
            "moods": list(card.tags.moods),
            "valence": card.tags.valence,
            "arousal": card.tags.arousal,
            "written_by": card.tags.marker,
        },
        "library": told
        and {
            "model": card.song.model if card.song else None,
            "valence": told.valence,
            "arousal": told.arousal,
            "quadrant": told.quadrant,
            "moods": list(told.moods),
            "probabilities": dict(zip(MOODS, told.probabilities, strict=True)),
        },
    }


def summary(songs: Sequence[Song]) -> dict[str, Any]:
    """Count the moods and quadrants of songs, and tell where they lie on average."""
    moods = Counter(mood for song in songs for mood in song.emotion.moods)
    quadrants = Counter(song.emotion.quadrant for song in songs)
    count = len(songs)
    return {
        "songs": count,
        "hours": round(sum(song.duration for song in songs) / 3600, 2),
        "moods": {mood: moods[mood] for mood in MOODS},
        "quadrants": {name: quadrants[name] for name in QUADRANTS.values()},
        "valence": round(sum(song.emotion.valence for song in songs) / count, 4) if count else None,
        "arousal": round(sum(song.emotion.arousal for song in songs) / count, 4) if count else None,
    }


def summary_lines(found: dict[str, Any], name: str) -> list[str]:
    """Return a summary as lines, with a bar for each mood and quadrant."""
    if not found["songs"]:
        return [f"{name}: the library knows no songs here; `emotag scan` finds out"]
    lines = [f"{name}: {found['songs']} songs, {found['hours']:g} h"]
    for counts in (found["moods"], found["quadrants"]):
        most = max(counts.values())
        lines += [f"  {key:18} {_bar(count, most)} {count}" for key, count in counts.items()]
    lines.append(f"  on average valence {found['valence']:+.2f}, arousal {found['arousal']:+.2f}")
    return lines


def _bar(value: float, most: float) -> str:
    return ("█" * round(BAR * value / max(most, 1e-9))).ljust(BAR)
