"""Model files: loaded without running any code from them, checked, and applied.

A model is two files: ``NAME.skops`` holds the estimator with all that belongs to its use (labels,
threshold, the features it was trained on), ``NAME.json`` is its card, for people.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS
from tagger.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

FORMAT = 1
TRUSTED: dict[str, frozenset[str]] = {
    "builtins.dict": frozenset({"DictNode"}),
    "builtins.list": frozenset({"ListNode"}),
    "builtins.tuple": frozenset({"TupleNode"}),
    "builtins.str": frozenset({"JsonNode", "TypeNode"}),
    "numpy.ndarray": frozenset({"NdArrayNode"}),
    "numpy.float64": frozenset({"NdArrayNode"}),
    "sklearn.kernel_ridge.KernelRidge": frozenset({"ObjectNode"}),
    "sklearn.linear_model._ridge.Ridge": frozenset({"ObjectNode"}),
    "tagger.estimators.AffectBlend": frozenset({"ObjectNode"}),
    "tagger.estimators.Forest": frozenset({"ObjectNode"}),
    "tagger.estimators.MoodsBlend": frozenset({"ObjectNode"}),
    "tagger.estimators.SupportVectors": frozenset({"ObjectNode"}),
}
"""All types a model file may hold, and which of skops's loaders may make each.

skops would also take on its own word all of scikit-learn's estimators, among them those that follow a file's
numbers in C unchecked, and functions. None that computes outside of Python and numpy belongs here.
"""

LARGEST = 500_000_000
"""Bytes that a model may unpack to; a file that holds more was not made by `emotag train`."""

KINDS = ("moods", "affect")


@dataclass(frozen=True)
class Model:
    """A trained model of either kind.

    Attributes
    ----------
    name : str
        Kind and the first digits of the file's hash: what tags and reports call it.
    kind : str
        ``moods`` or ``affect``.
    features_version : int
        Version of the feature set of the same name that it was trained on.
    estimator : object
        What predicts.
    """

    name: str
    kind: str
    features_version: int
    estimator: Any


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
        return self.estimator.predict(features).clip(0.0, 1.0)


@dataclass(frozen=True)
class AffectModel(Model):
    """Tells valence and arousal."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return valence and arousal of each window.

        Parameters
        ----------
        features : numpy.ndarray, shape=(windows, columns)

        Returns
        -------
        numpy.ndarray, shape=(windows, 2)
            In -1..1.
        """
        return self.estimator.predict(features).clip(-1.0, 1.0)


def load(path: str | Path) -> MoodsModel | AffectModel:
    """Load a model file.

    Raises
    ------
    ModelError
        If it cannot be read, is no model, holds a type that is not trusted by name, or was trained on
        features of another version.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    return _parse(data, str(path))


def bundled(kind: str) -> MoodsModel | AffectModel:
    """Load the model of a kind that comes with emotag."""
    return _parse((_bundle() / f"{kind}.skops").read_bytes(), f"the bundled model of {kind}")


def cards() -> dict[str, dict[str, Any]]:
    """Return the cards of the bundled models, by kind."""
    return {kind: json.loads((_bundle() / f"{kind}.json").read_text("utf-8")) for kind in KINDS}


def _bundle() -> Any:
    return resources.files("tagger.bundled")


def _parse(data: bytes, origin: str) -> MoodsModel | AffectModel:
    from skops.io import loads

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise ModelError(f"{origin}: unpacks to more than {LARGEST // 10**6} MB, as no model of emotag does")
            foreign = next(_foreign(json.loads(archive.read("schema.json"))), None)
        if foreign:
            raise ModelError(f"{origin}: holds {foreign}, which a model of emotag does not; it was not loaded")
        with warnings.catch_warnings():
            # The range of scikit-learn that the package admits is tested to read these files alike.
            warnings.simplefilter("ignore")
            content = loads(data, trusted=sorted(TRUSTED))
        if content["format"] != FORMAT:
            raise ModelError(f"{origin}: made by another version of emotag; train it again")
        kind = content["kind"]
        if kind not in KINDS:
            raise ModelError(f"{origin}: a model of {kind}, which emotag does not know")
        if kind == "moods" and tuple(content["labels"]) != MOODS:
            raise ModelError(f"{origin}: tells other moods than emotag's; train it again")
        make: Callable[..., MoodsModel | AffectModel] = AffectModel
        if kind == "moods":
            make = partial(MoodsModel, threshold=content["threshold"])
        name = f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
        return make(name, kind, content["features_version"], content["estimator"])
    except ModelError:
        raise
    except Exception as error:
        # Whatever a damaged file makes its reader stumble over, it is no model.
        raise ModelError(f"{origin}: not a model of emotag, or damaged ({type(error).__name__})") from None


def _foreign(node: Any) -> Iterator[str]:
    """Name the types in a skops schema that are not trusted, or not with the loader they ask for."""
    if isinstance(node, list):
        for child in node:
            yield from _foreign(child)
    elif isinstance(node, dict):
        if {"__class__", "__module__", "__loader__"} & node.keys():
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            if node.get("__loader__") not in TRUSTED.get(name, ()):
                yield name
        for child in node.values():
            yield from _foreign(child)


def check_features(model: Model, version: int) -> None:
    """Refuse a model that was trained on features of another version.

    Raises
    ------
    ModelError
        With both versions.
    """
    if model.features_version != version:
        raise ModelError(
            f"{model.name} was trained on {model.kind} features of version {model.features_version}, "
            f"and this emotag computes version {version}; train it again"
        )


def save(path: str | Path, content: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    """Write a model and its card; the same content gives the same bytes.

    Parameters
    ----------
    path : path
        The model file, ``NAME.skops``; the card is put beside it as ``NAME.json``.
    content : dict
        ``kind``, ``features_version``, ``estimator``, and for moods ``labels`` and ``threshold``.
    card : dict
        What people should know of the model.

    Returns
    -------
    dict
        The card, with the model's name and hash.
    """
    from skops.io import dumps

    data = _canonical(dumps({"format": FORMAT, **content}))
    digest = hashlib.sha256(data).hexdigest()
    card = {"name": f"{content['kind']}-{digest[:8]}", "sha256": digest, **card}
    path = Path(path)
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    for target, written in ((path, data), (path.with_suffix(".json"), text.encode())):
        temporary = target.with_name(f".{target.name}.tmp")
        temporary.write_bytes(written)
        os.replace(temporary, target)
    return card


def _canonical(data: bytes) -> bytes:
    """Rewrite a skops archive without memory addresses and dates, which differ from run to run."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop("schema.json"))
    numbers: dict[Any, int] = {}
    files: dict[str, str] = {}

    def renamed(node: Any) -> Any:
        if isinstance(node, list):
            return [renamed(child) for child in node]
        if not isinstance(node, dict):
            return node
        node = {key: renamed(child) for key, child in node.items()}
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if isinstance(node.get("file"), str):
            suffix = Path(node["file"]).suffix
            node["file"] = files.setdefault(node["file"], f"{len(files)}{suffix}")
        return node

    members = {"schema.json": json.dumps(renamed(schema)).encode(), **{files[n]: members[n] for n in files}}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()
