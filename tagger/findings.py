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
        What turns the file back (`tagger.tags.delta`); empty if that would have been too much.
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
            texts = [fields[name] for name in ("path", "identity", "before", "after")]
            texts += [value for values in (old, new) for several in values.values() for value in several]
            if not all(isinstance(text, str) for text in texts):
                raise TypeError("something else than text")
            return replace(cls(**fields), old=old, new=new, delta=base64.b64decode(fields["delta"]))
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"a damaged record ({error})") from None
