"""The record of one write of tags, from which undo restores the file."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, fields
from typing import Any

FieldValues = dict[str, tuple[str, ...]]
"""Values of emotag's tag fields, by field."""

FIELDS = {"moods", "valence", "arousal", "marker"}
"""Fields that a record has values of."""


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
        """Return the record as JSON, in the form that every version of emotag reads."""
        content = {JSON_KEYS.get(f.name, f.name): getattr(self, f.name) for f in fields(self)}
        return json.dumps(content | {"delta": base64.b64encode(self.delta).decode()}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> WriteRecord:
        """Return the record that `to_bytes` wrote.

        Parameters
        ----------
        data : bytes
            JSON.

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
            old, new = ({k: tuple(v) for k, v in content[name].items()} for name in ("old", "new"))
            delta = base64.b64decode(content["delta"], validate=True)
            texts = [content[key] for key in ("path", "identity", "before", "after")]
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"a damaged record ({error})") from None
        values = [value for values in (old, new) for value in values.values()]
        if not all(isinstance(text, str) for text in (*texts, *(text for value in values for text in value))):
            raise ValueError("a damaged record (a value of another kind)")
        if not all(set(values) == FIELDS for values in (old, new)):
            raise ValueError("a damaged record (fields are missing)")
        path, audio_hash, before, after = texts
        return cls(path, audio_hash, before, after, old, new, delta)


JSON_KEYS = {"audio_hash": "identity"}
"""Keys of the JSON that differ from the names of the attributes: version 0.1.0 named them."""
