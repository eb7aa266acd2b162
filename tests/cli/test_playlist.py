"""Playlists and exports of what the library knows, from real scans of small songs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import mutagen
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import cli
from tagger.emotions import Emotion
from tagger.library import ways
from tagger.library.songs import Song
from tagger.library.store import Store
from tagger.report import m3u
from tagger.tags.titles import Titles, titles
from tests.sounds import song

HOSTILE = ("#1 hit.flac", "50% <b>'\"&.flac", "=cmd|'calc'!A0.flac", "עברית 🎵.flac", "a\nb.flac", "bad\udcff.flac")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of songs, two by one artist, and the store of its scan."""
    music = tmp_path_factory.mktemp("music")
    (music / "deep").mkdir()
    store = str(tmp_path_factory.mktemp("store") / "library.sqlite")
    for number, name in enumerate((*HOSTILE, "deep/x.mp3", "deep/y.mp3")):
        path = song(music / name, 5 + number % 2, rate=22050, seed=number)
        tags = mutagen.File(os.fspath(path), easy=True)
        tags["title"], tags["artist"] = (
            f"Title\n{number} <script>",
            "Twice" if name.startswith("deep") else f"A{number}",
        )
        tags.save()
    (music / "text.mp3").write_text("not a song")
    assert cli.run(["scan", "-q", "--csv", os.devnull, "--store", store, "-j", "2", str(music)]) == 1
    return music, store


def entries(text: str) -> list[str]:
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert all(line.startswith("#EXTINF:") for line in lines[1::2])
    return lines[2::2]


def run(arguments: list[str], library: tuple[Path, str]) -> int:
    return cli.run([*arguments, "--store", library[1]])


def test_export_is_the_report_of_a_scan(library: tuple[Path, str], tmp_path: Path) -> None:
    music, store = library
    reports = [tmp_path / "scan.csv", tmp_path / "export.csv"]
    cli.run(["scan", "-q", "--csv", str(reports[0]), "--store", store, str(music)])
    assert run(["export", "--csv", str(reports[1]), str(music)], library) == 0
    assert reports[0].read_bytes() == reports[1].read_bytes()
    assert b"text.mp3,failed" in reports[1].read_bytes()


