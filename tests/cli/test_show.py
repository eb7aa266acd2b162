"""A card of a song, and a summary of a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import mutagen
import pytest

from tagger import cli
from tagger.library.path_text import path_to_text
from tests.sounds import song


def test_a_card_has_the_tags_and_the_prediction(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    path = song(music / "a.flac", 6, rate=22050)
    song(music / "b.opus", 6, rate=48000, seed=1)
    assert cli.run(["show", str(path)]) == 0
    assert "Not analysed yet" in capsys.readouterr().out
    assert cli.run(["show", str(music)]) == 0
    out = capsys.readouterr().out
    assert "no analysed songs" in out
    assert "2 files not analysed yet" in out
    assert cli.run(["scan", "-q", "-j", "1", str(music)]) == 0
    assert cli.run(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "written by emotag" in out
    assert "angry-aggressive" in out
    assert out.count("█") > 5
    assert cli.run(["show", "--json", str(path), str(music)]) == 0
    card, summary = json.loads(capsys.readouterr().out)
    assert card["tags"]["moods"] == card["library"]["moods"]
    assert card["agree"] is True
    assert card["tags"]["valence"] == pytest.approx(card["library"]["valence"], abs=5e-4)
    assert sum(card["library"]["probabilities"].values()) > 0.5
    assert summary["songs"] == sum(summary["quadrants"].values()) == 2
    assert cli.run(["show", str(music)]) == 0
    assert "2 songs" in capsys.readouterr().out
    assert cli.run(["show", "--json", "--relative", "rank", str(path), str(music / "b.opus")]) == 0
    pair = [card["library"] for card in json.loads(capsys.readouterr().out)]
    for output in ("valence", "arousal"):
        assert {song[f"{output}_rank"] for song in pair} == {-1, 1}
        assert max(pair, key=lambda song: song[output])[f"{output}_rank"] == 1
    assert "valence_rank" not in card["library"]
    assert cli.run(["show", "--relative", "z", str(path)]) == 0
    assert "z in the library: valence " in capsys.readouterr().out


def test_a_file_that_fails_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_text("words")
    good = song(tmp_path / "good.flac", 1)
    assert cli.run(["show", str(bad), str(good)]) == 1
    captured = capsys.readouterr()
    assert "bad.mp3: " in captured.err
    assert "good.flac (FLAC)" in captured.out


def test_a_card_compares_the_tags_with_the_prediction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = song(tmp_path / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    assert cli.run(["show", str(path)]) == 0
    assert "tags match the prediction" in capsys.readouterr().out
    tags = mutagen.File(path)
    tags["valence"] = "0.999"
    tags["title"], tags["artist"], tags["album"] = "Dawn\x1b[31m\n", "Lark", "Birds"
    tags.save()
    assert cli.run(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "tags differ from the prediction: valence" in out
    assert "  Lark - Dawn�[31m (Birds)" in out


def test_a_song_without_tags_has_a_card_from_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = song(tmp_path / "a.mka", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", "--csv", os.devnull, str(path)]) == 0
    assert cli.run(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "tags     - (its container has no tags that can be written)" in out
    assert "relaxing-calm" in out


def test_a_summary_counts_failed_and_unknown_files(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song(tmp_path / "a.flac", 6, rate=22050)
    (tmp_path / "bad.mp3").write_text("words")
    cli.run(["scan", "-q", "-j", "1", "--no-tag", str(tmp_path)])
    song(tmp_path / "new.flac", 6, rate=22050, seed=1)
    capsys.readouterr()
    assert cli.run(["show", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert ": 1 song, " in out
    assert "1 file could not be read" in out
    assert "1 file not analysed yet" in out
    assert cli.run(["show", "--json", str(tmp_path)]) == 0
    (summary,) = json.loads(capsys.readouterr().out)
    assert (summary["songs"], summary["failed"], summary["unknown"]) == (1, 1, 1)
    assert cli.run(["show", "--store", str(tmp_path / "none.sqlite"), str(tmp_path)]) == 0
    assert "3 files not analysed yet" in capsys.readouterr().out
    assert not (tmp_path / "none.sqlite").exists()


def test_bars_are_ascii_if_the_encoding_lacks_blocks(tmp_path: Path, own_store: Path) -> None:
    path = song(tmp_path / "é🎵.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    run = subprocess.run(
        [sys.executable, "-m", "tagger", "show", str(path), str(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert b"#####" in run.stdout
    assert b"\xe9?.flac" in run.stdout


@pytest.mark.thorough
def test_an_explanation_says_on_one_screen_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = song(tmp_path / "a.flac", 12, rate=22050)
    assert cli.run(["show", "--why", str(path)]) == 0  # analysed for it
    unscanned = capsys.readouterr().out
    lines = unscanned.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines[1:])) <= 80
    for word in ("embedding", "tempo", "mode", "brightness", "dynamics", "sad-lonely", "training songs; emotion-"):
        assert word in unscanned
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    assert cli.run(["show", "--json", str(path)]) == 0
    (card,) = json.loads(capsys.readouterr().out)
    assert cli.run(["show", "--why", str(path)]) == 0
    assert capsys.readouterr().out == unscanned
    assert cli.run(["show", "--why", "--json", str(path)]) == 0
    (why,) = json.loads(capsys.readouterr().out)
    for output in ("valence", "arousal"):
        assert why["song"][output] == pytest.approx(card["library"][output], abs=1e-6)
        total = why["typical"][output] + sum(group["contributions"][output] for group in why["groups"])
        assert total == pytest.approx(why["song"][output], abs=1e-9)


def test_only_a_song_that_was_scanned_is_explained_without_its_audio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagger.analysis import extraction

    path = song(tmp_path / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    monkeypatch.setattr(extraction, "analyse", None)
    assert cli.run(["show", "--why", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines[1:])) <= 80
    assert any(line.startswith("  this song: ") for line in lines)


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_explanations_of_hostile_names_are_safe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = song(tmp_path / "a.flac", 6, rate=22050).rename(tmp_path / os.fsdecode(b"\x1b[31m\n\xff{}%s.flac"))
    bad = tmp_path / "-bad\x1b.mp3"
    bad.write_text("words")
    assert cli.run(["show", "--why", "--", str(path), str(bad)]) == 1
    captured = capsys.readouterr()
    first, *rest = captured.out.splitlines()
    assert first.endswith("[31m��{}%s.flac")
    assert len(rest) <= 23
    assert "\x1b" not in captured.out + captured.err
    assert "bad�.mp3: " in captured.err
    assert cli.run(["show", "--why", "--json", str(path)]) == 0
    (why,) = json.loads(capsys.readouterr().out)
    assert why["path"] == path_to_text(str(path))


def test_explanations_are_of_single_songs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = song(tmp_path / "a.flac", 1)
    for options, message in (
        (["--why", str(tmp_path)], "is a directory; --why explains single songs"),
        (["--why", "--relative", "rank", str(path)], "--why and --relative cannot be combined"),
        (["--model", "classical", str(path)], "--model needs --why"),
    ):
        assert cli.run(["show", *options]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.thorough
def test_the_classical_models_are_explained_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = song(tmp_path / "a.flac", 12, rate=22050)
    assert cli.run(["show", "--why", "--model", "classical", str(path)]) == 0
    out = capsys.readouterr().out
    assert "embedding" not in out
    assert "1200 training songs; moods-" in out
    assert max(map(len, out.splitlines()[1:])) <= 80
