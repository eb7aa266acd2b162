"""Parse and write the free-form atoms of MP4 files."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry
from tagger.tags.raw.atoms import Atom, make_atom, read_atom, split_atoms, top_level_atoms
from tagger.tags.raw.files import MAX_TAG_BYTES, file_size, hash_range, read_exactly, replace_range
from tagger.tags.raw.items import IsOurs, Item, ItemLayout, ItemValues, damaged_tags, decode_text
from tagger.tags.raw.offsets import iter_atoms, map_offsets

FREEFORM, APPLE = b"----", b"com.apple.iTunes"
NEW_USER_DATA_HANDLER, NEW_META_HANDLER = (
    make_atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(8) + name) for name in (b"emotag\0", b"emotag meta\0")
)
"""Handlers of ``meta`` atoms that emotag adds to a file without tags: with a ``udta`` atom around it, or in the
``udta`` atom of the file. From the name, undo knows which atoms to remove."""

MEAN = make_atom(b"mean", bytes(4) + APPLE).to_bytes()
UTF8_HEADER = struct.pack(">II", 1, 0)
IMPLICIT, UTF8, UTF16 = 0, 1, 2
TEXT_TYPES = (IMPLICIT, UTF8, UTF16)


class Mp4Layout(ItemLayout):
    """An MP4 file. New tags are added to the first list of tags in ``moov/udta/meta/ilst``.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    TagError
        If its atoms are damaged or too large.
    """

    kind = "MP4"

    def __init__(self, file: IO[bytes]) -> None:
        self.tops, self.end = top_level_atoms(file)
        movie = next((top for top in self.tops if top.kind == b"moov"), None)
        if movie is None:
            raise damaged_tags("it holds no movie atom")
        parsed = [top for top in self.tops if top.kind in (b"moov", b"moof", b"mfra")]
        if sum(top.stop - top.start for top in parsed) > MAX_TAG_BYTES:
            raise TagError("its tags are larger than can be read")
        for top in parsed:
            top.atom = read_atom(file, top)
        assert movie.atom is not None
        self.movie_top, self.movie = movie, movie.atom
        self.lists = list(self._tag_lists())
        self.items = tuple(
            _parse_item(child, str(number)) for number, tags in enumerate(self.lists) for child in tags.children or ()
        )

    def _tag_lists(self) -> Iterator[Atom]:
        """Yield the ``ilst`` atoms of the movie, with their children parsed."""
        for user_data in self.movie.children_of(b"udta"):
            user_data.parse_children()
            for meta in user_data.children_of(b"meta"):
                # A full box in MP4, an atom without version in QuickTime.
                meta.parse_children(0 if meta.data[4:8] == b"hdlr" else 4)
                if not meta.children_of(b"keys"):  # with keys, the tags are numbered and not named
                    for tags in meta.children_of(b"ilst"):
                        tags.parse_children()
                        yield tags

    def other_entries(self, file: IO[bytes], is_ours: IsOurs) -> list[Entry]:
        end = file_size(file)
        starts = [top.start for top in self.tops]

        def describe_offset(offset: int) -> str:
            """Return the top-level atom that an offset points into, and the distance from the atom's start."""
            if offset >= self.end:
                return f"end {offset - end}"
            number = bisect_right(starts, offset) - 1
            return f"{number} {offset - starts[number]}"

        entries: list[Entry] = []
        for top in self.tops:
            name = top.kind.decode("latin-1")
            if top.atom is None:
                data = bytes([len(top.header)]) + hash_range(file, top.start + 8, top.stop)
                entries.append(Entry("file", name, data))
            else:
                self._add_entries(top.atom, name, is_ours, describe_offset, entries)
        return [*entries, Entry("after", "", hash_range(file, self.end, end))]

    def _add_entries(
        self,
        atom: Atom,
        path: str,
        is_ours: IsOurs,
        describe_offset: Callable[[int], str],
        entries: list[Entry],
    ) -> None:
        """Append the entries of an atom and its descendants."""
        if atom.children is None:
            targets: list[str] = []

            def record_target(offset: int) -> int:
                targets.append(describe_offset(offset))
                return 0

            # The offsets change with the size of the tags; what they point to must not.
            data = map_offsets(atom, record_target, path.startswith("moof"))
            entries.append(Entry(path, str(len(atom.header)), data + " ".join(targets).encode()))
            return
        if any(atom is tags for tags in self.lists):
            others = [item for item in map(_parse_item, atom.children) if not is_ours(item)]
            entries += [Entry(path, item.name, item.raw) for item in others]
            if not others and not atom.trailing:
                return
        else:
            for child in atom.children:
                if not _made_by_emotag(child, is_ours):
                    name = child.kind.decode("latin-1")
                    self._add_entries(child, f"{path}/{name}", is_ours, describe_offset, entries)
        entries.append(Entry(path, f"trailing {len(atom.header)}", atom.data + b"|" + atom.trailing))

    def write(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        self._assign_items(items)
        old = self.movie_top
        shift = len(self.movie.to_bytes()) - (old.stop - old.start)

        def shifted(offset: int) -> int:
            return offset + shift if offset >= old.stop else offset

        if shift:
            self._check_movable(file)
        changed = []
        for top in self.tops:
            if top.atom is not None:
                for atom in iter_atoms(top.atom):
                    if atom.children is None:
                        atom.data = map_offsets(atom, shifted, top.kind == b"moof")
                changed.append((top, top.atom.to_bytes()))
        # From the back, so that the positions of the atoms that are still to be replaced stay valid.
        for top, data in reversed(changed):
            if top is old or data != read_exactly(file, top.start, top.stop - top.start):
                replace_range(file, top.start, top.stop, data)

    def _assign_items(self, items: tuple[Item, ...]) -> None:
        """Put the items into the lists of tags; add a list, or remove one that emotag added."""
        if not self.lists and items:
            self.lists.append(self._add_tag_list())
        for number, tags in enumerate(self.lists):
            content = b"".join(item.raw for item in items if (item.section or "0") == str(number))
            tags.children = split_atoms(content)[0]
        if not items:
            for parent in (self.movie, *self.movie.children_of(b"udta")):
                parent.children = [c for c in parent.children or () if not _made_by_emotag(c, lambda item: False)]

    def _check_movable(self, file: IO[bytes]) -> None:
        """Raise an error if the audio would move and an index of an unsupported kind contains its offset."""
        movie = self.movie_top
        if all(top.stop <= movie.stop for top in self.tops):
            return
        indexes = [top for top in self.tops if top.kind == b"sidx" and top.start < movie.start]
        for top in self.tops:
            if top.kind == b"meta" and b"iloc" in read_exactly(file, top.start, top.stop - top.start):
                indexes.append(top)
        if indexes or self.movie.children_of(b"cmov"):
            raise TagError("its audio would move, and it has an index that cannot be changed")

    def _add_tag_list(self) -> Atom:
        """Add a list of tags, with the atoms around it that the file lacks."""
        tags = Atom(b"ilst", struct.pack(">I4s", 8, b"ilst"), b"", [])
        user_data = next(iter(self.movie.children_of(b"udta")), None)
        # Numbered tags, an option of FFmpeg, cannot hold named ones; a second `meta` atom is added for these.
        metas = user_data.children_of(b"meta") if user_data is not None else []
        metas = [meta for meta in metas if not meta.children_of(b"keys")]
        if metas:
            metas[0].children = [*(metas[0].children or ()), tags]
            return tags
        handler = NEW_META_HANDLER if user_data is not None else NEW_USER_DATA_HANDLER
        meta = Atom(b"meta", struct.pack(">I4s", 8, b"meta"), bytes(4), [handler, tags])
        if user_data is not None:
            user_data.children = [*(user_data.children or ()), meta]
        else:
            user_data = Atom(b"udta", struct.pack(">I4s", 8, b"udta"), b"", [meta])
            self.movie.children = [*(self.movie.children or ()), user_data]
        return tags

    def encode_value(self, text: str) -> bytes:
        return make_atom(b"data", UTF8_HEADER + text.encode("utf-8", "surrogateescape")).to_bytes()

    def make_item(self, name: str, values: Sequence[bytes], template: Item | None) -> Item:
        mean = template.raw[8 : 8 + int.from_bytes(template.raw[8:12], "big")] if template is not None else MEAN
        name_atom = make_atom(b"name", bytes(4) + name.encode()).to_bytes()
        atom = make_atom(FREEFORM, b"".join((mean, name_atom, *values)))
        return _parse_item(atom, template.section if template is not None else "")


def _made_by_emotag(atom: Atom, is_ours: IsOurs) -> bool:
    """Return whether emotag added an atom to a file without tags, and it contains emotag's tags only."""
    if atom.trailing or atom.children is None:
        return False
    match atom.kind, [child.kind for child in atom.children]:
        case b"udta", [b"meta"]:
            meta = atom.children[0]
            handler = next(iter(meta.children or ()), None)
            named = handler is not None and handler.data == NEW_USER_DATA_HANDLER.data
            return named and _made_by_emotag(meta, is_ours)
        case b"meta", [b"hdlr", b"ilst"]:
            handler, tags = atom.children
            named = handler.data in (NEW_USER_DATA_HANDLER.data, NEW_META_HANDLER.data)
            if atom.data != bytes(4) or not named or tags.trailing or tags.children is None:
                return False
            return all(is_ours(_parse_item(child)) for child in tags.children)
        case _:
            return False


def _parse_item(atom: Atom, section: str = "") -> Item:
    """Parse a child of a list of tags; any but a regular free-form atom of text has no name."""
    raw = atom.to_bytes()
    if atom.kind != FREEFORM:
        return Item("", raw, section=section)
    children, trailing = split_atoms(atom.data)
    contents = {child.kind: child.data[4:] for child in reversed(children)}
    # Anything unusual in it could not be kept when its values change; it is therefore not treated as emotag's.
    regular = [child.kind for child in children] == [b"mean", b"name", *[b"data"] * max(1, len(children) - 2)]
    named = regular and not trailing and len(atom.header) == 8 and contents[b"mean"].lower() == APPLE.lower()
    if not named or any(child.kind == b"data" and _data_type(child.data) not in TEXT_TYPES for child in children):
        return Item("", raw, section=section)
    return Item(decode_text(contents[b"name"]), raw, _decode_values, section)


def _decode_values(raw: bytes) -> ItemValues:
    values = [child for child in split_atoms(raw[8:])[0] if child.kind == b"data"]
    return tuple((_decode_data(child.data), child.to_bytes()) for child in values)


def _data_type(data: bytes) -> int:
    return int.from_bytes(data[:4], "big") if len(data) >= 8 else -1


def _decode_data(data: bytes) -> str:
    return data[8:].decode("utf-16-be", "replace") if _data_type(data) == UTF16 else decode_text(data[8:])
