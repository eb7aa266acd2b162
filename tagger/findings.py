"""What a worker finds out about a file, and does to it; read by the main process without numpy and PyAV."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


Values = dict[str, tuple[str, ...]]
"""Values of tags by field."""


@dataclass(frozen=True)
class Analysis:
    """What a file's audio gave.

    Attributes
    ----------
    identity : str
        Hash of the audio, without tags.
    duration : float
        Seconds.
    features : dict of str to numpy.ndarray, shape=(excerpts, columns)
        By feature set, as float32: what the store keeps.
    """

    identity: str
    duration: float
    features: dict[str, np.ndarray]


@dataclass(frozen=True)
class Known:
    """A file whose audio is analysed already: its identity, and its duration in seconds."""

    identity: str
    duration: float


@dataclass(frozen=True)
class Failure:
    """Why a file could not be analysed: a word for its kind, and a sentence."""

    kind: str
    message: str


@dataclass(frozen=True)
class Written:
    """One write of ours.

    Attributes
    ----------
    path : str
        The file, absolute.
    identity : str
        Hash of its audio.
    before, after : str
        Hash of the whole file.
    old, new : dict of str to tuple of str
        Our fields, before and after.
    delta : bytes
        What turns the file back (`tagger.tags.delta`); empty if it is not known: in old records if it was too much,
        and in the records of an undoing.
    """

    path: str
    identity: str
    before: str
    after: str
    old: Values
    new: Values
    delta: bytes

    def dumped(self) -> bytes:
        """Return it as bytes."""
        fields = asdict(self) | {"delta": base64.b64encode(self.delta).decode()}
        return json.dumps(fields).encode()

    @classmethod
    def loaded(cls, data: bytes) -> Written:
        """Return what `dumped` made bytes of.

        Raises
        ------
        ValueError
            If it did not.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            old, new = ({k: tuple(v) for k, v in fields[name].items()} for name in ("old", "new"))
            written = replace(cls(**fields), old=old, new=new, delta=base64.b64decode(fields["delta"], validate=True))
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"a damaged record ({error})") from None
        texts = (written.path, written.identity, written.before, written.after)
        values = [value for values in (old, new) for value in values.values()]
        if not all(isinstance(text, str) for text in (*texts, *(text for value in values for text in value))):
            raise ValueError("a damaged record (a value of another kind)")
        if not all(set(values) == _FIELDS for values in (old, new)):
            raise ValueError("a damaged record (fields are missing)")
        return written


_FIELDS = {"moods", "valence", "arousal", "marker"}
