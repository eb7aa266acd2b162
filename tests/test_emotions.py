"""Selection of moods, and names of quadrants."""

from __future__ import annotations

import pytest

from tagger.emotions import MOODS, quadrant, select_moods


def test_select_moods_at_threshold_and_always_one() -> None:
    assert select_moods([0.1, 0.6, 0.9, 0.2, 0.0, 0.1], 0.5) == (MOODS[2], MOODS[1])
    assert select_moods([0.1, 0.2, 0.15, 0.0, 0.0, 0.1], 0.5) == (MOODS[1],)
    assert select_moods([0.5, 0.0, 0.0, 0.0, 0.0, 0.0], 0.5) == (MOODS[0],)
    assert select_moods([0.2] * 6, 0.5) == (MOODS[0],)
    with pytest.raises(ValueError, match="5 probabilities for 6 moods"):
        select_moods([0.5] * 5, 0.5)


@pytest.mark.parametrize(
    ("valence", "arousal", "name"),
    [(0, 0, "happy"), (-0.1, 0, "tense"), (-0.1, -0.1, "sad"), (0, -0.1, "calm")],
)
def test_quadrants(valence: float, arousal: float, name: str) -> None:
    assert quadrant(valence, arousal) == name
