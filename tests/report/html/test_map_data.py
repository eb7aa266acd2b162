"""The data of the map: axes, columns, folders and addresses."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tagger.emotions import Emotion
from tagger.library.relative import RANK, Z
from tagger.report.html import map_page
from tests.report.html.map_songs import HOSTILE, labelled, many, map_song, relative


def map_data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="songs">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_a_map_of_predictions_has_no_relative_positions() -> None:
    data = map_data(map_page.html(many(3), "/"))
    assert (data["scale"], data["limit"]) == ("", 1)
    assert {len(column) for column in data["songs"].values()} == {3}
    assert not {"x", "y", "curve"} & set(data["songs"])
    assert data["axes"] == [["valence", "unpleasant", "pleasant"], ["arousal", "calm", "excited"]]


def test_a_relative_map_has_the_prediction_and_the_position_and_says_so() -> None:
    data = map_data(map_page.html(relative(RANK, [(0.1, 0.2), (-0.1, -0.2)], [(1, 1), (-1, -1)]), "/"))
    assert (data["scale"], data["limit"]) == ("rank", 1)
    assert (data["songs"]["valence"], data["songs"]["arousal"]) == ([1000, -1000], [2000, -2000])
    assert data["songs"]["x"] == data["songs"]["y"] == [10000, -10000]
    assert data["axes"][1] == ["arousal: rank in the library", "lower", "higher"]


@pytest.mark.parametrize(("greatest", "limit"), [(1.2, 3), (3.2, 3.5), (-4.0, 4)])
def test_the_axes_of_standard_scores_reach_the_farthest_song(greatest: float, limit: float) -> None:
    data = map_data(map_page.html(relative(Z, [(0.1, 0.2), (0, 0)], [(0.5, greatest), (0, 0)]), "/"))
    assert (data["scale"], data["limit"]) == ("z", limit)
    assert data["axes"][0][0] == "valence: standard score in the library"


def test_folders_are_relative_to_the_one_that_has_them_all() -> None:
    data = map_data(map_page.html(labelled(), "/maps"))
    assert data["root"] == "m"
    assert data["folders"] == ["Ann/One", "Ann/Two", "Bob", ""]
    assert data["folderHrefs"] == ["../m/Ann/One/", "../m/Ann/Two/", "../m/Bob/", "../m/"]
    assert data["songs"]["folder"] == [0, 0, 1, 2, 2, 3]


def test_the_page_does_not_say_where_the_music_is_on_the_disk() -> None:
    songs = [map_song(f"/home/someone/Music/{name}/1.mp3", 0, 0) for name in ("a", "b")]
    assert "someone" not in map_page.html(songs, "/home/someone/Music")


def test_songs_in_the_folder_of_the_page_have_plain_addresses() -> None:
    data = map_data(map_page.html([map_song("/m/a:b #1.mp3", 0, 0)], "/m"))
    assert (data["folderHrefs"], data["songs"]["file"]) == ([""], ["a%3Ab%20%231.mp3"])


def test_names_that_songs_share_are_written_once() -> None:
    text = map_page.html([map_song(f"/m/{i}.mp3", 0, 0, album="The same album") for i in range(50)], "/m")
    assert text.count("The same album") == text.count('"Somebody"') == 1


def test_genres_moods_and_standard_deviations() -> None:
    data = map_data(map_page.html(labelled(), "/"))
    songs = data["songs"]
    assert data["genres"] == ["Pop", "Jazz", ""]
    assert (songs["genre"], songs["otherGenres"]) == ([0, 0, 1, 1, 2, 2], [0, [1], 0, 0, 0, 0])
    assert songs["mood"] == [1, 1, 2, 4, 5, 5]
    assert songs["moods"][1] == 0b110 and songs["moods"][3] == 0b11000
    assert songs["valenceSd"] == songs["arousalSd"] == [100, 200, 200, 200, 200, 300]


def test_unknown_standard_deviations_are_zero() -> None:
    assert map_data(map_page.html([map_song("/a.mp3", 0, 0)], "/"))["songs"]["valenceSd"] == [0]


def test_a_song_without_a_title_has_the_name_of_its_file() -> None:
    bad = os.fsdecode(b"/m/bad\xff.mp3")
    assert map_data(map_page.html([map_song(bad, 0, 0)], "/m"))["songs"]["title"] == ["bad\ufffd"]


def test_hostile_names_are_data_not_markup(tmp_path: Path) -> None:
    text = HOSTILE.replace("/", "\u2044").strip()
    song = map_song(f"/m/{text}/{text}.mp3", 0, 0, title=HOSTILE, artist=HOSTILE, album=HOSTILE, genres=(HOSTILE,))
    page = map_page.html([song], "/m")
    assert "<img" not in page
    script = re.search(r'<script type="application/json" id="songs">(.*?)</script>', page, re.DOTALL)
    assert script is not None and script[1].isascii()
    data = map_data(page)
    assert [data["songs"]["title"], data["artists"], data["albums"], data["genres"]] == [[HOSTILE]] * 4
    assert data["root"] == text


def test_curves_are_in_hundredths() -> None:
    songs = [map_song("/a.mp3", 0, 0), map_song("/b.mp3", 0, 0)]
    data = map_data(map_page.html(songs, "/", {songs[0].audio: ((0.5, -0.25), (1.0, 0.0))}))
    assert data["songs"]["curve"] == [[50, -25, 100, 0], 0]


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_images(kind: str, magic: bytes) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    assert map_page.image(many(50), kind).startswith(magic)


def test_the_axes_of_an_image_are_named() -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    plain = map_page.image(many(5), "svg").decode()
    assert "valence (unpleasant to pleasant)" in plain
    ranks = map_page.image(relative(RANK, [(0.1, 0.2)], [(1, -1)]), "svg").decode()
    assert "valence: rank among all songs of the library" in ranks


def test_a_song_keeps_its_predicted_values_within_a_ten_thousandth() -> None:
    song = map_song("/a.mp3", 0, 0)._replace(emotion=Emotion(0.12345, -0.98765, ("happy-pleased",), (0.5,) * 6))
    songs = map_data(map_page.html([song], "/"))["songs"]
    assert songs["valence"] == [pytest.approx(1234.5, abs=0.6)]
    assert songs["arousal"] == [pytest.approx(-9876.5, abs=0.6)]
