"""The 72 features equal those of the program that made the data set."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features import marsyas

HERE = Path(__file__).parent / "reference"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "specs" / "marsyas-reference"
EXACT = {"BH_LowPeakBPM", "BH_HighPeakBPM", "BH_HighLowRatio"}
MIRRORED = {f"Std_Acc1298_{texture}_Mem40_Flux" for texture in ("Mean", "Std")}
"""In `sine440` two frames are mirror images; their flux is a quotient of rounding errors."""


def reference_cases(table: Path) -> list[tuple[Path, dict[str, str]]]:
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return [(table.parent / f"{row['case']}.flac", row) for row in csv.DictReader(file)]


def features_of(paths: list[Path]) -> dict[str, dict[str, str]]:
    """Return the output of ``emotag features --set moods``, by file name."""
    command = [sys.executable, "-m", "tagger", "features", "--set", "moods", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return {Path(row["path"]).stem: row for row in csv.DictReader(io.StringIO(run.stdout, newline=""))}


@pytest.mark.parametrize(
    ("table", "count"),
    [("own/reference.csv", 4), ("shared/reference.csv", 14), ("shared/real/reference_real.csv", 10)],
)
def test_features_equal_the_original_program(request: pytest.FixtureRequest, table: str, count: int) -> None:
    if table.startswith("shared"):
        request.getfixturevalue("shared")
    root, _, name = table.partition("/")
    cases = reference_cases({"own": HERE, "shared": SHARED}[root] / name)
    assert len(cases) == count
    computed = features_of([path for path, _ in cases])
    for path, row in cases:
        for name in marsyas.COLUMNS:
            value, expected = float(computed[path.stem][name]), float(row[name])
            tolerance = 2e-2 if path.stem == "sine440" and name in MIRRORED else 1e-3
            allowed = 0 if name in EXACT else max(tolerance * abs(expected), 2e-6)
            assert abs(value - expected) <= allowed, f"{path.stem} {name}: {value} instead of {expected}"


def test_columns_equal_those_of_the_data_set(shared: Path) -> None:
    lines = (shared / "data" / "emotions" / "emotions.arff").read_text().splitlines()
    names = [line.split()[1] for line in lines if line.lower().startswith("@attribute")]
    assert tuple(names[:72]) == marsyas.COLUMNS


def test_gain_changes_only_the_mfccs(noise: np.ndarray) -> None:
    loud, soft = marsyas.extract(noise), marsyas.extract(noise / 2)
    gain = np.log10(0.25)
    first_mfcc = marsyas.COLUMNS.index("Mean_Acc1298_Mean_Mem40_MFCC_0")
    audible_share = 1292 / 1298  # The silent frames at the end have MFCCs of 0 at any gain.
    assert soft[first_mfcc] - loud[first_mfcc] == pytest.approx(8.879 * gain * audible_share, rel=0.01)
    others = [i for i, name in enumerate(marsyas.COLUMNS) if "MFCC" not in name and "Flux" not in name]
    np.testing.assert_allclose(soft[others], loud[others], rtol=0.02, atol=1e-4)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(1).normal(scale=0.1, size=marsyas.SAMPLES)


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0, 2),
    st.sampled_from(["noise", "bursts", "constant", "step", "impulse"]),
)
@settings(max_examples=15, deadline=None)
def test_features_are_finite_for_any_signal(seed: int, scale: float, kind: str) -> None:
    random = np.random.default_rng(seed)
    y = np.zeros(marsyas.SAMPLES)
    match kind:
        case "noise":
            y = random.normal(size=marsyas.SAMPLES)
        case "bursts":
            y[random.integers(0, marsyas.SAMPLES - 2000) :][:2000] = 1
        case "constant":
            y += 1
        case "step":
            y[random.integers(0, marsyas.SAMPLES) :] = 1
        case "impulse":
            y[random.integers(0, marsyas.SAMPLES)] = 1
    values = marsyas.extract(scale * y)
    assert values.shape == (72,)
    assert np.isfinite(values).all()


def test_another_length_is_rejected() -> None:
    with pytest.raises(ValueError, match="661500"):
        marsyas.extract(np.zeros(1000))
