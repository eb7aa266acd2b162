"""Moods, valence and arousal of the songs in a beets library, predicted by emotag."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import mutagen.id3
from beets import config, ui
from beets.dbcore import types
from beets.dbcore.query import NumericQuery
from beets.plugins import BeetsPlugin
from mediafile import (
    ASFStorageStyle,
    ListMediaField,
    ListStorageStyle,
    MediaField,
    MP3DescStorageStyle,
    MP3ListStorageStyle,
    MP4ListStorageStyle,
    MP4StorageStyle,
    StorageStyle,
)

if TYPE_CHECKING:
    import optparse

    from beets.library import Album, Item, Library

DIGITS = 3
"""Decimal places of valence and arousal in tags, as emotag writes them."""

SEPARATOR = "; "
"""Joins the moods of an ID3v2.3 tag, which has no frame for several values."""


class KnownNumberQuery(NumericQuery):
    """A numeric query that songs without a number do not match; beets would compare None with a number."""

    def match(self, obj: Any) -> bool:
        """Return whether a song has a number in the range."""
        return obj.get(self.field_name) is not None and super().match(obj)


class Coordinate(types.NullFloat):
    """Valence or arousal: in -1..1, or None for a song that emotag has not analysed."""

    query = KnownNumberQuery

    def __init__(self) -> None:
        super().__init__(DIGITS)

    def format(self, value: float | None) -> str:
        """Return the number with three digits, or an empty text; beets would show 0 for None."""
        return "" if value is None else super().format(value)


class ID3MoodStyle(MP3ListStorageStyle):
    """Moods in ID3 tags: several values of TMOO in version 2.4, and one joined value of TXXX:MOOD in version 2.3."""

    DESCRIPTION = "MOOD"

    def __init__(self) -> None:
        super().__init__("TMOO")

    def fetch(self, mutagen_file: Any) -> list[str]:
        """Return the moods in either frame."""
        texts = [str(text) for frame in mutagen_file.tags.getall(self.key) for text in frame.text]
        texts += [str(text) for frame in self._joined_frames(mutagen_file) for text in frame.text]
        moods = [mood.strip() for text in texts for mood in text.split(SEPARATOR.strip())]
        return list(dict.fromkeys(mood for mood in moods if mood))

    def store(self, mutagen_file: Any, values: Sequence[str]) -> None:
        """Write the frame of the version in which beets is going to save the tag."""
        self.delete(mutagen_file)
        # beets saves MP3 files, and no others, in version 2.3 if the option says so.
        if config["id3v23"].get(bool) and type(mutagen_file).__name__ == "MP3":
            frame = mutagen.id3.TXXX(encoding=3, desc=self.DESCRIPTION, text=[SEPARATOR.join(values)])
        else:
            frame = mutagen.id3.TMOO(encoding=3, text=list(values))
        mutagen_file.tags.add(frame)

    def delete(self, mutagen_file: Any) -> None:
        """Remove both frames."""
        mutagen_file.tags.delall(self.key)
        for frame in self._joined_frames(mutagen_file):
            mutagen_file.tags.delall(frame.HashKey)

    def _joined_frames(self, mutagen_file: Any) -> list[Any]:
        return [frame for frame in mutagen_file.tags.getall("TXXX") if frame.desc.upper() == self.DESCRIPTION]


class MoodField(ListMediaField):
    """The field of moods; a song without moods has no tag, and not an empty one."""

    def __set__(self, mediafile: Any, values: Sequence[str] | None) -> None:
        if values:
            super().__set__(mediafile, values)
        else:
            self.__delete__(mediafile)


def coordinate_field(name: str) -> MediaField:
    """Return the field of valence or arousal.

    Parameters
    ----------
    name : str
        Its name in tags, in upper case.

    Returns
    -------
    MediaField
    """
    return MediaField(
        MP3DescStorageStyle(name, float_places=DIGITS),
        MP4StorageStyle(f"----:com.apple.iTunes:{name}", float_places=DIGITS),
        StorageStyle(name, float_places=DIGITS),
        ASFStorageStyle(name, float_places=DIGITS),
        out_type=float,
    )


class EmotagPlugin(BeetsPlugin):
    """The fields ``moods``, ``valence`` and ``arousal``, the command ``beet emotag``, and the analysis of imports."""

    def __init__(self) -> None:
        super().__init__()
        self.item_types = {"moods": types.MULTI_VALUE_DSV, "valence": Coordinate(), "arousal": Coordinate()}
        self.config.add({"auto": True, "write": True, "jobs": 0})
        moods = MoodField(
            ID3MoodStyle(),
            MP4ListStorageStyle("----:com.apple.iTunes:MOOD"),
            ListStorageStyle("MOOD"),
            ASFStorageStyle("WM/Mood"),
        )
        self.add_media_field("moods", moods)
        self.add_media_field("valence", coordinate_field("VALENCE"))
        self.add_media_field("arousal", coordinate_field("AROUSAL"))
        self._imported: list[int] = []
        if self.config["auto"].get(bool):
            # Songs are analysed together after the import, so that all workers have work.
            self.register_listener("item_imported", self._remember_item)
            self.register_listener("album_imported", self._remember_album)
            self.register_listener("import", self._analyse_imported)

    def commands(self) -> list[ui.Subcommand]:
        """Return the command ``beet emotag``."""
        command = ui.Subcommand("emotag", help="predict moods, valence and arousal")
        command.parser.add_option("-f", "--force", action="store_true", help="analyse songs that emotag knows")
        command.parser.add_option("-p", "--pretend", action="store_true", help="show moods, and change nothing")
        command.parser.add_option("-w", "--write", action="store_true", default=None, help="write tags")
        command.parser.add_option("-W", "--nowrite", action="store_false", dest="write", help="do not write tags")
        command.func = self._run_command
        return [command]

    def _run_command(self, lib: Library, options: optparse.Values, arguments: list[str]) -> None:
        from tagger import EmotagError

        items = lib.items(arguments)
        if not len(items):
            raise ui.UserError("No matching songs.")
        try:
            done, failed = self._analyse(items, self._writes(options.write), bool(options.force), bool(options.pretend))
        except EmotagError as error:
            raise ui.UserError(f"emotag: {error}") from None
        ui.print_(f"emotag: {done} analysed, {failed} failed")

    def _remember_item(self, lib: Library, item: Item) -> None:
        self._imported.append(item.id)

    def _remember_album(self, lib: Library, album: Album) -> None:
        self._imported += [item.id for item in album.items()]

    def _analyse_imported(self, lib: Library, paths: list[bytes]) -> None:
        from tagger import EmotagError

        ids, self._imported = dict.fromkeys(self._imported), []
        items = [item for item in map(lib.get_item, ids) if item is not None]
        try:
            if items:
                self._analyse(items, self._writes())
        except EmotagError as error:
            self._log.error("the imported songs have no moods yet; run `beet emotag` ({})", error)

    def _writes(self, requested: bool | None = None) -> bool:
        """Return whether to write tags: as the command line says, or else the settings of the plugin and of beets."""
        if requested is not None:
            return requested
        return self.config["write"].get(bool) and ui.should_write()

    def _analyse(
        self, items: Iterable[Item], write: bool, force: bool = False, pretend: bool = False
    ) -> tuple[int, int]:
        """Analyse songs and store their moods; return the numbers of songs that succeeded and failed."""
        from tagger import Session

        by_path = {os.fsdecode(item.path): item for item in items}
        done = failed = 0
        with Session(jobs=self.config["jobs"].get(int) or None) as session:
            # Without writing, too, the fields get what the tags would: moods of other programs, and then emotag's.
            for result in session.tag(by_path, dry_run=pretend or not write, force=force, retry_failed=force):
                if result.error:
                    self._log.error("{}: {}", result.path, result.error)
                if result.emotion is None:
                    failed += 1
                    continue
                failed += bool(result.error)
                done += not result.error
                item = by_path[result.path]
                moods = _moods_after(result)
                self._log.info("{}: {} ({:+.2f}, {:+.2f})", item, ", ".join(moods), *result.emotion[:2])
                if pretend:
                    ui.print_(f"{item}: {', '.join(moods)}")
                else:
                    item["moods"] = moods
                    item["valence"] = round(result.emotion.valence, DIGITS) + 0.0
                    item["arousal"] = round(result.emotion.arousal, DIGITS) + 0.0
                    if write:
                        item.mtime = item.current_mtime()
                    item.store()
        return done, failed


def _moods_after(result: Any) -> list[str]:
    """Return the moods that a file has, or would have, after emotag wrote its tags."""
    from tagger import TagError, read_tags

    if result.change is not None:
        return list(result.change.new["moods"])
    try:
        return list(read_tags(result.path).moods or result.emotion.moods)
    except TagError:
        return list(result.emotion.moods)
