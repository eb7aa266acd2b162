"""The other programs: whether each is installed, its version, and how to run it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
"""The Python for which Debian installs Picard and Quod Libet."""

HERE = Path(__file__).parent


class Failed(Exception):
    """A program ended with an error; many do so for a file that they do not support."""


def run(*command: str | Path, environment: dict[str, str] | None = None) -> str:
    """Run a program and return its output."""
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **(environment or {})}
    process = subprocess.run([*map(str, command)], capture_output=True, text=True, env=variables, timeout=300)
    if process.returncode != 0:
        raise Failed(f"{command}: status {process.returncode}: {process.stderr[-2000:]}")
    return process.stdout


def combined_output(*command: str | Path) -> str:
    """Run a program that may fail, and return its output and its messages."""
    variables = {**os.environ, "HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent"}
    process = subprocess.run([*map(str, command)], capture_output=True, env=variables, timeout=300)
    return (process.stdout + process.stderr).decode(errors="replace")


def mpd_command() -> str | None:
    """Return the command of MPD; ``EMOTAG_MPD`` names one that is not in the search path."""
    return os.environ.get("EMOTAG_MPD") or shutil.which("mpd")


def _version_of_output(pattern: str, *command: str) -> str:
    process = subprocess.run(command, capture_output=True, text=True, timeout=60)
    match = re.search(pattern, process.stdout + process.stderr)
    assert match, f"{command}: no version in {process.stdout + process.stderr!r}"
    return match[1]


def _version_of_package(name: str) -> str | None:
    return metadata.version(name) if importlib.util.find_spec(name) else None


def _version_of_program(pattern: str, program: str, *arguments: str) -> str | None:
    prefix = AS_NOBODY if program == "vlc" else ()
    return _version_of_output(pattern, *prefix, program, *arguments) if shutil.which(program) else None


def version(program: str) -> str | None:
    """Return the version of a program; None if it is not installed."""
    if program in ("mutagen", "mediafile", "beets"):
        return _version_of_package(program)
    if program == "MPD":
        command = mpd_command()
        return _version_of_output(r"Music Player Daemon ([\d.]+)", command, "--version") if command else None
    if program == "Quod Libet" and not importable("quodlibet"):
        return None
    return _version_of_program(*VERSIONS[program])


AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()
"""Runs a command as another user, because VLC refuses to run as root."""

VERSIONS: dict[str, tuple[str, ...]] = {
    "ffprobe": (r"version ([\d.]+)", "ffprobe", "-version"),
    "FFmpeg": (r"version ([\d.]+)", "ffmpeg", "-version"),
    "MediaInfo": (r"v([\d.]+)", "mediainfo", "--Version"),
    "ExifTool": (r"([\d.]+)", "exiftool", "-ver"),
    "Kid3": (r"kid3-cli ([\d.]+)", "kid3-cli", "--help"),
    "Quod Libet": (r"Quod Libet ([\d.]+)", "quodlibet", "--version"),
    "Picard": (r"Picard ([\d.]+\d)", "picard", "--version"),
    "VLC": (r"version ([\d.]+)", "vlc", "--version"),
    "mpv": (r"mpv ([\d.]+)", "mpv", "--version"),
}
"""Pattern of the version in the output of a command, and the command."""


def mpd_has_moods() -> bool:
    """Return whether MPD is installed and has the tag `mood`, as from version 0.24 on."""
    found = version("MPD")
    return found is not None and tuple(map(int, found.split(".")[:2])) >= (0, 24)


def importable(package: str) -> bool:
    """Return whether the Python of the system has a package."""
    if not os.access(SYSTEM_PYTHON, os.X_OK):
        return False
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    return subprocess.run([SYSTEM_PYTHON, "-c", code]).returncode == 0


def with_system_python(script: str, *arguments: str | Path) -> str:
    """Run a script of this folder with the Python of the system, outside of the virtual environment."""
    without = {name: "" for name in ("PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    return run(SYSTEM_PYTHON, HERE / script, *arguments, environment=without)
