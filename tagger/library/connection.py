"""The SQLite connection of the library database: transactions, batched queries and error messages."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any, TypeVar

from tagger.errors import StoreError
from tagger.io import regular
from tagger.io.disk import flush_folder
from tagger.library.schema import migrate

MAX_MESSAGE_LENGTH = 200
"""Maximum number of characters of a message of SQLite, which may quote the content of the file."""

MAX_VARIABLES = 900
"""Maximum number of values in one query; SQLite before version 3.32 accepts 999."""

Row = tuple[Any, ...]

ConnectionT = TypeVar("ConnectionT", bound="StoreConnection")


class StoreConnection:
    """A library database, open for one writer.

    The first write after a commit begins a transaction, which `commit` ends.

    Parameters
    ----------
    path : str
        Path of the database; the file and its folder are created if they do not exist. An empty path opens a temporary
        database, which is deleted when it is closed.

    Attributes
    ----------
    database : sqlite3.Connection
        The open database.
    path : str
        Path of the database.

    Raises
    ------
    StoreError
        If the file is damaged, made by a newer version, or not a library database. It is not changed then.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with store_errors(path):
            if path:
                os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
                with suppress(FileNotFoundError):
                    regular.check(path)
            is_new = bool(path) and not os.path.exists(path)
            self.database = sqlite3.connect(path, isolation_level=None, timeout=30)
            try:
                migrate(self.database, path)
            except BaseException:
                self.database.close()
                raise
            if is_new:
                with suppress(OSError):
                    flush_folder(os.path.dirname(os.path.abspath(path)))
        self._committed_at = time.monotonic()
        self._functions: set[str] = set()

    def __enter__(self: ConnectionT) -> ConnectionT:
        """Return the open store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Commit and close."""
        self.close()

    def close(self) -> None:
        """Commit and close."""
        with suppress(StoreError):
            self.commit()
        self.database.close()

    def commit(self) -> None:
        """Commit the open transaction, durably.

        Raises
        ------
        StoreError
            If the database cannot be written.
        """
        with store_errors(self.path):
            if self.database.in_transaction:
                self.database.execute("COMMIT")
        self._committed_at = time.monotonic()

    def commit_after(self, seconds: float) -> bool:
        """Commit if the last commit is longer ago than the time whose work a crash may lose.

        Parameters
        ----------
        seconds : float
            Time since the last commit.

        Returns
        -------
        bool
            Whether it committed.
        """
        due = time.monotonic() - self._committed_at > seconds
        if due:
            self.commit()
        return due

    def add_functions(self, functions: Mapping[str, Callable[..., bool]]) -> None:
        """Add functions of any number of arguments that queries can call; they depend on the arguments only.

        Functions that were added before stay: SQLite refuses to replace them while a query is running.

        Parameters
        ----------
        functions : mapping of str to callable
            By name.
        """
        # SQLite replaces no function while a query runs.
        for name in functions.keys() - self._functions:
            self.database.create_function(name, -1, functions[name], deterministic=True)
        self._functions |= functions.keys()

    def read(self, query: str, *values: object) -> list[Row]:
        """Run a query.

        Parameters
        ----------
        query : str
            SQL with ``?`` for each value.
        *values : object
            The values.

        Returns
        -------
        list of tuple

        Raises
        ------
        StoreError
            If the database cannot be read.
        """
        with store_errors(self.path):
            return self.database.execute(query, values).fetchall()

    def write(self, query: str, *values: object) -> int:
        """Run a statement that changes rows, in a transaction.

        Parameters
        ----------
        query : str
            SQL with ``?`` for each value.
        *values : object
            The values.

        Returns
        -------
        int
            Number of changed rows.

        Raises
        ------
        StoreError
            If the database cannot be written.
        """
        with store_errors(self.path):
            if not self.database.in_transaction:
                self.database.execute("BEGIN IMMEDIATE")
            return self.database.execute(query, values).rowcount

    def read_batches(self, query: str, values: Sequence[object], *parameters: object) -> Iterator[Row]:
        """Run a query once for each batch of `MAX_VARIABLES` values.

        Parameters
        ----------
        query : str
            SQL with ``{}`` for the list of values.
        values : sequence
            The values.
        *parameters : object
            Values for each ``?`` before ``{}``.

        Yields
        ------
        tuple
        """
        with store_errors(self.path):
            for start in range(0, len(values), MAX_VARIABLES):
                batch = values[start : start + MAX_VARIABLES]
                placeholders = ",".join("?" * len(batch))
                yield from self.database.execute(query.format(placeholders), (*parameters, *batch))

    def read_siblings(self, query: str, keys: Iterable[bytes], *parameters: object) -> Iterator[Row]:
        """Run a query for the paths of each folder, from the first to the last of `keys` in it.

        The rows of a folder are adjacent in the table, so reading all is twice as fast as looking up each path. Rows of
        other paths may be among them.

        Parameters
        ----------
        query : str
            SQL that ends with ``path BETWEEN ? AND ?``.
        keys : iterable of bytes
            Absolute paths of files.
        *parameters : object
            Values for each ``?`` before those of the paths.

        Yields
        ------
        tuple
        """
        with store_errors(self.path):
            for _, group in groupby(sorted(keys), lambda key: key[: key.rfind(b"/")]):
                siblings = list(group)
                yield from self.database.execute(query, (*parameters, siblings[0], siblings[-1]))

    def read_below(self, query: str, root: bytes, *parameters: object) -> Iterator[Row]:
        """Run a query for a file, or for the files below a folder.

        Parameters
        ----------
        query : str
            SQL that ends with ``path >= ? AND path < ?`` and returns the path as its first column.
        root : bytes
            Absolute path of the file or folder; empty for all files.
        *parameters : object
            Values for each ``?`` before those of the paths.

        Yields
        ------
        tuple
        """
        folder = root.rstrip(b"/")
        with store_errors(self.path):
            # "0" is the character after "/". The range also has siblings of the folder such as "folder.mp3".
            for row in self.database.execute(query, (*parameters, folder, folder + b"0")):
                if row[0] == folder or row[0].startswith(folder + b"/"):
                    yield row


@contextmanager
def store_errors(path: str) -> Iterator[None]:
    """Convert the errors of SQLite and of the system.

    Parameters
    ----------
    path : str
        Path of the store, for the message.

    Yields
    ------
    None

    Raises
    ------
    StoreError
        In place of `sqlite3.DatabaseError` and `OSError`.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: the library database cannot be used ({str(error)[:MAX_MESSAGE_LENGTH]})") from None
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path}: not a library database, or a damaged one ({str(error)[:MAX_MESSAGE_LENGTH]}); it was not changed"
            ": restore it from a backup, or move it away and scan again"
        ) from None
    except OSError as error:
        raise StoreError(f"{path}: the library database cannot be used ({error.strerror})") from None
