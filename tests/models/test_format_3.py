"""Model files of format 3, written by version 0.1.0, are read, keep their names and predict the same."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tagger import models
from tagger.models.components import COMPONENTS
from tagger.models.format_3 import TAGS

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "v0.1.0"
EXPECTED = json.loads((FIXTURES / "predicted.json").read_text())


KINDS = ("moods", "affect")
"""Kinds of models of format 3."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_format_3_predicts_the_same(kind: str) -> None:
    model = models.load(FIXTURES / f"{kind}.model")
    columns = {"moods": 72, "affect": json.loads(_description(kind))["columns"]}[kind]
    rows = np.round(np.random.default_rng(1).normal(size=(3, columns)), 3)
    assert model.name == EXPECTED[kind]["name"]
    np.testing.assert_allclose(model.predict(rows), EXPECTED[kind]["predicted"], rtol=1e-9)


def test_the_fixtures_contain_every_component_of_format_3() -> None:
    text = "".join(_description(kind) for kind in KINDS)
    assert [name for name in TAGS if f'"part": "{name}"' not in text] == []
    assert set(TAGS.values()) <= set(COMPONENTS)


def _description(kind: str) -> str:
    with zipfile.ZipFile(FIXTURES / f"{kind}.model") as archive:
        return archive.read("model.json").decode()
