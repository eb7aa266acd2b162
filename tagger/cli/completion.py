"""``emotag completion``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from tagger.cli.console import display_path, print_message
from tagger.errors import EmotagError

SHELLS = ("bash", "zsh", "fish")

VARIABLE = "_EMOTAG_COMPLETE"
"""Environment variable by which the scripts ask emotag for completions."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--install", is_flag=True, help="Write the script to the folder where the shell looks for completions.")
def completion(shell: str | None, install: bool) -> None:
    """Print the script that completes emotag's commands and options in SHELL, by default that of $SHELL.

    With --install, the script is written to a file of the user, and the command says where, and whether anything else
    is to do.

    \b
    emotag completion bash
    emotag completion fish --install
    """
    shell = shell or _current_shell()
    script = completion_script(shell)
    if not install:
        click.echo(script)
        return
    from tagger.io.output import write_output

    path = completion_path(shell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmotagError(f"{error.filename}: cannot be made ({error.strerror})") from None
    write_output(str(path), script.encode() + b"\n")
    print_message(f"Completion written to {display_path(str(path))}; {_next_step(shell, path)}")


def completion_script(shell: str) -> str:
    """Return the script of click that completes the commands and options of emotag.

    Parameters
    ----------
    shell : str
        One of `SHELLS`.

    Returns
    -------
    str
    """
    from click.shell_completion import get_completion_class

    from tagger.cli import emotag

    kind = get_completion_class(shell)
    assert kind is not None
    # `source` of bash would run bash to find out its version, which may not be that of the user's shell.
    complete = kind(emotag, {}, "emotag", VARIABLE)
    return (complete.source_template % complete.source_vars()).strip()


def completion_path(shell: str) -> Path:
    """Return the file of a user in which a shell looks for the completion of emotag.

    Parameters
    ----------
    shell : str
        One of `SHELLS`.

    Returns
    -------
    pathlib.Path
    """
    environment = os.environ
    if shell == "bash":
        data = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        folder = Path(environment.get("BASH_COMPLETION_USER_DIR") or data / "bash-completion")
        return folder / "completions" / "emotag"
    if shell == "zsh":
        return Path(environment.get("ZDOTDIR") or Path.home()) / ".zfunc" / "_emotag"
    config = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return config / "fish" / "completions" / "emotag.fish"


def _current_shell() -> str:
    """Return the name of the user's shell, or fail if there is no completion for it."""
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise click.UsageError(f"Name a shell: {', '.join(SHELLS)}.")
    return name


def _next_step(shell: str, path: Path) -> str:
    """Return what the user has to do after the script was written."""
    if shell == "fish":
        return "new shells use it."
    if shell == "bash":
        return "new shells use it if the package bash-completion is installed."
    rc = path.parent.parent / ".zshrc"
    try:
        is_ready = path.parent.name in rc.read_text("utf-8", errors="replace")
    except OSError:
        is_ready = False
    if is_ready:
        return "new shells use it."
    folder = shlex.quote(str(path.parent))
    return f"add this line to {display_path(str(rc))}: fpath+={folder}; autoload -Uz compinit; compinit"
