"""Free-form atoms in MP4: M4A, M4B, AAC and ALAC."""

from __future__ import annotations

from typing import Any

from tagger.tags.container import Container
from tagger.tags.schema import NAMES

PREFIX = "----:com.apple.iTunes:"


class Mp4(Container):
    """A map from atom names to lists of values."""

    family = "mp4"

    def __init__(self, kind: type, path: str) -> None:
        super().__init__(kind, path)
        if self.file.tags is None:
            self.file.add_tags()

    def _keys(self, field: str) -> list[str]:
        wanted = (PREFIX + NAMES[self.family][field]).casefold()
        return [key for key in self.file.tags if key.casefold() == wanted]

    def get(self, field: str) -> tuple[str, ...]:
        values = [value for key in self._keys(field) for value in self.file.tags[key]]
        return tuple(bytes(value).decode("utf-8", "replace") for value in values)

    def put(self, field: str, values: tuple[str, ...]) -> None:
        from mutagen.mp4 import AtomDataType, MP4FreeForm

        keys = self._keys(field) or [PREFIX + NAMES[self.family][field]]
        for key in keys:
            self.file.tags.pop(key, None)
        if values:
            self.file.tags[keys[0]] = [MP4FreeForm(value.encode(), AtomDataType.UTF8) for value in values]

    def foreign(self) -> Any:
        ours = {key for field in NAMES[self.family] for key in self._keys(field)}
        atoms = {key: repr(value) for key, value in self.file.tags.items() if key not in ours}
        unknown = {key: list(value) for key, value in self.file.tags._failed_atoms.items()}
        return atoms, unknown, repr(list(self.file.chapters or ()))
