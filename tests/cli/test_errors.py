"""Every error has a status and one line; only a bug of emotag has a traceback."""

from __future__ import annotations

import sys

import click
import pytest

from tagger import cli
from tagger.errors import EmotagError, LibraryBusy, OutputClosed

Captured = pytest.CaptureFixture[str]


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `emotag config` fail."""

    def fail(*arguments: object, **keywords: object) -> None:
        raise error

    monkeypatch.setattr(cli.emotag.get_command(click.Context(cli.emotag), "config"), "callback", fail)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "emotag: interrupted\n"),
        (click.Abort(), 130, "emotag: interrupted\n"),
        (EmotagError("a reason"), 2, "emotag: a reason\n"),
        (LibraryBusy("a reason"), 75, "emotag: a reason\n"),
        (
            PermissionError(13, "Permission denied", "a\x1b.csv"),
            1,
            "emotag: a�.csv: Permission denied\n",
        ),
        (OSError(28, "No space left on device"), 1, "emotag: No space left on device\n"),
        (click.ClickException("a reason"), 1, "emotag: a reason\n"),
    ],
)
def test_an_error_is_one_line(
    error: BaseException, status: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    fail_with(error, monkeypatch)
    monkeypatch.setattr("tagger.cli.streams.silence", lambda handle: None)
    assert cli.run(["config"]) == status
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.lstrip("\n") == message  # the terminal shows ^C on the line before


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError("without a number")])
def test_a_bug_is_not_hidden(error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    fail_with(error, monkeypatch)
    with pytest.raises(type(error), match=str(error)):
        cli.run(["config"])


@pytest.mark.parametrize("error", [OutputClosed("closed"), BrokenPipeError()])
def test_a_reader_that_has_enough_is_no_error(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    fail_with(error, monkeypatch)
    silenced: list[int] = []
    monkeypatch.setattr("tagger.cli.streams.silence", silenced.append)
    assert cli.run(["config"]) == 0
    assert capsys.readouterr() == ("", "")
    assert silenced == [1], "stdout is not flushed again at exit"


def test_a_process_without_stdout_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(click.exceptions.Exit(0), monkeypatch)
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.run(["config"]) == 0
