"""The features of a window are finite for any signal, independent of the gain, and those the model was trained on.

``python -m tests.features.test_affect`` writes the reference values again. The model must then be trained again.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features import affect, tonality
from tests.sounds import music

REFERENCE = Path(__file__).parent / "reference" / "affect.csv"
T = np.arange(affect.SAMPLES) / affect.SAMPLE_RATE


def chord(*semitones: float, root: float = 220) -> np.ndarray:
    """Return ten seconds of tones, given in semitones above the root, with three harmonics each."""
    tones = (root * 2 ** (semitone / 12) for semitone in semitones)
    return sum(np.sin(2 * np.pi * n * tone * T) / n for tone in tones for n in (1, 2, 3))  # type: ignore[return-value]


def clicks(bpm: float) -> np.ndarray:
    """Return ten seconds with a short burst of noise on each beat."""
    return np.exp(-60 * (T % (60 / bpm))) * np.random.default_rng(0).normal(size=len(T))


def progression() -> np.ndarray:
    """Return minor and major chords, a fifth of a semitone sharp, with varying level and with clicks."""
    chords = ((0, 3, 7), (5, 8, 12), (-2, 2, 5), (3, 7, 10))
    played = [chord(*(s + 0.2 for s in c), root=196) * ((T // 1.25).astype(int) % 4 == i) for i, c in enumerate(chords)]
    signal: np.ndarray = sum(played) * (0.3 + 0.7 * np.abs(np.cos(T))) + 0.5 * clicks(96) * (T < 7)
    return signal


def gusts() -> np.ndarray:
    """Return gusts of coloured noise, separated by silence."""
    noise = np.cumsum(np.random.default_rng(1).normal(size=len(T)))
    noise -= np.convolve(noise, np.ones(200) / 200, "same")
    signal: np.ndarray = noise * np.maximum(0, np.sin(2 * np.pi * 0.9 * T)) ** 2 * (1 + T)
    return signal


SIGNALS = {
    "music": lambda: music(10, rate=22050).mean(axis=0),
    "progression": progression,
    "gusts": gusts,
}


def features_of(y: np.ndarray) -> dict[str, float]:
    """Return the features of a signal by name."""
    return dict(zip(affect.COLUMNS, affect.extract(y.astype(np.float32)).tolist(), strict=True))


@pytest.mark.parametrize("signal", SIGNALS)
def test_features_are_those_the_model_was_trained_on(signal: str) -> None:
    with REFERENCE.open(newline="") as file:
        expected = {row["feature"]: float(row[signal]) for row in csv.DictReader(file)}
    assert features_of(SIGNALS[signal]()) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@given(
    st.integers(0, 2**32 - 1),
    st.floats(-12, 37),
    st.sampled_from(["silence", "noise", "tone", "impulse", "constant", "burst"]),
)
@settings(max_examples=30, deadline=None)
def test_features_are_finite_for_any_signal(seed: int, exponent: float, kind: str) -> None:
    random = np.random.default_rng(seed)
    y = np.zeros(affect.SAMPLES)
    start = random.integers(0, affect.SAMPLES - 3000)
    match kind:
        case "noise":
            y = random.normal(size=affect.SAMPLES)
        case "tone":
            y = np.sin(np.arange(affect.SAMPLES) * random.uniform(0.001, 3))
        case "impulse":
            y[start] = 1
        case "constant":
            y += 1
        case "burst":
            y[start : start + 3000] = random.normal(size=3000)
    values = affect.extract((10.0**exponent * y).astype(np.float32))
    assert values.shape == (len(affect.COLUMNS),)
    assert np.isfinite(values).all()


def test_gain_changes_only_the_loudness() -> None:
    y = music(10, rate=22050).mean(axis=0).astype(np.float32)
    loud, soft = affect.extract(y), affect.extract(y / 10)
    loudness = affect.COLUMNS.index("loudness")
    assert loud[loudness] - soft[loudness] == pytest.approx(20, abs=0.1)
    np.testing.assert_allclose(np.delete(loud, loudness), np.delete(soft, loudness), rtol=1e-3, atol=1e-3)


def test_another_length_is_rejected() -> None:
    with pytest.raises(ValueError, match="220500"):
        affect.extract(np.zeros(100))


def test_a_major_chord_is_major_and_a_minor_one_minor() -> None:
    major, minor = features_of(chord(0, 4, 7)), features_of(chord(0, 3, 7))
    for mode in ("mode", "tonal_mode", "tonal_mode_of_parts"):
        assert major[mode] > minor[mode] + 0.05
    assert (major["tonal_major_chords"], minor["tonal_major_chords"]) == (1, 0)
    assert major["tonal_chord_changes"] == minor["tonal_chord_changes"] == 0


@pytest.mark.parametrize("semitones", [1, 6, 11])
def test_harmony_is_the_same_in_every_key(semitones: int) -> None:
    original, transposed = (features_of(chord(0, 4, 7, root=root)) for root in (220, 220 * 2 ** (semitones / 12)))
    for name in ("mode", "mode_of_parts", "fifths_window", "minor_thirds_window", "major_thirds_window", "interval3"):
        assert original[f"tonal_{name}"] == pytest.approx(transposed[f"tonal_{name}"], abs=0.05)


def test_a_detuned_instrument_is_in_tune_with_itself() -> None:
    exact, sharp = (features_of(chord(0, 4, 7, root=root)) for root in (220, 220 * 2 ** (0.4 / 12)))
    assert sharp["tonal_tuned"] == pytest.approx(exact["tonal_tuned"], abs=0.02)
    assert sharp["tonal_mode"] == pytest.approx(exact["tonal_mode"], abs=0.02)


def test_a_semitone_is_rougher_than_a_fifth() -> None:
    assert features_of(chord(0, 1))["tonal_roughness"] > 2 * features_of(chord(0, 7))["tonal_roughness"]
    assert features_of(chord(0, 1))["tonal_interval1"] > features_of(chord(0, 1))["tonal_interval5"]


@pytest.mark.parametrize("bpm", [60, 90, 120])
def test_beats_are_counted_and_modulate_at_their_rate(bpm: int) -> None:
    features = features_of(clicks(bpm))
    assert features["onset_rate"] == pytest.approx(bpm / 60 - 0.1, abs=0.01)  # No onset is detected at the first beat.
    rates = [features[f"modulation1_{m}"] for m in range(len(affect.MODULATIONS))]
    slowest = next(m for m, (low, high) in enumerate(affect.MODULATIONS) if low <= bpm / 60 < high)
    assert rates[slowest] > max(rates[:slowest], default=-9)


def test_each_column_has_a_group() -> None:
    assert {affect.feature_group(column) for column in affect.COLUMNS} == set(affect.FEATURE_GROUPS)
    assert affect.feature_group("tonal_mode") == affect.feature_group("mode") == "tonality"
    assert len(set(affect.COLUMNS)) == len(affect.COLUMNS) == len(features_of(gusts()))
    assert [*affect.COLUMNS].index("tonal_key_major") == affect.SPECTRAL + 1
    assert len(tonality.COLUMNS) == sum(column.startswith("tonal_") for column in affect.COLUMNS)


def write_reference() -> None:
    """Write the reference values."""
    values = {name: features_of(make()) for name, make in SIGNALS.items()}
    with REFERENCE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("feature", *values))
        writer.writerows((c, *(f"{of[c]:.7g}" for of in values.values())) for c in affect.COLUMNS)


if __name__ == "__main__":
    write_reference()
