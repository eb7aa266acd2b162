"""Model files and cards that are damaged or forged are refused in one line, and cost nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagger import cli, models
from tagger.models import components, format
from tagger.models.components import Component
from tests.sounds import song


def _forged(tmp_path: Path, **change: Any) -> Path:
    """A model like the bundled one of valence and arousal, in which something is another number."""
    bundled = models.bundled("affect")
    content: dict[str, Any] = {"features": bundled.features, "columns": bundled.columns, "component": bundled.component}
    path = tmp_path / "forged.model"
    models.save(path, {"kind": "affect", **content, **change}, {"terms": "none"})
    return path


def _linear(weight: float, intercept: float = 0.0) -> components.Linear:
    columns = models.bundled("affect").columns
    return components.Linear(np.full((columns, 2), weight), np.full(2, intercept))


FORGERIES: dict[str, Callable[[], dict[str, Any]]] = {
    "no features": lambda: {"features": {}},
    "a list of features": lambda: {"features": ["affect"]},
    "features of nobody": lambda: {"features": {"smell": 0}},
    "other columns": lambda: {"columns": 5, "component": components.Linear(np.zeros((5, 2)), np.zeros(2))},
    "great weights": lambda: {"component": _linear(1e308)},
    "a great start": lambda: {"component": components.ScaledSum(_linear(0.1), 1, 1e308)},
    "NaN": lambda: {"component": components.ScaledSum(_linear(0.1), 1, float("nan"))},
    "infinity": lambda: {"component": components.ScaledSum(_linear(0.1), 1, float("inf"))},
    "no number of digits": lambda: {"component": components.ScaledSum(_linear(0.1), 10**400, 0.0)},
    "weights of NaN": lambda: {"component": _linear(float("nan"))},
    "greater and greater": lambda: {"component": _nested(_linear(1e30), 12)},
    "deeper and deeper": lambda: {"component": _nested(_linear(0.0), 200)},
    "no scale": lambda: {"component": components.Standardize(np.zeros(283), np.zeros(283), 1e30, _linear(1e30))},
    "commands": lambda: {"kind": "\x1b]0;owned\x07" + "x" * 100_000},
}


def _nested(component: Component, times: int) -> Component:
    for _ in range(times):
        component = components.ScaledSum(component, 10**30, 0.0)
    return component


@pytest.mark.thorough
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_model_that_cannot_predict_is_one_line_and_costs_nothing(
    forgery: str, tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = song(tmp_path / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    forged = _forged(tmp_path, **FORGERIES[forgery]())
    before = path.read_bytes(), exported(capsys)
    for command in (["scan", "-j", "1"], ["scan", "--force", "-j", "1"], ["scan", "--csv", "-"], ["curve"]):
        assert cli.run([*command, "--model", str(forged), str(path)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert "forged.model" in printed.err or "affect-" in printed.err
        assert "store" not in printed.err
        assert "\x1b" not in printed.err
        assert len(printed.err) < 1000
    assert (path.read_bytes(), exported(capsys)) == before


def exported(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the library knows."""
    capsys.readouterr()
    assert cli.run(["export"]) == 0
    return capsys.readouterr().out


def test_what_is_found_out_while_predicting_costs_no_earlier_prediction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers that only this song makes overflow: the model is found out when the song was analysed again."""
    path = song(tmp_path / "a.flac", 6, rate=22050)
    assert cli.run(["scan", "-q", "-j", "1", str(path)]) == 0
    part = _linear(0.0)
    part.weights[:] = np.resize([1e38, -1e38], part.weights.shape)
    late = components.RbfKernel(np.zeros((1, len(part.weights))), np.zeros((1, 2)), np.zeros(2), -1.0)
    forged = _forged(tmp_path, component=late)
    before = path.read_bytes(), exported(capsys)
    assert cli.run(["scan", "--force", "-j", "1", "--model", str(forged), str(path)]) == 2
    assert "the model predicts values that are not finite" in capsys.readouterr().err
    assert (path.read_bytes(), exported(capsys)) == before


@pytest.mark.parametrize("card", ["[" * 100_000, "{}", "[]", "\x00", '{"name": 1, "sha256": 2, "features": {}}'])
def test_a_damaged_card_of_a_bundled_model_is_one_line(
    card: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(str(format._bundle()), tmp_path / "bundled")
    monkeypatch.setattr(format, "_bundle", lambda: tmp_path / "bundled")
    (tmp_path / "bundled" / "emotion.json").write_text(card)
    path = song(tmp_path / "a.flac", 6, rate=22050)
    for command in (["models"], ["models", "verify"], ["scan", str(path)]):
        assert cli.run(command) == 2
        assert capsys.readouterr().err == (
            "emotag: the card of the bundled emotion model is missing or damaged; reinstall emotag\n"
        )
