"""The output of every ``--json`` is as its schema in ``docs/schema`` describes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tagger import cli
from tagger.scanning.undo import UndoResult, UndoSession
from tests.cli.conftest import Scanned
from tests.sounds import song

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"

Captured = pytest.CaptureFixture[str]


def closed(schema: Any) -> Any:
    """Return a schema in which no object may have more properties than are described."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **copy} if isinstance(schema.get("properties"), dict) else copy


def validate(value: object, name: str) -> None:
    """Fail unless a value is exactly as a schema describes."""
    schema = closed(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))
    jsonschema.Draft202012Validator(schema).validate(value)


def events(text: str, name: str) -> list[dict[str, Any]]:
    """Return the events in the output of a command, after a check of each."""
    lines = [json.loads(line) for line in text.splitlines()]
    for event in lines:
        validate(event, name)
    assert [lines[0]["event"], lines[-1]["event"]] == ["started", "summary"]
    return lines


@pytest.fixture
def music(library: Scanned, tmp_path: Path) -> Path:
    """Three songs and a file that is not a song."""
    folder = tmp_path / "music"
    folder.mkdir()
    for number, name in enumerate(("a.flac", "b.mp3", "bad\udcff.flac")):
        song(folder / name, 5, rate=22050, seed=number)
    (folder / "text.mp3").write_text("not a song")
    return folder


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_each_schema_is_valid(file: Path) -> None:
    schema = json.loads(file.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/docs/schema/{file.name}")


def test_a_schema_that_does_not_fit_is_noticed() -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate({"files": 1, "songs": 1, "more": 1}, "library-prune")
    with pytest.raises(jsonschema.ValidationError):
        validate({"files": 1}, "library-prune")


@pytest.mark.thorough
def test_events_of_a_scan_and_an_undo(music: Path, capsys: Captured) -> None:
    assert cli.run(["scan", "--json", str(music)]) == 1
    first = events(capsys.readouterr().out, "scan-event")
    assert first[0]["files"] == 4
    assert {event["status"] for event in first if event["event"] == "file"} == {"tagged"}
    (failed,) = (event for event in first if event["event"] == "failed")
    assert failed["path"] == str(music / "text.mp3")
    assert (first[-1]["tagged"], first[-1]["failed"], first[-1]["exit_status"]) == (3, 1, 1)
    assert any(event.get("path", "").startswith("file://") for event in first)

    assert cli.run(["scan", "--json", str(music)]) == 0
    started, skipped, summary = events(capsys.readouterr().out, "scan-event")
    assert (started["tag"], started["dry_run"]) == (True, False)
    assert (skipped["status"], summary["unchanged"]) == ("skipped", 3)

    for more in (["-v"], ["--dry-run"], ["-o", os.devnull, "--format", "csv"]):
        assert cli.run(["scan", "--json", *more, str(music)]) == 0
        files = [event for event in events(capsys.readouterr().out, "scan-event") if event["event"] == "file"]
        assert [file["status"] for file in files] == ["unchanged"] * 3

    assert cli.run(["undo", "--json", "--dry-run", str(music)]) == 0
    dry = events(capsys.readouterr().out, "undo-event")
    assert dry[0]["dry_run"]
    assert cli.run(["undo", "--json", str(music)]) == 0
    undone = events(capsys.readouterr().out, "undo-event")
    assert undone[1:-1] == dry[1:-1]
    assert (undone[-1]["restored"], undone[-1]["skipped"]) == (3, 1)
    tagged = {event["path"]: event["changes"] for event in first if event["event"] == "file"}
    for event in undone[1:-1]:
        if event["status"] == "restored":
            back = {field: {"old": v["new"], "new": v["old"]} for field, v in event["changes"].items()}
            assert back == tagged[event["path"]]


def test_a_scan_of_nothing_has_events(tmp_path: Path, capsys: Captured) -> None:
    for command in ("scan", "undo"):
        assert cli.run([command, "--json", str(tmp_path)]) == 1
        captured = capsys.readouterr()
        started, summary = events(captured.out, f"{command}-event")
        assert (started["files"], summary["exit_status"]) == (0, 1)
        assert "No audio files found" in captured.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may search every folder")
def test_a_folder_that_cannot_be_searched_is_an_event_after_the_first(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    for command in ("scan", "undo"):
        assert cli.run([command, "--json", str(tmp_path)]) == 1
        _, failed, _ = events(capsys.readouterr().out, f"{command}-event")
        assert failed["path"] == str(tmp_path / "closed")


def test_an_ignore_file_that_cannot_be_used_is_an_event_after_the_first(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / ".emotagignore").mkdir()
    assert cli.run(["scan", "--json", str(tmp_path)]) == 1
    _, failed, summary = events(capsys.readouterr().out, "scan-event")
    assert failed["path"] == str(tmp_path / ".emotagignore")
    assert summary["failed"] == 1


@pytest.mark.thorough
def test_events_arrive_at_once_and_an_interruption_has_a_summary(music: Path) -> None:
    for number in range(40):
        shutil.copy(music / "b.mp3", music / f"{number}.mp3")
    command = [sys.executable, "-m", "tagger", "scan", "--json", "--force", str(music)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline(), process.stdout.readline()]
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    assert process.wait(120) == 130
    process.stdout.close()
    assert events("".join(lines) + rest, "scan-event")[-1]["exit_status"] == 130


def test_an_interrupted_undo_has_a_summary(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(session: UndoSession, on_file: object) -> Iterator[UndoResult]:
        yield UndoResult(session.files[0].path, skipped=True)
        raise KeyboardInterrupt

    song(tmp_path / "a.flac", 1)
    monkeypatch.setattr(UndoSession, "run", interrupted)
    assert cli.run(["undo", "--json", str(tmp_path)]) == 130
    _, file, summary = events(capsys.readouterr().out, "undo-event")
    assert (file["status"], summary["skipped"], summary["exit_status"]) == ("skipped", 1, 130)


def test_only_one_output_goes_to_stdout(library: Scanned, capsys: Captured) -> None:
    assert library.run("scan", "--json", "-o", "-", str(library.music)) == 2
    assert "only one of a report and the events of --json can go to stdout" in capsys.readouterr().err
    assert library.run("playlist", "--json", "-o", "-") == 2
    assert "Only one of the playlist and JSON can go to stdout." in capsys.readouterr().err


def test_a_playlist_as_json_has_the_songs_of_the_file(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    assert library.run("playlist", "--order", "path", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    validate(printed, "playlist")
    assert printed["output"] is None
    assert printed["duration"] == pytest.approx(sum(song["duration"] for song in printed["songs"]))
    file = tmp_path / "x.m3u8"
    assert library.run("playlist", "--order", "path", "--json", "-o", str(file)) == 0
    again = json.loads(capsys.readouterr().out)
    validate(again, "playlist")
    assert again["output"] == str(file)
    assert [song["path"] for song in again["songs"]] == [song["path"] for song in printed["songs"]]
    assert file.read_text().count("#EXTINF") == len(again["songs"])
    assert library.run("playlist", "--near", "0,0", "--json", "--relative", "rank") == 0
    validate(json.loads(capsys.readouterr().out), "playlist")
    assert library.run("playlist", "--json", "artist:nobody", "-o", str(tmp_path / "none.m3u8")) == 1
    empty = json.loads(capsys.readouterr().out)
    validate(empty, "playlist")
    assert (empty["songs"], empty["output"]) == ([], None)
    assert not (tmp_path / "none.m3u8").exists()


def test_the_library_as_json(library: Scanned, tmp_path: Path, capsys: Captured) -> None:
    store = shutil.copy(library.store, tmp_path / "copy.sqlite")
    for command in ("info", "check", "prune"):
        assert cli.run(["library", command, "--json", "--store", str(store)]) == 0
        printed = json.loads(capsys.readouterr().out)
        validate(printed, f"library-{command}")
        if command == "info":
            assert (printed["path"], printed["failed"]) == (str(store), 1)
        else:
            assert not any(printed.values())
