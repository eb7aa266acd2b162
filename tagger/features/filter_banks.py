"""Mel and chroma filter banks, made by librosa once and shipped with the package.

Importing librosa takes seconds, which every worker of a scan would spend. The filter banks are therefore kept in
`filter_banks.bin`, which ``python -m tagger.features.make_filter_banks`` writes from `librosa.filters.mel` and
`librosa.filters.chroma`. Because the file is part of the package, the features are the same on every machine,
whichever version of librosa is installed there.

The file is a line of JSON, with the position of each filter, followed by the weights of all filters as little-endian
32-bit floats.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 22050
FRAME = 2048
"""Samples of a frame, whose spectrum has `FRAME` // 2 + 1 bins from 0 Hz on."""

FILE = "filter_banks.bin"
WEIGHT = np.dtype("<f4")


@dataclass(frozen=True)
class MelSpec:
    """Parameters of a mel filter bank: triangles of unit area, evenly spaced on Slaney's mel scale.

    Attributes
    ----------
    bins : int
        Number of bins of the spectrum that the filters cover, from 0 Hz on.
    filters : int
        Number of filters.
    lowest, highest : float
        Lower edge of the first filter and upper edge of the last one, in Hz.
    sample_rate, frame : int
        Sample rate in Hz, and samples of a frame of the spectrum.
    """

    bins: int
    filters: int
    lowest: float
    highest: float
    sample_rate: int = SAMPLE_RATE
    frame: int = FRAME


@dataclass(frozen=True)
class ChromaSpec:
    """Parameters of a chroma filter bank: the share of each of the 12 pitch classes in each bin.

    Attributes
    ----------
    bins : int
        Number of bins of the spectrum that the filters cover, from 0 Hz on.
    octave, width : float
        Centre (A4 is in octave 4) and width in octaves of the Gaussian that weights the bins.
    """

    bins: int
    octave: float
    width: float
    filters: int = 12


SPECS: dict[str, MelSpec | ChromaSpec] = {
    "window_mel": MelSpec(bins=744, filters=96, lowest=30.0, highest=8000.0),
    "window_chroma": ChromaSpec(bins=744, octave=5, width=2),
    "segment_mel": MelSpec(bins=1025, filters=128, lowest=0.0, highest=SAMPLE_RATE / 2),
    "patch_mel": MelSpec(bins=257, filters=96, lowest=0.0, highest=8000.0, sample_rate=16000, frame=512),
}
"""Filter banks by name: two of a 10-second window (below 8 kHz), one of EmoDJ's half-second segments, and one of the
patches of the embedding, whose spectra are those of audio at 16 kHz."""


@dataclass(frozen=True)
class FilterBank:
    """A filter bank that can be applied to power spectra.

    Attributes
    ----------
    weights : numpy.ndarray, shape=(bins, filters), dtype=float32
        A spectrum of shape (frames, bins) times these is the output of the filters. The first chroma filter is C.
    centres : numpy.ndarray, shape=(filters,), dtype=float64
        Centre frequencies of mel filters in Hz; empty for chroma.
    """

    weights: NDArray[np.float32]
    centres: NDArray[np.float64]


def load(name: str) -> FilterBank:
    """Return a filter bank of the package; its arrays are read-only.

    Parameters
    ----------
    name : str
        Key of `SPECS`.

    Returns
    -------
    FilterBank

    Raises
    ------
    KeyError
        If no filter bank has that name.
    """
    return _read()[name]


@cache
def _read() -> dict[str, FilterBank]:
    return decode(resources.files(__package__).joinpath(FILE).read_bytes())


def encode(banks: dict[str, FilterBank], source: str) -> bytes:
    """Return the content of a file of filter banks.

    Parameters
    ----------
    banks : dict of str to FilterBank
    source : str
        Name and version of the library that made them.

    Returns
    -------
    bytes
        Each filter is stored from its first to its last weight that is not zero.
    """
    header, data = {}, b""
    for name, bank in banks.items():
        starts, lengths = [], []
        for column in bank.weights.T:
            used = np.flatnonzero(column)
            starts.append(int(used[0]))
            lengths.append(int(used[-1] - used[0]) + 1)
            data += column[used[0] : used[-1] + 1].astype(WEIGHT).tobytes()
        header[name] = {
            "bins": len(bank.weights),
            "starts": starts,
            "lengths": lengths,
            "centres": bank.centres.tolist(),
        }
    return json.dumps({"made_by": source, "banks": header}, separators=(",", ":")).encode() + b"\n" + data


def decode(content: bytes) -> dict[str, FilterBank]:
    """Return the filter banks of a file that `encode` made.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    dict of str to FilterBank
    """
    header, _, data = content.partition(b"\n")
    values = np.frombuffer(data, WEIGHT)
    banks, position = {}, 0
    for name, layout in json.loads(header)["banks"].items():
        weights = np.zeros((layout["bins"], len(layout["starts"])), np.float32)
        for i, (start, length) in enumerate(zip(layout["starts"], layout["lengths"], strict=True)):
            weights[start : start + length, i] = values[position : position + length]
            position += length
        centres = np.array(layout["centres"])
        weights.flags.writeable = centres.flags.writeable = False
        banks[name] = FilterBank(weights, centres)
    return banks
