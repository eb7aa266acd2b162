"""The commands that read the library accept queries, beside paths and options."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import mutagen
import pytest

from tagger import cli
from tagger.library.songs import Song, songs
from tagger.library.store import Store
from tests.cli.conftest import Scanned
from tests.cli.test_playlist import entries
from tests.path_text import path_from_text
from tests.sounds import song

Captured = pytest.CaptureFixture[str]

TAGS = {
    "four women.flac": ("Nina Simone", "Jazz"),
    "sinnerman.mp3": ("Nina Simone", "Jazz"),
    "ninety nine.flac": ("Nina Hagen", "Punk"),
    "other.mp3": ("Björk", "Pop"),
}


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Songs with artists and genres, of which emotag wrote the tags."""
    scanned = Scanned(tmp_path_factory.mktemp("tagged"), str(tmp_path_factory.mktemp("store") / "library.sqlite"))
    for number, (name, (artist, genre)) in enumerate(TAGS.items()):
        tags: Any = mutagen.File(song(scanned.music / name, 5, rate=22050, seed=number), easy=True)
        tags["artist"], tags["genre"], tags["title"] = artist, genre, f"Title {number}"
        tags.save()
    assert scanned.run("scan", "-q", "-j", "1", str(scanned.music)) == 0
    return scanned


@pytest.fixture
def copied(tagged: Scanned, tmp_path: Path) -> Iterator[Scanned]:
    """The songs and their store, in the same place, put back afterwards."""
    shutil.copytree(tagged.music, tmp_path / "music")
    shutil.copy(tagged.store, tmp_path / "library.sqlite")
    yield tagged
    for path in (tmp_path / "music").iterdir():
        shutil.copy2(path, tagged.music)
    shutil.copy(tmp_path / "library.sqlite", tagged.store)


def known(library: Scanned) -> list[Song]:
    with Store(library.store) as opened:
        return list(songs(opened))


def exported(library: Scanned, capsys: Captured, *arguments: str) -> list[str]:
    """Return the names of the songs that an export lists."""
    capsys.readouterr()
    status = library.run("export", *arguments)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert status == (0 if rows else 1)
    return [os.path.basename(row["path"]) for row in rows]


