"""Other programs show the moods, valence and arousal of tagged songs as `docs/players.md` says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.interop import mpd
from tests.interop.conftest import need
from tests.interop.containers import CONTAINERS, fields
from tests.interop.programs import mpd_has_moods, run
from tests.interop.readers import READERS, Seen

pytestmark = pytest.mark.thorough


@pytest.fixture
def music(songs: Path) -> Path:
    return songs.with_name(f"{songs.name}-tagged") / "music"


def rank(seen: str) -> int:
    """Return a number that is greater for more moods."""
    return next(
        n for n, word in enumerate(("none", "other", "last", "first", "joined", "all")) if seen.startswith(word)
    )


@pytest.mark.parametrize("program", READERS)
def test_a_program_shows_what_the_page_says_or_more(program: str, music: Path, committed: dict[str, Any]) -> None:
    installed = need(program)
    paths = [music / name for name in CONTAINERS.values()]
    for container, path, seen in zip(CONTAINERS, paths, READERS[program](paths), strict=True):
        expected = committed["read"][program][container]
        same_version = installed == committed["versions"][program]
        if not same_version and (program == "MPD" or expected is None):
            continue  # MPD knows moods from 0.24 on
        check(seen, expected, fields(path), same_version)


def check(seen: Seen | None, expected: dict[str, Any] | None, ours: dict[str, list[str]], same_version: bool) -> None:
    """Compare what a program shows with the committed result, and its numbers with the file."""
    if expected is None or seen is None:
        assert seen is None and expected is None
        return
    described = seen.moods_seen(ours["moods"])
    assert described == expected["seen"] if same_version else rank(described) >= rank(expected["seen"])
    for name in ("valence", "arousal"):
        shown = getattr(seen, name)
        assert (shown is not None) >= (expected[name] is not None), name
        assert shown is None or float(shown) == float(ours[name][0])


def test_mpd_finds_songs_by_mood(music: Path) -> None:
    installed = need("MPD")
    if not mpd_has_moods():
        pytest.skip(f"MPD {installed} has no tag `mood`; 0.24 has")
    last = fields(music / "song.flac")["moods"][-1]
    with mpd.daemon(music) as client:
        assert {"id3v24.mp3", "song.flac", "song.ogg", "song.opus", "song.wv"} <= set(client.find_mood(last))
        if shutil.which("mpc"):
            found = run("mpc", "-h", client.address, "find", f"(mood == '{last}')").splitlines()
            assert {"id3v24.mp3", "song.flac", "song.ogg", "song.opus", "song.wv"} <= set(found)
