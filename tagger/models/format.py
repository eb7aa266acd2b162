"""The format of model files: reading without running code, checking and writing.

A model is two files. ``NAME.model`` is a zip archive. Its member ``model.json`` describes the components of the model
(`tagger.models.components`), its labels, its threshold and the features it was trained on. Each array is a ``.npy``
member, which must not hold objects. ``NAME.json`` is the model card: data, protocol and figures, for people.
Files of format 3 are still read (`tagger.models.format_3`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.features import VERSIONS
from tagger.io import array_archive, regular
from tagger.io.array_archive import MAX_NUMBER, ArchiveTooLarge, ArrayArchive
from tagger.io.output import write_output
from tagger.models.model import (
    MAX_LABELS,
    AffectModel,
    EmotionModel,
    Model,
    MoodsModel,
    OwnMoodsModel,
    check_features,
    is_valid_label,
)

if TYPE_CHECKING:
    import numpy as np

FORMAT = 4
"""Version of the file format that `save` writes."""

MAX_DEPTH = 40
"""Largest accepted nesting of components."""

MAX_MESSAGE = 200
"""Characters of a message that quotes a damaged file."""

KINDS = ("emotion", "moods", "affect")
"""Kinds of bundled models: the joint model, and the two classical ones."""

OWN = "own"
"""Kind of the models of a user's own moods, of which none is bundled."""

OUTPUTS = {"emotion": (len(MOODS) + 4,), "moods": (len(MOODS),), "affect": (2, 4)}
"""Accepted numbers of outputs, by kind; a model of own moods has one for each label."""

CLASSES: dict[str, Callable[..., Model]] = {
    "emotion": EmotionModel,
    "moods": MoodsModel,
    "affect": AffectModel,
    OWN: OwnMoodsModel,
}
"""Classes of models, by kind."""


