"""Any file name can be written to a report and converted back to the same bytes."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from tagger.library.path_text import path_to_text
from tests.path_text import path_from_text


@given(st.binary(min_size=1, max_size=30).filter(lambda b: b"\0" not in b))
def test_round_trip(name: bytes) -> None:
    path = os.fsdecode(name)
    text = path_to_text(path)
    text.encode("utf-8")
    back = os.path.abspath(path_from_text(text))
    assert os.fsencode(back) == os.fsencode(os.path.abspath(path))


def test_plain_names_are_unchanged() -> None:
    assert path_to_text("/music/Björk - Jóga.mp3") == "/music/Björk - Jóga.mp3"


def test_names_that_are_not_utf8_become_a_url() -> None:
    assert path_to_text(os.fsdecode(b"/music/caf\xe9.mp3")) == "file:///music/caf%E9.mp3"


def test_names_like_formulas_are_prefixed() -> None:
    assert path_to_text("=cmd.mp3") == "./=cmd.mp3"
