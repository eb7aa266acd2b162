"""The user's words are written in place of labels, and are emotag's: exchanged, undone, never confused with others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mutagen
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import id3

from tagger import tags
from tagger.emotions import MOODS, Emotion
from tagger.errors import WordsError
from tagger.tags import delta
from tagger.tags.containers import open_container
from tagger.tags.mood_words import MAX_LENGTH, MoodWords, mood_texts, parse_words, words_id
from tagger.tags.write_record import FieldHistory, WriteRecord
from tests.tags.conftest import KINDS

MAKER = "emotag 0.1.0 moods-1 affect-2"
BOTH = ("sad-lonely", "quiet-still")
CHILL = parse_words({"sad-lonely": "Traurig", "quiet-still": ["Chill", "静か"]})

EXAMPLES = int(os.environ.get("EMOTAG_EXAMPLES", "20"))


class TaggedFile:
    """A file, and the records of the writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writes: list[WriteRecord] = []

    def write(self, words: MoodWords, moods: tuple[str, ...] = BOTH, policy: str = "merge") -> tuple[str, ...]:
        emotion = Emotion(0.1, -0.2, mood_texts(moods, words), (0.5,) * 6)
        history = FieldHistory(self.writes[0].old, self.writes[-1].new) if self.writes else None
        tags.write(str(self.path), emotion, MAKER, policy=policy, save_record=self.writes.append, history=history)
        return self.moods

    @property
    def moods(self) -> tuple[str, ...]:
        return tags.read(str(self.path)).moods

    def put(self, *moods: str) -> None:
        """Write moods as another program does."""
        container = open_container(str(self.path))
        container.put("moods", moods)
        container.save(str(self.path))

    def undo(self, *, known: bool = True) -> tuple[str, ...]:
        records = {record.after: record for record in reversed(self.writes)} if known else {}
        history = FieldHistory(self.writes[0].old, self.writes[-1].new) if known else None
        tags.revert(str(self.path), records.get, lambda *_: history)
        return self.moods


@pytest.mark.parametrize("suffix", KINDS)
def test_words_are_written_exchanged_and_undone_byte_for_byte(fresh: Callable[[str], Path], suffix: str) -> None:
    path = fresh(suffix)
    before = path.read_bytes()
    file = TaggedFile(path)
    assert file.write(CHILL) == ("Traurig", "Chill", "静か")
    content = delta.content_hash(str(path))
    assert file.write(CHILL) == ("Traurig", "Chill", "静か")
    assert delta.content_hash(str(path)) == content
    assert file.write(parse_words({"quiet-still": "Ruhe"})) == ("sad-lonely", "Ruhe")
    assert file.write({}, ("happy-pleased",)) == ("happy-pleased",)
    assert file.write(CHILL) == ("Traurig", "Chill", "静か")
    assert file.undo() == ()
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", KINDS)
def test_a_text_that_the_user_had_stays_when_words_change(fresh: Callable[[str], Path], suffix: str) -> None:
    file = TaggedFile(fresh(suffix))
    file.put("Chill", "Epic")
    assert file.write(CHILL) == ("Chill", "Epic", "Traurig", "静か")
    assert file.write(parse_words({"quiet-still": "Ruhe"})) == ("Chill", "Epic", "sad-lonely", "Ruhe")
    file.put("Chill", "Epic", "sad-lonely", "Ruhe", "Wild")
    assert file.undo() == ("Chill", "Epic", "Wild")


@pytest.mark.parametrize("suffix", KINDS)
def test_undo_without_the_library_removes_words(fresh: Callable[[str], Path], suffix: str) -> None:
    file = TaggedFile(fresh(suffix))
    file.put("Epic")
    file.write(CHILL)
    assert file.undo(known=False) == ("Epic",)


@pytest.mark.parametrize("policy", tags.POLICIES)
def test_nothing_is_written_for_an_empty_text(fresh: Callable[[str], Path], policy: str) -> None:
    file = TaggedFile(fresh(".flac"))
    nothing = parse_words({"sad-lonely": "", "quiet-still": ""})
    assert file.write(nothing, policy=policy) == ()
    assert file.write(CHILL, policy=policy) == ("Traurig", "Chill", "静か")
    assert file.write(nothing, policy=policy) == ()
    assert "mood" not in mutagen.File(file.path)
    assert file.undo() == ()


@pytest.mark.parametrize("separator", ["/", "; ", ", ", " | ", "\\"])
def test_words_that_another_program_joined_are_recognised(fresh: Callable[[str], Path], separator: str) -> None:
    file = TaggedFile(fresh(".flac"))
    file.put("Epic")
    file.write(CHILL)
    file.put(separator.join(("Epic", "Traurig", "Chill", "静か", "Wild")))
    assert file.write({}) == ("Epic", "Wild", "sad-lonely", "quiet-still")


