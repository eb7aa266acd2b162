"""Options that say where something is written, and what may be written there.

What an output would be written over is looked at twice: here, before the work begins, and again when it is written
(`tagger.io.output`), for much may happen to a file in between.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from tagger.cli import settings
from tagger.io.file_kind import STORE_FILE_SUFFIXES, TEXT

if TYPE_CHECKING:
    from tagger.io.output import TextOutput


class Output(click.Path):
    """A file that can be written when the work is done, or ``-`` for stdout: looked at before the work begins.

    A song is never taken for one, as in ``--csv *.mp3``, which the shell makes ``--csv`` and every song there is.
    A command that has one is a `WritingCommand`.

    Parameters
    ----------
    suffix : str
        What its name must end in; by default anything.
    kinds : tuple of str
        Kinds of files beside text that it may replace (`tagger.io.file_kind`).
    beside : str
        Suffix of another file that is written with it.
    **how
        As for `click.Path`.
    """

    def __init__(self, suffix: str = "", kinds: tuple[str, ...] = (), beside: str = "", **how: Any) -> None:
        super().__init__(dir_okay=False, allow_dash=not suffix, **how)
        self.suffix = suffix
        self.kinds = frozenset((TEXT, *kinds))
        self.beside = beside

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        path = os.fsdecode(found)
        if not os.path.basename(path).endswith(self.suffix):
            self.fail(f"{path}: a file called NAME{self.suffix} is written", param, ctx)
        if path == "-":
            return found
        for written in self.files(path):
            if reason := _unwritable(written, self.kinds):
                self.fail(reason, param, ctx)
        return found

    def files(self, path: str) -> Iterator[str]:
        """Yield the files that are written."""
        yield path
        if self.beside:
            yield str(Path(path).with_suffix(self.beside))


class AppendedOutput(Output):
    """A file that lines are added to; the command is given it open."""


class WritingCommand(click.Command):
    """A command with outputs: none of them is a file that it reads or keeps, or another output of it."""

    def invoke(self, ctx: click.Context) -> Any:
        given = [(param, value) for param, value in _values(ctx, Output) if str(value) != "-"]
        asked = [(param, path) for param, value in given for path in _files(param, value)]
        kept = [_Kept(_Place(path), what) for path, what in _kept(ctx)] if asked else []
        taken = [(_Place.of_stdout(), "-")] if any(str(value) == "-" for _, value in _values(ctx, Output)) else []
        for param, path in asked:
            place = _Place(path)
            for known in kept:
                if known.is_at(place):
                    raise click.BadParameter(f"{path} {known.what} and will not be overwritten", ctx, param)
            for other, called in taken:
                if place.same(other) and not place.endless:
                    raise click.BadParameter(f"{path}: two outputs cannot go to one file ({called})", ctx, param)
            taken.append((place, path))
        for param, path in asked:
            if isinstance(param.type, AppendedOutput):
                assert param.name is not None
                ctx.params[param.name] = _appended(path, ctx, param, kept)
        return super().invoke(ctx)


def _files(param: click.Parameter, value: Any) -> Iterator[str]:
    assert isinstance(param.type, Output)
    return param.type.files(os.fsdecode(value))


def _values(ctx: click.Context, kind: type[click.ParamType]) -> Iterator[tuple[click.Parameter, Any]]:
    """Yield the values of a command's parameters of a kind."""
    for param in ctx.command.params:
        if isinstance(param.type, kind) and param.name and (value := ctx.params.get(param.name)) is not None:
            yield from ((param, each) for each in (value if isinstance(value, list | tuple) else (value,)))


