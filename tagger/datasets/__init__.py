"""Readers of data sets, and a summary of a data set."""
