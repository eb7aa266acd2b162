"""Groups of features that have a name in music: brightness, bass, tempo, mode and others."""

from __future__ import annotations

import re

EMBEDDING = "embedding"

PATTERNS: dict[str, tuple[str, ...]] = {
    EMBEDDING: (r"embedding\d+",),
    "brightness": (
        r"(centroid|bandwidth|rolloff50|rolloff85|zero_crossings|mfcc1|band(1[4-9]|2\d))_mean",
        r"Mean_\w+_Mean_\w+_(Centroid|Rolloff|MFCC_1)",
    ),
    "timbre": (r"(mfcc([2-9]|1\d)|band(\d|1[0-3]))_mean", r"Mean_\w+_Mean_\w+_MFCC_([2-9]|1\d)"),
    "noise": (r"(flatness|contrast\d)_mean", r"tonal_(roughness|roughness_std|tuned|peaks)", r"Mean_\w+_Mean_\w+_Flux"),
    "variation": (
        r"(mfcc([1-9]|1\d)|band\d+|centroid|bandwidth|rolloff50|rolloff85|flatness|zero_crossings|contrast\d)_std",
        r"mfcc\d+_delta_std",
        r"(Std_\w+_(Mean|Std)|Mean_\w+_Std)_\w+_(Centroid|Rolloff|Flux|MFCC_([1-9]|1\d))",
    ),
    "dynamics": (
        r"loudness|crest|(level|quiet)_\w+|mfcc0_(mean|std)",
        r"\w+_MFCC_0",
    ),
    "tempo": (r"tempo|tempo_share|pulse_clarity|pulse_entropy", r"BH_\w+|BHSUM\d"),
    "onsets": (r"onset_\w+|modulation\d_\d",),
    "mode": (
        r"(tonal_)?(key_(major|minor)|mode)",
        r"tonal_(key_best|key_of_parts|mode_of_parts|mode_varies|major_chords)",
    ),
    "harmony": (
        r"chroma_entropy|chroma_std|harmonic_change|tonal_(chord_clarity|chord_changes|pitch_\w+|interval\d)",
        r"tonal_((fifths|minor_thirds|major_thirds)_(frames|window|change)|melody_varies)",
    ),
}
"""Regular expressions of the column names of each group."""

GROUPS = tuple(PATTERNS)
"""Names of the groups."""


def group_of(column: str) -> str:
    """Return the group of a feature.

    Parameters
    ----------
    column : str
        Name of the feature, in the columns of ``affect``, ``moods`` or ``embedding``.

    Returns
    -------
    str
        One of `GROUPS`.

    Raises
    ------
    KeyError
        If it is in no group.
    """
    for name, patterns in PATTERNS.items():
        if any(re.fullmatch(pattern, column) for pattern in patterns):
            return name
    raise KeyError(column)
