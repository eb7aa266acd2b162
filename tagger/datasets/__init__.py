"""Readers of data sets, with their checks."""
