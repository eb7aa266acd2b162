"""``emotag map`` from a real scan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tagger import cli
from tests.sounds import song


def map_data(page: Path) -> dict[str, Any]:
    data = re.search(r'id="songs">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert data is not None
    return dict(json.loads(data[1]))


def test_a_scanned_folder_becomes_a_page_with_curves(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    song(music / "a.flac", 25, rate=22050)
    song(music / "b.flac", 6, rate=22050, seed=1)
    page = tmp_path / "map.html"
    assert cli.run(["map", "-o", str(page), str(music)]) == 2
    assert "no library database; run `emotag scan` first" in capsys.readouterr().err
    assert cli.run(["scan", "-q", "--csv", str(tmp_path / "r.csv"), "-j", "1", str(music)]) == 0
    assert cli.run(["map", "-o", str(page), str(tmp_path / "elsewhere")]) == 1
    assert "emotag: No matching songs in the library; run `emotag scan` first." in capsys.readouterr().err
    assert not page.exists()
    assert cli.run(["map", "--curves", "-o", str(page), str(music)]) == 0
    both = map_data(page)
    songs = both["songs"]
    assert songs["file"] == ["a.flac", "b.flac"] and both["folderHrefs"] == ["music/"]
    assert [len(curve) for curve in songs["curve"]] == [4, 2]  # two windows, and one
    mean = sum(songs["curve"][0][::2]) / 2
    assert mean == pytest.approx(songs["valence"][0] / 100, abs=1.1)
    assert min(songs["valenceSd"] + songs["arousalSd"]) > 0
    assert cli.run(["map", "--relative", "rank", "-o", str(page), str(music / "a.flac")]) == 0
    ranked = map_data(page)["songs"]
    assert ranked["valence"] == songs["valence"][:1]
    # The other song of the library counts, although it is not on the map.
    for column, axis in (("x", "valence"), ("y", "arousal")):
        assert ranked[column] == [10000 if songs[axis][0] > songs[axis][1] else -10000]
    assert cli.run(["map", "--image", str(tmp_path / "map.gif")]) == 2
    assert cli.run(["map", "--image", str(tmp_path / "gone" / "map.svg")]) == 2
    assert "is missing or not writable" in capsys.readouterr().err
