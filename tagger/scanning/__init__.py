"""Scans and undo: options, sessions, pipeline, workers, and the result of each file."""
