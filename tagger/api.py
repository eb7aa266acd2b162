"""The functions of the Python interface: `analyse` for one file, `scan` for many, and `read_tags`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tagger.errors import AudioError
from tagger.session import Path

if TYPE_CHECKING:
    from tagger.emotions import Emotion
    from tagger.scanning.result import ScanResult
    from tagger.tags import TagState


def analyse(path: Path, *, threshold: float | None = None, models: Sequence[Path] = ()) -> Emotion:
    """Predict the emotion of one file. The file is only read, and the result is not stored.

    Parameters
    ----------
    path : path
        An audio file.
    threshold : float, optional
        Minimum probability for a mood to be assigned, in 0..1; by default the threshold of the model.
    models : sequence of path
        Model files to use in place of the bundled models of the same kinds.

    Returns
    -------
    Emotion

    Raises
    ------
    AudioError
        If the file cannot be analysed.
    ModelError
        If a model cannot be used.

    Examples
    --------
    >>> import tagger
    >>> emotion = tagger.analyse("song.flac")
    >>> set(emotion.moods) <= set(tagger.MOODS)
    True
    >>> -1 <= emotion.valence <= 1
    True
    >>> emotion.quadrant in ("happy", "tense", "sad", "calm")
    True
    """
    from tagger.analysis import extraction
    from tagger.analysis.results import Analysis
    from tagger.errors import Failure
    from tagger.models.predictor import Predictor

    predictor = Predictor([os.fsdecode(model) for model in models])
    result = extraction.analyse(os.fsdecode(path), kinds=tuple(predictor.versions))
    if isinstance(result, Failure):
        raise AudioError(result.kind, f"{os.fsdecode(path)}: {result.message}")
    assert isinstance(result, Analysis)
    return predictor.predict_song(result.features).emotion(threshold)


def read_tags(path: Path) -> TagState:
    """Read the moods, valence and arousal in the tags of a file, whichever program wrote them. Nothing is analysed.

    Parameters
    ----------
    path : path
        An audio file.

    Returns
    -------
    TagState
        Without moods, valence, arousal and marker if the file has none. The marker is there if emotag wrote the tags.

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that emotag can write.
    TagError
        If the tags cannot be read.

    Examples
    --------
    >>> import tagger
    >>> state = tagger.read_tags("song.flac")
    >>> state.moods, state.valence, state.arousal, state.marker
    ((), None, None, None)
    """
    from tagger import tags

    return tags.read(os.fsdecode(path))


def scan(
    paths: Iterable[Path],
    *,
    tag: bool = False,
    moods: str = "merge",
    words: Mapping[str, str | Sequence[str]] | None = None,
    threshold: float | None = None,
    exclude: Sequence[str] = (),
    force: bool = False,
    store: Path | None = None,
    jobs: int | None = None,
    models: Sequence[Path] = (),
) -> Iterator[ScanResult]:
    """Predict the emotions of all music in files and folders, as ``emotag scan`` does.

    Files that were analysed by an earlier scan are not analysed again. The iteration can be stopped at any file: what
    was done until then is stored.

    Parameters
    ----------
    paths : iterable of path
        Files and folders.
    tag : bool
        Write tags into the files; ``emotag undo`` restores the earlier ones.
    moods : {"merge", "replace", "keep"}
        How to treat moods that other programs wrote.
    words : mapping of str to str or sequence of str, optional
        Texts to write to tags for the moods, in place of their labels; an empty text to write nothing for a mood.
    threshold : float, optional
        Minimum probability for a mood to be assigned, in 0..1; by default the threshold of the model.
    exclude : sequence of str
        Glob patterns of files and folders to leave out.
    force : bool
        Analyse files even if their features are in the library database.
    store : path, optional
        The library database; by default the user's own one. With ``""`` there is none: nothing is looked up or stored.
    jobs : int, optional
        Number of worker processes; by default one per available processor.
    models : sequence of path
        Model files to use in place of the bundled models of the same kinds.

    Yields
    ------
    ScanResult
        For every file, sorted by path: its emotion, or why there is none.

    Raises
    ------
    StoreError
        If the store cannot be used.
    LibraryBusy
        If another scan uses the store.
    ModelError
        If a model cannot be used.
    WordsError
        If a text of `words` cannot be written to tags.

    Examples
    --------
    >>> import tagger
    >>> for result in tagger.scan(["Music"]):
    ...     print(result.path, result.error or result.emotion.quadrant in ("happy", "tense", "sad", "calm"))
    Music/a.flac True
    """
    from tagger.io.library_paths import store_path
    from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
    from tagger.scanning.session import ScanSession
    from tagger.tags.mood_words import parse_words

    session = ScanSession(
        [os.fsdecode(path) for path in paths],
        ScanOptions(
            tag=tag, report=True, force=force, threshold=threshold, moods=moods, words=parse_words(words or {})
        ),
        store=store_path() if store is None else os.fsdecode(store),
        find=WalkOptions(exclude=tuple(exclude)),
        workers=WorkerOptions(jobs=jobs),
        models=[os.fsdecode(model) for model in models],
    )
    with session:
        yield from session.run()
