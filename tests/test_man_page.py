"""The manual page has every command and option, is up to date, and roff accepts it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import click
import pytest

from docs import man
from tests.cli.test_examples import EVERY


def test_the_page_is_up_to_date() -> None:
    assert man.PAGE.read_text("utf-8") == man.page(), "stale: run python docs/man.py"


def test_the_page_has_every_command_and_option() -> None:
    text = man.page().replace(r"\-", "-")
    sections = dict(re.findall(r'^\.SS "([^"]+)"\n(.*?)(?=^\.S[SH])', text, re.M | re.S))
    assert EVERY.keys() <= sections.keys()
    for name, command in EVERY.items():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert max(option.opts, key=len) in sections[name], (name, option.opts)


def test_text_is_not_taken_for_requests_and_escapes() -> None:
    assert man.escape(".so /etc/passwd\n'br") == "\\&.so /etc/passwd\n\\&'br"
    assert man.escape(r"a\b -x") == r"a\eb \-x"
    assert man.quote('a "b"') == r'"a \(dqb\(dq"'


def output(*command: str) -> str:
    if sys.platform != "linux" or not shutil.which(command[0]):
        pytest.skip(f"needs {command[0]} of Linux")
    run = subprocess.run([*command, str(man.PAGE)], capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def test_man_shows_the_page_without_warnings() -> None:
    text = output("man", "--warnings", "-l", "-P", "cat")
    assert "warning:" not in text
    assert "emotag scan [OPTIONS] PATH..." in text


def test_mandoc_finds_no_faults() -> None:
    """Only a released version has a date."""
    faults = [line for line in output("mandoc", "-Tlint").splitlines() if "missing date" not in line]
    assert faults == []
