"""Queries select the songs that their terms describe, and a mistake is one sentence that names the term."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.emotions import MOODS, QUADRANTS, Prediction
from tagger.library.query import (
    EVERY_SONG,
    FIELDS,
    MAX_TERMS,
    QueryError,
    any_of,
    both,
    has_form_of_term,
    has_words,
    is_graded,
    parse_query,
    parse_terms,
    reads_tags,
)
from tagger.library.records import FileStat
from tagger.library.songs import Song, songs
from tagger.library.store import Store
from tagger.tags.basic_tags import BasicTags

ARTISTS = ("Nina Simone", "NINA HAGEN", "Björk", "Bjo\u0308rk", "AC/DC", "50% \"Off\" 'n' more", "", "A; B")
GENRES = ((), ("Jazz",), ("Acid Jazz", "Soul"), ("ΣΙΣΥΦΟΣ",))
FOLDERS = ("/music/jazz", "/music/jazz live", "/other", "/music/bad\udcff")


class Example(NamedTuple):
    """A term, and whether a song matches it by a rule of this test."""

    text: str
    matches: Callable[[Song], bool]


def fill(store: Store) -> None:
    """Add songs with every combination of some tags, folders and predictions, deterministically."""
    for number in range(120):
        audio = store.add_audio(f"{number}", 60.0 + 3 * number, {})
        path = f"{FOLDERS[number % 4]}/{number}.mp3"
        tags = BasicTags(
            f"Title {number % 7}", ARTISTS[number % 8], "Wild" if number % 3 else "", GENRES[number // 5 % 4]
        )
        store.set_file(os.fsencode(path), FileStat(1, 1, 1), audio, tags)
        moods = tuple((number * (mood + 3) * 37 % 11) / 10 for mood in range(6))
        point = (number * 8 % 21 / 10 - 1, number * 11 % 21 / 10 - 1)
        store.add_prediction(audio, "m", Prediction(*point, 0.7, moods))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(str(tmp_path_factory.mktemp("store") / "library.sqlite")) as store:
        fill(store)
        yield store


def number_term(field: str, operator: str, limit: float) -> Example:
    compare: dict[str, Callable[[float], bool]] = {
        "<": lambda value: value < limit,
        "<=": lambda value: value <= limit,
        ">": lambda value: value > limit,
        ">=": lambda value: value >= limit,
    }
    return Example(f"{field}{operator}{limit}", lambda song: compare[operator](number(song, field)))


def number(song: Song, field: str) -> float:
    return song.duration if field == "duration" else float(getattr(song.emotion, field))


def range_term(field: str, limits: tuple[float, float]) -> Example:
    low, high = sorted(limits)
    return Example(f"{field}:{low}..{high}", lambda song: low <= number(song, field) <= high)


def tag_term(field: str, text: str, case: Callable[[str], str]) -> Example:
    return Example(f"{field}:{case(text)}", lambda song: text.casefold() in getattr(song, field).casefold())


def mood_term(mood: str, word: int) -> Example:
    return Example(f"mood:{mood.split('-')[word]}", lambda song: mood in song.emotion.moods)


def negated(term: Example, sign: str) -> Example:
    return Example(f"{sign}{term.text}", lambda song: not term.matches(song))


limits = st.integers(-10, 10).map(lambda tenths: tenths / 10)
plain = st.one_of(
    st.builds(mood_term, st.sampled_from(MOODS), st.integers(0, 1)),
    st.sampled_from([*QUADRANTS.values()]).map(
        lambda name: Example(f"quadrant:{name.upper()}", lambda song: song.emotion.quadrant == name)
    ),
    st.builds(number_term, st.sampled_from(["valence", "arousal"]), st.sampled_from(["<", "<=", ">", ">="]), limits),
    st.builds(number_term, st.just("duration"), st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 500)),
    st.builds(range_term, st.sampled_from(["valence", "arousal"]), st.tuples(limits, limits)),
    st.builds(
        tag_term,
        st.sampled_from(["artist", "title", "album"]),
        st.sampled_from(["nina", "a", "il", "title 3", "%", "\"off\" 'n'"]),
        st.sampled_from([str.upper, str.lower]),
    ),
    st.sampled_from(["jazz", "mp3", "1", "/music"]).map(
        lambda text: Example(
            f"path:{text}",
            lambda song: song.path.startswith("/music/") if text == "/music" else text in song.path.lower(),
        )
    ),
)
terms = plain | st.builds(negated, plain, st.sampled_from("-^"))
groups = st.lists(st.lists(terms, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=150)
@given(groups)
def test_a_query_selects_the_songs_that_meet_all_terms_of_any_group(
    store: Store, alternatives: list[list[Example]]
) -> None:
    arguments = [",", *(text for group in alternatives for text in (*(term.text for term in group), ","))][1:-1]
    every = list(songs(store))
    expected = [song for song in every if any(all(term.matches(song) for term in group) for group in alternatives)]
    query = parse_terms(arguments)
    assert list(songs(store, query=query)) == expected
    assert parse_query(shlex.join(arguments)) == query
    assert all(0 <= query.score(song) <= 1 for song in every)


@given(st.text())
def test_any_text_is_a_query_or_an_error_of_one_line(store: Store, text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        assert str(error)
    else:
        assert all(isinstance(song, Song) for song in songs(store, query=query))


@given(
    st.lists(st.sampled_from([*FIELDS, "x", ""]).flatmap(lambda f: st.sampled_from(":=<>").map(f.__add__)) | st.text())
)
def test_any_terms_are_a_query_or_an_error(terms: list[str]) -> None:
    try:
        parse_terms(terms)
    except QueryError as error:
        assert str(error)


def found(store: Store, *terms: str) -> list[Song]:
    return list(songs(store, query=parse_terms(terms)))


def test_text_is_compared_without_case_and_in_any_unicode_form(store: Store) -> None:
    assert {song.artist for song in found(store, "artist:BJÖRK")} == {"Björk", "Bjo\u0308rk"}
    assert {song.genres for song in found(store, "genre:σισυφος")} == {("ΣΙΣΥΦΟΣ",)}
    assert found(store, "genre=jazz")
    assert all("Jazz" in song.genres for song in found(store, "genre=jazz"))
    assert {song.artist for song in found(store, "artist=a")} == {"A; B"}
    assert not found(store, "artist=nina")
    assert {song.artist for song in found(store, "artist=nina  simone")} == {"Nina Simone"}


def test_paths_are_texts_or_folders(store: Store) -> None:
    assert {os.path.dirname(song.path) for song in found(store, "path:/music/jazz")} == {"/music/jazz"}
    assert {os.path.dirname(song.path) for song in found(store, "path:/music/jazz/")} == {"/music/jazz"}
    assert {os.path.dirname(song.path) for song in found(store, "path:music/JAZZ")} == {
        "/music/jazz",
        "/music/jazz live",
    }
    assert {os.path.dirname(song.path) for song in found(store, "path:bad\udcff")} == {"/music/bad\udcff"}
    assert [song.path for song in found(store, "path:/music/jazz/0.mp3")] == ["/music/jazz/0.mp3"]
    assert len(found(store, "path:/")) == 120


def test_words_are_looked_for_in_artist_title_album_and_path(store: Store) -> None:
    assert {song.artist for song in found(store, "nina")} == {"Nina Simone", "NINA HAGEN"}
    assert {song.title for song in found(store, "title 3")} == {"Title 3"}
    assert {song.album for song in found(store, "^wild")} == {""}
    assert {os.path.dirname(song.path) for song in found(store, "live")} == {"/music/jazz live"}
    assert not found(store, "soul"), "genres need a field"


def test_words_do_not_match_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = os.path.expanduser("~")
    with Store("") as store:
        audio = store.add_audio("a", 60, {})
        store.set_file(os.fsencode(f"{home}/Music/x.mp3"), FileStat(1, 1, 1), audio, BasicTags())
        store.add_prediction(audio, "m", Prediction(0, 0, 0.5, (0.5,) * 6))
        assert not found(store, os.path.basename(home))
        assert found(store, "music")
        assert found(store, f"path:{os.path.basename(home)}")
        assert found(store, "path:~/Music")


def test_durations_may_be_minutes_and_seconds(store: Store) -> None:
    assert found(store, "duration:2:00..3:30.5") == found(store, "duration>=120", "duration<=210.5")
    assert found(store, "duration<0:04:00") == found(store, "duration<240")


def test_queries_can_be_combined(store: Store) -> None:
    sad, jazz = parse_query("mood:sad"), parse_query("genre:jazz")
    assert list(songs(store, query=both(sad, jazz))) == found(store, "mood:sad", "genre:jazz")
    assert list(songs(store, query=any_of([sad, jazz]))) == found(store, "mood:sad", ",", "genre:jazz")
    assert both(EVERY_SONG, sad) == both(sad, EVERY_SONG) == sad
    assert any_of([]) == EVERY_SONG


def test_what_a_query_needs_is_known() -> None:
    for text, tags, words, graded in (
        ("mood:sad", False, False, True),
        ("^quadrant:sad", False, False, True),
        ("valence>0 path:x", False, False, True),
        ("duration>60 path:x", False, False, False),
        ("mood:sad , genre:x", True, False, True),
        ("nina", True, True, False),
    ):
        query = parse_query(text)
        assert (reads_tags(query), has_words(query), is_graded(query)) == (tags, words, graded), text


def test_better_matches_have_higher_scores(store: Store) -> None:
    def best(text: str) -> Song:
        query = parse_query(text)
        return max(songs(store, query=query), key=query.score)

    assert best("mood:sad").emotion.probabilities[4] == 1
    assert best("valence>0.2").emotion.valence == 1
    assert best("valence:0..0.6").emotion.valence == pytest.approx(0.3)
    calm = best("quadrant:calm").emotion
    assert (calm.valence, calm.arousal) == max(
        ((song.emotion.valence, song.emotion.arousal) for song in found(store, "quadrant:calm")),
        key=lambda point: min(point[0], -point[1]),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the query is empty"),
        ("' '", "the query is empty"),
        ("mood:happy ,", "',' needs a term before and after it"),
        (", mood:happy", "',' needs a term before and after it"),
        ("mood:happy , , mood:sad", "',' needs a term before and after it"),
        ("mod:happy", "mod:happy: there is no field 'mod'; choose from mood, quadrant, "),
        ("Energy>3", "Energy>3: there is no field 'energy'; choose from"),
        ("mood:", "mood:: the value is missing"),
        ("artist:''", "artist:: the value is missing"),
        ("^", "^: the word is missing"),
        ("mood:jazz", "mood:jazz: 'jazz' is not a mood; choose from amazed-surprised, "),
        ("mood:a", "mood:a: 'a' is ambiguous: amazed-surprised or angry-aggressive"),
        ("mood:tense", "mood:tense: 'tense' is not a mood; write quadrant:tense"),
        ("quadrant:lonely", "quadrant:lonely: 'lonely' is not a quadrant; write mood:sad-lonely"),
        ("mood>0.5", "mood>0.5: mood is not a number; write mood:TEXT or mood=TEXT"),
        ("artist::^N", "artist::^N: regular expressions are not supported; write artist:TEXT or artist=TEXT"),
        ("valence:0.3", "valence:0.3: '0.3' is not a number or a range; write valence:0.3..0.6 or valence>0.3"),
        ("valence>high", "valence>high: 'high' is not a number or a range"),
        ("valence>nan", "valence>nan: 'nan' is not a number or a range"),
        ("arousal:..", "arousal:..: '..' is not a number or a range"),
        ("duration:0..inf", "duration:0..inf: '0..inf' is not a number or a range; write duration:2:30..4:00"),
        ("valence:0.6..0.3", "valence:0.6..0.3: the range ends before it begins"),
        ("valence", "valence: a field without a value; write valence:0.3..0.6 or 'valence>0.3' in quotes"),
        ("^artist", "^artist: a field without a value; write artist:VALUE"),
        ("artist:'nina", "artist:'nina: a quotation mark or a backslash has no counterpart"),
        ("nina " * (MAX_TERMS + 1), f"the query has {MAX_TERMS + 1} terms; the maximum is {MAX_TERMS}"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_term(text: str, reason: str) -> None:
    with pytest.raises(QueryError) as error:
        parse_query(text)
    assert str(error.value).startswith(reason)


def test_the_largest_query_is_evaluated(store: Store) -> None:
    arguments = ["mood:sad" if number % 2 == 0 else "," for number in range(MAX_TERMS - 1)]
    assert found(store, *arguments) == found(store, "mood:sad")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, True) for text in ("mood:happy", "-mood:x", "^nina", ",", "valence>0.3", "Path:/music", "mod:happy")),
        *((text, False) for text in ("", "nina", "-nina", "a,b", "/music", "C:/music", "nfs:/music", "Re: Stacks.mp3")),
    ],
)
def test_terms_are_distinguished_from_words_and_paths(text: str, expected: bool) -> None:
    assert has_form_of_term(text) is expected
