"""``emotag completion`` prints scripts that shells accept, and installs them where shells look."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger import cli
from tagger.cli.completion import SHELLS, completion_path

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, without variables that point elsewhere."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed_or_installed(shell: str, home: Path, capsys: Captured) -> None:
    assert cli.run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_EMOTAG_COMPLETE={shell}_complete" in script
    assert list(home.iterdir()) == []
    for _ in range(2):  # a script of an older version is replaced
        assert cli.run(["completion", shell, "--install"]) == 0
        captured = capsys.readouterr()
        path = completion_path(shell)
        assert captured.out == ""
        assert captured.err.startswith(f"Completion written to {path}; ")
        assert path.read_text() == script
        assert path.is_relative_to(home)


@pytest.mark.parametrize(
    ("shell", "variable", "path"),
    [
        ("bash", "XDG_DATA_HOME", "bash-completion/completions/emotag"),
        ("bash", "BASH_COMPLETION_USER_DIR", "completions/emotag"),
        ("zsh", "ZDOTDIR", ".zfunc/_emotag"),
        ("fish", "XDG_CONFIG_HOME", "fish/completions/emotag.fish"),
    ],
)
def test_variables_of_the_shells_are_respected(
    shell: str, variable: str, path: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(home / "elsewhere"))
    assert completion_path(shell) == home / "elsewhere" / path


def test_the_shell_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert cli.run(["completion"]) == 0
    assert "fish_complete" in capsys.readouterr().out
    for shell in ("/bin/tcsh", ""):
        monkeypatch.setenv("SHELL", shell)
        assert cli.run(["completion"]) == 2
        assert "Name a shell: bash, zsh, fish." in capsys.readouterr().err


def test_zsh_needs_a_line_in_zshrc_once(home: Path, capsys: Captured) -> None:
    assert cli.run(["completion", "zsh", "--install"]) == 0
    line = capsys.readouterr().err.strip().split(".zshrc: ")[1]
    (home / ".zshrc").write_text(f"{line}\n")
    assert cli.run(["completion", "zsh", "--install"]) == 0
    assert capsys.readouterr().err.endswith("; new shells use it.\n")


def test_a_folder_that_cannot_be_made_is_an_error(home: Path, capsys: Captured) -> None:
    (home / ".config").write_text("")
    assert cli.run(["completion", "fish", "--install"]) == 2
    assert str(home / ".config") in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_bash_completes_commands_with_the_installed_script(home: Path) -> None:
    assert cli.run(["completion", "bash", "--install"]) == 0
    program = home / "bin" / "emotag"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tagger "$@"\n')
    program.chmod(0o755)
    script = f"""
        source '{completion_path("bash")}'
        COMP_WORDS=(emotag undo --js); COMP_CWORD=2
        _emotag_completion emotag --js undo
        echo "${{COMPREPLY[@]}}"
    """
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "--json", run.stderr
