"""ID3v2 in MP3, WAV, AIFF, DSF and TrueAudio; the version a file has is kept."""

from __future__ import annotations

from typing import Any

from tagger.tags.container import Container
from tagger.tags.schema import NAMES, SEPARATOR

ID3V1_SIZE = 128


class Id3(Container):
    """ID3v2.4 or 2.3; 2.2, which nobody writes any more, becomes 2.3."""

    def __init__(self, kind: type, path: str) -> None:
        # Untranslated: frames of 2.3 must not turn into those of 2.4, which a 2.3 tag cannot hold.
        self.file = kind(path, translate=False)
        if self.file.tags is None:
            self.file.add_tags()
            self.version = 4
        else:
            self.version = 4 if self.file.tags.version >= (2, 4, 0) else 3
        self.id3v1 = _id3v1(path)
        self.family = f"id3v2.{self.version}"

    @property
    def label(self) -> str:
        return f"{super().label}, ID3v2.{self.version}"

    def get(self, field: str) -> tuple[str, ...]:
        name = NAMES[self.family][field]
        if name == "TMOO":
            return tuple(text for frame in self.file.tags.getall("TMOO") for text in frame.text)
        texts = [text for frame in self._described(name) for text in frame.text]
        if field == "moods":
            texts = [mood.strip() for text in texts for mood in text.split(";") if mood.strip()]
        return tuple(texts)

    def _described(self, name: str) -> list[Any]:
        return [f for f in self.file.tags.getall("TXXX") if f.desc.casefold() == name.casefold()]

    def put(self, field: str, values: tuple[str, ...]) -> None:
        from mutagen.id3 import TMOO, TXXX, Encoding

        name = NAMES[self.family][field]
        encoding = Encoding.UTF8 if self.version == 4 else Encoding.UTF16
        if self.version == 3 and all(value.isascii() for value in values):
            encoding = Encoding.LATIN1
        if name == "TMOO":
            self.file.tags.setall("TMOO", [TMOO(encoding=encoding, text=list(values))] if values else [])
            return
        there = self._described(name)
        for frame in there:
            del self.file.tags[frame.HashKey]
        if values:
            spelling = there[0].desc if there else name
            text = [SEPARATOR.join(values)] if self.version == 3 else list(values)
            self.file.tags.add(TXXX(encoding=encoding, desc=spelling, text=text))

    def foreign(self) -> Any:
        names = {name.casefold() for name in NAMES[self.family].values()}
        tags = self.file.tags
        frames = sorted(
            (key, repr(frame))
            for key, frame in tags.items()
            if key.casefold() not in names and getattr(frame, "desc", key).casefold() not in names
        )
        return frames, [bytes(frame) for frame in tags.unknown_frames], self.id3v1

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
