"""The tag schema as data: which fields emotag owns, and what each family of containers calls them."""

from __future__ import annotations

from dataclasses import dataclass

FIELDS = ("moods", "valence", "arousal", "marker")

NAMES = {
    "id3v2.4": {"moods": "TMOO", "valence": "VALENCE", "arousal": "AROUSAL", "marker": "EMOTAG"},
    "id3v2.3": {"moods": "MOOD", "valence": "VALENCE", "arousal": "AROUSAL", "marker": "EMOTAG"},
    "vorbis": {"moods": "MOOD", "valence": "VALENCE", "arousal": "AROUSAL", "marker": "EMOTAG"},
    "mp4": {"moods": "MOOD", "valence": "VALENCE", "arousal": "AROUSAL", "marker": "EMOTAG"},
    "ape": {"moods": "Mood", "valence": "Valence", "arousal": "Arousal", "marker": "Emotag"},
    "asf": {"moods": "WM/Mood", "valence": "VALENCE", "arousal": "AROUSAL", "marker": "EMOTAG"},
}
"""Names of the fields by family; in ID3 all but `TMOO` are descriptions of TXXX frames, in MP4 names of
``----:com.apple.iTunes`` atoms. A field is found whatever the case in which others spelt it."""

SEPARATOR = "; "
"""Joins moods where a container holds a single value, and the parts of the marker."""


def decimal(value: float) -> str:
    """Write valence or arousal with three digits, zero without a sign."""
    return f"{round(value, 3) + 0.0:.3f}"


def number(values: tuple[str, ...]) -> float | None:
    """Read valence or arousal; None where there is none, or something else stands there."""
    try:
        return float(values[0]) if values else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Marker:
    """Says who wrote a file's emotion, and which of its moods are therefore ours.

    Attributes
    ----------
    maker : str
        Tool, its version, and the models.
    moods : tuple of str
        Those of the file's moods that emotag added.
    """

    maker: str
    moods: tuple[str, ...]

    @property
    def models(self) -> list[str]:
        """The models, without the tool and its version."""
        return self.maker.split()[2:]

    def __str__(self) -> str:
        return f"{self.maker}{SEPARATOR}{', '.join(self.moods)}"

    @classmethod
    def parse(cls, values: tuple[str, ...]) -> Marker | None:
        """Read a marker; None where there is none."""
        if not values:
            return None
        maker, _, moods = values[0].partition(SEPARATOR)
        return cls(maker, tuple(mood for mood in moods.split(", ") if mood))
