"""Model files: loaded without running any code from them, checked, and applied.

A model is two files. ``NAME.model`` is a zip archive: ``model.json`` says of which parts it is made
(`tagger.predictors`) and all that belongs to its use (labels, threshold, the features it was trained on), and
each array is a ``.npy`` of numpy's, which may not hold objects. ``NAME.json`` is its card, for people.

Examples
--------
>>> import numpy as np
>>> from tagger import models
>>> model = models.bundled("moods")
>>> model.features
{'moods': 1}
>>> model.predict(np.zeros((5, 72))).shape
(5, 6)
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

from tagger import regular
from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.features import COLUMNS, VERSIONS
from tagger.output import write

if TYPE_CHECKING:
    import numpy as np

    from tagger.predictors import Part

FORMAT = 3
"""Version of the layout of model files."""

LARGEST = 500_000_000
"""Bytes that a model may unpack to; a file that holds more was not made by `emotag train`."""

GREATEST = 1e39
"""Greatest number in a model file, a little above the greatest of float32: products of a few such are finite."""

DEEPEST = 40
"""Parts inside each other that a model may be made of."""

LONGEST = 200
"""Characters of a message that quotes a damaged file."""

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
    columns : int
        Of all these sets together.
    part : Part
        What predicts.
    """

    name: str
    kind: str
    features: dict[str, int]
    columns: int
    part: Part

    def _finite(self, features: np.ndarray) -> np.ndarray:
        """Return what the part predicts.

        Raises
        ------
        ModelError
            If that is not all finite numbers: nobody can store or write those.
        """
        import numpy as np

        with np.errstate(all="ignore"):
            predicted = self.part.predict(features)
        if not np.isfinite(predicted).all():
            raise ModelError(f"{self.name}: the model predicts values that are not finite; train it again")
        return predicted


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
        return self._finite(features).clip(0.0, 1.0)


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
        return self._finite(features).clip(-1.0, 1.0)


