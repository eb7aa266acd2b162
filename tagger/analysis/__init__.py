"""From a file to its features."""
