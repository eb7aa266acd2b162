"""Outputs do not overwrite files of value, and this is checked before the command starts its work."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
import pytest

import tagger.io.output
from tagger import cli, models
from tagger.cli.outputs import Output, WritingCommand
from tagger.emotions import MOODS
from tagger.features import marsyas
from tagger.io import library_paths
from tests.models.test_format import save_model
from tests.sounds import CODECS, MADE, song

MODEL = "m.model"

DATA_SETS = "--audio . --labels table.csv --quadrants . --moods table.csv"

COMMANDS = {
    "scan --output": "scan --format csv -o OUT .",
    "scan --csv": "scan --csv OUT .",
    "scan --jsonl": "scan --jsonl OUT .",
    "scan --log": "scan --log OUT .",
    "watch --log": "watch --log OUT .",
    "export --output": "export --format jsonl -o OUT",
    "export --csv": "export --csv OUT",
    "export --jsonl": "export --jsonl OUT",
    "map --output": "map -o OUT",
    "map --image": "map --image OUT",
    "playlist --output": "playlist -o OUT",
    "curve --output": "curve a.flac --format csv -o OUT",
    "explore --output": "explore table.csv -o OUT",
    "explore --json-file": "explore table.csv --json OUT",
    "features --output": "features a.flac --format csv -o OUT",
    "evaluate moods --output": "evaluate moods table.csv --format json -o OUT",
    "evaluate moods --html": "evaluate moods table.csv --html OUT",
    "evaluate affect --output": "evaluate affect --audio . --labels table.csv --format txt -o OUT",
    "evaluate affect --html": "evaluate affect --audio . --labels table.csv --html OUT",
    "evaluate emotion --output": f"evaluate emotion {DATA_SETS} --format json -o OUT",
    "evaluate invariance --output": "evaluate invariance a.flac --format json -o OUT",
    "learn --output": "learn --csv table.csv -o OUT",
    "rate --output": "rate -o OUT",
    "train moods --output": "train moods table.csv -o OUT",
    "train affect --output": "train affect --audio . --labels table.csv -o OUT",
    "train emotion --output": f"train emotion {DATA_SETS} -o OUT",
    "evaluate emotion --html": f"evaluate emotion {DATA_SETS} --html OUT",
    "train embedding --output": "train embedding --wheel table.csv --audio . -o OUT",
}
"""Every option that names an output, in a command that is right but for that."""

SUFFIXES = {
    "map --image": ".png",
    "learn --output": ".model",
    "rate --output": ".model",
    **{f"train {kind} --output": ".model" for kind in ("moods", "affect", "emotion", "embedding")},
}

each = pytest.mark.parametrize("option", COMMANDS)


def outputs(command: click.Command, context: click.Context, called: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield all options that name outputs, with their commands."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from outputs(inner, click.Context(inner, parent=context), f"{called} {name}".strip())
    for param in command.params:
        if isinstance(param.type, Output):
            yield f"{called} {max(param.opts, key=len)}", command


def test_every_output_option_is_tested_and_checked() -> None:
    found = dict(outputs(cli.emotag, click.Context(cli.emotag)))
    assert set(found) == set(COMMANDS)
    assert all(isinstance(command, WritingCommand) for command in found.values())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    shutil.copy(original(tmp_path), folder / "a.flac")
    X = np.random.default_rng(0).normal(size=(20, 72)).round(4)
    rows = [[*map(str, x), *("1" if value > 0 else "0" for value in x[:6])] for x in X.tolist()]
    table = [[*marsyas.COLUMNS, *MOODS], *rows]
    (folder / "table.csv").write_text("\n".join(",".join(line) for line in table))
    monkeypatch.chdir(folder)
    return folder


def original(tmp_path: Path) -> Path:
    path = tmp_path.parent / "original.flac"
    return path if path.exists() else song(path, 6)


def refused(option: str, out: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command, which must refuse its output, and return what it said of it."""
    capsys.readouterr()
    assert cli.run(COMMANDS[option].replace("OUT", out).split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.splitlines()[-1]
    assert out in last
    return last


def everything(*folders: Path) -> dict[str, tuple[str, str]]:
    """Return what all files are: where links lead, and hashes."""
    found = {}
    for folder in folders:
        for path in [p for p in sorted(folder.rglob("*")) if p.is_file() or p.is_symlink()]:
            data = path.read_bytes() if path.exists() else b""
            found[str(path)] = (os.readlink(path) if path.is_symlink() else "", hashlib.sha256(data).hexdigest())
    return found


@each
def test_a_song_is_never_overwritten(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else ``--csv *.flac`` would cost the first one."""
    suffix = SUFFIXES.get(option, "")
    shutil.copy("a.flac", "song")
    shutil.copy("a.flac", f"song{suffix or '.csv'}")
    Path(f"link{suffix}").symlink_to("a.flac")
    Path(f"chain{suffix}").symlink_to(f"link{suffix}")
    os.link("a.flac", f"hard{suffix}")
    (folder / "deep").mkdir()
    before = everything(folder)
    names = [f"link{suffix}", f"chain{suffix}", f"hard{suffix}", f"deep/../song{suffix}", f"{folder}/hard{suffix}"]
    for out in [*names, f"song{suffix or '.csv'}", *([] if suffix else ["a.flac", "song"])]:
        assert "is a song and will not be overwritten" in refused(option, out, capsys)
    assert everything(folder) == before


@pytest.mark.parametrize("suffix", sorted({*CODECS, *MADE}))
def test_songs_of_all_formats_are_recognised_without_a_suffix(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = MADE[suffix](tmp_path / f"x{suffix}") if suffix in MADE else song(tmp_path / f"x{suffix}", 1, rate=48000)
    data = path.read_bytes()
    for number, content in enumerate((data, data[: len(data) // 2], b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + data)):
        Path(f"x{number}").write_bytes(content)
        refused("scan --csv", f"x{number}", capsys)
        refused("scan --log", f"x{number}", capsys)
        assert Path(f"x{number}").read_bytes() == content


@pytest.mark.thorough
@each
def test_files_of_the_library_store_are_not_overwritten(
    option: str, folder: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix = SUFFIXES.get(option, "")
    parts = [own_store, *(Path(f"{own_store}{part}") for part in ("-wal", "-shm", "-journal", ".lock"))]
    record = Path(library_paths.journal_dir(str(own_store))) / "record"
    if not suffix:
        # Before there is a store, too: it would be made first, and then be written over.
        record.parent.mkdir()
        for path in (*parts, record):
            assert "library database" in refused(option, str(path), capsys)
    assert cli.run(["scan", "-q", "--csv", os.devnull, "-j", "1", "."]) == 0
    record.parent.mkdir(exist_ok=True)
    for path in (*parts[1:], record):
        path.touch()
    Path(f"out{suffix}").symlink_to(own_store)
    os.link(own_store, f"hard{suffix}")
    Path(f"locked{suffix}").symlink_to(parts[-1])
    os.link(parts[-1], f"hardlock{suffix}")
    os.link(record, f"record{suffix}")
    names = [f"{name}{suffix}" for name in ("out", "hard", "locked", "hardlock", "record")]
    if not suffix:
        names += [str(path) for path in (*parts, record, record.parent / "new")]
        names += [str(own_store.parent / ".." / own_store.parent.name / own_store.name)]
    before = everything(folder, own_store.parent)
    for out in names:
        refused(option, out, capsys)
    assert everything(folder, own_store.parent) == before


@each
def test_settings_and_inputs_are_not_overwritten(
    option: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix = SUFFIXES.get(option, "")
    (folder / "config.toml").write_text("")
    monkeypatch.setenv("EMOTAG_CONFIG", str(folder / "config.toml"))
    Path(f"conf{suffix}").symlink_to("config.toml")
    Path(f"in{suffix}").symlink_to("table.csv")
    before = everything(folder)
    assert "is the settings file" in refused(option, f"conf{suffix}", capsys)
    if "table.csv" in COMMANDS[option]:
        assert "is read by this command" in refused(option, f"in{suffix}", capsys)
    assert everything(folder) == before


def test_a_model_in_use_and_its_card_are_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundled = models.bundled("affect")
    content = {"features": bundled.features, "columns": bundled.columns, "component": bundled.component}
    save_model(folder / MODEL, **content)
    before = everything(folder)
    for command in ("scan --csv OUT --model m.model .", "curve a.flac --format csv -o OUT --model m.model"):
        for out in ("m.model", "m.json"):
            assert cli.run(command.replace("OUT", out).split()) == 2
            assert "will not be overwritten" in capsys.readouterr().err
    assert everything(folder) == before


@each
def test_files_that_emotag_did_not_write_are_not_overwritten(
    option: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix = SUFFIXES.get(option, "")
    out = Path(f"x{suffix}")
    for data in (b"%PDF-1.7\n\0\xff\xfe", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR a photograph", b"PK\3\4 a zip\0", bytes(100)):
        out.write_bytes(data)
        assert "is not a file that emotag wrote and will not be overwritten" in refused(option, str(out), capsys)
        assert out.read_bytes() == data


@pytest.mark.parametrize(
    "options",
    [
        *("--csv x --jsonl x", "--csv x --jsonl ./x", "--csv x --log x", "--jsonl x --log X", "--csv x --jsonl link"),
        *("--csv there --jsonl hard", "--csv - --jsonl -"),
    ],
)
def test_two_outputs_to_one_file_are_refused(options: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("link").symlink_to("x")
    Path("there").write_text("old")
    os.link("there", "hard")
    before = everything(folder)
    assert cli.run(["scan", *options.split(), "."]) == 2
    err = capsys.readouterr().err
    assert "two outputs cannot go to one file" in err or "only one report can go to stdout" in err
    assert everything(folder) == before


@pytest.mark.thorough
@pytest.mark.parametrize(
    "old",
    [b"", b"any text\n", "Umlaute: äöü\n".encode(), "Umlaute: äöü\n".encode("latin-1"), "text".encode("utf-16")],
)
def test_text_and_earlier_outputs_are_overwritten(old: bytes, folder: Path) -> None:
    assert cli.run(["scan", "-q", "--csv", "/dev/null", "-j", "1", "."]) == 0
    for name in ("x.csv", "x.html", "x.m3u8"):
        Path(name).write_bytes(old)
    for _ in range(2):
        assert cli.run(["export", "--csv", "x.csv"]) == 0
        assert cli.run(["playlist", "-o", "x.m3u8"]) == 0
        assert cli.run(["map", "-o", "x.html"]) == 0
    assert Path("x.csv").read_bytes().startswith(b"path,")


@pytest.mark.thorough
def test_an_earlier_image_is_overwritten(folder: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    for _ in range(2):
        for suffix in ("png", "svg"):
            assert cli.run(["curve", "a.flac", "-o", f"x.{suffix}"]) == 0


@pytest.mark.thorough
def test_an_earlier_model_is_overwritten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagger.evaluation.cross_validation.FOLDS", 2)
    train = ["train", "moods", "table.csv", "--algorithm", "forest", "--seeds", "1", "-j", "1", "-o", "x.model"]
    assert cli.run(train) == 0
    first = Path("x.model").read_bytes()
    assert cli.run(train) == 0
    assert Path("x.model").read_bytes() == first


@pytest.mark.parametrize("option", [option for option in COMMANDS if option.startswith("train")])
def test_a_card_does_not_overwrite_a_song(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.json").symlink_to("a.flac")
    before = everything(folder)
    assert cli.run(COMMANDS[option].replace("OUT", "x.model").split()) == 2
    assert "x.json is a song" in capsys.readouterr().err
    assert everything(folder) == before


@each
def test_a_missing_output_folder_is_reported_before_the_work(
    option: str, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = f"no/where{SUFFIXES.get(option, '.csv')}"
    assert cli.run(COMMANDS[option].replace("OUT", out).split()) == 2
    err = capsys.readouterr().err
    assert "emotag: Invalid value for" in err
    assert "Directory 'no' is missing or not writable." in err
    assert not own_store.exists()


@each
def test_an_impossible_file_name_is_reported_before_the_work(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    suffix = SUFFIXES.get(option, "")
    Path(f"loop{suffix}").symlink_to(f"loop{suffix}")
    refused(option, f"loop{suffix}", capsys)
    refused(option, "x" * 300 + suffix, capsys)


def test_a_report_can_be_written_to_a_device(folder: Path) -> None:
    assert cli.run(["scan", "-q", "--csv", "/dev/null", "--jsonl", "/dev/null", "--log", "/dev/null", "."]) == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_report_can_be_written_to_a_pipe(folder: Path) -> None:
    os.mkfifo("pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe").read_bytes()), daemon=True)
    reader.start()
    assert cli.run(["scan", "-q", "--csv", "pipe", "-j", "1", "."]) == 0
    reader.join(60)
    assert got[0].startswith(b"path,status")


def test_a_log_is_appended_to(folder: Path) -> None:
    (folder / "log").write_text("before\n")
    assert cli.run(["scan", "-q", "--csv", "/dev/null", "--log", "log", "."]) == 0
    lines = (folder / "log").read_text().splitlines()
    assert lines[0] == "before"
    assert "1 analysed" in lines[-1]


def test_a_log_that_cannot_be_written_is_reported_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["scan", "-v", "-j", "1", "--log", "/dev/full", "."]) == 0
    err = capsys.readouterr().err
    assert err.count("/dev/full: cannot be written (No space left on device); the scan goes on without a log") == 1
    assert err.splitlines()[-1].startswith("1 analysed, 1 tagged")


@pytest.mark.thorough
@pytest.mark.parametrize("option", ["--csv", "--jsonl"])
def test_a_report_that_cannot_be_finished_keeps_the_old_one(
    option: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["scan", "-q", "-j", "1", option, "/dev/full", "."]) == 1
    assert capsys.readouterr().err == "emotag: /dev/full: cannot be written (No space left on device)\n"
    code = (
        "import resource, signal, sys; from tagger.io import output\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "with output.open_output('x.csv') as file:\n"
        "    for _ in range(10_000): file.write('a row of text\\n')\n"
    )
    Path("x.csv").write_text("old")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "OutputError: x.csv: cannot be written (File too large)" in run.stderr
    assert Path("x.csv").read_text() == "old"
    assert not list(folder.glob(".report-*"))


def _by_a_link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("a.flac")


def _by_a_copy(path: Path) -> None:
    shutil.copy("a.flac", path)


def _by_another_name(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.link("a.flac", path)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("swap", [_by_a_link, _by_a_copy, _by_another_name])
def test_a_song_that_appears_during_the_work_is_not_overwritten(
    swap: Callable[[Path], None], there: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tagger.errors import OutputError

    path = folder / "x.csv"
    if there:
        path.write_text("old")
    song_before = Path("a.flac").read_bytes()
    with pytest.raises(OutputError, match=r"x\.csv"), tagger.io.output.open_output(str(path)) as file:
        file.write("new")
        swap(path)
    assert Path("a.flac").read_bytes() == song_before
    assert path.read_bytes() == song_before
    assert not list(folder.glob(".report-*"))
