"""An export equals the report of a scan, without the scan."""

from __future__ import annotations

import csv
import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest

from tagger import cli
from tagger.emotions import Prediction
from tagger.library.records import FileStat
from tagger.library.store import Store
from tests.cli.conftest import Scanned
from tests.cli.test_startup import HEAVY, imported

Captured = pytest.CaptureFixture[str]


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("roots", [["{}"], ["{}/"], ["{}/deep", "{}"], ["../{0.name}"], ["{}/text.mp3", "../{0.name}"]])
def test_an_export_equals_the_report_of_a_scan(
    kind: str, roots: list[str], library: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(library.music)
    paths = [root.format(library.music) for root in roots]
    scanned, exported = tmp_path / "scan", tmp_path / "export"
    assert library.run("scan", "-q", "-j", "1", f"--{kind}", str(scanned), *paths) == 0  # what failed before is skipped
    assert library.run("export", f"--{kind}", str(exported), *paths) == 0
    assert exported.read_bytes() == scanned.read_bytes()
    assert b"text.mp3" in exported.read_bytes()


def test_deviations_are_added_on_request(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    scanned, exported = tmp_path / "scan", tmp_path / "export"
    assert library.run("scan", "-q", "-j", "1", "--sd", "--csv", str(scanned), str(library.music)) == 0
    assert library.run("export", "--sd", "--csv", str(exported), str(library.music)) == 0
    assert exported.read_bytes() == scanned.read_bytes()
    rows = [
        row for row in csv.DictReader(io.StringIO(exported.read_bytes().decode(), newline="")) if row["status"] == "ok"
    ]
    assert rows
    assert all(0.05 < float(row[column]) < 0.6 for row in rows for column in ("valence_sd", "arousal_sd"))
    for without in ([], ["--csv", str(scanned), "--dry-run"]):
        assert library.run("scan", "--sd", *without, str(library.music)) == 2
        assert "--sd is for a report" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["--columns +album,artist,title,genre", "--columns path,artist,moods --absolute"])
def test_columns_are_chosen_alike_by_a_scan_and_an_export(
    arguments: str, library: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(library.music)
    scanned, exported = tmp_path / "scan.csv", tmp_path / "export.csv"
    assert library.run("scan", "-q", *arguments.split(), "-o", str(scanned), "deep", "text.mp3") == 0
    assert library.run("export", *arguments.split(), "-o", str(exported), "deep", "text.mp3") == 0
    assert exported.read_bytes() == scanned.read_bytes()
    with exported.open(newline="") as file:
        first, second, failed = csv.DictReader(file)
    assert [first["artist"], second["artist"], failed["artist"]] == ["Twice", "Twice", ""]
    if "+" in arguments:
        assert list(first)[-6:] == ["model", "error", "album", "artist", "title", "genre"]
        assert first["title"] == "Title 6 <script>"
        assert [row["path"] for row in (first, second, failed)] == ["deep/x.mp3", "deep/y.mp3", "text.mp3"]
    else:
        assert list(first) == ["path", "artist", "moods"]
        assert failed["path"] == str(library.music / "text.mp3")


def test_unknown_columns_are_refused(library: Scanned, capsys: Captured) -> None:
    for columns in ("path,size", "+", "path,,moods", "valence_rank"):
        assert library.run("export", "--columns", columns) == 2
        assert "is not a column; the columns are path, status, " in capsys.readouterr().err
    assert library.run("export", "--columns", "path, valence_rank", "--relative", "rank") == 0
    assert capsys.readouterr().out.startswith("path,valence_rank\r\n")


def test_paths_of_a_dry_run_are_absolute_on_request(
    library: Scanned, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(library.music)
    for options, path in (([], "deep/x.mp3"), (["--absolute"], str(library.music / "deep" / "x.mp3"))):
        assert library.run("scan", "-q", "-n", "-o", "-", *options, "deep/x.mp3") == 0
        assert {row["path"] for row in csv.DictReader(capsys.readouterr().out.splitlines())} == {path}


@pytest.mark.parametrize("scale", ["rank", "z"])
def test_positions_in_the_library_are_added_on_request(
    scale: str, library: Scanned, tmp_path: Path, capsys: Captured
) -> None:
    plain, relative = tmp_path / "plain", tmp_path / "relative"
    assert library.run("export", "--sd", "--csv", str(plain)) == 0
    assert library.run("export", "--sd", "--relative", scale, "--csv", str(relative)) == 0
    columns = (f"valence_{scale}", f"arousal_{scale}")
    with relative.open(newline="") as file, plain.open(newline="") as other:
        rows = list(csv.DictReader(file))
        without = [{key: row[key] for key in row if key not in columns} for row in rows]
        assert without == list(csv.DictReader(other))  # valence and arousal stay as they are
    failed = [row for row in rows if row["status"] == "failed"]
    songs = [row for row in rows if row["status"] == "ok"]
    assert failed and all(row[column] == "" for row in failed for column in columns)
    for output, column in zip(("valence", "arousal"), columns, strict=True):
        assert list(rows[0])[-2:] == list(columns)
        by_value = sorted(songs, key=lambda row: float(row[output]))
        numbers = [float(row[column]) for row in by_value]
        assert numbers == sorted(numbers)
        if scale == "rank":
            assert (numbers[0], numbers[-1]) == (-1, 1)
        assert sum(numbers) == pytest.approx(0, abs=1e-3)
    # A selection keeps the positions in the whole library.
    assert library.run("export", "--relative", scale, "--jsonl", "-", str(library.music / "deep" / "x.mp3")) == 0
    (line,) = capsys.readouterr().out.splitlines()
    (same,) = (row for row in songs if row["path"].endswith("x.mp3"))
    assert [json.loads(line)[column] for column in columns] == [float(same[column]) for column in columns]


def test_a_scan_has_no_relative_positions(library: Scanned, capsys: Captured) -> None:
    assert library.run("scan", "--relative", "rank", "--csv", "-", str(library.music)) == 2
    assert "--relative" in capsys.readouterr().err


def test_without_folders_paths_are_absolute(library: Scanned, capsys: Captured) -> None:
    assert library.run("export", "--jsonl", "-") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(row["path"].startswith(("/", "file:///")) for row in rows)
    assert sorted(row["status"] for row in rows) == ["failed"] + ["ok"] * 8


def test_a_filtered_export_has_no_failed_files(library: Scanned, capsys: Captured) -> None:
    every = ["--quadrant", "happy", "--quadrant", "calm", "--quadrant", "sad", "--quadrant", "tense"]
    assert library.run("export", "--jsonl", "-", *every) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert not any("text.mp3" in line for line in lines)


def test_no_cell_is_a_formula(library: Scanned, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(library.music)
    assert library.run("export", ".") == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    text = [cell for row in rows[1:] for cell in row if not cell.lstrip("-").replace(".", "").isdigit()]
    assert not [cell for cell in text if cell.startswith(("=", "+", "-", "@"))]


def test_without_matching_songs_nothing_is_written(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "x.csv"
    assert library.run("export", "--csv", str(out), str(tmp_path)) == 1
    assert "emotag: No matching songs in the library; run `emotag scan` first." in capsys.readouterr().err
    assert not out.exists()
    assert library.run("export", "--csv", "-", "--jsonl", "-") == 2
    assert cli.run(["export", "--store", str(tmp_path / "none.sqlite")]) == 2
    assert "no library database; run `emotag scan` first" in capsys.readouterr().err


@pytest.mark.thorough
def test_memory_does_not_grow_with_the_library(tmp_path: Path) -> None:
    peaks = []
    for count in (500, 5000):
        path = str(tmp_path / f"{count}.sqlite")
        with Store(path) as store:
            for i in range(count):
                audio = store.add_audio(str(i), 200.0, {})
                store.set_file(os.fsencode(f"/music/{i % 40}/{'song' * 20} {i}.mp3"), FileStat(1, 1, 1), audio)
                store.add_prediction(audio, "m", Prediction(0.1, -0.2, 0.5, (0.1,) * 6))
        cli.run(["export", "--store", path, "--csv", os.devnull])  # what is imported and cached is there after this
        tracemalloc.start()
        assert cli.run(["export", "--store", path, "--csv", str(tmp_path / "out.csv"), "/music"]) == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 100_000
    assert (tmp_path / "out.csv").stat().st_size > 500_000


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "--relative", "z"],
        ["playlist", "--near", "0,0"],
        ["playlist", "--from=0,0", "--to=1,1", "--relative", "rank"],
        ["show", "{}"],
    ],
)
def test_reading_the_library_imports_no_numerical_libraries(arguments: list[str], library: Scanned) -> None:
    filled = [argument.format(library.music) for argument in arguments]
    assert not imported(*filled, "--store", library.store) & (set(HEAVY) - {"mutagen"})
