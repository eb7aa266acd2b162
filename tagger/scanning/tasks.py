"""The tasks of workers: analyse a file, or write its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tagger._version import __version__
from tagger.analysis.results import AlreadyAnalysed, Analysis
from tagger.errors import Failure, StoreError, TagError
from tagger.library import journal
from tagger.library.records import FileStat
from tagger.library.walk import file_stat
from tagger.library.work_claims import WorkClaims
from tagger.scanning.options import ScanOptions
from tagger.scanning.result import ScanResult
from tagger.tags.mood_words import mood_texts
from tagger.tags.write_record import FieldHistory, WriteRecord

if TYPE_CHECKING:
    from tagger.tags import Change
    from tagger.tags.basic_tags import BasicTags


class AnalysedFile(NamedTuple):
    """What a worker read of a file.

    Attributes
    ----------
    analysis : Analysis or AlreadyAnalysed
        Its audio.
    tags : BasicTags
        Title, artist, album and genres, for the store; empty if they cannot be read.
    """

    analysis: Analysis | AlreadyAnalysed
    tags: BasicTags


class TagDelivery(NamedTuple):
    """What a worker did with the tags of a file.

    Attributes
    ----------
    stat : FileStat
        Size, modification time and inode of the file afterwards.
    change : Change or None
        The change that was written or, in a dry run, would be written.
    record : WriteRecord or None
        Record of the write, for undo.
    journal_name : str
        Name of the record in the journal; empty for none.
    untaggable : str or None
        Why this kind of file cannot hold tags.
    error : str or None
        Why the tags could not be written.
    """

    stat: FileStat
    change: Change | None = None
    record: WriteRecord | None = None
    journal_name: str = ""
    untaggable: str | None = None
    error: str | None = None


def analyse(path: str, claims: WorkClaims, kinds: tuple[str, ...]) -> AnalysedFile | Failure:
    """Extract the features of a file, and read its tags.

    Parameters
    ----------
    path : str
        The file.
    claims : WorkClaims
        Assigns each audio to one worker; audio that is analysed already is assigned to none.
    kinds : tuple of str
        Names of the feature sets, keys of `tagger.analysis.extraction.FEATURE_SETS`.

    Returns
    -------
    AnalysedFile or Failure
        Tags that cannot be read are no failure. An unexpected exception becomes a `Failure`, so that a bug that one
        file triggers does not end the scan.
    """
    from tagger.analysis import extraction
    from tagger.tags.basic_tags import read_basic_tags

    try:
        analysis = extraction.analyse(path, claims.claim, kinds)
        return analysis if isinstance(analysis, Failure) else AnalysedFile(analysis, read_basic_tags(path))
    except MemoryError:
        return extraction.OUT_OF_MEMORY
    except Exception as error:
        return Failure("internal", _internal_error(error))


def deliver(
    path: str, scan_result: ScanResult, options: ScanOptions, history: FieldHistory | None = None
) -> TagDelivery:
    """Write the tags of a file or, in a dry run, compute what would be written.

    Parameters
    ----------
    path : str
        The file.
    scan_result : ScanResult
        Its prediction.
    options : ScanOptions
        Options of the scan.
    history : FieldHistory, optional
        The recorded writes to the file, from the store.

    Returns
    -------
    TagDelivery

    Raises
    ------
    StoreError
        If the journal cannot be written. No file is the cause, and no other file could be written either.
    """
    from tagger import tags

    assert scan_result.emotion is not None
    written = scan_result.emotion.written_moods(options.own_moods)
    emotion = scan_result.emotion._replace(moods=mood_texts(written, options.words))
    maker = f"emotag {__version__} {scan_result.model}"
    saved: list[tuple[WriteRecord, str]] = []

    def save_record(record: WriteRecord) -> None:
        try:
            saved.append((record, journal.record(options.journal, record.to_bytes())))
        except OSError as error:
            raise StoreError(f"{options.journal}: the journal cannot be written ({error.strerror})") from None

    try:
        if options.dry_run:
            change = tags.plan(path, emotion, maker, policy=options.moods, history=history)
        else:
            change = tags.write(
                path,
                emotion,
                maker,
                policy=options.moods,
                preserve_mtime=options.preserve_mtime,
                audio_hash=scan_result.audio_hash,
                save_record=save_record if options.journal else None,
                history=history,
                journal=options.journal,
            )
    except tags.NotTaggable as reason:
        return TagDelivery(file_stat(path), untaggable=str(reason))
    except StoreError:
        raise
    except tags.IncompleteWrite as error:
        # The record stays in the journal: the next scan finishes the write, and undo needs the record then.
        return TagDelivery(file_stat(path), error=str(error))
    except TagError as error:
        for _, name in saved:
            journal.discard(options.journal, name)
        return TagDelivery(file_stat(path), error=str(error))
    except Exception as error:
        # The record stays in the journal: the file may be partly written.
        return TagDelivery(file_stat(path), error=_internal_error(error))
    return TagDelivery(file_stat(path), change, *(saved[0] if saved else ()))


def _internal_error(error: Exception) -> str:
    return f"internal error ({type(error).__name__}: {error}); please report it"
