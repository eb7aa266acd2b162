"""The plugin for beets, run by the real beets: it imports, queries and writes songs, beside `emotag undo`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen
import mutagen.id3
import pytest

import tagger
from tests.sounds import song

pytestmark = [
    pytest.mark.interop,
    pytest.mark.thorough,
    pytest.mark.skipif(not importlib.util.find_spec("beets"), reason="needs beets: pip install beets"),
]

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "beets-plugin"

KINDS = ("mp3", "flac", "ogg", "opus", "m4a", "wma", "wv", "aiff", "wav", "v23.mp3")
"""Suffixes; ``v23.mp3`` is an MP3 file with a tag of version 2.3."""

CODECS = {"wma": "wmav2", "wv": "wavpack"}

CONFIG = """\
directory: {folder}/music
library: {folder}/library.db
plugins: emotag smartplaylist
import: {{copy: yes, write: yes, autotag: no, quiet: yes}}
emotag: {{auto: {auto}, write: {write}, jobs: 2}}
id3v23: {id3v23}
ui: {{color: no}}
smartplaylist:
  auto: no
  playlist_dir: {folder}
  playlists: [{{name: calm.m3u, query: 'valence:-1..1 arousal:..1 , moods:nothing'}}]
"""


@dataclass
class Beets:
    """A library of beets in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    def configure(self, *, auto: str = "yes", write: str = "yes", id3v23: str = "no") -> None:
        text = CONFIG.format(folder=self.folder, auto=auto, write=write, id3v23=id3v23)
        (self.folder / "config.yaml").write_text(text)

    def run(self, *arguments: str, status: int = 0) -> str:
        command = [sys.executable, "-m", "beets", *arguments]
        run = subprocess.run(command, env=self.environment, capture_output=True, text=True, input="")
        assert run.returncode == status, run.stderr
        return run.stdout + run.stderr

    def listed(self, *query: str) -> set[str]:
        """Return the titles of the songs that match a query."""
        return set(self.run("ls", "-f", "$title", *query).split())

    def values(self) -> dict[str, tuple[str, str, str]]:
        """Return moods, valence and arousal of all songs by title."""
        lines = self.run("ls", "-f", "$title|$moods|$valence|$arousal").splitlines()
        # beets prints the name of a field that a song does not have.
        rows = (line.replace("$valence", "").replace("$arousal", "").split("|") for line in lines)
        return {title: (moods, valence, arousal) for title, moods, valence, arousal in rows}

    def files(self) -> dict[str, str]:
        """Return the paths of all songs by title."""
        lines = self.run("ls", "-f", "$title|$path").splitlines()
        return dict(line.split("|", 1) for line in lines)

    def tags(self) -> dict[str, tuple[str, str, str]]:
        """Return moods, valence and arousal in the tags of all songs, written like those of `values`."""
        rows = {}
        for title, path in self.files().items():
            state = tagger.read_tags(path)
            valence, arousal = ("" if v is None else f"{v:.3f}" for v in (state.valence, state.arousal))
            rows[title] = "; ".join(state.moods), valence, arousal
        return rows


@pytest.fixture
def beets(tmp_path: Path, own_store: Path) -> Beets:
    python_path = os.pathsep.join([str(PLUGIN), str(ROOT)])
    beets = Beets(tmp_path, {**os.environ, "BEETSDIR": str(tmp_path), "PYTHONPATH": python_path})
    beets.configure()
    return beets


def make_songs(folder: Path, kinds: tuple[str, ...] = KINDS, copies: int = 1) -> None:
    """Make songs with different titles, which have no other tags."""
    for number, kind in enumerate(kinds * copies):
        suffix = kind.rpartition(".")[2]
        path = folder / f"song{number}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        rate = 48000 if kind == "opus" else 22050
        song(path, 6, rate=rate, seed=number, codec=CODECS.get(kind))
        set_title(path, f"song{number}", kind)


def set_title(path: Path, title: str, kind: str) -> None:
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if kind in ("mp3", "v23.mp3", "aiff", "wav"):
        file.tags.add(mutagen.id3.TIT2(encoding=1, text=[title]))
        file.save(v2_version=3 if kind == "v23.mp3" else 4)
    else:
        file.tags[{"m4a": "\xa9nam", "wma": "Title"}.get(kind, "title")] = [title]
        file.save()


def in_range(values: dict[str, tuple[str, str, str]], low: float, high: float) -> set[str]:
    return {title for title, (_, valence, _) in values.items() if low <= float(valence) <= high}


