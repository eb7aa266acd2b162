"""The format of model files: read without running code from them, checked, and written.

A model is two files. ``NAME.model`` is a zip archive: ``model.json`` describes the components that the model is made
of (`tagger.models.components`) and all that belongs to its use (labels, threshold, the features it was trained on).
Each array is a ``.npy`` file of numpy's, which may not hold objects. ``NAME.json`` is the model's card, for people.

Files of format 3, in which components went by the names of their classes, are still read (`tagger.models.format_3`).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.features import VERSIONS
from tagger.output import write

if TYPE_CHECKING:
    import numpy as np

    from tagger.models.components import Component

FORMAT = 4
"""Version of the format of model files that `save` writes."""

MAX_UNPACKED_BYTES = 500_000_000
"""Bytes that a model may unpack to; a file that holds more was not made by `emotag train`."""

KINDS = ("moods", "affect")
OUTPUTS = {"moods": (len(MOODS),), "affect": (2, 4)}


@dataclass(frozen=True)
class Model:
    """A trained model of either kind.

    Attributes
    ----------
    name : str
        Kind and the first digits of the file's hash: what tags and reports call it.
    kind : str
        ``moods`` or ``affect``.
    features : dict of str to int
        The feature sets that it was trained on, in the order of its columns, with their versions. Of a set that has
        one row a song the row stands beside each row of the others.
    component : Component
        What predicts.
    """

    name: str
    kind: str
    features: dict[str, int]
    component: Component


@dataclass(frozen=True)
class MoodsModel(Model):
    """Tells the probabilities of the moods, and which of them to give.

    Attributes
    ----------
    threshold : float
        Probability from which a mood is given.
    """

    threshold: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the probability of each of `MOODS` for each excerpt.

        Parameters
        ----------
        features : numpy.ndarray, shape=(excerpts, 72)

        Returns
        -------
        numpy.ndarray, shape=(excerpts, 6)
            In 0..1.
        """
        return self.component.predict(features).clip(0.0, 1.0)


@dataclass(frozen=True)
class AffectModel(Model):
    """Tells valence and arousal."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return valence and arousal of each window, and how sure they are.

        Parameters
        ----------
        features : numpy.ndarray, shape=(windows, columns)

        Returns
        -------
        numpy.ndarray, shape=(windows, 2) or (windows, 4)
            Valence and arousal in -1..1, and of a model that tells them their standard deviations: how far the
            ratings lie from it, in about two songs of three no farther.
        """
        return self.component.predict(features).clip(-1.0, 1.0)