def test_labels_with_one_word_write_it_once() -> None:
    words = parse_words({"quiet": ["Chill", "chill ", "Soft"], "Calm": "CHILL"})
    assert words["quiet-still"] == ("Chill", "Soft")
    assert mood_texts(("relaxing-calm", "quiet-still", "sad-lonely"), words) == ("CHILL", "Soft", "sad-lonely")
    assert mood_texts(("my own", "quiet-still"), words) == ("my own", "Chill", "Soft")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"xyz": "a"}, "'xyz' is not a mood; choose from amazed-surprised, "),
        ({"a": "b"}, "'a' is ambiguous: "),
        ({"sad": "a", "lonely": "b"}, "sad-lonely has two entries"),
        ({"sad-lonely": []}, 'sad-lonely is an empty list; write "" to write nothing for this mood'),
        ({"sad-lonely": ["a", ""]}, "sad-lonely has an empty text in its list"),
        ({"sad-lonely": " \t"}, "sad-lonely is only spaces"),
        ({"sad-lonely": 3}, "sad-lonely must be a text or a list of texts, not 3"),
        ({"sad-lonely": ["a", ["b"]]}, "sad-lonely must be a text or a list of texts, not "),
        ({"sad-lonely": {"a": "b"}}, "sad-lonely must be a text or a list of texts, not "),
        ({"sad-lonely": "a\0b"}, "sad-lonely contains the control character U+0000"),
        ({"sad-lonely": "a\nb"}, "sad-lonely contains the control character U+000A"),
        ({"sad-lonely": "a\u2028b"}, "sad-lonely contains the control character U+2028"),
        ({"sad-lonely": "\ufeffa"}, "sad-lonely contains the control character U+FEFF"),
        ({"sad-lonely": "a; b"}, "sad-lonely: 'a; b' contains ';', at which programs split moods"),
        ({"sad-lonely": ["c", "a/b"]}, "sad-lonely: 'a/b' contains '/', at which programs split moods"),
        ({"sad-lonely": "a, b"}, "contains ','"),
        ({"sad-lonely": "a" * (MAX_LENGTH + 1)}, "sad-lonely is a text of 101 characters; the maximum is 100"),
    ],
)
def test_words_that_a_container_cannot_keep_are_refused(table: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(WordsError) as error:
        parse_words(table)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_the_id_differs_between_different_words() -> None:
    texts: list[Any] = ["Chill", ["Chill", "Soft"], ["Soft", "Chill"], "", "chill"]
    ids = {words_id(parse_words({mood: text})) for mood in ("sad-lonely", "quiet-still") for text in texts}
    assert len(ids) == 10
    assert words_id(CHILL) == words_id(dict(reversed(CHILL.items())))


def accepted(text: str) -> bool:
    try:
        return bool(parse_words({"sad-lonely": text})["sad-lonely"])
    except WordsError:
        return False


WORD = st.text(min_size=1, max_size=12).filter(accepted)
WORDS = st.dictionaries(st.sampled_from(MOODS), st.just("") | WORD | st.lists(WORD, min_size=1, max_size=3)).map(
    parse_words
)
SOME_MOODS = st.lists(st.sampled_from(MOODS), min_size=1, max_size=3, unique=True).map(tuple)


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", [*KINDS, "id3v2.3"])
def test_any_words_survive_a_write_and_are_undone(originals: Path, tmp_path: Path, suffix: str) -> None:
    """Whatever words follow each other, and whatever moods the file had, all of these stay and all words go."""
    original = Path(shutil.copy(originals / f"song{'.mp3' if suffix == 'id3v2.3' else suffix}", tmp_path))
    if suffix == "id3v2.3":
        id3.ID3(original).save(original, v2_version=3)

    @settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(
        st.lists(WORD, max_size=2, unique_by=str.casefold),
        st.lists(st.tuples(WORDS, SOME_MOODS), min_size=1, max_size=3),
        st.booleans(),
    )
    def check(others: list[str], writes: list[tuple[MoodWords, tuple[str, ...]]], edited: bool) -> None:
        file = TaggedFile(Path(shutil.copy(original, tmp_path / f"copy{original.suffix}")))
        kept = tuple(text.strip() for text in others)
        if kept:
            file.put(*kept)
        before = file.path.read_bytes()
        for words, moods in writes:
            present = {text.casefold() for text in kept}
            added = tuple(text for text in mood_texts(moods, words) if text.casefold() not in present)
            assert file.write(words, moods) == kept + added
        if edited:
            file.put(*file.moods, "Another program")
        assert file.undo() == kept + (("Another program",) if edited else ())
        if not edited:
            assert file.path.read_bytes() == before

    check()
