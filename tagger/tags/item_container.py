"""Containers whose tags are items: emotag's items are replaced in the bytes, and all other bytes are kept."""

from __future__ import annotations

from abc import abstractmethod
from typing import IO, Any

from tagger.errors import TagError
from tagger.io import regular
from tagger.tags.container import Container, tag_errors
from tagger.tags.raw.items import Item, ItemLayout
from tagger.tags.schema import NAMES

MOOD_NAMES = frozenset({"mood", "tmoo", "wm/mood"})
"""Names of mood items; programs that convert between containers keep the name from the first one."""


class ItemContainer(Container):
    """The tags of a file whose bytes emotag edits itself.

    Parameters
    ----------
    kind : str
        Kind of the file, by the name of mutagen's class for it.
    path : str
        The file.

    Raises
    ------
    TagError
        If its tags cannot be parsed.
    """

    def __init__(self, kind: str, path: str) -> None:
        self.kind, self.path = kind, path
        with tag_errors(), regular.open_regular(path) as file:
            self.layout = self.parse_layout(file)
        self.items = self.layout.items

    @abstractmethod
    def parse_layout(self, file: IO[bytes]) -> ItemLayout:
        """Parse the tags of an open file.

        Parameters
        ----------
        file : file
            Open for reading.

        Returns
        -------
        ItemLayout

        Raises
        ------
        TagError
            If the tags are damaged.
        """

    def reopen(self, path: str) -> Container:
        return type(self)(self.kind, path)

    @property
    def label(self) -> str:
        return self.kind

    def get(self, field: str) -> tuple[str, ...]:
        return tuple(text for text, _, _ in self._field_values(field))

    def put(self, field: str, values: tuple[str, ...]) -> None:
        items = self._field_items(field)
        if any(item.binary for item in items):
            raise TagError(f"its field {items[0].name} does not hold text")
        # Several spellings of the name become one, even if no value changes.
        if self.get(field) != values or len({item.name for item in items}) > 1:
            self._replace_values(field, values, self._item_name(field, items))

    def other_tags(self) -> Any:
        with tag_errors(), regular.open_regular(self.path) as file:
            return self.layout.other_entries(file, self._is_ours)

    def save(self, path: str) -> None:
        with tag_errors(), open(path, "r+b", opener=regular.open_descriptor) as file:
            self.parse_layout(file).write(file, self.items)

    @abstractmethod
    def _replace_values(self, field: str, values: tuple[str, ...], name: str) -> None:
        """Replace the values of a field; the bytes of values that remain are kept."""

    def _field_of(self, item: Item) -> str | None:
        """Return the field that an item belongs to; None if it is not emotag's."""
        name = item.name.lower()
        if name in MOOD_NAMES:
            return "moods"
        return next((field for field, known in NAMES[self.family].items() if known.lower() == name), None)

    def _is_ours(self, item: Item) -> bool:
        return self._field_of(item) is not None and not item.binary

    def _field_items(self, field: str) -> list[Item]:
        return [item for item in self.items if self._field_of(item) == field]

    def _field_values(self, field: str) -> list[tuple[str, bytes, Item]]:
        """Return the values of a field, their bytes and their items; repetitions under a second name are left out."""
        values: list[tuple[str, bytes, Item]] = []
        names: dict[str, str] = {}
        for item in self._field_items(field):
            for text, raw in item.values:
                if names.setdefault(text, item.name) == item.name:
                    values.append((text, raw, item))
        return values

    def _item_name(self, field: str, items: list[Item]) -> str:
        """Return the name for a field's items, in the case in which it is in the file."""
        name = NAMES[self.family][field]
        return next((item.name for item in items if item.name.lower() == name.lower()), name)


class RepeatedItemContainer(ItemContainer):
    """A container in which a field with several values is several items."""

    def _replace_values(self, field: str, values: tuple[str, ...], name: str) -> None:
        remaining, items, previous = list(values), list[Item | None](self.items), None
        current = self._field_values(field)
        encoded = {text: raw for text, raw, _ in current}
        counted = {id(item) for _, _, item in current}
        for number, item in enumerate(self.items):
            if self._field_of(item) != field:
                continue
            text, raw = item.values[0]
            if remaining and id(item) in counted and text == remaining[0]:
                previous = item if item.name == name else self.layout.make_item(name, [raw], item)
                items[number] = previous
                remaining.pop(0)
            else:
                items[number] = None
        added = [
            self.layout.make_item(name, [encoded.get(text) or self.layout.encode_value(text)], previous)
            for text in remaining
        ]
        self.items = tuple(item for item in (*items, *added) if item is not None)


class ListItemContainer(ItemContainer):
    """A container in which a field is one item with a list of values."""

    def _replace_values(self, field: str, values: tuple[str, ...], name: str) -> None:
        encoded: dict[str, list[bytes]] = {}
        for text, raw, _ in self._field_values(field):
            encoded.setdefault(text, []).append(raw)
        data = [encoded[text].pop(0) if encoded.get(text) else self.layout.encode_value(text) for text in values]
        old = self._field_items(field)
        new = self.layout.make_item(name, data, old[0] if old else None) if values else None
        if not old:
            self.items = (*self.items, new) if new is not None else self.items
            return
        index = self.items.index(old[0])
        items = [item if self._field_of(item) != field else None for item in self.items]
        items[index] = new
        self.items = tuple(item for item in items if item is not None)
