"""The identity of a file's audio: a hash of its packets, so that tags do not count."""

from __future__ import annotations

from tagger.audio.decode import read


def identity(path: str) -> str:
    """Hash the audio packets of a file.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str
        32 hexadecimal digits, the same whatever tags surround the audio.

    Raises
    ------
    AudioError
        If the file cannot be read or holds no audio.
    """
    return read(path).identity
