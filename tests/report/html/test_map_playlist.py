"""Playlists that the map saves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.report.html.map_songs import labelled, map_song, write_map


def saved(view: Any) -> tuple[str, str]:
    """Save the list that is open; return the name of the file and its content."""
    with view.expect_download() as download:
        view.click("#save")
    return download.value.suggested_filename, Path(download.value.path()).read_text("utf-8")


def test_the_list_becomes_a_playlist_of_absolute_paths(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.check("input[name=quadrant][value='1']")
        view.fill("#playlist-name", "Loud: 1/2")
        name, text = saved(view)
        assert name == "Loud_ 1_2.m3u8"
        assert text.splitlines() == [
            *("#EXTM3U", "#PLAYLIST:Loud: 1/2"),
            *("#EXTINF:5,Somebody - E", "/m/Bob/5.mp3"),
            *("#EXTINF:5,Nobody - F", "/m/6.mp3"),
        ]
        assert view.inner_text("#saved") == "Saved 2 songs as Loud_ 1_2.m3u8."
        assert opened.console == []
        assert [url for url in opened.requests if not url.startswith(("file:", "blob:"))] == []


def test_paths_can_be_relative_to_the_page(chromium: Browser, tmp_path: Path) -> None:
    songs = [map_song(os.fspath(tmp_path / name), 0, 0, title="T") for name in ("a b.mp3", "#c.mp3", "d/50% é.mp3")]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        view = opened.page
        view.check("#relative-paths")
        assert saved(view)[1].splitlines()[3::2] == ["a b.mp3", "./#c.mp3", "d/50% é.mp3"]
        view.uncheck("#relative-paths")
        assert saved(view)[1].splitlines()[3::2] == [song.path for song in songs]


def test_the_playlist_has_the_order_of_the_list(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.select_option("#sort", "valence")
        titles = [line.split(" - ")[1] for line in saved(view)[1].splitlines() if line.startswith("#EXTINF")]
        assert titles == ["A", "B", "C", "E", "D", "F"]


def test_what_is_up_next_can_be_saved(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.evaluate("emotagMap.play(5, { tab: 'queue' })")
        assert saved(view)[1].splitlines()[3] == "/m/6.mp3"


@pytest.mark.parametrize("relative", [False, True])
def test_hostile_names_are_single_lines(chromium: Browser, tmp_path: Path, relative: bool) -> None:
    names = [b"a\nb.mp3", b"c .mp3 ", "d\u2028.mp3".encode(), b"bad\xff.mp3", b"good.mp3"]
    songs = [
        map_song(f"/m/{os.fsdecode(name)}", 0, 0, title="x\n/etc/passwd\u2028y", artist="#EXT\x85M3U") for name in names
    ]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        view = opened.page
        view.set_checked("#relative-paths", relative)
        _, text = saved(view)
        _, _, title, bad, _, good = text.splitlines()
        assert title == "#EXTINF:5,#EXT M3U - x /etc/passwd y"
        # A name that is not UTF-8 is an address, as in playlists of the command.
        assert bad == "file:///m/bad%FF.mp3"
        assert good.endswith("m/good.mp3")
        assert view.inner_text("#saved").startswith("Saved 2 songs as playlist.m3u8. 3 songs left out: ")


def test_drive_letters_have_no_slash_before_them(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        path = "(() => { data.folderHrefs[0] = '/C:/Music/'; return absolutePath(0); })()"
        assert opened.page.evaluate(path) == "C:/Music/1.mp3"