def _kept(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the files that a command must not write over, each with what it is."""
    from tagger.library import journal, paths

    for store in {ctx.params.get("store") or paths.store_path(), paths.store_path()}:
        for part in ("", *STORE_FILE_SUFFIXES):
            yield store + part, "is the library store, or a part of it"
        yield journal.journal_dir(store), "is in the library store's journal"
    yield settings.config_path(), "is the settings file"
    for param, value in _values(ctx, click.Path):
        if not isinstance(param.type, Output) and param.type.exists and not os.path.isdir(value):  # type: ignore[attr-defined]
            yield os.fsdecode(value), "is read by this command"
            if param.name == "model":
                yield str(Path(value).with_suffix(".json")), "is the card of a model in use"


class _Place:
    """Where a path leads, links followed, whether there is a file or not."""

    def __init__(self, path: str) -> None:
        self.real = os.path.realpath(path)
        self.status = _status(path)

    @classmethod
    def of_stdout(cls) -> _Place:
        place = cls.__new__(cls)
        place.real, place.status = "", None
        with suppress(OSError):
            place.status = os.fstat(1)
        return place

    @property
    def endless(self) -> bool:
        """Whether it is a device, into which many may write."""
        return self.status is not None and stat.S_ISCHR(self.status.st_mode)

    @property
    def name(self) -> tuple[object, str]:
        """The folder, and the name as file systems compare it that know no case."""
        folder = _status(os.path.dirname(self.real))
        name = unicodedata.normalize("NFC", os.path.basename(self.real)).casefold()
        return (folder.st_dev, folder.st_ino) if folder else os.path.dirname(self.real), name

    def same(self, other: _Place) -> bool:
        """Tell whether both are one file, or would be."""
        if self.status and other.status:
            return os.path.samestat(self.status, other.status)
        return bool(self.real and other.real) and not (self.status or other.status) and self.name == other.name


class _Kept(NamedTuple):
    """A file, or a folder with all that is in it, that must not be written over."""

    place: _Place
    what: str

    def is_at(self, place: _Place) -> bool:
        if place.same(self.place):
            return True
        if self.place.status is None or not stat.S_ISDIR(self.place.status.st_mode):
            return False
        if any(
            (above := _status(str(folder))) and os.path.samestat(above, self.place.status)
            for folder in Path(place.real).parents
        ):
            return True
        # A record may have another name outside.
        linked = place.status is not None and place.status.st_nlink > 1
        return linked and any(
            place.same(_Place(os.path.join(self.place.real, each))) for each in os.listdir(self.place.real)
        )


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _unwritable(path: str, kinds: frozenset[str]) -> str:
    """Return why a file cannot or must not be written; nothing if it can."""
    from tagger.io.file_kind import overwrite_refusal
    from tagger.library.walk import AUDIO_SUFFIXES

    try:
        status = os.stat(path)
    except FileNotFoundError:
        status = None
    except (OSError, ValueError) as error:
        return f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})"
    if status is not None and stat.S_ISDIR(status.st_mode):
        return f"{path}: is a directory"
    if status is not None and not stat.S_ISREG(status.st_mode):  # a device or a pipe
        return ""
    if status is not None and Path(path).suffix.lower() in AUDIO_SUFFIXES:
        return f"{path} is a song and will not be overwritten"
    if reason := overwrite_refusal(path, kinds):
        return f"{path} {reason}"
    if status is not None and not os.access(path, os.W_OK):
        return f"{path} cannot be written to"
    if not os.access(os.path.dirname(os.path.realpath(path)), os.W_OK):
        return f"{os.path.dirname(path) or '.'} is no folder that can be written to"
    return ""


def _appended(path: str, ctx: click.Context, param: click.Parameter, kept: list[_Kept]) -> TextOutput:
    """Open a file to add lines to; what is looked at is what was opened."""
    from tagger.io.file_kind import open_file_refusal
    from tagger.io.output import TextOutput

    try:
        regular = not os.path.exists(path) or os.path.isfile(path)
        file: IO[bytes] = open(path, "a+b" if regular else "wb")  # noqa: SIM115
    except OSError as error:
        raise click.BadParameter(f"{path}: cannot be written ({error.strerror})", ctx, param) from None
    if regular:
        place = _Place(path)
        place.status = os.fstat(file.fileno())
        whats = [other.what + " and will not be overwritten" for other in kept if other.is_at(place)]
        if reason := open_file_refusal(file) or "".join(whats[:1]):
            file.close()
            raise click.BadParameter(f"{path} {reason}", ctx, param)
    rows = TextOutput(file, path, encoding="utf-8", errors="backslashreplace")
    ctx.call_on_close(lambda: _closed(rows))
    return rows


def _closed(rows: TextOutput) -> None:
    """Close a log; what it could not take was said when it was written."""
    from tagger.errors import OutputClosed, OutputError

    with suppress(OutputError, OutputClosed):
        rows.close()


sd_option = click.option(
    "--sd", is_flag=True, help="Add how sure valence and arousal are to a report: valence_sd, arousal_sd."
)
