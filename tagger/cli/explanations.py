"""The option ``--why`` of ``emotag show``: the explanation of predictions."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_file_error, print_json, print_text
from tagger.cli.options import ModelFile
from tagger.errors import Failure

if TYPE_CHECKING:
    from tagger.library.store import Store
    from tagger.models.predictor import SongFeatures

explained_models_option = click.option(
    "--model",
    "models",
    multiple=True,
    type=ModelFile(),
    metavar="FILE",
    help="Explain the predictions of this model with --why, in place of the bundled one; repeatable. `classical` "
    "stands for the bundled models without a neural network.",
)


def explain_files(
    paths: tuple[str, ...], *, as_json: bool, relative: str | None, why: bool, models: tuple[str, ...], store: str
) -> int:
    """Print the explanations of the predictions for songs.

    Parameters
    ----------
    paths : tuple of str
        The songs.
    as_json : bool
        Print JSON instead of text.
    relative, why, models
        Values of the options.
    store : str
        Library database, which has the features of songs that were scanned; other songs are analysed.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    click.UsageError
        If the options contradict each other, or a path is a directory.
    ModelError
        If the predictions of a model cannot be explained.
    """
    if not why:
        raise click.UsageError("--model needs --why")
    if relative:
        raise click.UsageError("--why and --relative cannot be combined")
    for path in paths:
        if os.path.isdir(path):
            raise click.UsageError(f"{display_path(path)} is a directory; --why explains single songs")
    from tagger.library.store import Store
    from tagger.models.explanation import explain
    from tagger.models.predictor import Predictor
    from tagger.report.text.explanation import explanation_json, explanation_lines
    from tagger.tags.basic_tags import read_basic_tags

    status = 0
    json_values = []
    predictor = Predictor(models)
    with Store(store) if os.path.exists(store) else nullcontext() as opened:
        for path in paths:
            features = _song_features(path, opened, predictor.versions)
            if isinstance(features, Failure):
                print_file_error(path, features.message)
                status = FAILED
                continue
            explanation, titles = explain(predictor, features), read_basic_tags(path)
            if as_json:
                json_values.append(explanation_json(explanation, path, titles))
            else:
                lines = explanation_lines(explanation, display_path(path), titles)
                print_text("\n".join(lines if path == paths[0] else ["", *lines]))
    if as_json:
        print_json(json_values)
    return status


def _song_features(path: str, store: Store | None, versions: dict[str, int]) -> SongFeatures | Failure:
    """Return the features of a song from the library or, if it does not have them, from the file."""
    from tagger.analysis.extraction import analyse
    from tagger.analysis.results import Analysis
    from tagger.library.records import feature_arrays
    from tagger.library.songs import path_key

    if store:
        key = path_key(path)
        row = store.files([key]).get(key)
        if row and row.audio is not None:
            stored = feature_arrays(store.features([row.audio], versions))
            if row.audio in stored:
                return stored[row.audio]
    analysis = analyse(path, kinds=list(versions))
    if isinstance(analysis, Failure):
        return analysis
    assert isinstance(analysis, Analysis)  # nothing is left out
    return analysis.features
