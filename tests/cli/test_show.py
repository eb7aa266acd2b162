"""A card of a song, and a summary of a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tagger import cli
from tests.sounds import song


def test_a_card_has_the_tags_and_what_the_library_knows(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    path = song(music / "a.flac", 6, rate=22050)
    song(music / "b.opus", 6, rate=48000, seed=1)
    assert cli.run(["show", str(path)]) == 0
    assert "the library does not know it" in capsys.readouterr().out
    assert cli.run(["show", str(music)]) == 0
    assert "knows no songs here" in capsys.readouterr().out
    assert cli.run(["scan", "-q", "-j", "1", str(music)]) == 0
    assert cli.run(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "written by emotag" in out
    assert "angry-aggressive" in out
    assert out.count("█") > 5
    assert cli.run(["show", "--json", str(path), str(music)]) == 0
    card, summary = json.loads(capsys.readouterr().out)
    assert card["tags"]["moods"] == card["library"]["moods"]
    assert card["tags"]["valence"] == pytest.approx(card["library"]["valence"], abs=5e-4)
    assert sum(card["library"]["probabilities"].values()) > 0.5
    assert summary["songs"] == sum(summary["quadrants"].values()) == 2
    assert cli.run(["show", str(music)]) == 0
    assert "2 songs" in capsys.readouterr().out


def test_a_bad_file_is_a_line_and_the_others_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_text("words")
    good = song(tmp_path / "good.flac", 1)
    assert cli.run(["show", str(bad), str(good)]) == 1
    said = capsys.readouterr()
    assert "bad.mp3: " in said.err
    assert "good.flac (FLAC)" in said.out
