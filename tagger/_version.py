"""The version of emotag."""

__version__ = "0.1.0"