def test_export_selects_by_terms_and_paths(
    tagged: Scanned, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nina, simone = ["four women.flac", "ninety nine.flac", "sinnerman.mp3"], ["four women.flac", "sinnerman.mp3"]
    assert exported(tagged, capsys, "artist:NINA") == nina
    assert exported(tagged, capsys, "nina") == nina, "in the file name and in the artist"
    assert exported(tagged, capsys, "artist:nina", "-genre:punk") == simone
    assert exported(tagged, capsys, "artist:nina", "^genre:punk") == simone
    assert exported(tagged, capsys, "genre:punk", ",", "genre:pop") == ["ninety nine.flac", "other.mp3"]
    assert exported(tagged, capsys, "-Q", "genre:punk , artist:'nina simone'") == nina
    assert exported(tagged, capsys, "-Q", "artist:nina", "--query", "genre:jazz", "path:four") == ["four women.flac"]
    path = str(tagged.music / "other.mp3")
    assert exported(tagged, capsys, path, "genre:pop") == ["other.mp3"]
    assert exported(tagged, capsys, path, "genre:jazz") == []
    assert cli.run(["export", "--store", tagged.store, "genre:jazz", "--", "-artist:hagen", str(tagged.music)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_an_existing_path_is_a_path_whatever_its_form(
    tagged: Scanned, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("genre:pop", "nina", ","):
        (tmp_path / name).mkdir()
        assert exported(tagged, capsys, name) == [], f"the empty folder {name}"
    assert exported(tagged, capsys, "-Q", "genre:pop") == ["other.mp3"]
    for name in ("gone.flac", "music/gone", "/gone"):
        assert exported(tagged, capsys, name) == [], "files that are away"


def test_old_options_and_new_terms_select_alike(tagged: Scanned, capsys: Captured) -> None:
    every = known(tagged)
    mood = every[0].emotion.moods[0]
    word, name = mood.split("-")[0], every[0].emotion.quadrant
    having = [os.path.basename(song.path) for song in every if mood in song.emotion.moods]
    for arguments in (["--mood", word], ["--mood", mood.upper()], [f"mood:{word}"], ["-Q", f"mood:{mood}"]):
        assert exported(tagged, capsys, *arguments) == having
    lacking = [os.path.basename(song.path) for song in every if mood not in song.emotion.moods]
    for arguments in (["--not-mood", word], [f"-mood:{word}"], [f"^mood:{word}"]):
        assert exported(tagged, capsys, *arguments) == lacking
    inside = [os.path.basename(song.path) for song in every if song.emotion.quadrant == name]
    for arguments in (["--quadrant", name.upper()], [f"quadrant:{name}"]):
        assert exported(tagged, capsys, *arguments) == inside
    above = [os.path.basename(song.path) for song in every if song.emotion.valence >= 0.1]
    for arguments in (["valence>=0.1"], ["valence:0.1.."], ["-valence<0.1"]):
        assert exported(tagged, capsys, *arguments) == above


def test_show_lists_the_songs_that_match(tagged: Scanned, capsys: Captured) -> None:
    assert tagged.run("show", "artist:simone") == 0
    out = capsys.readouterr().out
    assert [name in out for name in TAGS] == [True, True, False, False]
    assert "2 songs" in out
    assert tagged.run("show", "--json", "--relative", "rank", str(tagged.music), "artist:simone") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(item["artist"], item["genres"]) for item in listed] == [("Nina Simone", ["Jazz"])] * 2
    assert all(-1 <= item["library"]["valence_rank"] <= 1 for item in listed)
    assert tagged.run("show", "artist:nobody") == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "emotag: No songs match.\n")
    assert tagged.run("show", "--json", "artist:nobody") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_map_draws_the_songs_that_match(tagged: Scanned, tmp_path: Path, capsys: Captured) -> None:
    page = tmp_path / "map.html"
    assert tagged.run("map", "-o", str(page), "artist:simone") == 0
    data = page.read_text("utf-8").split('<script type="application/json" id="songs">')[1].split("</script>")[0]
    assert "sinnerman" in data.casefold()
    assert '"other' not in data.replace('"otherGenres', "")
    assert "Map of 2 songs written to" in capsys.readouterr().err


def test_a_playlist_begins_with_the_best_match(tagged: Scanned, capsys: Captured) -> None:
    best = sorted(known(tagged), key=lambda song: -song.emotion.probabilities[4])
    assert tagged.run("playlist", "mood:sad", ",", "^mood:sad", "mood:lonely", ",", "path:/", "--order", "path") == 0
    assert [path_from_text(line) for line in entries(capsys.readouterr().out)] == sorted(song.path for song in best)
    assert tagged.run("playlist", "quadrant:h", ",", "quadrant:t", ",", "quadrant:s", ",", "quadrant:c") == 0
    assert len(entries(capsys.readouterr().out)) == 4
    assert tagged.run("playlist", "--seed", "1", "valence:-1..") == 0
    names = [path_from_text(line) for line in entries(capsys.readouterr().out)]
    by_path = {song.path: song for song in best}
    artists = [by_path[name].artist for name in names]
    assert all(one != other for one, other in pairwise(artists)), "artists take turns"


@pytest.mark.parametrize("order", ["match", "shuffle", "path", "curve"])
def test_each_order_fills_the_duration(order: str, tagged: Scanned, capsys: Captured) -> None:
    assert tagged.run("playlist", "--order", order, "--minutes", "0.2") == 0
    assert len(entries(capsys.readouterr().out)) == 2  # of 5 s each
    assert tagged.run("playlist", "--order", order, "--in-a-row", "2", "--count", "3") == 0
    assert len(entries(capsys.readouterr().out)) == 3


def test_undo_restores_only_the_songs_that_match(copied: Scanned, capsys: Captured) -> None:
    before = {path.name: path.read_bytes() for path in copied.music.iterdir()}

    def changed() -> list[str]:
        return sorted(path.name for path in copied.music.iterdir() if path.read_bytes() != before[path.name])

    assert copied.run("undo", "--dry-run", "artist:nina") == 0
    assert "3 would be restored" in capsys.readouterr().err
    assert changed() == []
    assert copied.run("undo", str(copied.music / "other.mp3"), "artist:nina") == 1
    assert "No songs match." in capsys.readouterr().err
    assert changed() == []
    assert copied.run("undo", str(copied.music), "artist:simone", "path:four") == 0
    assert changed() == ["four women.flac"]
    assert copied.run("undo", "-Q", "artist:simone") == 0
    assert changed() == ["four women.flac", "sinnerman.mp3"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Missing argument"),
        (["nina"], "Path 'nina' does not exist."),
        (["gone.mp3"], "Path 'gone.mp3' does not exist."),
        ([""], "Path '' does not exist."),
        (["-Q", ""], "the query is empty"),
        (["-Q", "nina"], "A word of the query needs a field here"),
        (["^nina"], "A word of the query needs a field here"),
        ([","], "',' needs a term before and after it"),
        (["artist:nina", ","], "',' needs a term before and after it"),
        (["artist:"], "artist:: the value is missing"),
        (["artits:nina"], "artits:nina: there is no field 'artits'"),
        (["valence"], "Path 'valence' does not exist."),
        (["--no-store", "artist:nina"], "A query needs the library database; --no-store excludes it."),
    ],
)
def test_undo_is_never_wider_than_meant(
    arguments: list[str],
    reason: str,
    copied: Scanned,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in copied.music.iterdir()}
    assert copied.run("undo", *arguments) == 2
    assert reason in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in copied.music.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["valence"], "write valence:0.3..0.6 or 'valence>0.3' in quotes"),
        (["mood:s"], "'s' is ambiguous: amazed-surprised or quiet-still or sad-lonely"),
        (["--mood", "s"], "'s' is ambiguous: amazed-surprised or quiet-still or sad-lonely."),
        (["--mood", "jazz"], "'jazz' is not a mood; choose from amazed-surprised, "),
        (["--mood", "tense"], "'tense' is a quadrant, not a mood; use --quadrant tense."),
        (["--quadrant", "lonely"], "'lonely' is a mood, not a quadrant; use --mood sad-lonely."),
        (["--mood", "sad", "--not-mood", "lonely"], "sad-lonely is given to both --mood and --not-mood"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], reason: str, tagged: Scanned, capsys: Captured) -> None:
    for command in ("export", "playlist", "map"):
        assert tagged.run(command, *arguments) == 2
        assert reason in capsys.readouterr().err


def test_tags_of_an_older_library_are_read_when_a_query_needs_them(copied: Scanned, capsys: Captured) -> None:
    def unread() -> int:
        with closing(sqlite3.connect(copied.store)) as store:
            return int(store.execute("SELECT count(*) FROM file WHERE artist IS NULL").fetchone()[0])

    with closing(sqlite3.connect(copied.store)) as store, store:
        store.execute("UPDATE file SET title = NULL, artist = NULL, album = NULL, genre = NULL")
    assert exported(copied, capsys, "path:four") == ["four women.flac"]
    assert unread() == 4, "this query does not need them"
    assert exported(copied, capsys, "genre:jazz") == ["four women.flac", "sinnerman.mp3"]
    assert unread() == 0


def test_a_query_in_the_settings_is_added(
    tagged: Scanned, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('[export]\nquery = ["artist:nina"]\n')
    monkeypatch.setenv("EMOTAG_CONFIG", str(tmp_path / "config.toml"))
    assert exported(tagged, capsys, "genre:jazz") == ["four women.flac", "sinnerman.mp3"]
