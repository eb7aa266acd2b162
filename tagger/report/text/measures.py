"""Measures of a song in terms that music lovers know, each with phrases for low, average and high values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from tagger.models.explanation import TrainingSongs

LOW, HIGH = 35, 65
"""Percentiles below and above which a value is called low or high."""

DB_PER_NEPER = 10 / log(10)


class Measure(NamedTuple):
    """A measure of a song.

    Attributes
    ----------
    group : str
        Group of features that it belongs to.
    name : str
    unit : str
        Empty for a number without a unit.
    columns : tuple of str
        Names of the features that it is computed from.
    compute : callable
        From the values of these features to that of the measure.
    words : tuple of (str, str, str)
        For low, average and high values.
    form : str
        What is shown of the value after the words, with ``{}`` for the number, which has a unit.
    digits : int
        Decimal places that are shown.
    bounds : tuple of (float, float), optional
        Values up to the first are called low, values from the second on high; by default the percentile decides.
    """

    group: str
    name: str
    unit: str
    columns: tuple[str, ...]
    compute: Callable[..., np.ndarray]
    words: tuple[str, str, str]
    form: str
    digits: int
    bounds: tuple[float, float] | None = None


class Measurement(NamedTuple):
    """The value of a measure for a song.

    Attributes
    ----------
    measure : Measure
    value : float
    percentile : float
        Percentage of the training songs with a lower value.
    """

    measure: Measure
    value: float
    percentile: float

    @property
    def level(self) -> int:
        """Index of the words of the measure: 0 for a low value, 1 for an average one, 2 for a high one."""
        value, (low, high) = (
            (self.value, self.measure.bounds) if self.measure.bounds else (self.percentile, (LOW, HIGH))
        )
        return 0 if value <= low else 2 if value >= high else 1

    @property
    def words(self) -> str:
        """The value in words."""
        return self.measure.words[self.level]

    @property
    def phrase(self) -> str:
        """The value in words and numbers."""
        measure = self.measure
        if not measure.form:
            return self.words
        number = measure.form.format(f"{self.value:.{measure.digits}f} {measure.unit}".rstrip())
        return f"{self.words} ({number})"


def _identity(value: np.ndarray) -> np.ndarray:
    return value


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    difference: np.ndarray = first - second
    return difference


def _mean(*values: np.ndarray) -> np.ndarray:
    mean: np.ndarray = np.mean(values, axis=0)
    return mean


def _band_level(*levels: np.ndarray) -> np.ndarray:
    """Return the mean level of several bands in dB."""
    level: np.ndarray = 10 * np.log10(np.mean([10 ** (level / 10) for level in levels], axis=0))
    return level


def _contrast(*nepers: np.ndarray) -> np.ndarray:
    """Return the mean contrast of several bands in dB; each is the logarithm of a ratio of powers."""
    return DB_PER_NEPER * _mean(*nepers)


def _bands(first: int, last: int, statistic: str) -> tuple[str, ...]:
    return tuple(f"band{i}_{statistic}" for i in range(first, last + 1))


MEASURES = (
    Measure(
        "brightness",
        "treble level",
        "dB",
        _bands(14, 23, "mean"),
        _band_level,
        ("dark", "average brightness", "bright"),
        "2.2-8 kHz: {}",
        0,
    ),
    Measure(
        "timbre",
        "bass level",
        "dB",
        _bands(0, 1, "mean"),
        _band_level,
        ("little bass", "average bass", "much bass"),
        "60-280 Hz: {}",
        0,
    ),
    Measure(
        "timbre",
        "mid-range level",
        "dB",
        _bands(2, 13, "mean"),
        _band_level,
        ("weak mid-range", "average mid-range", "strong mid-range"),
        "0.3-2.2 kHz: {}",
        0,
    ),
    Measure(
        "noise",
        "spectral contrast",
        "dB",
        tuple(f"contrast{i}_mean" for i in range(6)),
        _contrast,
        ("noisy", "average noise", "clear tones"),
        "spectral contrast {}",
        0,
    ),
    Measure(
        "noise",
        "roughness",
        "",
        ("tonal_roughness",),
        _identity,
        ("smooth", "average roughness", "rough"),
        "roughness {}",
        2,
    ),
    Measure(
        "variation",
        "variation of timbre within 0.1 s",
        "dB",
        tuple(f"mfcc{i}_delta_std" for i in range(2, 20)),
        _mean,
        ("slow timbre changes", "average timbre changes", "quick timbre changes"),
        "{}",
        1,
    ),
    Measure(
        "variation",
        "variation of timbre over 30 s",
        "",
        tuple(f"Std_Acc1298_Mean_Mem40_MFCC_{i}" for i in range(2, 13)),
        _mean,
        ("even timbre", "average variation", "varied timbre"),
        "deviation {}",
        2,
    ),
    Measure(
        "dynamics",
        "loudness range",
        "dB",
        ("level_90", "level_10"),
        _difference,
        ("small loudness range", "average loudness range", "wide loudness range"),
        "{}",
        0,
    ),
    Measure(
        "dynamics",
        "median level below the maximum",
        "dB",
        ("level_50",),
        _identity,
        ("often quiet", "average level", "constantly loud"),
        "median level {}",
        0,
    ),
    Measure(
        "tempo", "beat clarity", "", ("pulse_clarity",), _identity, ("weak beat", "average beat", "strong beat"), "", 2
    ),
    Measure(
        "onsets", "onset rate", "onsets/s", ("onset_rate",), _identity, ("sparse", "average density", "busy"), "{}", 1
    ),
    Measure(
        "onsets",
        "onset strength",
        "dB",
        ("onset_mean",),
        _identity,
        ("soft onsets", "average onsets", "strong onsets"),
        "mean rise {}",
        1,
    ),
    Measure(
        "mode",
        "fit of major minus minor key",
        "",
        ("tonal_mode",),
        _identity,
        ("minor", "neither major nor minor", "major"),
        "fit {}",
        2,
        (-0.05, 0.05),
    ),
    Measure(
        "mode",
        "key clarity",
        "",
        ("tonal_key_best",),
        _identity,
        ("unclear key", "average key clarity", "clear key"),
        "fit {}",
        2,
    ),
    Measure(
        "harmony",
        "chord clarity",
        "",
        ("tonal_chord_clarity",),
        _identity,
        ("unclear chords", "average chord clarity", "clear chords"),
        "clarity {}",
        2,
    ),
)
"""The measures of all groups."""


def measure_song(features: Mapping[str, float], training: TrainingSongs) -> list[Measurement]:
    """Measure a song, and compare it with the training songs of a model.

    Parameters
    ----------
    features : mapping of str to float
        Features of the song by name.
    training : TrainingSongs

    Returns
    -------
    list of Measurement
        Without the measures whose features the model does not use.
    """
    measured = []
    for measure in MEASURES:
        if all(name in features and name in training.values for name in measure.columns):
            value = float(measure.compute(*(np.array(features[name]) for name in measure.columns)))
            others = measure.compute(*(training.values[name] for name in measure.columns))
            below = np.count_nonzero(others < value) + np.count_nonzero(others == value) / 2
            measured.append(Measurement(measure, value, 100 * below / len(others)))
    return measured


def tempo_phrase(features: Mapping[str, float]) -> str:
    """Return the tempo of a song in words.

    Parameters
    ----------
    features : mapping of str to float
        Features of the song by name.

    Returns
    -------
    str
        With two tempi, because the beat histogram does not say which of them a listener taps; empty if it has no peak.
    """
    low, high = features.get("BH_LowPeakBPM", 0.0), features.get("BH_HighPeakBPM", 0.0)
    return f"about {low:.0f} or {high:.0f} bpm" if low else ""
