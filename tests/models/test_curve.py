"""Curves of valence and arousal along a song, and their output formats."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.audio.excerpts import MAX_CURVE_WINDOWS, curve_windows
from tagger.models import AffectModel, format
from tagger.models.curve import emotion_curve
from tests.sounds import music, song, write


@pytest.fixture(scope="module")
def rising(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song with 20 s of a quiet tone, then 20 s of loud music."""
    quiet = 0.1 * np.sin(2 * np.pi * 220 * np.arange(20 * 22050) / 22050)
    whole = np.concatenate([np.stack([quiet, quiet]), music(20, rate=22050)], axis=1)
    return write(tmp_path_factory.mktemp("music") / "rising $x_1$.flac", whole, rate=22050)


def test_arousal_is_higher_in_the_loud_half(rising: Path) -> None:
    model = format.bundled("affect")
    assert isinstance(model, AffectModel)
    curve = emotion_curve(str(rising), model, 5)
    assert curve.starts.tolist() == [0, 5, 10, 15, 20, 25, 30]
    assert curve.ends[-1] == 40
    assert curve.points[-3:, 1].min() > curve.points[:3, 1].max()


@pytest.mark.parametrize("duration", [5.0, 10.0, 47.3, 600.0, 3 * 3600.0])
def test_windows_cover_the_whole_song(duration: float) -> None:
    windows = curve_windows(duration, 2.0)
    assert windows[0].start == 0
    assert len(windows) <= MAX_CURVE_WINDOWS + 1
    assert duration - 10 - max(2, duration / MAX_CURVE_WINDOWS + 0.5) <= windows[-1].start <= max(0, duration - 10)


def test_text_formats(rising: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.run(["curve", str(rising), "--format", "csv", "--step", "10"]) == 0
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert [row["start"] for row in rows] == ["0", "10", "20", "30"]
    assert cli.run(["curve", str(rising), "-o", str(tmp_path / "c.json"), "--step", "10"]) == 0
    content = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert content["song"] == rising.name
    assert [f"{part['valence']}" for part in content["curve"]] == [row["valence"] for row in rows]
    assert cli.run(["curve", str(rising)]) == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[0] == rising.name
    assert lines[1].startswith("valence") and lines[2].startswith("arousal")
    assert lines[3].split() == ["0:00", "0:40"]


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_image_formats(rising: Path, tmp_path: Path, suffix: str, magic: bytes) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    picture = tmp_path / f"c.{suffix}"
    assert cli.run(["curve", str(rising), "-o", str(picture), "--step", "10"]) == 0
    assert picture.read_bytes().startswith(magic)


def test_errors_are_reported_and_nothing_is_written(
    tmp_path: Path, rising: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "words.mp3"
    text.write_text("not a song")
    out = tmp_path / "c.csv"
    assert cli.run(["curve", str(text), "-o", str(out)]) == 1
    assert "words.mp3: not audio" in capsys.readouterr().err
    assert cli.run(["curve", str(rising), "-o", str(tmp_path / "c.gif")]) == 2
    assert cli.run(["curve", str(song(tmp_path / "s.flac")), "--model", "models/moods.model", "-o", str(out)]) == 2
    assert "not of valence and arousal" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".csv", ".gif", ".tmp")] == []
