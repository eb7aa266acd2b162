"""The tag schema: the fields that emotag writes, their names in each family of containers, and the form of values."""

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
"""Names of the fields by family. In ID3 all but `TMOO` are descriptions of TXXX frames, in MP4 they are names of
``----:com.apple.iTunes`` atoms. Fields are found regardless of upper and lower case."""

SEPARATOR = "; "
"""Joins moods where a container holds a single value, and the parts of the marker."""


def format_decimal(value: float) -> str:
    """Format valence or arousal.

    Parameters
    ----------
    value : float
        In -1..1.

    Returns
    -------
    str
        With three digits; zero has no sign.
    """
    return f"{round(value, 3) + 0.0:.3f}"


def parse_decimal(values: tuple[str, ...]) -> float | None:
    """Parse valence or arousal.

    Parameters
    ----------
    values : tuple of str
        Values of the field; only the first one counts.

    Returns
    -------
    float or None
        None if there is no value, or it is not a number.
    """
    try:
        return float(values[0]) if values else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Marker:
    """The field that names the program that wrote the emotion, and the moods that it added.

    Attributes
    ----------
    maker : str
        Tool, its version, and the models, separated by spaces.
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
        """Parse a marker.

        Parameters
        ----------
        values : tuple of str
            Values of the field; only the first one counts.

        Returns
        -------
        Marker or None
            None if there is no value.
        """
        if not values:
            return None
        maker, _, moods = values[0].partition(SEPARATOR)
        return cls(maker, tuple(mood for mood in moods.split(", ") if mood))
