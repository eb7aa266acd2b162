"""The record of one write of tags, from which undo restores the file."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

FieldValues = dict[str, tuple[str, ...]]
"""Values of emotag's tag fields, by field."""

FIELDS = {"moods", "valence", "arousal", "marker"}
"""Fields that a record must contain."""

JSON_KEYS = {"audio_hash": "identity"}
"""Keys of the JSON that differ from the names of the attributes; version 0.1.0 named them."""


class FieldHistory(NamedTuple):
    """The recorded writes of emotag to a file.

    Attributes
    ----------
    before : dict of str to tuple of str
        Values of emotag's fields before its first write to the file.
    after : dict of str to tuple of str
        Values of emotag's fields after its last write to the file.
    """

    before: FieldValues
    after: FieldValues


@dataclass(frozen=True)
class WriteRecord:
    """One write of tags.

    Attributes
    ----------
    path : str
        The file, absolute.
    audio_hash : str
        Hash of its audio.
    before, after : str
        Hash of the whole file, before and after the write.
    old, new : dict of str to tuple of str
        Values of emotag's fields, before and after the write.
    delta : bytes
        Restores the old file from the new one (`tagger.tags.delta`). Empty in records of an undo, and in records of
        version 0.1.0 for files whose delta was too large.
    """

    path: str
    audio_hash: str
    before: str
    after: str
    old: FieldValues
    new: FieldValues
    delta: bytes

    def to_bytes(self) -> bytes:
        """Serialise the record in the form that every version of emotag can read.

        Returns
        -------
        bytes
            JSON.
        """
        content = {JSON_KEYS.get(field.name, field.name): getattr(self, field.name) for field in fields(self)}
        return json.dumps(content | {"delta": base64.b64encode(self.delta).decode()}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> WriteRecord:
        """Parse a record.

        Parameters
        ----------
        data : bytes
            As from `to_bytes`.

        Returns
        -------
        WriteRecord

        Raises
        ------
        ValueError
            If the record is damaged.
        """
        try:
            content: dict[str, Any] = json.loads(data)
            old, new = ({field: tuple(values) for field, values in content[name].items()} for name in ("old", "new"))
            delta = base64.b64decode(content["delta"], validate=True)
            texts = [content[key] for key in ("path", "identity", "before", "after")]
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"a damaged record ({error})") from None
        field_texts = [text for values in (*old.values(), *new.values()) for text in values]
        if not all(isinstance(text, str) for text in (*texts, *field_texts)):
            raise ValueError("a damaged record (a value of another type)")
        if not all(set(values) == FIELDS for values in (old, new)):
            raise ValueError("a damaged record (fields are missing)")
        path, audio_hash, before, after = texts
        return cls(path, audio_hash, before, after, old, new, delta)
