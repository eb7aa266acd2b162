"""Make the file of filter banks with librosa, or compare it with the installed librosa.

``python -m tagger.features.make_filter_banks`` writes the file anew. A change of its weights changes the features, so
the versions in `tagger.features.VERSIONS` must then be raised and the models be trained again.

``python -m tagger.features.make_filter_banks --check`` writes nothing. It prints the greatest difference of each filter
bank from the installed librosa in units in the last place (ULP) of 32-bit floats, and exits with 1 if one is over
`TOLERANCE`. The shipped file is bit-equal to the result of librosa 0.11.
"""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path

import librosa
import numpy as np

from tagger.features.filter_banks import (
    FILE,
    FRAME,
    SAMPLE_RATE,
    SPECS,
    ChromaSpec,
    FilterBank,
    MelSpec,
    decode,
    encode,
)

PATH = Path(__file__).with_name(FILE)

TOLERANCE = 1
"""ULP by which another version of librosa, numpy or the processor's mathematical library may differ."""


def make(spec: MelSpec | ChromaSpec) -> FilterBank:
    """Make a filter bank with librosa: computed with 64-bit floats, rounded to 32 bits.

    Parameters
    ----------
    spec : MelSpec or ChromaSpec

    Returns
    -------
    FilterBank
    """
    centres = np.empty(0)
    if isinstance(spec, MelSpec):
        low, high = spec.lowest, spec.highest
        weights = librosa.filters.mel(
            sr=spec.sample_rate, n_fft=spec.frame, n_mels=spec.filters, fmin=low, fmax=high, dtype=np.float64
        )
        centres = librosa.mel_frequencies(spec.filters + 2, fmin=low, fmax=high)[1:-1]
    else:
        weights = librosa.filters.chroma(
            sr=SAMPLE_RATE, n_fft=FRAME, ctroct=spec.octave, octwidth=spec.width, dtype=np.float64
        )
    return FilterBank(np.ascontiguousarray(weights.T[: spec.bins], np.float32), centres)


def difference(ours: FilterBank, theirs: FilterBank) -> float:
    """Return the greatest difference of two filter banks' weights, in ULP.

    Parameters
    ----------
    ours, theirs : FilterBank

    Returns
    -------
    float
    """
    spacing = np.spacing(np.maximum(np.abs(ours.weights), np.abs(theirs.weights)))
    return float((np.abs(ours.weights - theirs.weights) / spacing).max())


def main(arguments: list[str] | None = None) -> int:
    """Write or check the file; return the exit status.

    Parameters
    ----------
    arguments : list of str, optional
        Of the command line; those of the process by default.

    Returns
    -------
    int
        1 if a filter bank differs from librosa's, else 0.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the file with the installed librosa")
    options = parser.parse_args(arguments)
    made = {name: make(spec) for name, spec in SPECS.items()}
    if not options.check:
        PATH.write_bytes(encode(made, f"librosa {version('librosa')}"))
        return 0
    shipped = decode(PATH.read_bytes())
    differences = {name: difference(shipped[name], bank) for name, bank in made.items()}
    for name, ulp in differences.items():
        print(f"{name:14} {ulp:.0f} ULP from librosa {version('librosa')}")
    return int(max(differences.values()) > TOLERANCE)


if __name__ == "__main__":
    raise SystemExit(main())
