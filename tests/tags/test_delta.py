"""A delta turns the new file into the old one, whatever the two are."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagger.tags import delta

parts = st.binary(max_size=300)


@given(head=parts, old=parts, new=parts, body=st.binary(max_size=3000), tail=parts, end=parts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_is_taken_back(
    tmp_path: Path, head: bytes, old: bytes, new: bytes, body: bytes, tail: bytes, end: bytes
) -> None:
    before, after, back = tmp_path / "before", tmp_path / "after", tmp_path / "back"
    before.write_bytes(head + old + body + tail)
    after.write_bytes(head + new + body + end)
    delta.apply(delta.make(str(before), str(after)), str(after), str(back))
    assert back.read_bytes() == before.read_bytes()


def test_audio_that_moved_costs_next_to_nothing_and_too_much_is_not_kept(tmp_path: Path) -> None:
    audio = os.urandom(3_000_000)
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(b"tags" * 100 + audio)
    after.write_bytes(b"other tags" * 300 + audio)
    assert len(delta.make(str(before), str(after))) < 1000
    after.write_bytes(os.urandom(3_000_000))
    assert delta.make(str(before), str(after)) == b""
