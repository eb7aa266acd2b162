"""Analysis of a file: from its path to its features."""
