"""What a worker does with one file: analyse it, or write its tags."""

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
from tagger.tags.write_record import FieldValues, WriteRecord

if TYPE_CHECKING:
    from tagger.tags import Change


class Delivery(NamedTuple):
    """What a worker did with a file's tags, and the file as it is afterwards."""

    stat: FileStat
    change: Change | None = None
    written: WriteRecord | None = None
    noted: str = ""
    untaggable: str | None = None
    error: str | None = None


def analyse(path: str, ledger: WorkClaims, kinds: tuple[str, ...]) -> Analysis | AlreadyAnalysed | Failure:
    """Extract the features of a file; whatever goes wrong is a failure of that file alone."""

    from tagger.analysis import extraction

    try:
        return extraction.analyse(path, ledger.knows, kinds)
    except MemoryError:
        return Failure("memory", "needs more memory than a worker may take")
    except Exception as error:
        # A fault of ours in one file must not cost the others theirs.
        return Failure("internal", f"could not be analysed, by a fault of emotag's ({type(error).__name__}: {error})")


def deliver(
    path: str, outcome: ScanResult, options: ScanOptions, known: tuple[FieldValues, FieldValues] | None = None
) -> Delivery:
    """Write the tags of a file, or find out what would be written."""
    from tagger import tags

    assert outcome.emotion is not None
    maker = f"emotag {__version__} {outcome.model}"
    kept: list[tuple[WriteRecord, str]] = []

    def keep(written: WriteRecord) -> None:
        try:
            kept.append((written, journal.record(options.journal, written.to_bytes())))
        except OSError as error:
            # No song is to blame, and no other can be written to either: it ends the scan.
            raise StoreError(f"{options.journal}: the journal cannot be written ({error.strerror})") from None

    try:
        if options.dry_run:
            change = tags.plan(path, outcome.emotion, maker, policy=options.moods, history=known)
        else:
            change = tags.write(
                path,
                outcome.emotion,
                maker,
                policy=options.moods,
                preserve_mtime=options.preserve_mtime,
                audio_hash=outcome.audio_hash,
                save_record=keep if options.journal else None,
                history=known,
                journal=options.journal,
            )
    except tags.NotTaggable as reason:
        return Delivery(file_stat(path), untaggable=str(reason))
    except StoreError:
        raise
    except tags.IncompleteWrite as error:
        # The journal keeps its note: the next scan finishes the write, and undo then needs it.
        return Delivery(file_stat(path), error=str(error))
    except TagError as error:
        for _, noted in kept:
            journal.discard(options.journal, noted)
        return Delivery(file_stat(path), error=str(error))
    except Exception as error:
        # The journal keeps its note: who knows how far the write came.
        fault = f"could not be tagged, by a fault of emotag's ({type(error).__name__}: {error})"
        return Delivery(file_stat(path), error=fault)
    return Delivery(file_stat(path), change, *(kept[0] if kept else ()))
