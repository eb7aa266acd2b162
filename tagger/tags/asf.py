"""Attributes in ASF: WMA."""

from __future__ import annotations

from typing import Any

from tagger.tags.container import Container
from tagger.tags.schema import NAMES


class Asf(Container):
    """A list of names and typed values; names repeat."""

    family = "asf"

    def _keys(self, field: str) -> list[str]:
        wanted = NAMES[self.family][field].casefold()
        return [key for key in dict.fromkeys(key for key, _ in list(self.file.tags)) if key.casefold() == wanted]

    def get(self, field: str) -> tuple[str, ...]:
        return tuple(str(value) for key in self._keys(field) for value in self.file.tags[key])

    def put(self, field: str, values: tuple[str, ...]) -> None:
        keys = self._keys(field) or [NAMES[self.family][field]]
        for key in keys:
            if key in self.file.tags:
                del self.file.tags[key]
        if values:
            self.file.tags[keys[0]] = list(values)

    def foreign(self) -> Any:
        ours = {key for field in NAMES[self.family] for key in self._keys(field)}
        return sorted((key, repr(value)) for key, value in list(self.file.tags) if key not in ours)
