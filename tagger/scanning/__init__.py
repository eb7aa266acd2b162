"""Scans: options, session, pipeline, workers, and the result of each file."""
