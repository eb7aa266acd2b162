"""The card of the network of the embedding, and the check of its file.

The network is no model of emotions and is read by `tagger.features.embedding`, but `emotag models` shows and verifies
it with the models.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any

from tagger.errors import ModelError
from tagger.features import VERSIONS
from tagger.models.format import read_card

NAME = "embedding"


def card() -> dict[str, Any]:
    """Return the card.

    Returns
    -------
    dict

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    return read_card(NAME)


def verify() -> str | ModelError:
    """Check the file against its card.

    Returns
    -------
    str or ModelError
        The name of the network if the file matches the card, otherwise the error.

    Raises
    ------
    ModelError
        If the card is missing or damaged.
    """
    from tagger.features import embedding, embedding_network

    expected = card()
    try:
        data = resources.files("tagger.bundled").joinpath(embedding.FILE).read_bytes()
        if hashlib.sha256(data).hexdigest() != expected["sha256"]:
            return ModelError("the hash of the file does not match its card; reinstall emotag")
        if expected["features"] != {NAME: VERSIONS[NAME]}:
            return ModelError("made for another version of the features; reinstall emotag")
        embedding_network.unpack(data)
    except Exception as error:
        # A damaged or forged file can make the readers raise any exception.
        return ModelError(f"the file is missing or damaged ({type(error).__name__}); reinstall emotag")
    return str(expected["name"])
