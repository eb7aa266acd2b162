"""The image of a curve: title, scale, names of the lines, and sections by quadrant."""

from __future__ import annotations

from pathlib import Path

import mutagen
import numpy as np
import pytest

from tagger import cli
from tagger.models.curve import Curve
from tagger.report.curve_plot import Section, curve_plot, sections, value_limits
from tests.sounds import song


def curve(*points: tuple[float, float]) -> Curve:
    """Return a curve of windows of 10 seconds, each 2 seconds after the one before."""
    starts = 2.0 * np.arange(len(points))
    return Curve(starts, starts + 10, np.array(points))


def texts(image: bytes) -> list[str]:
    """Return the texts of an SVG image, which matplotlib writes as comments before their outlines."""
    return [line.strip()[5:-4] for line in image.decode().splitlines() if line.strip().startswith("<!--")]


def test_a_section_ends_where_the_quadrant_changes() -> None:
    changing = curve((0.1, 0.1), (0.1, 0.2), (-0.1, 0.2), (0.1, -0.2), (0.2, -0.2))
    assert sections(changing) == [Section("happy", 0, 8), Section("tense", 8, 10), Section("calm", 10, 18)]


def test_one_window_is_one_section() -> None:
    assert sections(curve((-0.5, -0.5))) == [Section("sad", 0, 10)]


@pytest.mark.parametrize(
    ("points", "limits"),
    [
        ([(0.0, 0.0)], (-0.2, 0.2)),
        ([(0.15, -0.01), (0.17, 0.02)], (-0.2, 0.3)),
        ([(0.95, 0.99)], (0.0, 1.0)),
        ([(-1.0, 1.0)], (-1.0, 1.0)),
        ([(-0.35, -0.6)], (-0.7, 0.0)),
    ],
)
def test_the_scale_fits_the_values(points: list[tuple[float, float]], limits: tuple[float, float]) -> None:
    assert value_limits(curve(*points)) == pytest.approx(limits)


def test_all_values_and_zero_are_within_the_scale() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        points = random.uniform(-1, 1, size=2) + random.uniform(-0.3, 0.3, size=(5, 2))
        drawn = curve(*np.clip(points, -1, 1).tolist())
        low, high = value_limits(drawn)
        assert -1 <= low <= min(0, drawn.points.min()) and max(0, drawn.points.max()) <= high <= 1
        assert high - low >= 0.4 - 1e-9


def test_the_image_names_lines_sections_and_limits() -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    points = [(0.3, 0.2)] * 10 + [(0.3, -0.2)] * 10
    found = texts(curve_plot(curve(*points), "Nina \u2013 Costs $5 & $6", "svg"))
    assert "Nina \u2013 Costs $5 &amp; $6" in found or "Nina \u2013 Costs $5 & $6" in found
    assert {"happy", "calm"} <= set(found) and not {"tense", "sad"} & set(found)
    assert any("valence" in text for text in found) and any("arousal" in text for text in found)
    assert "(\u22120.3 to 0.4 of \u22121 to 1)" in "\n".join(found)
    assert "mean +0.30" in "\n".join(found)


@pytest.mark.parametrize("title", ["", "x" * 500, "\u6b4c \U0001f3b5", "--> <script>"])
def test_any_title_can_be_drawn(title: str) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    assert curve_plot(curve((0.1, 0.1)), title, "png").startswith(b"\x89PNG")


def test_the_heading_is_artist_and_title_or_the_name_of_the_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = song(tmp_path / "track.flac", 12, rate=22050)
    command = ["curve", "--model", "classical", str(path)]
    assert cli.run(command) == 0
    assert capfdbinary.readouterr().out.decode().splitlines()[0] == "track.flac"
    tags = mutagen.File(path)
    tags["title"], tags["artist"] = "Feeling\x1b[2J Good", "Nina"
    tags.save()
    assert cli.run(command) == 0
    assert capfdbinary.readouterr().out.decode().splitlines()[0] == "Nina \u2013 Feeling [2J Good"
    # Data have the name of the file, as before.
    assert cli.run([*command, "--format", "json"]) == 0
    assert b'"song": "track.flac"' in capfdbinary.readouterr().out
