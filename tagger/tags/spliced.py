"""Containers into whose tags our fields are inserted, while all other bytes are kept as they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import IO, Any

from tagger.errors import TagError
from tagger.io import regular
from tagger.tags.container import Container, tag_errors
from tagger.tags.raw.items import Item, Layout
from tagger.tags.schema import NAMES

MOODS = frozenset({"mood", "tmoo", "wm/mood"})
"""Programs that convert from one container to another keep the name that a field had in the first one."""


class Spliced(Container):
    """The tags of a file that emotag writes itself.

    Parameters
    ----------
    kind : str
        Kind of the file, by the name of mutagen's class for it.
    path : str
        The file.
    """

    parse: Callable[[IO[bytes]], Layout]

    def __init__(self, kind: str, path: str) -> None:
        self.kind, self.path = kind, path
        with tag_errors(), regular.open_regular(path) as file:
            self.layout = self.parsed(file)
        self.items = self.layout.items

    @abstractmethod
    def parsed(self, file: IO[bytes]) -> Layout:
        """Read where the tags of a file stand and what they hold."""

    def reopen(self, path: str) -> Container:
        return type(self)(self.kind, path)

    @property
    def label(self) -> str:
        return self.kind

    def get(self, field: str) -> tuple[str, ...]:
        return tuple(text for text, _, _ in self._values(field))

    def put(self, field: str, values: tuple[str, ...]) -> None:
        there = self._there(field)
        if any(item.locked for item in there):
            raise TagError(f"its field {there[0].name} does not hold text")
        # Several spellings become one, even if no value changes.
        if self.get(field) != values or len({item.name for item in there}) > 1:
            self._put(field, values, self._spelling(field, there))

    def other_tags(self) -> Any:
        with tag_errors(), regular.open_regular(self.path) as file:
            return self.layout.listed(file, self._is_ours)

    def save(self, path: str) -> None:
        with tag_errors(), open(path, "r+b", opener=regular.open_descriptor) as file:
            self.parsed(file).save(file, self.items)

    @abstractmethod
    def _put(self, field: str, values: tuple[str, ...], name: str) -> None:
        """Replace the values of a field; bytes of values that stay are kept."""

    def _field(self, item: Item) -> str | None:
        """Return the field that an item belongs to, None if it is not ours."""
        name = item.name.lower()
        if name in MOODS:
            return "moods"
        return next((field for field, known in NAMES[self.family].items() if known.lower() == name), None)

    def _is_ours(self, item: Item) -> bool:
        return self._field(item) is not None and not item.locked

    def _there(self, field: str) -> list[Item]:
        return [item for item in self.items if self._field(item) == field]

    def _values(self, field: str) -> list[tuple[str, bytes, Item]]:
        """Return values, their bytes and the items they stand in; what a second spelling repeats is left out."""
        found: list[tuple[str, bytes, Item]] = []
        spelt: dict[str, str] = {}
        for item in self._there(field):
            for text, raw in item.values:
                if spelt.setdefault(text, item.name) == item.name:
                    found.append((text, raw, item))
        return found

    def _spelling(self, field: str, there: list[Item]) -> str:
        name = NAMES[self.family][field]
        return next((item.name for item in there if item.name.lower() == name.lower()), name)


class Repeated(Spliced):
    """A container in which a field with several values is several items."""

    def _put(self, field: str, values: tuple[str, ...], name: str) -> None:
        left, result, kept = list(values), list[Item | None](self.items), None
        spare = {text: raw for text, raw, _ in self._values(field)}
        counted = {id(item) for _, _, item in self._values(field)}
        for number, item in enumerate(self.items):
            if self._field(item) != field:
                continue
            text, raw = item.values[0]
            if left and id(item) in counted and text == left[0]:
                kept = item if item.name == name else self.layout.made(name, [raw], item)
                result[number] = kept
                left.pop(0)
            else:
                result[number] = None
        added = [self.layout.made(name, [spare.get(text) or self.layout.encoded(text)], kept) for text in left]
        self.items = tuple(item for item in (*result, *added) if item is not None)


class Listed(Spliced):
    """A container in which a field is one item with a list of values."""

    def _put(self, field: str, values: tuple[str, ...], name: str) -> None:
        spare: dict[str, list[bytes]] = {}
        for text, raw, _ in self._values(field):
            spare.setdefault(text, []).append(raw)
        data = [spare[text].pop(0) if spare.get(text) else self.layout.encoded(text) for text in values]
        there = self._there(field)
        made = self.layout.made(name, data, there[0] if there else None) if values else None
        if not there:
            self.items = (*self.items, made) if made is not None else self.items
            return
        place = self.items.index(there[0])
        rest = [item if self._field(item) != field else None for item in self.items]
        rest[place] = made
        self.items = tuple(item for item in rest if item is not None)
