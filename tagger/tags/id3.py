"""ID3v2 tags: MP3, WAV, AIFF, DSF and TrueAudio. The version of a tag and all bytes of other frames are kept."""

from __future__ import annotations

from typing import Any

from tagger.errors import TagError
from tagger.io import regular
from tagger.tags.container import Container
from tagger.tags.id3_moods import MOOD_FORMATS, MoodFrame, distribute_moods, find_mood_frames, merge_moods
from tagger.tags.raw import Entry, id3, id3_layout, id3_text
from tagger.tags.raw.id3 import Frame
from tagger.tags.schema import NAMES, SEPARATOR

DESCRIPTIONS = NAMES["id3v2.3"]
"""Descriptions of emotag's TXXX frames, by field."""


class Id3(Container):
    """A file with an ID3v2 tag; if it has several, the first one, which players read.

    Frames of other programs are not decoded and encoded again: emotag's frames are replaced in the bytes of the tag.

    Parameters
    ----------
    kind : type
        mutagen's class for the file.
    path : str
        The file.

    Raises
    ------
    TagError
        If the tag cannot be parsed.
    """

    def __init__(self, kind: type, path: str) -> None:
        self.kind = kind
        with regular.open_regular(path) as file:
            self.layout = id3_layout.find_layout(file, kind.__name__)
            tag = id3.parse_tag(self.layout.tag) if self.layout.tag else None
            self.tag = tag or self.layout.new_tag(file)
        self.path, self.frames = path, list(self.tag.frames)
        self._decoded: dict[bytes, list[str] | None] = {}
        version = max(3, self.tag.version)
        self.family = f"id3v2.{version}"
        self.mood_format = MOOD_FORMATS[version]

    def reopen(self, path: str) -> Container:
        return type(self)(self.kind, path)

    @property
    def label(self) -> str:
        return f"{self.kind.__name__}, ID3v2.{self.tag.version}"

    def get(self, field: str) -> tuple[str, ...]:
        if field == "moods":
            return merge_moods(self._mood_frames())
        return tuple(text for _, texts in self._described_frames(field) for text in texts[1:])

    def put(self, field: str, values: tuple[str, ...]) -> None:
        if self.get(field) == values:
            return
        if field == "moods":
            self._put_moods(values)
        else:
            self._put_described(field, values)

    def other_tags(self) -> Any:
        with regular.open_regular(self.path) as file:
            others = self.layout.other_entries(file)
        ours = {frame.number for frame in self._mood_frames()}
        ours.update(number for field in DESCRIPTIONS for number, _ in self._described_frames(field))
        frames = [
            Entry("ID3v2", frame.name.decode("latin-1"), frame.comparable)
            for number, frame in enumerate(self.frames)
            if number not in ours
        ]
        extended = Entry("ID3v2", "extended header", self.tag.extended_header)
        junk = Entry("ID3v2", "junk", self.tag.junk)
        # Version and flags matter only while the tag holds frames of other programs.
        version = [bytes([self.tag.version, self.tag.revision, self.tag.flags])] if frames else []
        return others, version, frames, (extended, junk)

    def save(self, path: str) -> None:
        with open(path, "r+b", opener=regular.open_descriptor) as file:
            # A tag without frames is removed. But with an ID3v1 tag, the next write would copy its fields again.
            tag = self.tag
            needed = self.frames or tag.extended_header or tag.junk or self.layout.new_tag(file).frames
            data = id3.serialise_tag(tag, self.frames) if needed else b""
            layout = id3_layout.find_layout(file, self.kind.__name__)
            if not layout.same_tag(self.layout):
                raise TagError("not tagged: another program changed the file meanwhile")
            layout.write(file, data)

    def _put_described(self, field: str, values: tuple[str, ...]) -> None:
        """Replace the TXXX frames of a field; the description keeps its spelling."""
        old = self._described_frames(field)
        description = old[0][1][0] if old else DESCRIPTIONS[field]
        new = id3_text.make_text_frame(self.tag, "TXXX", [description, *values], SEPARATOR) if values else None
        self._replace_frames([number for number, _ in old], new)

    def _put_moods(self, moods: tuple[str, ...]) -> None:
        frames = self._mood_frames()
        changed, added = distribute_moods(frames, moods, self.mood_format.separator)
        new = {
            f.number: self._make_mood_frame(f.name, f.description, changed[f.number])
            for f in frames
            if f.number in changed
        }
        for number in sorted(new, reverse=True):
            self._replace_frames([number], new[number])
        if added:
            self._replace_frames([], self._make_standard_frame(added))
        if self.get("moods") != moods:
            self._merge_mood_frames(moods)

    def _merge_mood_frames(self, moods: tuple[str, ...]) -> None:
        """Put all moods into the standard frame: in several frames they would be read in another order."""
        frames = self._mood_frames()
        text = self.mood_format.separator.join(moods)
        standard = next((frame for frame in frames if frame.standard), None)
        new = (
            self._make_mood_frame(standard.name, standard.description, text)
            if standard is not None
            else self._make_standard_frame(text)
        )
        self._replace_frames([frame.number for frame in frames], new)

    def _make_standard_frame(self, text: str) -> Frame | None:
        return self._make_mood_frame(self.mood_format.name, self.mood_format.description, text)

    def _make_mood_frame(self, name: str, description: tuple[str, ...], text: str) -> Frame | None:
        """Make a frame of moods; none if the text is empty."""
        if not text:
            return None
        values = [*description, *self.mood_format.split_texts(text)]
        return id3_text.make_text_frame(self.tag, name, values, SEPARATOR)

    def _replace_frames(self, numbers: list[int], new: Frame | None) -> None:
        """Replace frames by a new one, or insert it where every program finds it."""
        index = id3.insertion_index(self.tag, [f for n, f in enumerate(self.frames) if n not in numbers])
        for number in sorted(numbers, reverse=True):
            del self.frames[number]
        if new is not None:
            self.frames.insert(min([index, *numbers]), new)

    def _mood_frames(self) -> list[MoodFrame]:
        return find_mood_frames(self._text_frames(), self.mood_format)

    def _described_frames(self, field: str) -> list[tuple[int, list[str]]]:
        """Return the number and texts of the TXXX frames of a field."""
        name = DESCRIPTIONS[field].casefold()
        return [(n, texts) for n, kind, texts in self._text_frames() if kind == "TXXX" and texts[0].casefold() == name]

    def _text_frames(self) -> list[tuple[int, str, list[str]]]:
        """Return the number, name and texts of all frames that may be emotag's and can be decoded."""
        frames = []
        for number, frame in enumerate(self.frames):
            if (name := id3_text.frame_name(frame)) in ("TXXX", "TMOO"):
                if frame.raw not in self._decoded:
                    self._decoded[frame.raw] = id3_text.decode_texts(frame, self.tag)
                if texts := self._decoded[frame.raw]:
                    frames.append((number, name, texts))
        return frames
