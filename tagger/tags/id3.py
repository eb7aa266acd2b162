"""ID3v2 in MP3, WAV, AIFF, DSF and TrueAudio; the version a file has is kept."""

from __future__ import annotations

from functools import partial
from typing import Any

from tagger.tags.bounded import read
from tagger.tags.container import Container
from tagger.tags.schema import NAMES, SEPARATOR

ID3V1_SIZE = 128
DESCRIPTIONS = NAMES["id3v2.3"]


class Id3(Container):
    """ID3v2.4 or 2.3; 2.2, which nobody writes any more, becomes 2.3."""

    def __init__(self, kind: type, path: str) -> None:
        # Untranslated: frames of 2.3 must not turn into those of 2.4, which a 2.3 tag cannot hold.
        self.file = read(path, partial(kind, translate=False))
        if self.file.tags is None:
            self.file.add_tags()
            self.version = 4
        else:
            self.version = 4 if self.file.tags.version >= (2, 4, 0) else 3
        self.id3v1 = _id3v1(path)
        self.ape = _ape(path)
        self.family = f"id3v2.{self.version}"

    @property
    def label(self) -> str:
        return f"{super().label}, ID3v2.{self.version}"

    def get(self, field: str) -> tuple[str, ...]:
        if field != "moods":
            return tuple(text for frame in self._described(field) for text in frame.text)
        # In 2.4 moods belong into TMOO, but others put theirs into TXXX there too.
        texts = [text for frame in self._described(field) for text in frame.text]
        described = [mood.strip() for text in texts for mood in text.split(";") if mood.strip()]
        return (*described, *(text for frame in self._tmoo() for text in frame.text))

    def _tmoo(self) -> list[Any]:
        return self.file.tags.getall("TMOO") if self.version == 4 else []

    def _described(self, field: str) -> list[Any]:
        name = DESCRIPTIONS[field].casefold()
        return [frame for frame in self.file.tags.getall("TXXX") if frame.desc.casefold() == name]

    def put(self, field: str, values: tuple[str, ...]) -> None:
        from mutagen.id3 import TMOO, TXXX, Encoding

        if self.get(field) == values:
            return
        encoding = Encoding.UTF8 if self.version == 4 else Encoding.UTF16
        if self.version == 3 and all(value.isascii() for value in values):
            encoding = Encoding.LATIN1
        there = self._described(field)
        described = values
        if field == "moods" and self.version == 4:
            # What stands in TXXX comes first and stays there, as far as it is still meant.
            before = self.get(field)[: -sum(len(frame.text) for frame in self._tmoo()) or None]
            described = values[: len(before)] if values[: len(before)] == before else ()
            rest = list(values[len(described) :])
            self.file.tags.setall("TMOO", [TMOO(encoding=encoding, text=rest)] if rest else [])
            if described:
                return
        for frame in there:
            del self.file.tags[frame.HashKey]
        if described:
            spelling = there[0].desc if there else DESCRIPTIONS[field]
            text = [SEPARATOR.join(described)] if self.version == 3 else list(described)
            self.file.tags.add(TXXX(encoding=encoding, desc=spelling, text=text))

    def foreign(self) -> Any:
        names = {name.casefold() for name in DESCRIPTIONS.values()}
        frames = sorted(
            (key, repr(frame))
            for key, frame in self.file.tags.items()
            if not (key == "TMOO" and self.version == 4)
            and not (key.startswith("TXXX") and frame.desc.casefold() in names)
        )
        return frames, [bytes(frame) for frame in self.file.tags.unknown_frames], self.id3v1, self.ape

    def save(self, path: str) -> None:
        # No separator: values that the file keeps apart by a null must stay apart.
        self.file.save(path, v2_version=self.version, v23_sep=None)
        if self.id3v1:
            # mutagen rewrites an ID3v1 tag from the frames it knows; it is not ours to change.
            with open(path, "r+b") as file:
                file.seek(-ID3V1_SIZE, 2)
                if file.read(3) == b"TAG":
                    file.seek(-ID3V1_SIZE, 2)
                    file.write(self.id3v1)


def _id3v1(path: str) -> bytes:
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, 2) - ID3V1_SIZE))
        end = file.read()
    return end if end.startswith(b"TAG") and len(end) == ID3V1_SIZE else b""


def _ape(path: str) -> bytes:
    """Return the bytes of an APEv2 tag at the file's end, which many MP3 files carry beside their ID3 tag."""
    from mutagen.apev2 import _APEv2Data

    with open(path, "rb") as file:
        found = _APEv2Data(file)
        if found.tag is None:
            return b""
        file.seek(found.start)
        return file.read(found.end - found.start)
