"""``emotag rate``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_error, print_file_error, print_json, print_message, print_text
from tagger.cli.datasets import MODEL_FILE
from tagger.cli.options import Number, json_flag, output_option, store_option
from tagger.cli.outputs import WritingCommand
from tagger.cli.stored import open_library, require_store

if TYPE_CHECKING:
    from tagger.emotions import Prediction
    from tagger.library.ratings import Rating
    from tagger.library.store import Store
    from tagger.training.estimators.listener import ListenerFit

NOT_ANALYSED = "not analysed yet; run `emotag scan`"


@click.command(cls=WritingCommand)
@click.argument("files", nargs=-1, type=click.Path(), metavar="[FILE]...")
@click.option("--valence", type=Number(-1, 1), metavar="V", help="From -1 (unpleasant) to 1 (pleasant).")
@click.option("--arousal", type=Number(-1, 1), metavar="A", help="From -1 (calm) to 1 (excited).")
@click.option(
    "--csv",
    "table",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Read ratings from a CSV file with the columns path, valence and arousal.",
)
@click.option("--remove", is_flag=True, help="Remove the ratings of the files.")
@click.option("--list", "as_list", is_flag=True, help="List all ratings, each beside the prediction.")
@output_option(
    "Adjust valence and arousal of the bundled model to all your ratings, and write it to FILE (suffix .model) if that "
    "is better.",
    type=MODEL_FILE,
)
@json_flag
@store_option
def rate(
    files: tuple[str, ...],
    valence: float | None,
    arousal: float | None,
    table: str | None,
    remove: bool,
    as_list: bool,
    output: Path | None,
    as_json: bool,
    store: str,
) -> int:
    """Rate songs yourself, and adjust valence and arousal to your ratings.

    The library keeps the ratings. A model needs at least 10; rate songs of all kinds. It is compared with the bundled
    model on ratings that are left out one by one, and is written only if it is better.

    \b
    emotag rate song.mp3 --valence 0.6 --arousal -0.2
    emotag rate --csv ratings.csv -o listener.model
    emotag scan --model listener.model ~/Music
    """
    has_values = valence is not None or arousal is not None
    if files and has_values == remove:
        raise click.UsageError("FILE needs --valence, --arousal or both, or --remove")
    if not files and (has_values or remove):
        raise click.UsageError("--valence, --arousal and --remove need a FILE")
    if not (files or table or as_list or output):
        raise click.UsageError("give a FILE with its rating, --csv, --list or --output")
    if as_json and not as_list:
        raise click.UsageError("--json needs --list")
    from tagger.library.lock import library_lock
    from tagger.library.ratings import Rating

    with library_lock(require_store(store)), open_library(store) as library:
        given = [(path, None if remove else Rating(valence, arousal)) for path in files]
        given += _read_table(table) if table else []
        status = _store_ratings(library, given) if given else 0
        if as_list:
            _print_ratings(library, as_json)
        if output:
            status = max(status, _write_model(library, output))
    return status


def _read_table(table: str) -> list[tuple[str, Rating | None]]:
    from tagger.datasets.given_moods import read_path_rows
    from tagger.errors import DataError
    from tagger.library.ratings import Rating

    ratings: list[tuple[str, Rating | None]] = []
    for path, cells in read_path_rows(table, (("valence",), ("arousal",))):
        try:
            valence, arousal = (float(cell) if cell else None for cell in cells)
        except ValueError:
            raise DataError(f"{table}: a rating of {path} is not a number") from None
        if not all(value is None or -1 <= value <= 1 for value in (valence, arousal)):
            raise DataError(f"{table}: a rating of {path} is not between -1 and 1")
        if valence is not None or arousal is not None:
            ratings.append((path, Rating(valence, arousal)))
    return ratings


def _store_ratings(library: Store, given: Sequence[tuple[str, Rating | None]]) -> int:
    """Store or remove ratings; return the exit status."""
    from tagger.library.analysed import audio_of_paths
    from tagger.library.ratings import ratings, remove_rating, set_rating

    found = audio_of_paths(library, [path for path, _ in given])
    changed = failed = 0
    for path, rating in given:
        audio = found[path]
        if audio is None:
            print_file_error(path, NOT_ANALYSED)
            failed += 1
        elif rating is not None:
            set_rating(library, audio, rating)
            changed += 1
        elif remove_rating(library, audio):
            changed += 1
        else:
            print_file_error(path, "has no rating")
            failed += 1
    library.commit()
    removed = any(rating is None for _, rating in given)
    verb = "removed" if removed else "stored"
    print_message(f"{_count(changed)} {verb}; the library has {_count(len(ratings(library)))}")
    return FAILED if failed else 0


def _count(ratings: int) -> str:
    return "1 rating" if ratings == 1 else f"{ratings} ratings"


def _print_ratings(library: Store, as_json: bool) -> None:
    from tagger.library.analysed import analysed_files
    from tagger.library.path_text import path_to_text
    from tagger.library.ratings import ratings
    from tagger.training.recipes import listener

    rated = ratings(library)
    if not rated:
        print_message("no ratings yet; `emotag rate FILE --valence V --arousal A` adds one")
    predicted = listener.predict_rated(library, rated) if rated else {}
    paths: dict[int, str] = {}
    for file in analysed_files(library):
        if file.audio in rated:
            paths.setdefault(file.audio, file.path)
    rows = [
        {
            "path": path_to_text(paths[audio]) if audio in paths else None,
            "valence": rating.valence,
            "arousal": rating.arousal,
            "predicted_valence": predicted[audio].valence if audio in predicted else None,
            "predicted_arousal": predicted[audio].arousal if audio in predicted else None,
        }
        for audio, rating in rated.items()
    ]
    if as_json:
        print_json(rows)
        return
    for audio in rated:
        name = display_path(paths[audio]) if audio in paths else "a song whose file is gone"
        print_text(f"{name}: {', '.join(_compared(rated[audio], predicted.get(audio)))}")


def _compared(ratings: Rating, prediction: Prediction | None) -> Iterator[str]:
    """Yield a rating of each output with the prediction."""
    for output in ("valence", "arousal"):
        rating, predicted = getattr(ratings, output), getattr(prediction, output, None)
        if rating is not None:
            yield f"{output} {rating:+.2f}" + (f" (predicted {predicted:+.2f})" if predicted is not None else "")


def _write_model(library: Store, output: Path) -> int:
    """Fit and write the adjusted model if it is better; return the exit status."""
    from tagger.library.ratings import ratings
    from tagger.training.recipes import listener

    rated = ratings(library)
    predictions = listener.predict_rated(library, rated)
    if lacking := len(rated) - len(predictions):
        print_message(f"{_count(lacking)} left out, because the library lacks features; run `emotag scan` on the files")
    fits = listener.fit(rated, predictions)
    for name, found in fits.items():
        print_text(f"{name}: {_describe(found)}")
    if not any(found.is_better for found in fits.values()):
        print_error("your ratings do not improve the bundled model yet; no model was written")
        return FAILED
    card = listener.save(fits, output)
    use = f"use it with `emotag scan --model {display_path(str(output))} PATH`"
    print_message(f"{display_path(str(output))}: {card['name']}; {use}")
    return 0


def _describe(found: ListenerFit) -> str:
    from tagger.training.estimators.listener import MIN_RATINGS

    if found.ratings < MIN_RATINGS:
        return f"{_count(found.ratings)}; at least {MIN_RATINGS} are needed"
    errors = f"error on ratings left out {found.corrected_error:.3f}, of the bundled model {found.error:.3f}"
    return f"{_count(found.ratings)}; {errors}: {'adjusted' if found.is_better else 'not better yet, left as it is'}"
