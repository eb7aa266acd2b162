"""emotag: the moods, valence and arousal of a music library, in its own tags."""

__version__ = "0.1.0"
