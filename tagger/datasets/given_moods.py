"""Moods that the user has already given to songs of the library: in tags, folders, playlists or a CSV file."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from tagger.errors import DataError, TagError
from tagger.io import regular
from tagger.library.analysed import AnalysedFile, analysed_files, audio_of_paths
from tagger.library.history import History
from tagger.library.path_text import SCHEME
from tagger.library.store import Store
from tagger.models.model import is_valid_label
from tagger.tags.ownership import split_moods
from tagger.tags.reader import read_fields
from tagger.tags.text_fields import read_text_field

MOOD_FIELD = "mood"
"""The field that emotag writes moods to, too."""

SEPARATORS = re.compile(r"[;,\n]")
"""What separates labels in one value."""

PATH_COLUMNS = ("path", "file")
LABEL_COLUMNS = ("labels", "label", "moods", "mood")
"""Accepted names of the columns of a CSV file."""


@dataclass
class GivenMoods:
    """The labels of songs.

    Attributes
    ----------
    labels : dict of int to set of str
        By audio id; only songs that have a label.
    missing : list of str
        Files that a playlist or CSV file names and the library has not analysed.
    """

    labels: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    missing: list[str] = field(default_factory=list)

    def add(self, audio: int, texts: Iterable[str]) -> None:
        """Add the labels that some texts name; texts that cannot be labels, such as long comments, are left out.

        Parameters
        ----------
        audio : int
            Audio id.
        texts : iterable of str
            Each may name several labels.
        """
        parts = (" ".join(part.split()) for text in texts for part in SEPARATORS.split(text))
        if labels := set(filter(is_valid_label, parts)):
            self.labels[audio] |= labels

    def add_tags(self, store: Store, roots: Sequence[str], name: str, history: History) -> None:
        """Add the values of a tag field. Moods that emotag wrote are left out.

        Parameters
        ----------
        store : Store
            The library database.
        roots : sequence of str
            Files and folders; empty for the whole library.
        name : str
            Name of the field.
        history : History
            The records of emotag's writes, which tell its moods from the user's.
        """
        for file in analysed_files(store, roots):
            values = _others_moods(file, history) if name.casefold() == MOOD_FIELD else read_text_field(file.path, name)
            self.add(file.audio, values)

    def add_folder(self, store: Store, folder: str) -> None:
        """Add the name of a folder as the label of all songs below it.

        Parameters
        ----------
        store : Store
            The library database.
        folder : str
        """
        self._add_named(
            os.path.basename(os.path.abspath(folder)), [file.audio for file in analysed_files(store, [folder])]
        )

    def add_playlist(self, store: Store, playlist: str) -> None:
        """Add the name of an M3U playlist as the label of its songs.

        Parameters
        ----------
        store : Store
            The library database.
        playlist : str
            The file; its entries are relative to its folder.

        Raises
        ------
        DataError
            If it cannot be read.
        """
        name = os.path.splitext(os.path.basename(playlist))[0]
        folder = os.path.dirname(os.path.abspath(playlist))
        lines = [line.strip() for line in _read_lines(playlist)]
        paths = [os.path.join(folder, _entry_path(line)) for line in lines if line and not line.startswith("#")]
        self._add_named(name, self._look_up(store, paths).values())

    def add_csv(self, store: Store, file: str) -> None:
        """Add the labels of a CSV file with the columns ``path`` and ``labels``, which are separated by semicolons.

        Parameters
        ----------
        store : Store
            The library database.
        file : str

        Raises
        ------
        DataError
            If it cannot be read, or lacks a column.
        """
        rows = read_path_rows(file, (LABEL_COLUMNS,))
        found = self._look_up(store, [path for path, _ in rows])
        for path, (labels,) in rows:
            if path in found:
                self.add(found[path], [labels])

    def _add_named(self, name: str, audio: Iterable[int]) -> None:
        label = " ".join(SEPARATORS.sub(" ", name).split())
        for key in audio:
            self.add(key, [label])

    def _look_up(self, store: Store, paths: Iterable[str]) -> dict[str, int]:
        """Return the audio ids by path, and remember the paths that are missing."""
        found = audio_of_paths(store, paths)
        self.missing += [path for path, audio in found.items() if audio is None]
        return {path: audio for path, audio in found.items() if audio is not None}

    def merge_spellings(self) -> None:
        """Give labels that differ only in upper and lower case the most frequent spelling."""
        counts = Counter(label for labels in self.labels.values() for label in labels)
        spellings: dict[str, str] = {}
        for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            spellings.setdefault(label.casefold(), label)
        for audio, labels in self.labels.items():
            self.labels[audio] = {spellings[label.casefold()] for label in labels}


def _others_moods(file: AnalysedFile, history: History) -> tuple[str, ...]:
    """Return the moods in a file's tags that emotag did not write."""
    try:
        fields = read_fields(file.path)
    except (TagError, OSError):
        return ()
    written = history.latest_fields(file.audio_hash, os.fsencode(os.path.realpath(file.path)))
    return split_moods(fields, written).others


def read_path_rows(
    file: str, columns: Sequence[Sequence[str]], convert: Callable[[str], str] = str.strip
) -> list[tuple[str, tuple[str, ...]]]:
    """Read a CSV file with a column of paths.

    Parameters
    ----------
    file : str
    columns : sequence of sequence of str
        The other columns; for each of them the accepted names.
    convert : callable
        Applied to each cell but the path.

    Returns
    -------
    list of (str, tuple of str)
        Path and the other cells of each row.

    Raises
    ------
    DataError
        If the file cannot be read, or lacks a column.
    """
    table = csv.reader(_read_lines(file))
    header = [name.strip().casefold() for name in next(table, [])]
    places = []
    for names in (PATH_COLUMNS, *columns):
        place = next((header.index(name) for name in names if name in header), None)
        if place is None:
            raise DataError(f"{file}: column {names[0]} is missing")
        places.append(place)
    path, *others = places
    rows = (cells for cells in table if len(cells) > max(places) and cells[path])
    return [(_entry_path(cells[path]), tuple(convert(cells[place]) for place in others)) for cells in rows]


def _read_lines(file: str) -> list[str]:
    try:
        return os.fsdecode(regular.read_bytes(file)).removeprefix("\ufeff").splitlines()
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror})") from None


def _entry_path(text: str) -> str:
    """Return the path that a line of a playlist or a cell of a report stands for."""
    if text.startswith(SCHEME):
        return os.fsdecode(unquote_to_bytes(text.removeprefix(SCHEME)))
    return text
