"""Songs that another program saved need no new analysis, get their fields back, and `undo` keeps the other changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import need
from tests.interop.round_trip import round_trip
from tests.interop.savers import SAVERS

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("name", SAVERS)
def test_a_save_by_another_program_costs_nothing(name: str, songs: Path, committed: dict[str, Any]) -> None:
    program, save = SAVERS[name]
    installed = need(program)
    outcome, analysed = round_trip(songs, save)
    assert analysed == 0
    assert any(outcome.values())
    for container, saved in outcome.items():
        assert saved is None or (saved.restored and saved.undone), container
    if installed == committed["versions"][program]:
        shown = {container: saved and saved.to_dict() for container, saved in outcome.items()}
        assert shown == committed["saved"][name]["containers"]