def test_thirty_songs_are_imported_queried_written_and_restored(beets: Beets) -> None:
    make_songs(beets.folder / "new", copies=3)
    beets.run("import", "-s", str(beets.folder / "new"))
    values = beets.values()
    assert len(values) == 30
    assert all(moods and valence and arousal for moods, valence, arousal in values.values())
    assert beets.tags() == values, "the library of beets has what the tags have"

    middle = sorted(float(valence) for _, valence, _ in values.values())[15]
    assert beets.listed(f"valence:{middle}..") == in_range(values, middle, 1)
    assert beets.listed(f"valence:..{middle}") == in_range(values, -1, middle)
    for mood in tagger.MOODS:
        assert beets.listed(f"moods:{mood}") == {title for title, (moods, *_) in values.items() if mood in moods}

    beets.run("splupdate")
    assert len((beets.folder / "calm.m3u").read_text().splitlines()) == 30

    beets.run("write", "--force")
    assert beets.tags() == values, "beets writes the values of emotag with the same digits"
    assert all(tagger.read_tags(path).own_moods for path in beets.files().values()), "beets keeps the marker"
    with tagger.Session() as session:
        results = list(session.tag(beets.folder / "music"))
        assert len(results) == 30
        assert not [result.path for result in results if result.error or result.analysed]
        assert not [result.change for result in results if result.change and result.change.changed]

        assert {result.status for result in session.undo(beets.folder / "music")} == {"restored"}
    assert set(beets.tags().values()) == {("", "", "")}
    beets.run("update")
    assert set(beets.values().values()) == {("", "", "")}
    assert beets.listed("valence:-1..1") == set(), "songs without a number match no range"
    assert len(beets.listed()) == 30

    with tagger.Session() as session:
        assert {result.status.value for result in session.tag(beets.folder / "music")} == {"tagged"}
    beets.run("update")
    assert beets.values() == values, "beets reads what emotag wrote"
    assert "30 analysed, 0 failed" in beets.run("emotag")
    assert beets.values() == values


def test_an_album_and_its_modified_songs(beets: Beets) -> None:
    make_songs(beets.folder / "new", ("mp3", "flac"))
    beets.run("import", str(beets.folder / "new"))
    values = beets.values()
    assert all(valence for _, valence, _ in values.values())
    beets.run("modify", "-y", "title:song1", "moods=mine; yours", "valence=-0.5")
    assert tagger.read_tags(beets.files()["song1"]).moods == ("mine", "yours")
    beets.run("emotag")
    moods = beets.values()["song1"][0].split("; ")
    assert moods[:2] == ["mine", "yours"], "moods of the user stay, before those of emotag"
    assert "; ".join(moods[2:]) == values["song1"][0]
    assert beets.tags() == beets.values()


def test_without_write_only_the_library_of_beets_has_the_values(beets: Beets) -> None:
    beets.configure(write="no")
    make_songs(beets.folder / "new", ("mp3", "v23.mp3", "m4a", "wma", "wv"))
    beets.run("import", "-s", str(beets.folder / "new"))
    values = beets.values()
    assert all(valence for _, valence, _ in values.values())
    assert set(beets.tags().values()) == {("", "", "")}
    beets.run("write", "--force")
    assert beets.tags() == values
    with tagger.Session() as session:
        undone = {result.status for result in session.undo(beets.folder / "music")}
    assert undone == {"unchanged"}, "what beets wrote, emotag does not undo"


def test_auto_and_pretend_and_a_damaged_file(beets: Beets) -> None:
    beets.configure(auto="no")
    make_songs(beets.folder / "new", ("mp3", "flac"))
    beets.run("import", "-s", str(beets.folder / "new"))
    assert beets.listed("^valence::.") == {"song0", "song1"}
    pretended = beets.run("emotag", "--pretend", "title:song0")
    assert any(mood in pretended for mood in tagger.MOODS)
    assert set(beets.values().values()) == {("", "", "")}
    path = Path(beets.files()["song0"])
    path.write_bytes(b"no music")
    output = beets.run("emotag")
    assert "1 analysed, 1 failed" in output
    assert str(path) in output
    assert "No matching songs." in beets.run("emotag", "title:none", status=1)


def test_tags_of_version_3_have_joined_moods(beets: Beets) -> None:
    beets.configure(id3v23="yes", write="no")
    make_songs(beets.folder / "new", ("mp3", "v23.mp3"))
    beets.run("import", "-s", str(beets.folder / "new"))
    beets.run("write", "--force")
    values = beets.values()
    for title, path in beets.files().items():
        frames: Any = mutagen.id3.ID3(path, translate=False)
        assert frames.version == (2, 3, 0)
        assert [str(frame) for frame in frames.getall("TXXX:MOOD")] == [values[title][0]]
        assert not frames.getall("TMOO")
    beets.configure(write="no")
    beets.run("write", "--force")
    assert beets.tags() == values
    assert not [path for path in beets.files().values() if mutagen.id3.ID3(path).getall("TXXX:MOOD")]


def test_a_busy_library_does_not_fail_the_import(beets: Beets, own_store: Path) -> None:
    from tagger.library.lock import library_lock

    make_songs(beets.folder / "new", ("flac",))
    with library_lock(str(own_store)):
        assert "run `beet emotag`" in beets.run("import", "-s", str(beets.folder / "new"))
        assert "emotag: another emotag process" in beets.run("emotag", status=1)
    assert beets.values() == {"song0": ("", "", "")}


def test_emotag_does_not_need_beets() -> None:
    check = "import sys, tagger.api, tagger.session, tagger.cli; assert not {'beets', 'mediafile'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True, cwd=ROOT)