def test_a_filtered_export_has_no_failed_files(library: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    every = ["--quadrant", "happy", "--quadrant", "calm", "--quadrant", "sad", "--quadrant", "tense"]
    assert run(["export", "--jsonl", "-", *every], library) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert not any("text.mp3" in line for line in lines)


def test_an_empty_choice_is_said(library: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.m3u8"
    assert run(["export", str(tmp_path)], library) == 1
    assert "nothing is known of such songs" in capsys.readouterr().err
    assert run(["playlist", "-o", str(out), str(tmp_path)], library) == 1
    assert "no song is what you ask for" in capsys.readouterr().err
    assert not out.exists()
    assert cli.run(["playlist", "--store", str(tmp_path / "none.sqlite")]) == 2
    assert "no library yet" in capsys.readouterr().err


def test_a_playlist_plays_from_another_folder(library: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "lists" / "all.m3u8"
    out.parent.mkdir()
    assert run(["playlist", "-o", str(out)], library) == 0
    found = entries(out.read_text("utf-8"))
    assert len(found) == 7  # but for the name with an end of line
    assert "Title 0 <script>" in out.read_text("utf-8")
    from tagger.library.names import from_text

    paths = [Path(out.parent, from_text(entry)) for entry in found]
    assert all(path.is_file() for path in paths)
    if shutil.which("ffprobe"):
        for path in paths:
            subprocess.run(["ffprobe", "-v", "error", os.fsencode(path)], check=True, cwd="/")


def test_like_and_near_begin_with_the_nearest(library: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    music, store = library
    first = str(music / "deep" / "x.mp3")
    for by in ("plane", "features"):
        assert run(["playlist", "--like", first, "--by", by], library) == 0
        found = entries(capsys.readouterr().out)
        assert first not in found
        assert len(found) == 6
    with Store(store) as opened:
        from tagger.library.songs import songs

        (seed,) = songs(opened, [first])
    v, a = ways.point(seed)
    assert run(["playlist", f"--near={v},{a}", "--count", "1"], library) == 0
    assert entries(capsys.readouterr().out) == [first]


def test_no_more_of_an_artist_and_no_longer_than_asked(
    library: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["playlist", "--per-artist", "1"], library) == 0
    assert len(entries(capsys.readouterr().out)) == 6
    assert run(["playlist", "--minutes", "0.3"], library) == 0
    assert len(entries(capsys.readouterr().out)) == 3
    assert run(["playlist", "--shuffle", "--seed", "3"], library) == 0
    shuffled = entries(capsys.readouterr().out)
    assert run(["playlist", "--shuffle", "--seed", "3"], library) == 0
    assert entries(capsys.readouterr().out) == shuffled


@pytest.mark.parametrize(
    "options",
    [
        ["--near", "0,0", "--shuffle"],
        ["--from", "0,0"],
        ["--by", "features"],
        ["--seed", "1"],
        ["--near", "2,0"],
        ["--near", "here"],
        ["--mood", "jazz"],
    ],
)
def test_contradictions_are_refused(options: list[str], library: tuple[Path, str]) -> None:
    assert run(["playlist", *options], library) == 2


def test_a_song_that_is_not_known_is_to_be_scanned_first(
    library: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["playlist", "--like", str(song(tmp_path / "new.flac", 5))], library) == 2
    assert "new.flac: not known to the library yet; scan it first" in capsys.readouterr().err


points = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


@given(st.lists(points, min_size=1, max_size=40), points, points, st.integers(1, 30))
def test_a_path_has_no_song_twice_and_never_leads_back(
    where: list[tuple[float, float]], start: tuple[float, float], end: tuple[float, float], count: int
) -> None:
    songs = [Song(f"/{i}", i // 2, 60.0, Emotion(v, a, ("x",), ()), "m") for i, (v, a) in enumerate(where)]
    found = ways.path(songs, start, end, count)
    audio = [each.audio for each in found]
    assert len(audio) == len(set(audio)) == min(count, len({each.audio for each in songs}))
    along = [v * (end[0] - start[0]) + a * (end[1] - start[1]) for v, a in map(ways.point, found)]
    assert along == sorted(along)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text())
def test_any_name_and_title_makes_two_lines_or_none(name: str, title: str) -> None:
    path = "/music/" + name.replace("/", "-").replace("\x00", "-")
    each = Song(path, 1, 61.4, Emotion(0, 0, ("x",), ()), "m")
    try:
        text = m3u.playlist([each], lambda path: Titles(title, title), "/lists")
    except m3u.Unwritable:
        assert len(path.splitlines()) > 1 or path != path.strip()
        return
    head, line = text.split("\n")[1:3]
    assert head.startswith("#EXTINF:61,")
    assert not line.startswith("#")
    assert os.path.normpath(os.path.join("/lists", line)) == os.path.normpath(path)


def test_titles_of_every_family_and_of_nothing(tmp_path: Path) -> None:
    for suffix in (".mp3", ".flac", ".opus", ".m4a"):
        path = song(tmp_path / f"x{suffix}", 5, rate=48000 if suffix == ".opus" else 44100)
        tags = mutagen.File(path, easy=True)
        tags["title"], tags["artist"], tags["album"] = "T", "A", "L"
        tags.save()
        assert titles(str(path)) == Titles("T", "A", "L")
    wave = song(tmp_path / "x.wav", 5)
    assert titles(str(wave)) == Titles()
    (tmp_path / "y.mp3").write_bytes(b"ID3" + bytes(40))
    assert titles(str(tmp_path / "y.mp3")) == Titles()
    assert titles(str(tmp_path / "gone.mp3")) == Titles()
