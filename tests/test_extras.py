"""An algorithm whose library is not installed says what installs it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.emotions import MOODS
from tagger.errors import ExtraMissing
from tagger.features import marsyas
from tagger.training.estimators.algorithms import ALGORITHMS
from tagger.training.estimators.cnn import CnnClassifier

LIBRARIES = {"xgboost": "xgboost", "cnn": "torch"}


@pytest.mark.parametrize("algorithm", LIBRARIES)
def test_a_missing_library_is_reported_with_the_command_that_installs_it(
    algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, LIBRARIES[algorithm], None)
    X = np.random.default_rng(0).normal(size=(20, 72))
    Y = (X[:, :6] > 0).astype(int)
    message = rf"{LIBRARIES[algorithm]} is not installed; run: pip install 'emotag\[train\]'"
    with pytest.raises(ExtraMissing, match=message):
        ALGORITHMS[algorithm].make(0).fit(X, Y)
    make = ALGORITHMS[algorithm].powerset
    assert make is not None
    with pytest.raises(ExtraMissing, match=message):
        make(0).fit(X, Y)


def test_skorch_is_reported_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="needs the extra `train`")
    monkeypatch.setitem(sys.modules, "skorch", None)
    with pytest.raises(ExtraMissing, match="skorch is not installed"):
        CnnClassifier().fit(np.zeros((4, 72)), np.arange(4))


@pytest.mark.parametrize("algorithm", LIBRARIES)
def test_a_command_reports_it_in_one_line_and_writes_nothing(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, LIBRARIES[algorithm], None)
    X = np.random.default_rng(0).normal(size=(20, 72)).round(3)
    rows = [[*map(str, x), *("1" if value > 0 else "0" for value in x[:6])] for x in X.tolist()]
    table = "\n".join(",".join(row) for row in [[*marsyas.COLUMNS, *MOODS], *rows])
    (tmp_path / "emotions.csv").write_text(table)
    options = ["--algorithm", algorithm, "-o", str(tmp_path / "m.model"), "-j", "1"]
    assert cli.run(["train", "moods", str(tmp_path / "emotions.csv"), *options]) == 2
    error = capsys.readouterr().err
    assert error == f"emotag: {LIBRARIES[algorithm]} is not installed; run: pip install 'emotag[train]'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["emotions.csv"]
