"""ID3v2 in MP3, WAV, AIFF, DSF and TrueAudio; the version a tag has is kept, and so is every byte of others' frames."""

from __future__ import annotations

from typing import IO, Any

from tagger.errors import TagError
from tagger.io import regular
from tagger.tags.container import Container
from tagger.tags.id3_moods import MoodFrame, distribute, mood_frames, mood_values
from tagger.tags.raw import Entry, chunks, id3, id3_text, id3v1
from tagger.tags.raw.id3 import Frame
from tagger.tags.schema import NAMES, SEPARATOR

DESCRIPTIONS = NAMES["id3v2.3"]


class Id3(Container):
    """One ID3v2 tag: of several in a file the first, which is the one that players read.

    What others wrote is not written anew: our frames are taken out of the bytes of the tag and put into them.
    """

    def __init__(self, kind: type, path: str) -> None:
        self.kind = kind
        with regular.open_regular(path) as file:
            self.layout = chunks.layout(file, kind.__name__)
            tag = id3.parse(self.layout.tag) if self.layout.tag else None
            tag = tag or self._new(file)
        self.path, self.tag, self.frames = path, tag, list(tag.frames)
        self._read: dict[bytes, list[str] | None] = {}
        self.version = max(3, tag.version)
        self.family = f"id3v2.{self.version}"

    def _new(self, file: IO[bytes]) -> id3.Tag:
        """Return the tag of a file that has none yet."""
        return id3v1.frames_from_id3v1(file, id3.Tag(4)) if isinstance(self.layout, chunks.Plain) else id3.Tag(4)

    def reopen(self, path: str) -> Container:
        return type(self)(self.kind, path)

    @property
    def label(self) -> str:
        return f"{self.kind.__name__}, ID3v2.{self.tag.version}"

    def get(self, field: str) -> tuple[str, ...]:
        if field == "moods":
            return mood_values(self._moods())
        return tuple(text for _, texts in self._described(field) for text in texts[1:])

    def put(self, field: str, values: tuple[str, ...]) -> None:
        if self.get(field) == values:
            return
        if field == "moods":
            self._put_moods(values)
            return
        there = self._described(field)
        spelling = there[0][1][0] if there else DESCRIPTIONS[field]
        new = id3_text.make_text_frame(self.tag, "TXXX", [spelling, *values], SEPARATOR) if values else None
        self._exchange([number for number, _ in there], new)

    def other_tags(self) -> Any:
        with regular.open_regular(self.path) as file:
            beside = self.layout.listing(file)
        ours = {frame.number for frame in self._moods()}
        ours.update(number for field in DESCRIPTIONS for number, _ in self._described(field))
        frames = [
            Entry("ID3v2", frame.name.decode("latin-1"), frame.own)
            for number, frame in enumerate(self.frames)
            if number not in ours
        ]
        # A flag, an extended header or junk is somebody's; the version of a tag that holds nothing else is nobody's.
        head = Entry("ID3v2", "extended header", self.tag.extended), Entry("ID3v2", "junk", self.tag.junk)
        version = [bytes([self.tag.version, self.tag.revision, self.tag.flags])] if frames else []
        return beside, version, frames, head

    def save(self, path: str) -> None:
        with open(path, "r+b", opener=regular.open_descriptor) as file:
            # A tag without frames has no use; but for a new one, the frames of an ID3v1 tag would be copied again.
            needed = self.frames or self.tag.extended or self.tag.junk or self._new(file).frames
            tag = id3.rendered(self.tag, self.frames) if needed else b""
            there = chunks.layout(file, self.kind.__name__)
            if not there.same(self.layout):
                raise TagError("not tagged: another program changed the file meanwhile")
            there.write(file, tag)

    def _moods(self) -> list[MoodFrame]:
        return mood_frames(self._texts(), self.version)

    def _put_moods(self, moods: tuple[str, ...]) -> None:
        changed, made = distribute(self._moods(), moods, self.version)
        new = {
            frame.number: self._mood_frame(frame.name, frame.head, changed[frame.number])
            for frame in self._moods()
            if frame.number in changed
        }
        for number in sorted(new, reverse=True):
            self._exchange([number], new[number])
        if made:
            self._exchange([], self._mood_frame(*self._home, made))
        if self.get("moods") != moods:
            # They stand in another order: put all of them where moods belong.
            there = self._moods()
            home = next(((frame.name, frame.head) for frame in there if frame.home), self._home)
            text = ("\0" if self.version == 4 else SEPARATOR).join(moods)
            self._exchange([frame.number for frame in there], self._mood_frame(*home, text))

    @property
    def _home(self) -> tuple[str, tuple[str, ...]]:
        return ("TMOO", ()) if self.version == 4 else ("TXXX", (DESCRIPTIONS["moods"],))

    def _mood_frame(self, name: str, head: tuple[str, ...], text: str) -> Frame | None:
        values = text.split("\0") if self.version == 4 else [text]
        return id3_text.make_text_frame(self.tag, name, [*head, *values], SEPARATOR) if text else None

    def _exchange(self, numbers: list[int], new: Frame | None) -> None:
        """Put a frame in the place of others, or where every reader finds it."""
        place = id3.place_for_new(self.tag, [f for n, f in enumerate(self.frames) if n not in numbers])
        for number in sorted(numbers, reverse=True):
            del self.frames[number]
        if new is not None:
            self.frames.insert(min([place, *numbers]), new)

    def _texts(self) -> list[tuple[int, str, list[str]]]:
        """Return the number, name and texts of all frames that may be ours and can be read."""
        found = []
        for number, frame in enumerate(self.frames):
            if (name := id3_text.kind(frame)) in ("TXXX", "TMOO"):
                if frame.raw not in self._read:
                    self._read[frame.raw] = id3_text.texts(frame, self.tag)
                if texts := self._read[frame.raw]:
                    found.append((number, name, texts))
        return found

    def _described(self, field: str) -> list[tuple[int, list[str]]]:
        name = DESCRIPTIONS[field].casefold()
        return [(n, texts) for n, kind, texts in self._texts() if kind == "TXXX" and texts[0].casefold() == name]
