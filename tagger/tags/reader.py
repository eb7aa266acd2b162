"""Read emotag's fields from the tags of a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tagger.tags.container import Container, tag_errors
from tagger.tags.containers import open_container
from tagger.tags.schema import FIELDS, Marker, parse_decimal
from tagger.tags.write_record import FieldValues


@dataclass(frozen=True)
class TagState:
    """The emotion in a file's tags.

    Attributes
    ----------
    container : str
        Kind of the file.
    moods : tuple of str
        All moods, whichever program wrote them.
    valence, arousal : float or None
        In -1..1.
    marker : str or None
        The marker, if emotag wrote the tags.
    """

    container: str
    moods: tuple[str, ...]
    valence: float | None
    arousal: float | None
    marker: str | None

    @property
    def own_moods(self) -> tuple[str, ...]:
        """The moods that emotag added, according to the marker; the others are those of other programs."""
        marker = Marker.parse((self.marker,)) if self.marker else None
        names = {mood.casefold() for mood in marker.moods} if marker else set()
        return tuple(mood for mood in self.moods if mood.casefold() in names)

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes and `own_moods`, as values that JSON has."""
        return {**asdict(self), "moods": list(self.moods), "own_moods": list(self.own_moods)}


def read(path: str) -> TagState:
    """Read the emotion in a file's tags.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    TagState

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that can be written.
    TagError
        If the tags cannot be read.
    """
    container = open_container(path)
    with tag_errors():
        values = container_fields(container)
    marker = values["marker"][0] if values["marker"] else None
    valence, arousal = parse_decimal(values["valence"]), parse_decimal(values["arousal"])
    return TagState(container.label, values["moods"], valence, arousal, marker)


def read_fields(path: str) -> FieldValues:
    """Read the values of emotag's fields, whichever program wrote them.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    dict of str to tuple of str
        By field.

    Raises
    ------
    NotTaggable, TagError
        As for `read`.
    """
    container = open_container(path)
    with tag_errors():
        return container_fields(container)


def container_fields(container: Container) -> FieldValues:
    """Return the values of emotag's fields in a container.

    Parameters
    ----------
    container : Container
        The tags of a file.

    Returns
    -------
    dict of str to tuple of str
        By field.
    """
    return {field: container.get(field) for field in FIELDS}
