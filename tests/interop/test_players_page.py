"""The tables of `docs/players.md` are those of the committed result."""

from __future__ import annotations

import runpy
from typing import Any

from tests.interop.conftest import PLAYERS


def test_the_page_shows_the_committed_result(committed: dict[str, Any]) -> None:
    players = runpy.run_path(str(PLAYERS))
    assert players["PAGE"].read_text("utf-8") == players["page"](committed), "stale: run python docs/players.py --page"


def test_no_save_in_the_committed_result_costs_an_analysis_or_the_change(committed: dict[str, Any]) -> None:
    for name, saved in committed["saved"].items():
        assert saved["analysed"] == 0, name
        assert all(kept is None or (kept["restored"] and kept["undone"]) for kept in saved["containers"].values()), name
