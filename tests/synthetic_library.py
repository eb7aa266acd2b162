"""Libraries whose songs have made-up features, for tests that need many songs but no audio."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tagger import models
from tagger.features import COLUMNS, VERSIONS
from tagger.library.records import FeatureBlob, FileStat
from tagger.library.store import Store
from tagger.models.components import EmotionOutput


def bundled_component() -> EmotionOutput:
    """Return the component of the bundled joint model."""
    component = models.bundled("emotion").component
    assert isinstance(component, EmotionOutput)
    return component


def song_features(count: int, loud: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return features near those of real songs, shape (count, columns), in which loud songs differ from quiet ones."""
    random = np.random.default_rng(seed)
    model = models.bundled("emotion")
    kernel = bundled_component().scores.components[-1]  # type: ignore[attr-defined]
    mean, scale = np.zeros(model.columns), np.ones(model.columns)
    mean[kernel.columns], scale[kernel.columns] = kernel.mean, kernel.scale
    direction = np.random.default_rng(99).normal(size=model.columns)
    standardized = random.normal(size=(count, model.columns)) * 0.7 + np.outer(2.0 * loud - 1, direction) * 0.4
    features: np.ndarray = standardized * scale + mean
    return features


def fill_library(store: Path, paths: Sequence[Path], features: np.ndarray, artists: Sequence[str | None]) -> None:
    """Add songs with these features to a library, whether their files exist or not."""
    feature_sets = models.read_card("emotion")["features"]
    with Store(str(store)) as library:
        for i, (path, row, artist) in enumerate(zip(paths, features, artists, strict=True)):
            blobs, start = {}, 0
            for name in feature_sets:
                part = row[None, start : start + COLUMNS[name]]
                blobs[name] = FeatureBlob.from_array(part, VERSIONS[name])
                start += COLUMNS[name]
            audio = library.add_audio(f"{i:064x}", 100.0, blobs)
            library.set_file(os.fsencode(path), FileStat(1, 1, i), audio)
            library.write("UPDATE file SET artist = ? WHERE path = ?", artist, os.fsencode(path))
        library.commit()
