"""Options for output files, and the checks that an output does not overwrite a file of value.

Each output file is checked twice: here, before the command starts its work, and again when the file is written
(`tagger.io.output`), because another program may change it in between.
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
    """The type of options for output files: a file that can be written, or ``-`` for stdout.

    Music files are refused: the shell expands ``-o *.mp3`` so that the first song becomes the value of ``-o``.
    A command with such an option must be a `WritingCommand`.

    Parameters
    ----------
    suffix : str
        Required end of the file name; empty for any. With a suffix, stdout is not accepted.
    kinds : tuple of str
        Kinds of existing files that may be overwritten in addition to text; see `tagger.io.file_kind`.
    companion_suffix : str
        Suffix of a second file that is written next to the first one; empty for none.
    **path_settings
        As for `click.Path`.
    """

    def __init__(
        self, suffix: str = "", kinds: tuple[str, ...] = (), companion_suffix: str = "", **path_settings: Any
    ) -> None:
        super().__init__(dir_okay=False, allow_dash=not suffix, **path_settings)
        self.suffix = suffix
        self.kinds = frozenset((TEXT, *kinds))
        self.companion_suffix = companion_suffix

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or fail if the file cannot or must not be written."""
        converted = super().convert(value, param, ctx)
        path = os.fsdecode(converted)
        if not os.path.basename(path).endswith(self.suffix):
            self.fail(f"{path}: the file name must end in {self.suffix}", param, ctx)
        if path == "-":
            return converted
        for file in self.files(path):
            if reason := _write_refusal(file, self.kinds):
                self.fail(reason, param, ctx)
        return converted

    def files(self, path: str) -> Iterator[str]:
        """Yield the paths of the files that are written for a value of the option.

        Parameters
        ----------
        path : str

        Yields
        ------
        str
        """
        yield path
        if self.companion_suffix:
            yield str(Path(path).with_suffix(self.companion_suffix))


class AppendedOutput(Output):
    """The type of options for files that lines are appended to. The command gets the open file."""


class WritingCommand(click.Command):
    """A command with output files.

    It refuses an output that is a file of the library database, the settings file, an input of the command, or another
    output of the command.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Check the outputs, open those that lines are appended to, and run the command."""
        values = [(param, value) for param, value in _values(ctx, Output) if str(value) != "-"]
        outputs = [(param, path) for param, value in values for path in _output_files(param, value)]
        protected = list(_protected_files(ctx)) if outputs else []
        writes_stdout = any(str(value) == "-" for _, value in _values(ctx, Output))
        checked = [(_Location.of_stdout(), "-")] if writes_stdout else []
        for param, path in outputs:
            location = _Location(path)
            for file in protected:
                if file.contains(location):
                    raise click.BadParameter(f"{path} {file.reason} and will not be overwritten", ctx, param)
            for other_location, other_path in checked:
                if location.is_same_file(other_location) and not location.is_device:
                    raise click.BadParameter(f"{path}: two outputs cannot go to one file ({other_path})", ctx, param)
            checked.append((location, path))
        for param, path in outputs:
            if isinstance(param.type, AppendedOutput):
                assert param.name is not None
                ctx.params[param.name] = _open_appended(path, ctx, param, protected)
        return super().invoke(ctx)


def _output_files(param: click.Parameter, value: Any) -> Iterator[str]:
    assert isinstance(param.type, Output)
    return param.type.files(os.fsdecode(value))


def _values(ctx: click.Context, kind: type[click.ParamType[Any]]) -> Iterator[tuple[click.Parameter, Any]]:
    """Yield the parameters of a type that have values, with each value."""
    for param in ctx.command.params:
        if isinstance(param.type, kind) and param.name and (value := ctx.params.get(param.name)) is not None:
            for item in value if isinstance(value, list | tuple) else (value,):
                yield param, item


def _protected_files(ctx: click.Context) -> Iterator[_ProtectedFile]:
    """Yield the files that a command must not overwrite."""
    for path, reason in _protected_paths(ctx):
        yield _ProtectedFile(_Location(path), reason)