def load(path: str | Path) -> Model:
    """Load a model file.

    Parameters
    ----------
    path : path

    Returns
    -------
    Model
        A `MoodsModel`, an `AffectModel`, an `EmotionModel`, which is both, or an `OwnMoodsModel`.

    Raises
    ------
    ModelError
        If the file cannot be read, is not a model, or has components that do not fit each other.
    """
    try:
        data = regular.read_bytes(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    return _parse(data, str(path))


def bundled(kind: str) -> Model:
    """Load the bundled model of a kind.

    Parameters
    ----------
    kind : {"emotion", "moods", "affect"}

    Returns
    -------
    Model
        A `MoodsModel`, an `AffectModel`, or an `EmotionModel`, which is both.
    """
    return _parse((_bundle() / f"{kind}.model").read_bytes(), f"the bundled {kind} model")


def cards() -> dict[str, dict[str, Any]]:
    """Return the model cards of the bundled models.

    Returns
    -------
    dict of str to dict
        Cards by kind of model.
    """
    return {kind: read_card(kind) for kind in KINDS}


def read_card(kind: str) -> dict[str, Any]:
    """Return the card of a bundled model.

    Parameters
    ----------
    kind : str
        Name of the file.

    Returns
    -------
    dict

    Raises
    ------
    ModelError
        If the card is missing or damaged.
    """
    try:
        content: dict[str, Any] = json.loads((_bundle() / f"{kind}.json").read_text("utf-8"))
        strings = isinstance(content["name"], str) and isinstance(content["sha256"], str)
        if strings and content["features"].keys() <= VERSIONS.keys():
            return content
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass  # the remedy is the same for all of them
    raise ModelError(f"the card of the bundled {kind} model is missing or damaged; reinstall emotag")


def verify() -> dict[str, str | ModelError]:
    """Check the bundled models against their cards.

    Returns
    -------
    dict of str to str or ModelError
        By kind, the name of the model if it matches its card, otherwise the error.
    """
    results: dict[str, str | ModelError] = {}
    for kind, card in cards().items():
        data = (_bundle() / f"{kind}.model").read_bytes()
        try:
            if hashlib.sha256(data).hexdigest() != card["sha256"]:
                raise ModelError("the hash of the file does not match its card; reinstall emotag")
            model = _parse(data, f"the bundled {kind} model")
            check_features(model)
            results[kind] = model.name
        except ModelError as error:
            results[kind] = error
    return results


def _bundle() -> Any:
    return resources.files("tagger.bundled")


def _parse(data: bytes, origin: str) -> Model:
    try:
        archive = ArrayArchive(data)
        content = archive.description
        description = _component_description(content, origin)
        kind = content["kind"]
        if kind not in CLASSES:
            raise ModelError(f"{origin}: unknown kind of model: {str(kind)[:40]}")
        predicts_moods = kind in ("emotion", "moods")
        if predicts_moods and tuple(content["labels"]) != MOODS:
            raise ModelError(f"{origin}: trained on other moods than those of emotag; train it again")
        component = _unpack(description, archive)
        labels = _own_labels(content, origin) if kind == OWN else ()
        if component.check(content["columns"]) not in OUTPUTS.get(kind, (len(labels),)):
            raise ModelError(f"{origin}: wrong number of outputs for a model of kind {kind}")
        if not isinstance(content["features"], dict) or not content["features"]:
            raise ModelError(f"{origin}: does not name its features; train it again")
        make = CLASSES[kind]
        if predicts_moods:
            threshold = float(content["threshold"])
            if not 0 <= threshold <= 1:
                raise ModelError(f"{origin}: its threshold is not a probability; train it again")
            make = partial(make, threshold=threshold)
        elif kind == OWN:
            make = partial(make, labels=labels, thresholds=_own_thresholds(content, len(labels), origin))
        name = f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
        features = {str(key): int(version) for key, version in content["features"].items()}
        model = make(name, kind, features, int(content["columns"]), component)
        _try_prediction(model, origin)
        return model
    except ModelError:
        raise
    except ArchiveTooLarge as error:
        raise ModelError(f"{origin}: {error}; not a model of emotag") from None
    except Exception as error:
        # A damaged or forged file can make the readers raise any exception.
        reason = f"{type(error).__name__}: {error}"[:MAX_MESSAGE]
        raise ModelError(f"{origin}: not a model of emotag, or damaged ({reason})") from None


def _own_labels(content: dict[str, Any], origin: str) -> tuple[str, ...]:
    """Return the labels of a model of own moods, which are written to tags."""
    labels = tuple(content["labels"])
    distinct = {str(label).casefold() for label in labels}
    if not 0 < len(labels) <= MAX_LABELS or len(distinct) < len(labels) or not all(map(is_valid_label, labels)):
        raise ModelError(f"{origin}: its labels cannot be written to tags; learn it again")
    return labels


def _own_thresholds(content: dict[str, Any], count: int, origin: str) -> tuple[float, ...]:
    thresholds = tuple(map(float, content["thresholds"]))
    if len(thresholds) != count or not all(0 <= threshold <= 1 for threshold in thresholds):
        raise ModelError(f"{origin}: its thresholds are not probabilities; learn it again")
    return thresholds


def _try_prediction(model: Model, origin: str) -> None:
    """Refuse a model whose predictions for ordinary features are not finite."""
    import numpy as np

    try:
        model.predict(np.array([[0.0], [1.0], [-1.0]]) * np.ones(model.columns))
    except ModelError:
        raise ModelError(f"{origin}: the model predicts values that are not finite; train it again") from None


def _component_description(content: dict[str, Any], origin: str) -> Any:
    """Return the description of the model's component in the current format."""
    from tagger.models.format_3 import upgrade

    if content["format"] == FORMAT:
        return content["component"]
    if content["format"] == 3:
        return upgrade(content["part"])
    raise ModelError(f"{origin}: format {content['format']} is not supported; train it again")


def _unpack(node: Any, archive: ArrayArchive, depth: int = 0) -> Any:
    """Return the object that a node of ``model.json`` describes: a number, an array, a tuple or a component."""
    from tagger.models.components import COMPONENTS

    if depth > MAX_DEPTH:
        raise ValueError("components are nested too deeply")
    if isinstance(node, int | float):
        if not abs(node) < MAX_NUMBER:
            raise ValueError("a number is not finite or too large")
        return node
    if isinstance(node, list):
        return tuple(_unpack(child, archive, depth + 1) for child in node)
    if "array" in node:
        return archive.array(int(node["array"]))
    fields = {key: _unpack(child, archive, depth + 1) for key, child in node["fields"].items()}
    return COMPONENTS[node["component"]](**fields)


def save(path: str | Path, content: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    """Write a model file and its card. The same content gives the same bytes.

    Parameters
    ----------
    path : path
        The model file, ``NAME.model``; the card is written next to it as ``NAME.json``.
    content : dict
        ``kind``, ``features``, ``columns`` and ``component``; unless it is ``affect`` also ``labels`` and
        ``threshold`` (``thresholds`` for own moods).
    card : dict
        The card without the name and hash of the model.

    Returns
    -------
    dict
        The card as written, with the name and hash of the model.
    """
    arrays: list[np.ndarray] = []
    description = {"format": FORMAT, **content, "component": _pack(content["component"], arrays)}
    data = array_archive.pack(description, arrays)
    digest = hashlib.sha256(data).hexdigest()
    card = {"name": f"{content['kind']}-{digest[:8]}", "sha256": digest, **card}
    path = Path(path)
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    write_output(str(path), data)
    write_output(str(path.with_suffix(".json")), text.encode())
    return card


def _pack(value: Any, arrays: list[np.ndarray]) -> Any:
    """Return the description of a component or a field for ``model.json``, and append its arrays to `arrays`."""
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
