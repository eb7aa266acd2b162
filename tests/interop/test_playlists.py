"""Other programs open the playlists that emotag writes as `docs/players.md` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import need
from tests.interop.playlists import FORMS, NAMES, OPENERS, describe, opened_songs

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("opener", OPENERS)
def test_a_program_opens_what_the_page_says(opener: str, named_songs: Path, committed: dict[str, Any]) -> None:
    program = OPENERS[opener][0]
    installed = need(program)
    for form in FORMS:
        opened = opened_songs(opener, form, named_songs)
        if installed == committed["versions"][program]:
            assert describe(opened) == committed["playlists"][opener][form], form


@pytest.mark.parametrize(
    ("opener", "form"),
    [
        ("VLC", "`.m3u8`, `--uri`"),
        ("mpv", "`.m3u8`, `--uri`"),
        ("mpv", "`.m3u8`, relative"),
        ("MPD, its playlist folder", "`.m3u`, `--absolute`"),
        ("MPD, the music folder", "`.m3u8`, relative"),
    ],
)
def test_the_recommended_form_opens_every_song(opener: str, form: str, named_songs: Path) -> None:
    need(OPENERS[opener][0])
    assert opened_songs(opener, form, named_songs) == sorted(NAMES)
