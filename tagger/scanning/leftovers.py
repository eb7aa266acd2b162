"""What interrupted writes of tags left behind: records in the journal, and temporary files beside the music."""

from __future__ import annotations

from collections.abc import Callable

from tagger.library.walk import FoundFile

Walk = Callable[[Callable[[str], object]], list[FoundFile]]
"""A function that finds the music files; it passes the temporary files of emotag that it sees to its argument."""


def walk_and_recover(walk: Walk, journal: str, on_notice: Callable[[str], object]) -> list[FoundFile]:
    """Finish interrupted writes, find the music files, and remove the temporary files of writers that were killed.

    Parameters
    ----------
    walk : callable
        Finds the files.
    journal : str
        Folder with the records of unfinished writes; empty for the default one alone.
    on_notice : callable
        Called with a sentence for the user for each file that was repaired or must be left alone.

    Returns
    -------
    list of FoundFile
    """
    from tagger.io.library_paths import default_journal
    from tagger.tags.atomic import remove_leftovers
    from tagger.tags.recovery import recover

    for folder in dict.fromkeys((journal or default_journal(), default_journal())):
        for path, _, sentence in recover(folder):
            on_notice(f"{path}: {sentence}")
    temporary_files: list[str] = []
    files = walk(temporary_files.append)
    for sentence in remove_leftovers(temporary_files):
        on_notice(sentence)
    return files
