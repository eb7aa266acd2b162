"""Phrases that several reports use."""

from __future__ import annotations


def count_noun(number: int, noun: str) -> str:
    """Return a number with its noun, which gets an ``s`` unless the number is 1.

    Parameters
    ----------
    number : int
    noun : str

    Returns
    -------
    str
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_minutes(seconds: float) -> str:
    """Return a duration as minutes and seconds, such as ``63:05 min``.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min"
