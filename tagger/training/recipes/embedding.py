"""The network of the embedding: made from the wheel of musicnn, and measured on songs."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tagger._version import __version__
from tagger.analysis.extraction import Samples
from tagger.audio.decode import read_audio
from tagger.audio.excerpts import embedding_patches
from tagger.errors import AudioError, DataError
from tagger.evaluation.invariance import encoded_variants
from tagger.features import VERSIONS, embedding
from tagger.features.embedding_network import KIND, Layer, Network, pack
from tagger.io import regular
from tagger.io.output import write_output
from tagger.training import musicnn
from tagger.training.cards import creation_date
from tagger.training.tf_checkpoint import read_checkpoint

WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
"""Hash of ``musicnn-0.1.0-py3-none-any.whl`` on PyPI."""

CHECKPOINT = "musicnn/MSD_musicnn/"
"""Directory of the checkpoint in the wheel; its files have no other names than their suffixes."""

REFERENCE = "musicnn_reference.npz"
"""Patches of synthetic music, in steps of 1/32, and the values that the original graph in TensorFlow has for them."""

TOLERANCE = 1e-4
"""Largest accepted difference from the values of the original."""

MAX_SONGS = 40
"""Number of songs on which the network is measured, spread evenly over all of them."""

VARIANTS = ("-20 dB", "MP3 128", "AAC 128")
"""Keys of `tagger.evaluation.invariance.VARIANTS` that the card has figures for."""

SOURCE = {
    "package": "musicnn 0.1.0, https://pypi.org/project/musicnn/0.1.0/",
    "network": "MSD_musicnn",
    "sha256": WHEEL_SHA256,
    "licence": "ISC (embedding.LICENSE.txt); Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019",
    "trained_on": "audio of the Million Song Dataset (about 200 000 songs), with the tags of Last.fm's listeners",
}


def train(
    wheel: Path, songs: Sequence[Path], out: Path, on_song: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Make the network of the embedding, measure it on songs, and save it with its card.

    Parameters
    ----------
    wheel : Path
        ``musicnn-0.1.0-py3-none-any.whl``.
    songs : sequence of Path
        Audio files; they affect the figures in the card, not the network.
    out : Path
        Model file to write.
    on_song : callable
        Called after each song.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If the wheel is another one, its network does not reproduce the reference values, or a song cannot be
        analysed.
    """
    with threadpool_limits(1):  # the figures are to be the same on any number of processors
        return _train(wheel, songs, out, on_song)


