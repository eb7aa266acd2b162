"""What stands against hostile files: docs/security.md names these tests."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tagger import cli
from tagger.io import library_paths
from tagger.tags import safe_read
from tagger.tags.basic_tags import BasicTags, read_basic_tags
from tagger.tags.write_record import WriteRecord
from tests.sounds import song


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def bombed(path: Path, megabytes: int, frames: int = 1) -> Path:
    """Put a tag before a song whose compressed frames unpack to so much."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    frame = b"PRIV" + synchsafe(len(packed) + 4) + bytes([0, 0b1001]) + synchsafe(100) + packed
    song(path, 6)
    audio = path.read_bytes()
    path.write_bytes(b"ID3\x04\0\0" + synchsafe(frames * len(frame)) + frames * frame + audio)
    return path


@pytest.mark.thorough
@pytest.mark.parametrize(("megabytes", "frames"), [(200, 1), (20, 10)])
def test_a_tag_that_unpacks_to_all_memory_is_refused(
    tmp_path: Path, megabytes: int, frames: int, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = bombed(tmp_path / "bomb.mp3", megabytes, frames)
    good = song(tmp_path / "good.flac", 6, rate=22050)
    before = hostile.read_bytes(), good.read_bytes()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_basic_tags(str(hostile)) == BasicTags()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 3 * safe_read.MAX_DECOMPRESSED_BYTES / 1024
    assert cli.run(["scan", "--no-store", "-j", "1", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert "bomb.mp3: its tags are damaged" in err
    assert "compressed frames decompress to more than 64 MB" in err
    assert hostile.read_bytes() == before[0]
    assert good.read_bytes() != before[1], "the good one is tagged all the same"


@pytest.mark.thorough
def test_a_tag_that_would_be_read_for_ever_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two kilobytes of frame unpack to a million empty texts."""
    packed = zlib.compress(b"\3" + bytes(1 << 21), 9)
    frame = b"TXXX" + synchsafe(len(packed) + 4) + bytes([0, 0b1001]) + synchsafe(100) + packed
    path = song(tmp_path / "a.mp3", 6)
    path.write_bytes(b"ID3\x04\0\0" + synchsafe(len(frame)) + frame + path.read_bytes())
    monkeypatch.setattr(safe_read, "MAX_CPU_SECONDS", 0.5)
    began = time.process_time()
    assert read_basic_tags(str(path)) == BasicTags()
    assert cli.run(["show", str(path)]) == 1
    assert time.process_time() - began < 5
    assert "they take more than 0.5 s to read" in capsys.readouterr().err


def test_a_small_compressed_frame_is_read_and_kept(tmp_path: Path) -> None:
    path = bombed(tmp_path / "a.mp3", 1)
    before = path.read_bytes()
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    assert path.read_bytes() != before
    assert cli.run(["undo", "-q", str(path)]) == 0
    assert path.read_bytes() == before


@pytest.mark.thorough
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
        "[playlist]\nFile1={}\n",
    ],
    ids=["hls", "concat", "pls"],
)
def test_a_playlist_named_as_a_song_opens_no_other_file(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = song(tmp_path / "secret.flac", 6, rate=22050)
    (tmp_path / "Music").mkdir()
    (tmp_path / "Music" / "a.mp3").write_text(text.format(secret))
    assert cli.run(["scan", "--no-store", "--csv", "-", "-j", "1", str(tmp_path / "Music")]) == 1
    assert "a.mp3,failed" in capsys.readouterr().out


def test_a_name_that_commands_the_terminal_is_printed_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "\x1b]0;owned\x07\x1b[2J.mp3").write_text("words")
    assert cli.run(["scan", "--no-store", "-v", "-j", "1", str(tmp_path)]) == 1
    printed = "".join(capsys.readouterr())
    assert "owned" in printed
    assert "\x1b" not in printed
    assert "\x07" not in printed


def test_a_title_that_commands_the_terminal_is_printed_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import mutagen

    path = song(tmp_path / "a.flac", 6, rate=22050)
    tags = mutagen.File(path)
    tags["title"] = tags["artist"] = "\x1b]0;owned\x07"
    tags["mood"] = "\x1b[31mred"
    tags.save()
    for arguments in (["scan", "-q", "-j", "1"], ["show"], ["scan", "-n", "-j", "1"], ["undo", "-n"]):
        assert cli.run([*arguments, str(path)]) == 0
    assert cli.run(["playlist", "--count", "1"]) == 0
    printed = "".join(capsys.readouterr())
    assert "red" in printed
    # Colours are ours where they are shown; what stood in the tags is not obeyed.
    assert "\x1b]0;owned" not in printed
    assert "\x1b[31mred" not in printed


def test_nothing_listens_and_no_cluster_is_loaded_unless_asked(tmp_path: Path) -> None:
    path = song(tmp_path / "a.flac", 6, rate=22050)
    code = f"import sys; from tagger import cli; cli.run(['scan', '-q', '-j', '1', {str(path)!r}])\n"
    code += "assert not {'distributed', 'dask', 'http.server', 'urllib.request'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id, x, x FROM n"
VOICE = "\x1b]0;owned\x07"


def scanned(folder: Path, store: Path) -> Path:
    """Scan a song into a store, and return the song."""
    path = song(folder / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "--csv", "/dev/null", "-j", "1", str(path)]) == 0
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.mark.thorough
@pytest.mark.parametrize(
    "hostile",
    [
        f"DROP TABLE prediction; CREATE VIEW prediction AS {ENDLESS}",
        f"DROP TABLE file; CREATE VIEW file AS {ENDLESS}",
        f"CREATE VIEW more AS {ENDLESS}",
        f"CREATE TRIGGER t BEFORE UPDATE ON file BEGIN SELECT RAISE(ABORT, '{VOICE}'); END",
        f"CREATE TRIGGER t AFTER INSERT ON audio BEGIN INSERT INTO written (after) SELECT x FROM ({ENDLESS}); END",
        "DROP TABLE written; CREATE TABLE written (id, after, path, record CHECK (length(zeroblob(9999999))))",
        "ALTER TABLE audio ADD COLUMN more TEXT GENERATED ALWAYS AS (hex(zeroblob(900000000)))",
        "CREATE INDEX mine ON audio (hex(zeroblob(100000000)))",
        "CREATE VIRTUAL TABLE words USING fts5(word)",
        "DROP TABLE features",
        "PRAGMA user_version = -3",
    ],
)
def test_a_store_with_more_than_emotags_tables_is_one_line(
    hostile: str, tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scanned(tmp_path, own_store)
    with closing(sqlite3.connect(own_store)) as database, database:
        database.executescript(hostile)
    capsys.readouterr()
    before = path.read_bytes()
    for command in (["scan", "-j", "1"], ["undo"], ["show"], ["export"], ["playlist"], ["map", "-o", "/dev/null"]):
        assert cli.run([*command, str(path)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert printed.err.startswith(f"emotag: {own_store}: ")
        assert "\x1b" not in printed.err
    for action in ("info", "check", "prune"):
        assert cli.run(["library", action]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.thorough
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE prediction SET valence = 'much'",
        "UPDATE prediction SET happy_pleased = 9e999",
        "UPDATE prediction SET threshold = x'00'",
    ],
)
def test_a_store_that_holds_something_else_than_its_schema_says_is_one_line(
    change: str, tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scanned(tmp_path, own_store)
    with closing(sqlite3.connect(own_store)) as database, database:
        database.execute(change)
    capsys.readouterr()
    assert cli.run(["export"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["vectors = x'0000'", "excerpts = 0", "excerpts = -1", "vectors = x'0000c07f'"])
def test_damaged_features_are_the_stores_fault_and_no_models(
    change: str, tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scanned(tmp_path, own_store)
    with closing(sqlite3.connect(own_store)) as database, database:
        database.execute(f"UPDATE features SET {change}")
    capsys.readouterr()
    assert cli.run(["map", "--curves", "-o", "/dev/null"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "library database" in err


def test_a_record_of_the_journal_that_never_ends_does_not_stop_a_scan(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scanned(tmp_path, own_store)
    folder = Path(library_paths.journal_dir(str(own_store)))
    for number, record in enumerate((b"[" * 100_000, b"{}", b'{"path": 1}', b"\xff", b"")):
        (folder / f"{number}").write_bytes(record)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 5
    assert all("damaged record of a tag write, kept under this name" in line and len(line) < 1000 for line in told)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    assert capsys.readouterr().err == ""
    for data in (b"[" * 100_000, json.dumps(dict.fromkeys(("path", "identity", "before", "after"), 1)).encode()):
        with pytest.raises(ValueError, match="damaged record"):
            WriteRecord.from_bytes(data)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "[" + ".".join("a" * 20_000) + "]",
        "a = " + "9" * 10_000,
        "[scan]\njobs = inf",
        "[scan]\njobs = [[1]]",
        '[scan]\ncsv = "a\\u0000b"',
        f'[scan]\n"{VOICE.encode("unicode_escape").decode().replace(chr(92) + "x", chr(92) + "u00")}" = 1',
        "#" * (2 << 20),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text(text)
    monkeypatch.setenv("EMOTAG_CONFIG", str(tmp_path / "c.toml"))
    assert cli.run(["scan", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"emotag: {tmp_path / 'c.toml'}: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_settings_that_are_no_file_are_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, status in ((tmp_path / "pipe", 2), (Path("/dev/null"), 0), (Path("/dev/zero"), 2), (tmp_path, 2)):
        monkeypatch.setenv("EMOTAG_CONFIG", str(path))
        assert cli.run(["models"]) == status
        assert capsys.readouterr().err.count("\n") == (1 if status else 0)


def test_an_option_that_commands_the_terminal_is_printed_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ["scan", f"--moods={VOICE}", "."],
        ["scan", f"--{VOICE}"],
        [VOICE],
        ["playlist", f"--near={VOICE}"],
        ["show", f"{tmp_path}/{VOICE}"],
        ["export", f"--csv={tmp_path}/{VOICE}/x"],
        ["export", f"--store={tmp_path}/{VOICE}"],
        ["curve", "/dev/null", f"--output={tmp_path}/x.{VOICE}"],
    ):
        assert cli.run(arguments) == 2
        printed = "".join(capsys.readouterr())
        assert "owned" in printed
        assert "\x1b" not in printed
        assert "\x07" not in printed


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "command",
    [
        "scan --threshold=X .",
        "scan --timeout=X .",
        "playlist --minutes=X",
        "playlist --near=X,X",
        "curve --step=X /dev/null",
    ],
)
def test_a_number_that_is_none_is_refused(command: str, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(command.replace("X", number).split()) == 2
    assert "emotag: Invalid value for" in capsys.readouterr().err


def full_disk(folder: Path, size: str) -> Iterator[Path]:
    """Give a small file system of its own."""
    folder.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]).returncode
    ):
        pytest.skip("needs to mount a small file system, as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    yield from full_disk(tmp_path / "disk", "256k")


@pytest.mark.thorough
@pytest.mark.parametrize("left", [0, 20_000, 60_000])
def test_a_full_disk_of_the_store_is_one_line_about_the_store(
    left: int, disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "music").mkdir()
    for number in range(3):
        song(tmp_path / "music" / f"{number}.flac", 6, rate=22050, seed=number)
    store = disk / "s.sqlite"
    assert cli.run(["scan", "-q", "--store", str(store), str(disk)]) == 1  # there is a store, and nothing in it
    filler = (disk / "filler").open("wb", buffering=0)
    with suppress(OSError):
        while True:
            filler.write(bytes(1024))
    os.truncate(disk / "filler", max(0, (disk / "filler").stat().st_size - left))
    capsys.readouterr()
    assert cli.run(["scan", "-j", "2", "--store", str(store), str(tmp_path / "music")]) in (1, 2)
    err = capsys.readouterr().err
    assert ".flac" not in err, "no song is to blame"
    errors = [line for line in err.splitlines() if line.startswith("emotag: ")]
    assert len(errors) == 1
    assert str(store) in errors[0]
    filler.close()
    (disk / "filler").unlink()
    assert cli.run(["scan", "-q", "-j", "2", "--store", str(store), str(tmp_path / "music")]) == 0
