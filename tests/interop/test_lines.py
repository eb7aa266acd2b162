"""The lines to paste in `docs/players.md` find the songs that they should."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.interop import mpd
from tests.interop.conftest import PLAYERS, need
from tests.interop.containers import fields
from tests.interop.programs import mpd_has_moods, run, with_system_python

pytestmark = pytest.mark.thorough


def lines_to_paste(program: str) -> list[str]:
    """Return the lines in the section of a program."""
    section = PLAYERS.with_suffix(".md").read_text("utf-8").split(f"### {program}\n")[1].split("\n### ")[0]
    return [line for block in re.findall(r"```text\n(.*?)```", section, re.S) for line in block.splitlines()]


def test_queries_of_quod_libet(songs: Path) -> None:
    need("Quod Libet")
    path = songs.with_name(f"{songs.name}-tagged") / "music" / "song.flac"
    ours = fields(path)
    calm, low = "relaxing-calm" in ours["moods"], float(ours["arousal"][0]) < 0
    assert (calm, low) == (True, True)
    expected = [calm, calm and low, float(ours["valence"][0]) > 0.3]
    queries = [*lines_to_paste("Quod Libet"), "#(valence > -1)"]
    assert json.loads(with_system_python("with_quodlibet_query.py", path, *queries)) == [*expected, True]


def test_searches_of_mpd(songs: Path) -> None:
    need("MPD")
    if not shutil.which("mpc"):
        pytest.skip("program not installed: mpc")
    if not mpd_has_moods():
        pytest.skip("MPD has the tag `mood` from version 0.24 on")
    setting, find, _ = lines_to_paste("MPD")
    assert setting == mpd.METADATA
    match = re.fullmatch(r'mpc find "(.*)"', find)
    assert match
    with mpd.daemon(songs.with_name(f"{songs.name}-tagged") / "music") as client:
        found = run("mpc", "-h", client.address, "find", match[1]).splitlines()
    assert {"id3v24.mp3", "song.flac", "song.ogg", "song.opus", "song.wv"} <= set(found)
    assert not {"id3v23.mp3", "song.m4a"} & set(found)  # joined moods, and only the first one
