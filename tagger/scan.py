"""The pipeline of a scan: analyse in parallel, predict in batches, deliver.

The files go through in chunks. While the workers analyse one chunk they also write the tags of the one
before it, so neither waits for the other and the outcomes come in the order of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from tagger import __version__
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.parallel import Task, in_parallel
from tagger.tags import Change, NotTaggable

if TYPE_CHECKING:
    from tagger.analysis import Analysis
    from tagger.models import AffectModel, MoodsModel

CHUNK = 16
"""Files a worker gets a chunk: a few seconds of work."""


@dataclass(frozen=True)
class Options:
    """How a scan is done.

    Attributes
    ----------
    jobs : int
        Worker processes.
    tag : bool
        Write tags.
    dry_run : bool
        Only find out what tags would change.
    threshold : float or None
        Probability from which a mood is given; None for the model's own.
    moods : str
        Policy for the moods of others: ``merge``, ``replace`` or ``keep``.
    preserve_mtime : bool
        Keep the files' modification times.
    """

    jobs: int = 1
    tag: bool = True
    dry_run: bool = False
    threshold: float | None = None
    moods: str = "merge"
    preserve_mtime: bool = False


@dataclass(frozen=True)
class Models:
    """The two models of a scan."""

    moods: MoodsModel
    affect: AffectModel

    @classmethod
    def load(cls, files: Sequence[str] = ()) -> Models:
        """Load model files, and the bundled model of each kind of which there is none.

        Raises
        ------
        ModelError
            If one cannot be used.
        """
        from tagger import models
        from tagger.analysis import SETS

        chosen = {model.kind: model for model in map(models.load, files)}
        loaded = {kind: chosen.get(kind) or models.bundled(kind) for kind in models.KINDS}
        for kind, model in loaded.items():
            models.check_features(model, SETS[kind].version)
        return cls(**loaded)  # type: ignore[arg-type]

    @property
    def names(self) -> str:
        """Names of both, as they stand in the marker and in the report."""
        return f"{self.moods.name} {self.affect.name}"


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    path : str
        The file.
    duration : float or None
        Seconds of audio, where it could be told.
    identity : str or None
        Hash of the audio.
    emotion : Emotion or None
        What was predicted.
    model : str or None
        By which models.
    change : Change or None
        What was written into the tags, or would be.
    untaggable : str or None
        Why this kind of file has no tags to write.
    error : str or None
        Why the file failed.
    """

    path: str
    duration: float | None = None
    identity: str | None = None
    emotion: Emotion | None = None
    model: str | None = None
    change: Change | None = None
    untaggable: str | None = None
    error: str | None = None


def scan(
    files: Sequence[str], models: Models, options: Options, on_analysed: Callable[[], None] = lambda: None
) -> Iterator[Outcome]:
    """Analyse files, predict their emotions and write their tags.

    Parameters
    ----------
    files : sequence of str
        Paths of the files.
    models : Models
        What predicts.
    options : Options
        How.
    on_analysed : callable
        Called once a file, as soon as it is analysed.

    Yields
    ------
    Outcome
        One a file, in the order of `files`.
    """
    jobs = max(1, min(options.jobs, len(files)))
    remaining = iter(files)
    waiting: list[Outcome] = []
    while True:
        chunk = list(islice(remaining, CHUNK * jobs))
        tasks: list[Task] = [(_deliver, (o, options)) for o in waiting]
        tasks += [(_analyse, (path,)) for path in chunk]
        if not tasks:
            return
        analyses: dict[str, Any] = {}
        delivered: dict[str, Outcome] = {}
        for result in in_parallel(tasks, jobs):
            if isinstance(result, Outcome):
                delivered[result.path] = result
            else:
                path, analyses[path] = result
                on_analysed()
        yield from (delivered[o.path] for o in waiting)
        predicted = _predict(chunk, analyses, models, options)
        if options.tag:
            waiting = predicted
        else:
            yield from predicted


def _analyse(path: str) -> tuple[str, Any]:
    from tagger.analysis import analyse

    return path, analyse(path)


def _predict(files: list[str], results: dict[str, Any], models: Models, options: Options) -> list[Outcome]:
    """Turn the analyses of a chunk into outcomes, with one call of each model for all of them."""
    from tagger.analysis import Failure

    known: dict[str, Analysis] = {p: r for p, r in results.items() if not isinstance(r, Failure)}
    emotions = dict(zip(known, _emotions(list(known.values()), models, options.threshold), strict=True))
    outcomes = []
    for path in files:
        result = results[path]
        if isinstance(result, Failure):
            outcomes.append(Outcome(path, error=result.message))
        else:
            outcome = Outcome(path, result.duration, result.identity, emotions[path], models.names)
            outcomes.append(outcome)
    return outcomes


def _emotions(analyses: list[Analysis], models: Models, threshold: float | None) -> list[Emotion]:
    if not analyses:
        return []
    probabilities = _mean_by_song(models.moods.predict, [a.features["moods"] for a in analyses])
    affect = _mean_by_song(models.affect.predict, [a.features["affect"] for a in analyses])
    return [
        Emotion(float(v), float(a), models.moods.choose(p, threshold), tuple(p.tolist()))
        for p, (v, a) in zip(probabilities, affect, strict=True)
    ]


def _mean_by_song(predict: Callable[[Any], Any], features: list[Any]) -> list[Any]:
    """Predict for all excerpts of all songs at once, and average over each song."""
    import numpy as np

    ends = np.cumsum([len(f) for f in features])[:-1]
    return [part.mean(axis=0) for part in np.split(predict(np.concatenate(features)), ends)]


def _deliver(outcome: Outcome, options: Options) -> Outcome:
    """Write the tags of a file, or find out what would be written."""
    from tagger import tags

    if outcome.error or outcome.emotion is None:
        return outcome
    marker = f"emotag {__version__} {outcome.model}"
    try:
        if options.dry_run:
            change = tags.plan(outcome.path, outcome.emotion, marker, policy=options.moods)
        else:
            change = tags.write(
                outcome.path,
                outcome.emotion,
                marker,
                policy=options.moods,
                preserve_mtime=options.preserve_mtime,
                identity=outcome.identity,
            )
    except NotTaggable as reason:
        return replace(outcome, untaggable=str(reason))
    except TagError as error:
        return replace(outcome, error=str(error))
    return replace(outcome, change=change)
