"""A Music Player Daemon of the tests, with a socket of its own and no sound."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.programs import mpd_command

CONFIGURATION = """
music_directory "{music}"
playlist_directory "{playlists}"
db_file "{folder}/database"
state_file "{folder}/state"
bind_to_address "{folder}/socket"
{metadata}
audio_output {{
    type "null"
    name "null"
}}
"""

METADATA = 'metadata_to_use "+mood"'
"""The setting without which MPD does not keep moods."""

PATIENCE = 60
"""Seconds after which starting or updating fails."""


class Refused(Exception):
    """MPD answered with an error."""


class Client:
    """A connection that speaks the protocol of MPD, for which ``mpc`` prints too little.

    Parameters
    ----------
    address : Path
        The socket.
    """

    def __init__(self, address: Path) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(address))
        self.file = self.socket.makefile("rw", encoding="utf-8", errors="replace", newline="\n")
        self.file.readline()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def __call__(self, *command: str) -> list[tuple[str, str]]:
        """Send a command and return the names and values of the answer."""
        words = (word.replace("\\", "\\\\").replace('"', '\\"') for word in command[1:])
        self.file.write(" ".join([command[0], *(f'"{word}"' for word in words)]) + "\n")
        self.file.flush()
        answer: list[tuple[str, str]] = []
        for line in self.file:
            if line == "OK\n":
                return answer
            if line.startswith("ACK"):
                raise Refused(line.strip())
            name, _, value = line.rstrip("\n").partition(": ")
            answer.append((name, value))
        raise Refused("the connection was closed")

    def tags(self, name: str) -> list[tuple[str, str]]:
        """Return the tags of a song; those that are a comment in the file only have the name of the comment."""
        return [*self("lsinfo", name), *self._comments(name)]

    def _comments(self, name: str) -> list[tuple[str, str]]:
        return [(key, value) for key, value in self("readcomments", name) if key.upper() in ("VALENCE", "AROUSAL")]

    def find_mood(self, mood: str) -> list[str]:
        """Return the songs that have a mood."""
        return [value for name, value in self("find", f'(mood == "{mood}")') if name == "file"]


@contextmanager
def daemon(music: Path, playlists: Path | None = None, moods: bool = True) -> Iterator[Client]:
    """Run a daemon for a folder of music until the block ends; its library is complete when the block begins."""
    command = mpd_command()
    assert command
    # The name of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="mpd"))
    metadata = METADATA if moods else ""
    text = CONFIGURATION.format(music=music, playlists=playlists or folder, folder=folder, metadata=metadata)
    (folder / "mpd.conf").write_text(text)
    process = subprocess.Popen(
        [*shlex.split(command), "--no-daemon", "--stderr", str(folder / "mpd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    client = None
    try:
        client = _connect(folder / "socket", process)
        client("update")
        end = time.monotonic() + PATIENCE
        while any(name == "updating_db" for name, _ in client("status")):
            assert time.monotonic() < end, "MPD does not finish its update"
            time.sleep(0.05)
        yield client
    finally:
        if client:
            client.close()
        process.terminate()
        process.communicate()
        shutil.rmtree(folder)


def _connect(address: Path, process: subprocess.Popen[str]) -> Client:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Refused((process.stderr.read() if process.stderr else "").strip())
        if os.path.exists(address):
            try:
                return Client(address)
            except ConnectionRefusedError:
                pass
        time.sleep(0.05)
    raise Refused("MPD does not listen")
