"""Plan a write: the new values of emotag's fields, from the emotion and the moods that other programs wrote."""

from __future__ import annotations

from dataclasses import dataclass

from tagger.emotions import Emotion
from tagger.tags.container import Container, tag_errors
from tagger.tags.containers import open_container
from tagger.tags.ownership import split_moods
from tagger.tags.reader import container_fields
from tagger.tags.schema import FIELDS, Marker, format_decimal
from tagger.tags.write_record import FieldHistory, FieldValues

POLICIES = ("merge", "replace", "keep")
"""How to treat moods of other programs; see `tagger.tags.write`."""


@dataclass(frozen=True)
class Change:
    """The changes of a write or an undo, done or planned.

    Attributes
    ----------
    path : str
        The file.
    fields : dict of str to (tuple of str, tuple of str)
        Old and new values by field.
    """

    path: str
    fields: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @property
    def changed(self) -> bool:
        """Whether any field changes."""
        return any(old != new for old, new in self.fields.values())

    @property
    def old(self) -> FieldValues:
        """The old values by field."""
        return {field: old for field, (old, _) in self.fields.items()}

    @property
    def new(self) -> FieldValues:
        """The new values by field."""
        return {field: new for field, (_, new) in self.fields.items()}

    def to_dict(self) -> dict[str, dict[str, list[str]]]:
        """Return the old and new values of the fields that change, as values that JSON has."""
        return {field: {"old": list(old), "new": list(new)} for field, (old, new) in self.fields.items() if old != new}


def plan(
    path: str, emotion: Emotion, maker: str, *, policy: str = "merge", history: FieldHistory | None = None
) -> Change:
    """Return what `tagger.tags.write` would change.

    Parameters
    ----------
    path, emotion, maker, policy, history
        As for `tagger.tags.write`.

    Returns
    -------
    Change

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that can be written.
    TagError
        If the tags cannot be read.
    """
    container = open_container(path)
    with tag_errors():
        return plan_change(container, path, emotion, maker, policy, history)


def plan_change(
    container: Container, path: str, emotion: Emotion, maker: str, policy: str, history: FieldHistory | None
) -> Change:
    """Return what a write changes in an open container.

    Parameters
    ----------
    container : Container
        The tags of the file.
    path, emotion, maker, policy, history
        As for `tagger.tags.write`.

    Returns
    -------
    Change
    """
    old = container_fields(container)
    others = split_moods(old, history).others
    present = {mood.casefold() for mood in others}
    ours = tuple(mood for mood in emotion.moods if mood.casefold() not in present)
    if policy == "replace":
        others, ours = (), emotion.moods
    if policy == "keep" and others:
        ours = ()
    marker = _updated_marker(Marker.parse(old["marker"]), Marker(maker, ours))
    new = {
        "moods": others + ours,
        "valence": (format_decimal(emotion.valence),),
        "arousal": (format_decimal(emotion.arousal),),
        "marker": (str(marker),),
    }
    return change_between(path, old, new)


def change_between(path: str, old: FieldValues, new: FieldValues) -> Change:
    """Return the change from one set of values to another.

    Parameters
    ----------
    path : str
        The file.
    old, new : dict of str to tuple of str
        Values by field.

    Returns
    -------
    Change
    """
    return Change(path, {field: (old[field], new[field]) for field in FIELDS})


def _updated_marker(old: Marker | None, new: Marker) -> Marker:
    """Keep a marker in which only the tool's version differs, so that an upgrade does not rewrite all files."""
    return old if old and old.moods == new.moods and old.models == new.models else new
