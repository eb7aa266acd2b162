"""A scan from the command line, on real encoded files, to tags and reports."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import mutagen
import numpy as np
import pytest

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import MOODS
from tests.sounds import song, write

SUFFIXES = (".mp3", ".flac", ".ogg", ".opus", ".m4a", ".wav", ".aiff")


def emotag(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, stdin=subprocess.DEVNULL)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def encodings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encodings")
    for suffix in SUFFIXES:
        if suffix != ".opus":
            song(folder / f"song{suffix}", 32)
    # Opus knows no 44.1 kHz: what it gets must be the same signal.
    import soxr

    from tests.sounds import music

    write(folder / "song.opus", soxr.resample(music(32).T, 44100, 48000).T, rate=48000)
    return folder


def test_tags_of_all_encodings_agree_and_their_audio_is_untouched(encodings: Path) -> None:
    audio = {suffix: hash_audio(str(encodings / f"song{suffix}")) for suffix in SUFFIXES}
    run = emotag("scan", encodings)
    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr.strip().splitlines()[-1].startswith("7 analysed, 7 tagged, 0 unchanged, 0 skipped, 0 failed in")
    assert run.stderr.endswith(f"; `emotag undo {encodings}` restores the earlier tags\n")
    states = {suffix: tags.read(str(encodings / f"song{suffix}")) for suffix in SUFFIXES}
    plain = states[".wav"]
    assert plain.moods
    assert set(plain.moods) <= set(MOODS)
    assert plain.valence is not None
    assert plain.arousal is not None
    for suffix, state in states.items():
        assert set(state.moods) == set(plain.moods), suffix  # two that are as probable may change places
        assert state.valence == pytest.approx(plain.valence, abs=0.05), suffix
        assert state.arousal == pytest.approx(plain.arousal, abs=0.05), suffix
        assert hash_audio(str(encodings / f"song{suffix}")) == audio[suffix]
    for lossless in (".flac", ".aiff"):
        assert (states[lossless].valence, states[lossless].arousal) == (plain.valence, plain.arousal)
    again = emotag("scan", encodings)
    assert "0 tagged, 7 unchanged" in again.stderr
    assert "undo" not in again.stderr


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Good songs and bad files."""
    folder = tmp_path / "library"
    folder.mkdir()
    song(folder / "good.mp3", 6)
    song(folder / "no tags.mka", 6)
    os.rename(song(folder / "x.flac", 6, seed=2), os.path.join(folder, os.fsdecode(b"caf\xe9.flac")))
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("words " * 300)
    truncated = song(folder / "truncated.flac", 20)
    truncated.write_bytes(truncated.read_bytes()[: truncated.stat().st_size // 2])
    write(folder / "silent.wav", np.zeros((1, 8 * 8000)), rate=8000)
    song(folder / "short.wav", 2)
    return folder


@pytest.mark.thorough
def test_bad_files_are_one_line_each_and_good_files_are_tagged(library: Path) -> None:
    run = emotag("scan", "--tag", "--csv", "-", library)
    assert run.returncode == 1
    report = {row["path"].rsplit("/", 1)[1]: row for row in rows(run.stdout)}
    assert {name for name, row in report.items() if row["status"] == "ok"} == {
        "good.mp3",
        "no tags.mka",
        "caf%E9.flac",
    }
    reasons = {
        "empty.mp3": "empty",
        "text.mp3": "not audio",
        "truncated.flac": "damaged",
        "silent.wav": "silent",
    }
    for name, reason in {**reasons, "short.wav": "too short"}.items():
        assert report[name]["error"].startswith(reason)
        assert sum(name in line for line in run.stderr.splitlines()) == 1
    assert tags.read(str(library / "good.mp3")).moods
    assert tags.read(os.path.join(library, os.fsdecode(b"caf\xe9.flac"))).moods
    assert run.stderr.count("no tags.mka") == 1
    assert "2 tagged" in run.stderr.splitlines()[-1]
    assert "5 failed" in run.stderr.splitlines()[-1]


@pytest.mark.thorough
def test_a_report_changes_no_file_and_is_sorted(library: Path, tmp_path: Path) -> None:
    before = {f: (library / f).read_bytes() for f in os.listdir(library)}
    run = emotag("scan", "--csv", tmp_path / "r.csv", "--jsonl", tmp_path / "r.jsonl", library, "-q", "-j", "2")
    assert run.stdout == ""
    assert {f: (library / f).read_bytes() for f in os.listdir(library)} == before
    paths = [row["path"] for row in rows((tmp_path / "r.csv").read_text())]
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert paths == [line["path"] for line in lines]
    assert len(paths) == 8
    plain = [p for p in paths if not p.startswith("file:")]
    assert plain == sorted(plain)


def test_a_dry_run_shows_old_and_new_and_changes_nothing(tmp_path: Path) -> None:
    path = song(tmp_path / "song.flac", 6)
    before = path.read_bytes()
    run = emotag("scan", "-n", "-v", tmp_path)
    assert run.returncode == 0
    assert "song.flac\n  moods: (none) -> " in run.stderr
    assert "1 would be tagged" in run.stderr
    assert path.read_bytes() == before


def test_a_dry_run_is_a_line_per_song_and_ends_in_totals(tmp_path: Path) -> None:
    for number in range(2):
        song(tmp_path / f"{number}.flac", 6, rate=22050, seed=number)
    file = mutagen.File(tmp_path / "1.flac")
    file["MOOD"] = "Epic"
    file.save()
    first, second, moods, quadrants, summary = emotag("scan", "-n", tmp_path).stderr.splitlines()
    assert re.fullmatch(rf"{tmp_path}/0\.flac: [a-z, -]+ \(valence -?0\.\d+, arousal -?0\.\d+\)", first)
    assert second.startswith(f"{tmp_path}/1.flac: Epic -> Epic, ")
    assert moods.startswith("Moods: ")
    assert sum(map(int, re.findall(r"\d+", moods))) >= 2
    assert re.fullmatch(r"Quadrants: ([a-z]+ 1, [a-z]+ 1|[a-z]+ 2)", quadrants)
    assert "2 would be tagged" in summary
    assert summary.endswith("; no file was changed")


def test_threshold_0_assigns_all_moods_and_threshold_1_one(tmp_path: Path) -> None:
    song(tmp_path / "song.flac", 6)
    for threshold, count in (("0", 6), ("1", 1)):
        (row,) = rows(emotag("scan", "--threshold", threshold, "--csv", "-", tmp_path).stdout)
        assert len(row["moods"].split("; ")) == count


def test_a_scan_that_finds_nothing_is_status_1(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = emotag("scan", tmp_path / "empty")
    assert run.returncode == 1
    assert run.stderr.splitlines()[0] == f"emotag: No audio files found in {tmp_path}/empty."
    assert emotag("scan", "-q", tmp_path / "empty").stderr == f"emotag: No audio files found in {tmp_path}/empty.\n"
    song(tmp_path / "song.wav", 6)
    run = emotag("scan", "--csv", "-", tmp_path / "empty", tmp_path / "song.wav")
    assert run.returncode == 0, "something was found"
    assert f"emotag: No audio files found in {tmp_path}/empty.\n" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [["scan"], ["scan", "/nowhere"], ["scan", "--jobs", "0", "."], ["scan", "--threshold", "2", "."], ["x"]],
)
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    run = emotag(*arguments)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_an_invalid_model_file_is_a_one_line_error(tmp_path: Path) -> None:
    song(tmp_path / "song.wav", 6)
    (tmp_path / "m.model").write_text("x")
    run = emotag("scan", "--model", tmp_path / "m.model", "--csv", "-", tmp_path)
    assert run.returncode == 2
    assert "not a model of emotag" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.thorough
def test_features_prints_a_row_for_each_excerpt(tmp_path: Path) -> None:
    path = song(tmp_path / "song.wav", 65)
    (mood,) = rows(emotag("features", "--set", "moods", path).stdout)
    assert list(mood)[:3] == ["path", "start", "Mean_Acc1298_Mean_Mem40_Centroid"]
    assert (len(mood), mood["start"]) == (74, "30")
    windows = rows(emotag("features", "--set", "affect", path).stdout)
    assert [w["start"] for w in windows] == ["0", "11", "22", "32.5", "43.5", "54.5"]


@pytest.mark.thorough
def test_show_names_who_wrote(tmp_path: Path) -> None:
    path = song(tmp_path / "song.ogg", 6)
    assert "written by" not in emotag("show", path).stdout
    tags = mutagen.File(path)
    tags["MOOD"] = "Dreamy"
    tags.save()
    assert "written by another program" in emotag("show", path).stdout
    emotag("scan", path)
    shown = emotag("show", path).stdout
    assert "written by emotag" in shown
    assert "valence" in shown
    run = emotag("show", song(tmp_path / "song.mka", 6))
    assert run.returncode == 1
    assert "no tags" in run.stderr


def test_models_shows_the_cards() -> None:
    shown = emotag("models").stdout
    assert "micro_f1" in shown
    assert "shipped valence_r2" in shown
    assert "joint quadrants_auc_valence" in shown
    kinds = {card["kind"] for card in json.loads(emotag("models", "--json").stdout)}
    assert kinds == {"emotion", "moods", "affect", "embedding"}
