"""A scan: options, pipeline, workers, and the result of each file."""
