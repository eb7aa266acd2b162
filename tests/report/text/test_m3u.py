"""Each song has two lines in a playlist, one for the title and one for the path, whatever characters they contain."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.emotions import Emotion
from tagger.library.songs import Song
from tagger.report.text import m3u
from tests.path_text import path_from_text

hostile = st.sampled_from(
    ["<script>", '"', "'", "\n", "\r", "\u2028", "#", "%41", "🎵", "\u202e", "=cmd", "\udcff", " "]
)
texts = st.lists(hostile | st.text(), min_size=1).map("".join)


def entry_lines(path: str, title: str = "", artist: str = "", folder: str | None = None) -> list[str]:
    song = Song(path, 1, 61.4, Emotion(0, 0, ("x",), ()), "m", title=title, artist=artist)
    text = m3u.playlist([song], folder)
    assert text.startswith("#EXTM3U\n")
    assert text.endswith("\n")
    return text.splitlines()[1:]


@given(texts, texts, st.sampled_from([None, "/lists", "/music/deep"]))
def test_any_name_and_title_make_two_lines_or_none(name: str, title: str, folder: str | None) -> None:
    path = "/music/" + name.replace("/", "-").replace("\x00", "-")
    try:
        head, line = entry_lines(path, title.replace("\udcff", ""), title.replace("\udcff", ""), folder)
    except m3u.UnwritablePath:
        assert len(path.splitlines()) > 1 or path != path.rstrip()
        return
    head.encode(), line.encode()
    assert head.startswith("#EXTINF:61,")
    assert not line.startswith("#")
    assert os.path.normpath(os.path.join(folder or "/", path_from_text(line))) == os.path.normpath(path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/music/#1/a.mp3", "./#1/a.mp3"),
        ("/music/deep/a.mp3", "deep/a.mp3"),
        ("/other/a.mp3", "../other/a.mp3"),
        ("/music/bad\udcff.mp3", "file:///music/bad%FF.mp3"),
        ("/music/50%20off.mp3", "50%20off.mp3"),
        ("/music/ a.mp3", "./ a.mp3"),
    ],
)
def test_paths_are_relative_to_the_playlist(path: str, line: str) -> None:
    assert m3u.entry_path(path, "/music") == line


@pytest.mark.parametrize("path", ["/a\nb.mp3", "/a\rb.mp3", "/a\u2028b.mp3", "/a.mp3 "])
def test_a_name_that_a_player_would_split_or_strip_is_rejected(path: str) -> None:
    with pytest.raises(m3u.UnwritablePath):
        m3u.entry_path(path, None)


def test_a_song_without_a_title_has_the_name_of_its_file() -> None:
    assert entry_lines("/music/01 Dawn.mp3")[0] == "#EXTINF:61,01 Dawn"
    assert entry_lines("/music/x.mp3", "Dawn", "Lark")[0] == "#EXTINF:61,Lark - Dawn"


@given(texts)
def test_a_uri_is_one_line_of_ascii_that_names_the_file(name: str) -> None:
    path = "/music/" + name.replace("/", "-").replace("\x00", "-")
    song = Song(path, 1, 61.4, Emotion(0, 0, ("x",), ()), "m", title="t")
    _, _, line = m3u.playlist([song], None, uri=True).splitlines()
    assert line.isascii()
    assert not set("# ?") & set(line)
    assert line.startswith("file:///music")
    assert os.fsdecode(unquote_to_bytes(line.removeprefix("file://"))) == os.path.abspath(path)
