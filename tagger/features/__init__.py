"""Features of audio: pure functions on arrays that know neither files nor models."""
