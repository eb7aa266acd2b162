"""What is known of a song as a card, and of a folder as a summary, for the terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS, QUADRANTS, quadrant
from tagger.library.names import to_text
from tagger.tags.schema import Marker, decimal

if TYPE_CHECKING:
    from tagger.library.songs import Song
    from tagger.tags import TagState
    from tagger.tags.titles import Titles

BAR = 20
"""Characters of the longest bar."""


@dataclass(frozen=True)
class SongCard:
    """What a file's tags and the library say of a song.

    Attributes
    ----------
    path : str
    titles : Titles
    tags : TagState or None
        None where it has none that can be read.
    why : str
        Why it has none.
    song : Song or None
        None where the library does not know it.
    """

    path: str
    titles: Titles
    tags: TagState | None
    why: str
    song: Song | None

    @property
    def differences(self) -> tuple[str, ...] | None:
        """In what the tags are not as the library has it; None where one of them says nothing."""
        if self.tags is None or self.tags.marker is None or self.song is None:
            return None
        told, state = self.song.emotion, self.tags
        marker = Marker.parse((self.tags.marker,))
        ours = {mood.casefold() for mood in marker.moods} if marker else set()
        there = {mood.casefold() for mood in state.moods}
        alike = {
            "moods": ours <= set(told.moods) <= there,
            "valence": state.valence == float(decimal(told.valence)),
            "arousal": state.arousal == float(decimal(told.arousal)),
        }
        return tuple(field for field, same in alike.items() if not same)


def card_lines(card: SongCard, name: str) -> list[str]:
    """Return a card as lines; `name` is the path as it can be shown."""
    titles = card.titles
    called = " - ".join(filter(None, (titles.artist, titles.title))) + (f" ({titles.album})" if titles.album else "")
    lines = [f"{name} ({card.tags.container})" if card.tags else name, *([f"  {_line(called)}"] if called else [])]
    lines += _tag_lines(card.tags) if card.tags else [f"  tags     - ({card.why})"]
    if card.song is None:
        return [*lines, "  the library does not know it; `emotag scan` finds out"]
    emotion = card.song.emotion
    lines.append(f"  the library knows it by {card.song.model}:")
    lines += [f"    {mood:18} {_bar(p, 1.0)} {p:.2f}" for mood, p in zip(MOODS, emotion.probabilities, strict=True)]
    valence, arousal = _number(emotion.valence, emotion.valence_sd), _number(emotion.arousal, emotion.arousal_sd)
    lines.append(f"    valence {valence}, arousal {arousal}: {emotion.quadrant}")
    if (differences := card.differences) is not None:
        apart = " and ".join(differences)
        lines.append(f"  the tags differ from it in {apart}" if apart else "  the tags agree with it")
    return lines


def _number(value: float, sd: float | None) -> str:
    return f"{value:+.3f}" if sd is None else f"{value:+.3f} (sd {sd:.2f})"


def _tag_lines(state: TagState) -> list[str]:
    lines = [f"  moods    {_line('; '.join(state.moods)) or '-'}"]
    for label, value in (("valence", state.valence), ("arousal", state.arousal)):
        lines.append(f"  {label}  {'-' if value is None else format(value, '+.3f')}")
    if state.valence is not None and state.arousal is not None:
        lines.append(f"  quadrant {quadrant(state.valence, state.arousal)}")
    if state.marker or state.moods or state.valence is not None or state.arousal is not None:
        lines.append(f"  written by {_line(state.marker or 'others')}")
    return lines


def _line(text: str) -> str:
    """Return text from tags as it can be shown on any terminal."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))


def card_json(card: SongCard) -> dict[str, Any]:
    """Return a card as JSON has it."""
    state, differences = card.tags, card.differences
    return {
        "path": to_text(card.path),
        **card.titles._asdict(),
        "tags": state
        and {
            "container": state.container,
            "moods": list(state.moods),
            "valence": state.valence,
            "arousal": state.arousal,
            "written_by": state.marker,
        },
        "library": card.song and _song_json(card.song),
        "agree": None if differences is None else not differences,
    }


def _song_json(song: Song) -> dict[str, Any]:
    told = song.emotion
    return {
        "model": song.model,
        "valence": told.valence,
        "arousal": told.arousal,
        "valence_sd": told.valence_sd,
        "arousal_sd": told.arousal_sd,
        "quadrant": told.quadrant,
        "moods": list(told.moods),
        "probabilities": dict(zip(MOODS, told.probabilities, strict=True)),
    }


def summary(songs: Iterable[Song], failed: int, unknown: int) -> dict[str, Any]:
    """Count the moods and quadrants of songs, and tell where they lie on average.

    Parameters
    ----------
    songs : iterable of Song
        Those that the library knows.
    failed, unknown : int
        Files that it knows to be none, and those of which it knows nothing.
    """
    moods, quadrants = Counter[str](), Counter[str]()
    count, hours, valence, arousal = 0, 0.0, 0.0, 0.0
    for song in songs:
        moods.update(song.emotion.moods)
        quadrants[song.emotion.quadrant] += 1
        count += 1
        hours += song.duration / 3600
        valence += song.emotion.valence
        arousal += song.emotion.arousal
    return {
        "songs": count,
        "failed": failed,
        "unknown": unknown,
        "hours": round(hours, 2),
        "moods": {mood: moods[mood] for mood in MOODS},
        "quadrants": {name: quadrants[name] for name in QUADRANTS.values()},
        "valence": round(valence / count, 4) if count else None,
        "arousal": round(arousal / count, 4) if count else None,
    }


def summary_lines(found: dict[str, Any], name: str) -> list[str]:
    """Return a summary as lines, with a bar for each mood and quadrant."""
    rest = []
    if found["failed"]:
        rest.append(f"  {_count(found['failed'])} could not be read: `emotag export` says why")
    if found["unknown"]:
        rest.append(f"  {_count(found['unknown'])} not scanned yet: `emotag scan` finds out")
    if not found["songs"]:
        return [f"{name}: the library knows no songs here", *rest]
    songs = "1 song" if found["songs"] == 1 else f"{found['songs']} songs"
    lines = [f"{name}: {songs}, {found['hours']:g} h"]
    for counts in (found["moods"], found["quadrants"]):
        most = max(counts.values())
        lines += [f"  {key:18} {_bar(count, most)} {count}" for key, count in counts.items()]
    return [*lines, f"  on average valence {found['valence']:+.2f}, arousal {found['arousal']:+.2f}", *rest]


def _count(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _bar(value: float, most: float) -> str:
    return ("█" * round(BAR * value / max(most, 1e-9))).ljust(BAR)