def _train(wheel: Path, songs: Sequence[Path], out: Path, on_song: Callable[[], object]) -> dict[str, Any]:
    original = musicnn.from_checkpoint(read_wheel(wheel))
    check(original, f"{wheel}: the network")
    network = musicnn.prune(original)
    check(network, "the network without constant filters")
    data = pack(network)
    digest = hashlib.sha256(data).hexdigest()
    card = {
        "name": f"{KIND}-{digest[:8]}",
        "sha256": digest,
        "kind": KIND,
        "created": creation_date(),
        "features": {KIND: VERSIONS[KIND]},
        "source": SOURCE,
        "terms": "The network is musicnn's (ISC licence). The rights in the audio and the tags that it was trained on "
        "are those of others.",
        "algorithm": "MSD_musicnn without the filters that are constant for all inputs; 200 values of its last hidden "
        "layer for patches of 3 s with normalised level",
        "multiplications": {
            "original": musicnn.multiplications(original),
            "shipped": musicnn.multiplications(network),
        },
        "filters": {"original": count_filters(original), "shipped": count_filters(network)},
        "figures": measure(original, network, songs, on_song),
        "made_with": {"emotag": __version__, "numpy": np.__version__},
    }
    write_output(str(out), data)
    write_output(str(out.with_suffix(".json")), (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode())
    return card


def read_wheel(path: Path) -> dict[str, np.ndarray]:
    """Return the variables of the checkpoint in the wheel.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to numpy.ndarray

    Raises
    ------
    DataError
        If it is not the wheel with the hash `WHEEL_SHA256`.
    """
    try:
        data = regular.read_bytes(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    if hashlib.sha256(data).hexdigest() != WHEEL_SHA256:
        raise DataError(f"{path}: not musicnn-0.1.0-py3-none-any.whl of PyPI (its SHA-256 hash is another)")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_checkpoint(archive.read(f"{CHECKPOINT}.index"), archive.read(f"{CHECKPOINT}.data-00000-of-00001"))


def reference() -> tuple[np.ndarray, np.ndarray]:
    """Return patches and the values that the original graph in TensorFlow has for them.

    Returns
    -------
    patches : numpy.ndarray, shape=(n, 187, 96)
    values : numpy.ndarray, shape=(n, 200)
    """
    with np.load(io.BytesIO(resources.files("tagger.training").joinpath(REFERENCE).read_bytes())) as arrays:
        return arrays["patches"].astype(np.float32) / 32, arrays["values"]


def check(network: Network, name: str) -> None:
    """Check that a network has the values of the original.

    Parameters
    ----------
    network : Network
    name : str
        Name of the network in the message.

    Raises
    ------
    DataError
        If a value differs by more than `TOLERANCE`.
    """
    patches, values = reference()
    difference = max(float(np.abs(network.embed(p) - v).max()) for p, v in zip(patches, values, strict=True))
    if not difference <= TOLERANCE:
        raise DataError(f"{name} differs by {difference:.1e} from the values of the original")


def count_filters(network: Network) -> int:
    """Return the number of filters of the first layers.

    Parameters
    ----------
    network : Network

    Returns
    -------
    int
    """
    return sum(layer.kernel.shape[2] for layer in (*network.tall, *network.long))


def measure(
    original: Network, network: Network, songs: Sequence[Path], on_song: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Compare a network with the original, and the embeddings of songs with those of their variants.

    Parameters
    ----------
    original, network : Network
    songs : sequence of Path
        Audio files; at most `MAX_SONGS` of them are used.
    on_song : callable
        Called after each song.

    Returns
    -------
    dict
        ``songs`` and ``patches``, their numbers. ``pruning`` and ``float16``: the largest and the root mean square
        difference from the original, without constant filters and with weights that are rounded to 16 bits.
        ``moved``: by variant, the root mean square and the largest difference of the means over a song's patches. All
        differences are relative to the standard deviation of the values over patches or songs.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    chosen = choose(songs)
    rounded = round_weights(network)
    values: dict[str, list[np.ndarray]] = {"original": [], "pruning": [], "float16": []}
    variants: list[np.ndarray] = []
    for song in chosen:
        for patch in read_patches(song, str(song)):
            for name, net in zip(values, (original, network, rounded), strict=True):
                values[name].append(net.embed(patch))
        measured = encoded_variants(
            song,
            VARIANTS,
            lambda path, label: np.mean([network.embed(p) for p in read_patches(path, label)], axis=0),
        )
        variants.append(np.stack(measured))
        on_song()
    exact = np.stack(values.pop("original"))
    moved = np.stack(variants)
    return {
        "songs": len(chosen),
        "patches": len(exact),
        **{name: relative_difference(np.stack(rows), exact) for name, rows in values.items()},
        "moved": {name: relative_difference(moved[:, i], moved[:, 0]) for i, name in enumerate(VARIANTS, 1)},
    }


def choose(songs: Sequence[Path]) -> list[Path]:
    """Return at most `MAX_SONGS` songs, spread evenly.

    Parameters
    ----------
    songs : sequence of Path

    Returns
    -------
    list of Path

    Raises
    ------
    DataError
        If there are less than two songs.
    """
    if len(songs) < 2:
        raise DataError("at least two audio files are needed")
    count = min(MAX_SONGS, len(songs))
    return [songs[i * len(songs) // count] for i in range(count)]


def read_patches(path: Path, label: str) -> list[np.ndarray]:
    """Return the patches of a song, as the network takes them.

    Parameters
    ----------
    path : Path
    label : str
        Description of the file for messages.

    Returns
    -------
    list of numpy.ndarray, shape=(187, 96)

    Raises
    ------
    DataError
        If the song cannot be analysed.
    """
    try:
        recording = read_audio(str(path), embedding_patches)
    except AudioError as error:
        raise DataError(f"{label}: {error}") from None
    excerpts: Mapping[Any, Samples] = recording.excerpts
    return [embedding.log_mel_patch(excerpts[excerpt]) for excerpt in embedding_patches(recording.planned)]


def round_weights(network: Network) -> Network:
    """Return a network with weights that are rounded to 16 bits.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Network
    """

    def rounded(layer: Layer) -> Layer:
        arrays = (layer.kernel, layer.bias, layer.scale, layer.offset)
        return Layer(*(array.astype(np.float16).astype(np.float32) for array in arrays))

    return replace(
        network,
        tall=tuple(map(rounded, network.tall)),
        long=tuple(map(rounded, network.long)),
        convolutions=tuple(map(rounded, network.convolutions)),
        dense=rounded(network.dense),
    )


def relative_difference(values: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Return the differences of rows in units of the root mean square of the columns' standard deviations.

    Parameters
    ----------
    values, reference : numpy.ndarray, shape=(rows, columns)

    Returns
    -------
    dict of str to float
        ``rms`` and ``max``, with two significant digits.
    """
    spread = np.sqrt(reference.var(axis=0, dtype=np.float64).mean())
    differences = (values.astype(np.float64) - reference) / spread
    figures = {"rms": float(np.sqrt(np.square(differences).mean())), "max": float(np.abs(differences).max())}
    return {name: float(f"{figure:.2g}") for name, figure in figures.items()}
