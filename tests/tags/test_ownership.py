"""Emotag's moods are recognised after another program saved the file, and other values are not split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mutagen import id3
from mutagen.flac import FLAC

from tagger import tags
from tagger.emotions import Emotion
from tagger.tags import ownership
from tagger.tags.write_record import FieldHistory, FieldValues, WriteRecord

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
OTHER = Emotion(0.3, -0.1, ("happy-pleased",), (0.1, 0.7, 0.2, 0.1, 0.1, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
MARKER = f"{MAKER}; sad-lonely, quiet-still"
OURS = ("sad-lonely", "quiet-still")
SEPARATORS = ["/", " / ", ";", "; ", ", ", ",", "\0"]


def fields(*moods: str, marker: str = MARKER) -> FieldValues:
    return {"moods": moods, "valence": ("-0.412",), "arousal": ("0.500",), "marker": (marker,) if marker else ()}


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("others", [(), ("Epic",), ("R&B/Soul; Pop, Rock",), ("Sad-Lonely; rainy",)])
def test_own_moods_are_split_from_joined_value_and_others_kept_joined(separator: str, others: tuple[str, ...]) -> None:
    assert ownership.split_moods(fields(separator.join((*others, *OURS)))).others == others
    # Other programs may append their own moods.
    assert ownership.split_moods(fields(separator.join((*others, *OURS, "Wild")))).others == (*others, "Wild")


@pytest.mark.parametrize("separator", SEPARATORS)
def test_joined_value_is_split_with_history(separator: str) -> None:
    nothing: FieldValues = {"moods": ("Epic", "AC/DC"), "valence": (), "arousal": (), "marker": ()}
    history = FieldHistory(nothing, fields("Epic", "AC/DC", *OURS))
    now = fields(separator.join(("Epic", "AC/DC", *OURS)))
    assert ownership.split_moods(now, history).others == ("Epic", "AC/DC")
    assert ownership.fields_without_ours(now, history) == nothing


@pytest.mark.parametrize("value", ["sad-lonely; rainy", "quiet-still/sad-lonely", "a/b", "Quiet-Still, Sad-Lonely"])
def test_other_values_with_separator_are_not_split(value: str) -> None:
    assert ownership.split_moods(fields(value, *OURS)).others == (value,)
    assert ownership.split_moods(fields(value, marker="")).others == (value,)


def test_history_replaces_missing_marker() -> None:
    nothing: FieldValues = dict.fromkeys(("moods", "valence", "arousal", "marker"), ())
    history = FieldHistory(nothing, fields(*OURS))
    for moods in (OURS, ("/".join(OURS),), (*OURS, "Wild")):
        now = fields(*moods, marker="")
        assert ownership.split_moods(now, history).others == tuple(m for m in moods if m == "Wild")
        assert ownership.split_moods(now).others == moods


class Library:
    """Stores the records of writes to one file."""

    def __init__(self, path: Path) -> None:
        self.path, self.writes = path, list[WriteRecord]()

    def known(self, *_: str) -> FieldHistory | None:
        return FieldHistory(self.writes[0].old, self.writes[-1].new) if self.writes else None

    def write(self, emotion: Emotion = EMOTION, policy: str = "merge", *, known: bool = True) -> tuple[str, ...]:
        before = self.known() if known else None
        tags.write(str(self.path), emotion, MAKER, policy=policy, save_record=self.writes.append, history=before)
        return tags.read(str(self.path)).moods

    def undo(self, *, known: bool = True) -> tags.TagState:
        result = self.known if known else lambda *_: None
        tags.revert(str(self.path), lambda _: None, result, may_be_unmarked=lambda _: known)
        return tags.read(str(self.path))


def join(path: Path, separator: str, *, drop_marker: bool = False) -> None:
    """Save a FLAC file like a program that supports one value per field."""
    file = FLAC(path)
    file["mood"] = separator.join(file["mood"])
    file["title"] = "saved by another program"
    if drop_marker:
        del file["emotag"]
    file.save()


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("separator", SEPARATORS[:-1])
@pytest.mark.parametrize(("policy", "moods"), [("merge", ("Epic", *OURS)), ("replace", OURS), ("keep", ("Epic",))])
def test_scan_after_joining_adds_no_duplicates(
    fresh: Callable[[str], Path], known: bool, separator: str, policy: str, moods: tuple[str, ...]
) -> None:
    library = Library(fresh(".flac"))
    file = FLAC(library.path)
    file["mood"] = "Epic"
    file.save()
    library.write()
    join(library.path, separator)
    assert library.write(policy=policy, known=known) == moods
    if policy != "replace" or known:
        assert library.undo(known=known).moods == ("Epic",)


@pytest.mark.parametrize("separator", ["/", ";"])
def test_undo_removes_own_moods_from_joined_value(fresh: Callable[[str], Path], separator: str) -> None:
    library = Library(fresh(".flac"))
    library.write()
    join(library.path, separator)
    state = library.undo(known=False)
    assert (state.moods, state.valence, state.arousal, state.marker) == ((), None, None, None)
    assert FLAC(library.path)["title"] == ["saved by another program"]


@pytest.mark.parametrize(("policy", "moods"), [("merge", ("happy-pleased",)), ("keep", ("happy-pleased",))])
def test_own_moods_are_recognised_without_marker(
    fresh: Callable[[str], Path], policy: str, moods: tuple[str, ...]
) -> None:
    library = Library(fresh(".flac"))
    library.write()
    join(library.path, "/", drop_marker=True)
    assert library.write(OTHER, policy) == moods
    join(library.path, "/", drop_marker=True)
    state = library.undo()
    assert (state.moods, state.valence, state.arousal, state.marker) == ((), None, None, None)


def test_record_has_marker_that_another_program_dropped(fresh: Callable[[str], Path]) -> None:
    library = Library(fresh(".flac"))
    library.write()
    join(library.path, "/", drop_marker=True)
    library.write(OTHER)
    assert [record.old["marker"] for record in library.writes] == [(), (MARKER,)]


def test_undo_does_not_touch_file_whose_values_are_all_of_other_programs(fresh: Callable[[str], Path]) -> None:
    library = Library(fresh(".flac"))
    library.write()
    file = FLAC(library.path)
    del file["emotag"]
    file.update({"mood": "Wild", "valence": "0.9", "arousal": "0.1"})
    file.save()
    before = library.path.stat()
    assert library.undo().moods == ("Wild",)
    assert (library.path.stat().st_ino, library.path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_joined_values_in_id3(fresh: Callable[[str], Path]) -> None:
    library = Library(fresh(".mp3"))
    library.write()
    file = id3.ID3(library.path)
    file.add(id3.TMOO(encoding=3, text=["/".join(OURS)]))
    file.save()
    assert library.write(OTHER) == ("happy-pleased",)
