"""Free-form atoms of MP4, and every other atom."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry
from tagger.tags.raw.atoms import Atom, Top, make_atom, parse_children, split, tops
from tagger.tags.raw.files import MAX_TAG_BYTES, digest, read, replace, size_of
from tagger.tags.raw.items import Item, Layout, Values, damaged, text_of
from tagger.tags.raw.offsets import moved, walk

FREEFORM, APPLE = b"----", b"com.apple.iTunes"
HANDLER, LODGER = (
    make_atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(8) + name) for name in (b"emotag\0", b"emotag meta\0")
)
"""Of tags that emotag had to add to a file without any; the name says whether the atom around them was there."""
MEAN = make_atom(b"mean", bytes(4) + APPLE).build()
UTF8 = struct.pack(">II", 1, 0)
IMPLICIT, UTF16 = 0, 2
TEXTS = (IMPLICIT, 1, UTF16)


class Mp4(Layout):
    """An MP4 file. The first list of tags that the usual path leads to is the one that new tags go to."""

    kind = "MP4"

    def __init__(self, file: IO[bytes]) -> None:
        self.tops, self.end = tops(file)
        self.movie = next((top for top in self.tops if top.kind == b"moov"), None)
        if self.movie is None:
            raise damaged("it holds no movie atom")
        known = [top for top in self.tops if top.kind in (b"moov", b"moof", b"mfra")]
        if sum(top.stop - top.start for top in known) > MAX_TAG_BYTES:
            raise TagError("its tags are larger than can be read")
        for top in known:
            top.atom = parse_children(file, top)
        self.lists = list(self._lists())
        self.items = tuple(
            _item(child, str(number)) for number, each in enumerate(self.lists) for child in each.children or ()
        )

    def _lists(self) -> Iterator[Atom]:
        """Yield the lists of tags of the movie, opened."""
        for user in self._movie().all(b"udta"):
            user.open()
            for meta in user.all(b"meta"):
                # A full box in MP4, an atom without version in QuickTime.
                meta.open(0 if meta.data[4:8] == b"hdlr" else 4)
                if not meta.all(b"keys"):  # else the tags are numbered, not named
                    for each in meta.all(b"ilst"):
                        each.open()
                        yield each

    def _movie(self) -> Atom:
        assert self.movie is not None and self.movie.atom is not None
        return self.movie.atom

    def listed(self, file: IO[bytes], ours: Callable[[Item], bool]) -> list[Entry]:
        end = size_of(file)
        starts = [top.start for top in self.tops]

        def named(offset: int) -> str:
            """Say what an offset leads to, however far that is from the start of the file."""
            if offset >= self.end:
                return f"end {offset - end}"
            number = bisect_right(starts, offset) - 1
            return f"{number} {offset - starts[number]}"

        entries: list[Entry] = []
        for top in self.tops:
            name = top.kind.decode("latin-1")
            if top.atom is None:
                entries.append(Entry("file", name, bytes([len(top.head)]) + digest(file, top.start + 8, top.stop)))
            else:
                self._list(top.atom, name, ours, named, entries)
        return [*entries, Entry("behind", "", digest(file, self.end, end))]

    def _list(
        self,
        atom: Atom,
        path: str,
        ours: Callable[[Item], bool],
        named: Callable[[int], str],
        entries: list[Entry],
    ) -> None:
        if atom.children is None:
            places: list[str] = []

            def seen(offset: int) -> int:
                places.append(named(offset))
                return 0

            # The offsets themselves are no part of the entry, but what they lead to is.
            data = moved(atom, seen, path.startswith("moof"))
            entries.append(Entry(path, str(len(atom.head)), data + " ".join(places).encode()))
            return
        children = [child for child in atom.children if not _made_for_us(child, ours)]
        if any(atom is each for each in self.lists):
            theirs = [item for item in map(_item, atom.children) if not ours(item)]
            entries += [Entry(path, item.name, item.raw) for item in theirs]
            if not theirs and not atom.rest:
                return
        else:
            for child in children:
                self._list(child, f"{path}/{child.kind.decode('latin-1')}", ours, named, entries)
        entries.append(Entry(path, f"rest {len(atom.head)}", atom.data + b"|" + atom.rest))

    def save(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        if not self.lists and items:
            self.lists.append(self._new_list())
        for number, each in enumerate(self.lists):
            mine = [item for item in items if (item.place or "0") == str(number)]
            each.children = split(b"".join(item.raw for item in mine))[0]
        movie = self._movie()
        if not items:
            for parent in (movie, *movie.all(b"udta")):
                parent.children = [c for c in parent.children or () if not _made_for_us(c, lambda item: False)]
        assert self.movie is not None
        old, size = self.movie, len(movie.build())
        shift = size - (old.stop - old.start)

        def where(offset: int) -> int:
            return offset + shift if offset >= old.stop else offset

        if shift:
            self._refuse_what_cannot_move(file, old)
        changed = []
        for top in self.tops:
            if top.atom is not None:
                for atom in walk(top.atom):
                    if atom.children is None:
                        atom.data = moved(atom, where, top.kind == b"moof")
                changed.append((top, top.atom.build()))
        # From the end, so that what is still to be replaced stays where it is.
        for top, data in reversed(changed):
            if top is old or data != read(file, top.start, top.stop - top.start):
                replace(file, top.start, top.stop, data)

    def _refuse_what_cannot_move(self, file: IO[bytes], movie: Top) -> None:
        """Refuse a file in which the audio moves and something names its place that is not known here."""
        if all(top.stop <= movie.stop for top in self.tops):
            return
        places = [top for top in self.tops if top.kind == b"sidx" and top.start < movie.start]
        for top in self.tops:
            if top.kind == b"meta" and b"iloc" in read(file, top.start, top.stop - top.start):
                places.append(top)
        if places or self._movie().all(b"cmov"):
            raise TagError("its audio would move, and it has an index that cannot be changed")

    def _new_list(self) -> Atom:
        """Make the list of tags that the file lacks, in what it has of the path to it."""
        movie, tags = self._movie(), Atom(b"ilst", struct.pack(">I4s", 8, b"ilst"), b"", [])
        user = next(iter(movie.all(b"udta")), None)
        # Numbered tags, as FFmpeg writes them on request, cannot take named ones in; those stand beside them.
        metas = [meta for meta in user.all(b"meta") if not meta.all(b"keys")] if user is not None else []
        if metas:
            metas[0].children = [*(metas[0].children or ()), tags]
            return tags
        handler = LODGER if user is not None else HANDLER
        meta = Atom(b"meta", struct.pack(">I4s", 8, b"meta"), bytes(4), [handler, tags])
        if user is not None:
            user.children = [*(user.children or ()), meta]
        else:
            movie.children = [*(movie.children or ()), Atom(b"udta", struct.pack(">I4s", 8, b"udta"), b"", [meta])]
        return tags

    def encoded(self, text: str) -> bytes:
        return make_atom(b"data", UTF8 + text.encode("utf-8", "surrogateescape")).build()

    def made(self, name: str, values: Sequence[bytes], like: Item | None) -> Item:
        mean = like.raw[8 : 8 + int.from_bytes(like.raw[8:12], "big")] if like is not None else MEAN
        atom = make_atom(FREEFORM, b"".join((mean, make_atom(b"name", bytes(4) + name.encode()).build(), *values)))
        return _item(atom, like.place if like is not None else "")


def _made_for_us(atom: Atom, ours: Callable[[Item], bool]) -> bool:
    """Tell whether an atom is one that emotag adds to a file without tags, and holds nothing of others."""
    if atom.rest or atom.children is None:
        return False
    match atom.kind, [child.kind for child in atom.children]:
        case b"udta", [b"meta"]:
            handler = next(iter(atom.children[0].children or ()), None)
            return handler is not None and handler.data == HANDLER.data and _made_for_us(atom.children[0], ours)
        case b"meta", [b"hdlr", b"ilst"]:
            handler, tags = atom.children
            own = atom.data == bytes(4) and handler.data in (HANDLER.data, LODGER.data) and not tags.rest
            return own and tags.children is not None and all(ours(_item(child)) for child in tags.children)
        case _:
            return False


def _item(atom: Atom, place: str = "") -> Item:
    raw = atom.build()
    if atom.kind != FREEFORM:
        return Item("", raw, place=place)
    children, rest = split(atom.data)
    texts = {child.kind: child.data[4:] for child in reversed(children)}
    # With anything unusual in it, it is not ours, and stays: nothing in it could be kept while values change.
    usual = [child.kind for child in children] == [b"mean", b"name", *[b"data"] * max(1, len(children) - 2)]
    own = usual and not rest and len(atom.head) == 8 and texts[b"mean"].lower() == APPLE.lower()
    if not own or any(child.kind == b"data" and _kind(child.data) not in TEXTS for child in children):
        return Item("", raw, place=place)
    return Item(text_of(texts[b"name"]), raw, _values, place)


def _values(raw: bytes) -> Values:
    return tuple((_text(child.data), child.build()) for child in split(raw[8:])[0] if child.kind == b"data")


def _kind(data: bytes) -> int:
    return int.from_bytes(data[:4], "big") if len(data) >= 8 else -1


def _text(data: bytes) -> str:
    return data[8:].decode("utf-16-be", "replace") if _kind(data) == UTF16 else text_of(data[8:])
