"""The status of a file follows from its result."""

from __future__ import annotations

import pytest

from tagger.scanning.result import FileStatus, ScanResult
from tagger.tags import Change

CHANGED = Change("a.mp3", {"moods": ((), ("happy-pleased",))})
SAME = Change("a.mp3", {"moods": (("happy-pleased",), ("happy-pleased",))})


@pytest.mark.parametrize(
    ("result", "status", "has_error"),
    [
        (ScanResult("a.mp3", error="damaged"), FileStatus.FAILED, True),
        (ScanResult("a.mp3", error="damaged", skipped=True), FileStatus.SKIPPED, True),
        (ScanResult("a.mp3", error="not tagged", change=CHANGED, analysed=True), FileStatus.FAILED, True),
        (ScanResult("a.mp3", change=CHANGED), FileStatus.TAGGED, False),
        (ScanResult("a.mp3", change=SAME, analysed=True), FileStatus.UNCHANGED, False),
        (ScanResult("a.mp3", analysed=True), FileStatus.REPORTED, False),
        (ScanResult("a.mp3"), FileStatus.UNCHANGED, False),
    ],
)
def test_status(result: ScanResult, status: FileStatus, has_error: bool) -> None:
    assert result.status is status
    assert result.status.has_error is has_error
