"""``emotag map`` from a real scan."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tagger import cli
from tests.sounds import song


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
    data = re.search(r'id="songs">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert data is not None
    first, second = json.loads(data[1])["songs"]
    assert (first[0], second[0]) == ("music/a.flac", "music/b.flac")
    assert len(first[7]) == 4 and len(second[7]) == 2  # two windows, and one
    mean = sum(first[7][::2]) / 2
    assert mean == pytest.approx(100 * first[4], abs=1.1)
    assert cli.run(["map", "--relative", "rank", "-o", str(page), str(music / "a.flac")]) == 0
    data = re.search(r'id="songs">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert data is not None
    (ranked,) = json.loads(data[1])["songs"]
    assert ranked[:7] == first[:7]
    # The other song of the library counts, although it is not on the map.
    assert ranked[8:] == [1 if first[4 + axis] > second[4 + axis] else -1 for axis in (0, 1)]
    assert cli.run(["map", "--image", str(tmp_path / "map.gif")]) == 2
    assert cli.run(["map", "--image", str(tmp_path / "gone" / "map.svg")]) == 2
    assert "is missing or not writable" in capsys.readouterr().err