def load(path: str | Path) -> MoodsModel | AffectModel:
    """Load a model file.

    Raises
    ------
    ModelError
        If it cannot be read, is no model, or its parts don't fit each other.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    return _parse(data, str(path))


def bundled(kind: str) -> MoodsModel | AffectModel:
    """Load the model of a kind that comes with emotag."""
    return _parse((_bundle() / f"{kind}.model").read_bytes(), f"the bundled model of {kind}")


def cards() -> dict[str, dict[str, Any]]:
    """Return the cards of the bundled models, by kind."""
    return {kind: json.loads((_bundle() / f"{kind}.json").read_text("utf-8")) for kind in KINDS}


def verify() -> dict[str, str | ModelError]:
    """Check the bundled models against their cards.

    Returns
    -------
    dict of str to str or ModelError
        By kind, the name of a model that is what its card says, or what is wrong with it.
    """
    found: dict[str, str | ModelError] = {}
    for kind, card in cards().items():
        data = (_bundle() / f"{kind}.model").read_bytes()
        try:
            if hashlib.sha256(data).hexdigest() != card["sha256"]:
                raise ModelError("the file's hash is not that of its card; install emotag again")
            model = _parse(data, f"the bundled model of {kind}")
            check_features(model)
            found[kind] = model.name
        except ModelError as error:
            found[kind] = error
    return found


def _bundle() -> Any:
    return resources.files("tagger.bundled")


def _parse(data: bytes, origin: str) -> MoodsModel | AffectModel:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise ModelError(
                    f"{origin}: unpacks to more than {MAX_UNPACKED_BYTES // 10**6} MB, as no model of emotag does"
                )
            content = json.loads(archive.read("model.json"))
            described = _described(content, origin)
            kind = content["kind"]
            if kind not in KINDS:
                raise ModelError(f"{origin}: a model of {kind}, which emotag does not know")
            if kind == "moods" and tuple(content["labels"]) != MOODS:
                raise ModelError(f"{origin}: tells other moods than emotag's; train it again")
            component = _unpack(described, archive)
        if component.check(content["columns"]) not in OUTPUTS[kind]:
            raise ModelError(f"{origin}: does not predict what a model of {kind} does")
        make: Callable[..., MoodsModel | AffectModel] = AffectModel
        if kind == "moods":
            make = partial(MoodsModel, threshold=float(content["threshold"]))
        name = f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
        features = {str(key): int(version) for key, version in content["features"].items()}
        return make(name, kind, features, component)
    except ModelError:
        raise
    except Exception as error:
        # Whatever a damaged file makes its reader stumble over, it is no model.
        raise ModelError(f"{origin}: not a model of emotag, or damaged ({type(error).__name__}: {error})") from None


def _described(content: dict[str, Any], origin: str) -> Any:
    """Return the description of a model's component in today's format."""
    from tagger.models.format_3 import upgrade

    if content["format"] == FORMAT:
        return content["component"]
    if content["format"] == 3:
        return upgrade(content["part"])
    raise ModelError(f"{origin}: made by another version of emotag; train it again")


def _unpack(node: Any, archive: zipfile.ZipFile) -> Any:
    """Return what a node of ``model.json`` describes: a number, an array, several components, or a component."""
    import numpy as np
    from numpy.lib import format as npy

    from tagger.models.components import COMPONENTS

    if isinstance(node, int | float):
        return node
    if isinstance(node, list):
        return tuple(_unpack(child, archive) for child in node)
    if "array" in node:
        with archive.open(f"{int(node['array'])}.npy") as file:
            array = npy.read_array(file, allow_pickle=False)
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise ValueError("an array of something else than numbers")
        return array
    fields = {key: _unpack(child, archive) for key, child in node["fields"].items()}
    return COMPONENTS[node["component"]](**fields)


def check_features(model: Model) -> None:
    """Refuse a model that was trained on features of another version, or on none of ours.

    Raises
    ------
    ModelError
        With both versions.
    """
    for features, trained in model.features.items():
        version = VERSIONS.get(features, 0)
        if trained != version:
            raise ModelError(
                f"{model.name} was trained on {features} features of version {trained}, "
                f"and this emotag computes version {version}; train it again"
            )


def save(path: str | Path, content: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    """Write a model and its card; the same content gives the same bytes.

    Parameters
    ----------
    path : path
        The model file, ``NAME.model``; the card is put beside it as ``NAME.json``.
    content : dict
        ``kind``, ``features``, ``columns``, ``component``, and for moods ``labels`` and ``threshold``.
    card : dict
        What people should know of the model.

    Returns
    -------
    dict
        The card, with the model's name and hash.
    """
    arrays: list[np.ndarray] = []
    described = {"format": FORMAT, **content, "component": _pack(content["component"], arrays)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        members = {"model.json": json.dumps(described, indent=1).encode()}
        members |= {f"{i}.npy": _npy(array) for i, array in enumerate(arrays)}
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member, zipfile.ZIP_DEFLATED, 9)  # without a date
    data = packed.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    card = {"name": f"{content['kind']}-{digest[:8]}", "sha256": digest, **card}
    path = Path(path)
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    write(str(path), data)
    write(str(path.with_suffix(".json")), text.encode())
    return card


def _pack(value: Any, arrays: list[np.ndarray]) -> Any:
    """Describe a component and its fields for ``model.json``; its arrays are added to `arrays`."""
    import numpy as np

    if isinstance(value, int | float):
        return value
    if isinstance(value, tuple):
        return [_pack(child, arrays) for child in value]
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    from tagger.models.components import COMPONENTS

    tag = next(tag for tag, kind in COMPONENTS.items() if kind is type(value))
    return {"component": tag, "fields": {f.name: _pack(getattr(value, f.name), arrays) for f in fields(value)}}


def _npy(array: np.ndarray) -> bytes:
    import numpy as np
    from numpy.lib import format as npy

    data = io.BytesIO()
    npy.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
    return data.getvalue()
