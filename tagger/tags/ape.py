"""APEv2 in WavPack, Musepack, Monkey's Audio, OptimFROG and TAK."""

from __future__ import annotations

from typing import Any

from tagger.tags.container import Container
from tagger.tags.schema import NAMES


class Ape(Container):
    """A map from names, whose case does not matter, to values."""

    family = "ape"

    def __init__(self, kind: type, path: str) -> None:
        super().__init__(kind, path)
        if self.file.tags is None:
            self.file.add_tags()

    def get(self, field: str) -> tuple[str, ...]:
        from mutagen.apev2 import APETextValue

        value = self.file.tags.get(NAMES[self.family][field])
        return tuple(value) if isinstance(value, APETextValue) else ()

    def put(self, field: str, values: tuple[str, ...]) -> None:
        name = NAMES[self.family][field]
        if values:
            self.file.tags[name] = list(values)
        else:
            self.file.tags.pop(name, None)

    def foreign(self) -> Any:
        names = {name.casefold() for name in NAMES[self.family].values()}
        return {
            key: (value.kind, value._write()) for key, value in self.file.tags.items() if key.casefold() not in names
        }