def _protected_paths(ctx: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the paths of the files that a command must not overwrite, each with the reason."""
    from tagger.io.library_paths import journal_dir, store_path

    for store in {ctx.params.get("store") or store_path(), store_path()}:
        for suffix in ("", *STORE_FILE_SUFFIXES):
            yield store + suffix, "is part of the library database"
        yield journal_dir(store), "is in the journal of the library database"
    yield settings.config_path(), "is the settings file"
    for param, value in _values(ctx, click.Path):
        is_input = isinstance(param.type, click.Path) and not isinstance(param.type, Output) and param.type.exists
        if is_input and not os.path.isdir(value):
            yield os.fsdecode(value), "is read by this command"
            if param.name == "model":
                yield str(Path(value).with_suffix(".json")), "is the card of a model in use"


class _Location:
    """Where a path leads after links, whether a file exists there or not.

    Attributes
    ----------
    real_path : str
        The path without links; empty for stdout.
    status : os.stat_result or None
        None if no file exists.
    """

    def __init__(self, path: str) -> None:
        self.real_path = os.path.realpath(path)
        self.status = _stat(path)

    @classmethod
    def of_stdout(cls) -> _Location:
        location = cls.__new__(cls)
        location.real_path, location.status = "", None
        with suppress(OSError):
            location.status = os.fstat(1)
        return location

    @property
    def is_device(self) -> bool:
        """Whether it is a character device, which several outputs can be written to."""
        return self.status is not None and stat.S_ISCHR(self.status.st_mode)

    @property
    def key(self) -> tuple[object, str]:
        """The folder, and the name as file systems that ignore case compare it."""
        parent = os.path.dirname(self.real_path)
        status = _stat(parent)
        name = unicodedata.normalize("NFC", os.path.basename(self.real_path)).casefold()
        return (status.st_dev, status.st_ino) if status else parent, name

    def is_same_file(self, other: _Location) -> bool:
        """Return whether both are the same file, or would be if they were created."""
        if self.status and other.status:
            return os.path.samestat(self.status, other.status)
        neither_exists = not (self.status or other.status)
        return bool(self.real_path and other.real_path) and neither_exists and self.key == other.key


class _ProtectedFile(NamedTuple):
    """A file, or a folder with its content, that must not be overwritten."""

    location: _Location
    reason: str

    def contains(self, location: _Location) -> bool:
        """Return whether a location is this file or lies in this folder."""
        if location.is_same_file(self.location):
            return True
        folder = self.location.status
        if folder is None or not stat.S_ISDIR(folder.st_mode):
            return False
        for parent in Path(location.real_path).parents:
            status = _stat(str(parent))
            if status and os.path.samestat(status, folder):
                return True
        # A file of the folder can have another name outside (a hard link).
        has_links = location.status is not None and location.status.st_nlink > 1
        return has_links and any(
            location.is_same_file(_Location(os.path.join(self.location.real_path, name)))
            for name in os.listdir(self.location.real_path)
        )


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _write_refusal(path: str, kinds: frozenset[str]) -> str:
    """Return the reason why a file cannot or must not be written; empty if it can be."""
    from tagger.io.file_kind import overwrite_refusal
    from tagger.library.walk import AUDIO_SUFFIXES

    try:
        status = os.stat(path)
    except FileNotFoundError:
        status = None
    except (OSError, ValueError) as error:
        return f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})"
    if status is not None and stat.S_ISDIR(status.st_mode):
        return f"{path} is a directory"
    if status is not None and not stat.S_ISREG(status.st_mode):  # a device or a pipe
        return ""
    if status is not None and Path(path).suffix.lower() in AUDIO_SUFFIXES:
        return f"{path} is a song and will not be overwritten"
    if reason := overwrite_refusal(path, kinds):
        return f"{path} {reason}"
    if status is not None and not os.access(path, os.W_OK):
        return f"{path} is not writable"
    if not os.access(os.path.dirname(os.path.realpath(path)), os.W_OK):
        return f"Directory '{os.path.dirname(path) or '.'}' is missing or not writable."
    return ""


def _open_appended(
    path: str, ctx: click.Context, param: click.Parameter, protected: list[_ProtectedFile]
) -> TextOutput:
    """Open a file to append lines to. The open file is checked, not the path, which may lead elsewhere by now."""
    from tagger.io.file_kind import open_file_refusal
    from tagger.io.output import TextOutput

    try:
        is_regular = not os.path.exists(path) or os.path.isfile(path)
        file: IO[bytes] = open(path, "a+b" if is_regular else "wb")  # noqa: SIM115
    except OSError as error:
        raise click.BadParameter(f"{path}: cannot be written ({error.strerror})", ctx, param) from None
    if is_regular:
        location = _Location(path)
        location.status = os.fstat(file.fileno())
        reasons = [f"{other.reason} and will not be overwritten" for other in protected if other.contains(location)]
        if reason := open_file_refusal(file) or next(iter(reasons), ""):
            file.close()
            raise click.BadParameter(f"{path} {reason}", ctx, param)
    lines = TextOutput(file, path, encoding="utf-8", errors="backslashreplace")
    ctx.call_on_close(lambda: _close(lines))
    return lines


def _close(lines: TextOutput) -> None:
    """Close a log. Errors were reported when the lines were written."""
    from tagger.errors import OutputClosed, OutputError

    with suppress(OutputError, OutputClosed):
        lines.close()
