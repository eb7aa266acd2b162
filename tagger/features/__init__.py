"""Features of audio: pure functions on arrays that know neither files nor models."""

VERSIONS = {"moods": 1, "affect": 1, "segments": 1}
"""Version of the numbers of each set; a change that moves any of them needs another."""