def load(path: str | Path) -> MoodsModel | AffectModel:
    """Load a model file.

    Raises
    ------
    ModelError
        If it cannot be read, is no model, or its parts don't fit each other.
    """
    try:
        data = regular.read_bytes(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    return _parse(data, str(path))


def bundled(kind: str) -> MoodsModel | AffectModel:
    """Load the model of a kind that comes with emotag."""
    return _parse((_bundle() / f"{kind}.model").read_bytes(), f"the bundled model of {kind}")


def cards() -> dict[str, dict[str, Any]]:
    """Return the cards of the bundled models, by kind."""
    return {kind: _card(kind) for kind in KINDS}


def _card(kind: str) -> dict[str, Any]:
    try:
        card = json.loads((_bundle() / f"{kind}.json").read_text("utf-8"))
        if (
            isinstance(card["name"], str)
            and isinstance(card["sha256"], str)
            and card["features"].keys() <= VERSIONS.keys()
        ):
            return card
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass  # whatever is wrong with it, the remedy is the same
    raise ModelError(f"the card of the bundled model of {kind} is missing or damaged; install emotag again")


def verified() -> dict[str, str | ModelError]:
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
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise ModelError(f"{origin}: unpacks to more than {LARGEST // 10**6} MB, as no model of emotag does")
            content = json.loads(archive.read("model.json"))
            if content["format"] != FORMAT:
                raise ModelError(f"{origin}: made by another version of emotag; train it again")
            kind = content["kind"]
            if kind not in KINDS:
                raise ModelError(f"{origin}: a model of {str(kind)[:40]}, which emotag does not know")
            if kind == "moods" and tuple(content["labels"]) != MOODS:
                raise ModelError(f"{origin}: tells other moods than emotag's; train it again")
            part = _unpacked(content["part"], archive)
        if part.check(content["columns"]) not in OUTPUTS[kind]:
            raise ModelError(f"{origin}: does not predict what a model of {kind} does")
        if not isinstance(content["features"], dict) or not content["features"]:
            raise ModelError(f"{origin}: names no features that it predicts from; train it again")
        make: Callable[..., MoodsModel | AffectModel] = AffectModel
        if kind == "moods":
            if not 0 <= (threshold := float(content["threshold"])) <= 1:
                raise ModelError(f"{origin}: its threshold is not a probability; train it again")
            make = partial(MoodsModel, threshold=threshold)
        name = f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
        features = {str(key): int(version) for key, version in content["features"].items()}
        model = make(name, kind, features, int(content["columns"]), part)
        _try(model, content["columns"], origin)
        return model
    except ModelError:
        raise
    except Exception as error:
        # Whatever a damaged file makes its reader stumble over, it is no model.
        what = f"{type(error).__name__}: {error}"
        raise ModelError(f"{origin}: not a model of emotag, or damaged ({what[:LONGEST]})") from None


def _try(model: MoodsModel | AffectModel, columns: int, origin: str) -> None:
    """Refuse a model that predicts no finite numbers of songs that are not unusual in any column."""
    import numpy as np

    try:
        model.predict(np.array([[0.0], [1.0], [-1.0]]) * np.ones(columns))
    except ModelError:
        raise ModelError(f"{origin}: the model predicts values that are not finite; train it again") from None


def _unpacked(node: Any, archive: zipfile.ZipFile, depth: int = 0) -> Any:
    """Return what a node of ``model.json`` describes: a number, an array, several parts, or a part."""
    import numpy as np
    from numpy.lib import format as npy

    from tagger.parts import PARTS

    if depth > DEEPEST:
        raise ValueError("parts inside each other without end")
    if isinstance(node, int | float):
        if not abs(node) < GREATEST:
            raise ValueError("a number that is not finite, or far too great")
        return node
    if isinstance(node, list):
        return tuple(_unpacked(child, archive, depth + 1) for child in node)
    if "array" in node:
        with archive.open(f"{int(node['array'])}.npy") as file:
            array = npy.read_array(file, allow_pickle=False)
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise ValueError("an array of something else than numbers")
        if array.dtype.kind == "f" and array.size and max(-float(array.min()), float(array.max())) > GREATEST:
            raise ValueError("numbers that are far too great")
        return array
    fields = {key: _unpacked(child, archive, depth + 1) for key, child in node["fields"].items()}
    return PARTS[node["part"]](**fields)


def check_features(model: Model) -> None:
    """Refuse a model that was trained on features of another version, or on others than ours.

    Raises
    ------
    ModelError
        With both versions.
    """
    for features, trained in model.features.items():
        version = VERSIONS.get(features, 0)
        if features not in VERSIONS:
            raise ModelError(
                f"{model.name} was trained on features {features[:40]!r}, which this emotag does not compute"
            )
        if trained != version:
            raise ModelError(
                f"{model.name} was trained on {features} features of version {trained}, "
                f"and this emotag computes version {version}; train it again"
            )
    if model.columns != sum(COLUMNS[features] for features in model.features):
        raise ModelError(f"{model.name}: the model does not fit the features that it names; train it again")


def save(path: str | Path, content: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    """Write a model and its card; the same content gives the same bytes.

    Parameters
    ----------
    path : path
        The model file, ``NAME.model``; the card is put beside it as ``NAME.json``.
    content : dict
        ``kind``, ``features``, ``columns``, ``part``, and for moods ``labels`` and ``threshold``.
    card : dict
        What people should know of the model.

    Returns
    -------
    dict
        The card, with the model's name and hash.
    """
    arrays: list[np.ndarray] = []
    described = {"format": FORMAT, **content, "part": _packed(content["part"], arrays)}
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


def _packed(value: Any, arrays: list[np.ndarray]) -> Any:
    """Describe a part, and what it is made of, for ``model.json``; its arrays are added to `arrays`."""
    import numpy as np

    if isinstance(value, int | float):
        return value
    if isinstance(value, tuple):
        return [_packed(child, arrays) for child in value]
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    parts = {field.name: _packed(getattr(value, field.name), arrays) for field in fields(value)}
    return {"part": type(value).__name__, "fields": parts}


def _npy(array: np.ndarray) -> bytes:
    import numpy as np
    from numpy.lib import format as npy

    data = io.BytesIO()
    npy.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
    return data.getvalue()
