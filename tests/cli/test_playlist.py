"""Playlists from the library, after a scan of small songs."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tagger import cli
from tagger.library import playlists
from tagger.library.relative import library_scale
from tagger.library.songs import Song, songs
from tagger.library.store import Store
from tests.cli.conftest import Scanned
from tests.path_text import path_from_text
from tests.sounds import song

Captured = pytest.CaptureFixture[str]


def entries(text: str) -> list[str]:
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert all(line.startswith("#EXTINF:") for line in lines[1::2])
    return lines[2::2]


def known(library: Scanned) -> list[Song]:
    with Store(library.store) as opened:
        return list(songs(opened))


def test_without_matching_songs_no_playlist_is_written(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "x.m3u8"
    assert library.run("playlist", "-o", str(out), str(tmp_path)) == 1
    assert "emotag: No songs match." in capsys.readouterr().err
    assert not out.exists()
    assert cli.run(["playlist", "--store", str(tmp_path / "none.sqlite")]) == 2
    assert "no library database; run `emotag scan` first" in capsys.readouterr().err


def test_a_playlist_works_from_another_folder(library: Scanned, tmp_path: Path) -> None:
    out = tmp_path / "lists" / "all.m3u8"
    out.parent.mkdir()
    assert library.run("playlist", "-o", str(out)) == 0
    found = entries(out.read_text("utf-8"))
    assert len(found) == 7  # but for the name with an end of line
    assert "Title 0 <script>" in out.read_text("utf-8")
    paths = [Path(out.parent, path_from_text(entry)) for entry in found]
    assert all(path.is_file() for path in paths)
    if shutil.which("ffprobe"):
        for path in paths:
            subprocess.run(["ffprobe", "-v", "error", os.fsencode(path)], check=True, cwd="/")


def test_paths_are_absolute_on_stdout_or_with_absolute(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "all.m3u8"
    for options in ([], ["-o", "-"], ["-o", str(out), "--absolute"]):
        assert library.run("playlist", *options) == 0
        text = out.read_text("utf-8") if out.exists() else capsys.readouterr().out
        assert all(entry.startswith(("/", "file:///")) for entry in entries(text))


def test_uris_are_absolute_and_name_every_file(library: Scanned, tmp_path: Path) -> None:
    out = tmp_path / "all.m3u8"
    assert library.run("playlist", "--uri", "-o", str(out)) == 0
    found = entries(out.read_text("utf-8"))
    assert len(found) == 8  # also the name with an end of line
    assert all(entry.startswith("file:///") and entry.isascii() for entry in found)
    assert all(os.path.isfile(unquote_to_bytes(entry.removeprefix("file://"))) for entry in found)


def test_missing_files_and_unwritable_names_are_reported(
    library: Scanned, tmp_path: Path, capsys: Captured, own_store: Path
) -> None:
    for name in ("a.flac", "b.flac"):
        shutil.copy(library.music / "#1 hit.flac", tmp_path / name)
    shutil.copy(library.store, own_store)
    assert cli.run(["scan", "-q", "--csv", os.devnull, "-j", "1", str(tmp_path)]) == 0
    (tmp_path / "a.flac").unlink()
    capsys.readouterr()
    assert cli.run(["playlist"]) == 0
    captured = capsys.readouterr()
    assert len(entries(captured.out)) == 7  # b.flac is a copy
    assert "a�b.flac: left out, because a playlist cannot contain this file name" in captured.err
    assert "1 file no longer exists; left out" in captured.err


@pytest.mark.parametrize("by", ["plane", "features"])
def test_like_orders_by_similarity(by: str, library: Scanned, capsys: Captured) -> None:
    seed = str(library.music / "deep" / "x.mp3")
    assert library.run("playlist", "--like", seed, "--by", by) == 0
    found = [path_from_text(entry) for entry in entries(capsys.readouterr().out)]
    assert seed not in found
    assert len(found) == 6
    if by == "plane":
        points = {song.path: playlists.plane_point(song) for song in known(library)}
        away = [math.dist(points[path], points[seed]) for path in found]
        assert away == sorted(away)


def test_near_and_from_start_at_the_given_point(library: Scanned, capsys: Captured) -> None:
    first, last = (library.music / "deep" / name for name in ("x.mp3", "y.mp3"))
    (seed,) = (song for song in known(library) if song.path == str(first))
    assert library.run("playlist", "--near", "{},{}".format(*playlists.plane_point(seed)), "--count", "1") == 0
    assert entries(capsys.readouterr().out) == [str(first)]
    for limit in (["--count", "4"], ["--minutes", "0.4"]):
        assert library.run("playlist", "--from", str(first), "--to", str(last), *limit) == 0
        found = entries(capsys.readouterr().out)
        assert len(found) == 4
        assert (found[0], found[-1]) == (str(first), str(last))


def test_relative_points_are_ranks_or_standard_scores(library: Scanned, capsys: Captured) -> None:
    def order(*options: str) -> list[str]:
        assert library.run("playlist", *options) == 0
        return [path_from_text(entry) for entry in entries(capsys.readouterr().out)]

    with Store(library.store) as opened:
        for name, corner in (("rank", "1,1"), ("z", "5,5")):
            scale = library_scale(opened, name)
            places = {song.path: scale.position(song.emotion)[1:] for song in songs(opened)}
            to = tuple(map(float, corner.split(",")))
            near = order("--relative", name, "--near", corner)
            away = [math.dist(places[path], to) for path in near]
            assert away == sorted(away)
            seed = near[2]
            like = order("--relative", name, "--like", seed)
            away = [math.dist(places[path], places[seed]) for path in like]
            assert away == sorted(away)
            path = order("--relative", name, "--from", near[-1], "--to", near[0], "--count", "5")
            assert (path[0], path[-1]) == (near[-1], near[0])


def test_ranks_reach_songs_that_points_of_the_plane_do_not(library: Scanned, capsys: Captured) -> None:
    # The song of the highest valence has rank 1, even if its valence is low.
    highest = max(known(library), key=lambda song: (song.emotion.valence, song.path))
    with Store(library.store) as opened:
        place = library_scale(opened, "rank").position(highest.emotion)
    assert place.valence == 1
    assert library.run("playlist", "--relative", "rank", "--near", f"1,{place.arousal}", "--count", "1") == 0
    assert [path_from_text(entry) for entry in entries(capsys.readouterr().out)] == [highest.path]


def test_limits_of_artist_minutes_and_count(library: Scanned, capsys: Captured) -> None:
    for options, count in ((["--per-artist", "1"], 6), (["--minutes", "0.3"], 3), (["--count", "2"], 2)):
        assert library.run("playlist", *options) == 0
        assert len(entries(capsys.readouterr().out)) == count


def test_the_same_seed_gives_the_same_order(library: Scanned, capsys: Captured) -> None:
    lists = []
    for seed in ("3", "3", "4"):
        assert library.run("playlist", "--shuffle", "--seed", seed) == 0
        lists.append(entries(capsys.readouterr().out))
    assert lists[0] == lists[1] != lists[2]
    assert sorted(lists[0]) == sorted(lists[2])


@pytest.mark.parametrize(
    "options",
    [
        ["--near", "0,0", "--shuffle"],
        ["--from", "0,0"],
        ["--by", "features"],
        ["--order", "path", "--seed", "1"],
        ["--order", "curve", "--near", "0,0"],
        ["--near", "2,0"],
        ["--near", "nan,0"],
        ["--near", "here"],
        ["--mood", "jazz"],
        ["--mood", "sad-lonely", "--not-mood", "sad-lonely"],
        ["-o", "/no/such/folder/x.m3u8"],
    ],
)
def test_contradictory_options_are_refused(options: list[str], library: Scanned, capsys: Captured) -> None:
    assert library.run("playlist", *options) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert options[-1].split(",")[0] in captured.err or options[0] in captured.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--near", "0,3"], "--near: valence and arousal must be between -1 and 1"),
        (["--from=0,0", "--to=0,3", "--relative", "rank"], "--to: valence and arousal must be between -1 and 1"),
        (["--near", "inf,0", "--relative", "z"], "valence and arousal must be finite numbers"),
        (["--shuffle", "--relative", "z"], "--relative requires --near"),
        (["--like", __file__, "--by", "features", "--relative", "z"], "--relative requires --near"),
        (["--near", "0,0", "--relative", "percent"], "'percent' is not one of 'rank', 'z'"),
    ],
)
def test_relative_needs_points_of_its_scale(
    options: list[str], reason: str, library: Scanned, capsys: Captured
) -> None:
    assert library.run("playlist", *options) == 2
    assert reason in capsys.readouterr().err


def test_a_song_that_is_not_in_the_library_is_reported(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    assert library.run("playlist", "--like", str(song(tmp_path / "new.flac", 5))) == 2
    assert "new.flac: not analysed yet; run `emotag scan`" in capsys.readouterr().err
