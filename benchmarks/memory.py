"""Peak memory of a worker and of the command: for 40 songs, and for one file of three hours."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from common import scratch, song

HOURS = 3


def peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0.0)


def children(pid: int) -> list[int]:
    try:
        return [int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]
    except OSError:
        return []


def watched(*arguments: str | Path, store: Path) -> tuple[float, float]:
    """Run the command; return the peak memory of it and of its largest worker, in MB."""
    environment = {**os.environ, "EMOTAG_STORE": str(store)}
    command = [sys.executable, "-m", "tagger", "scan", "--csv", os.devnull, *map(str, arguments)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    parent, worker = 0.0, 0.0
    while process.poll() is None:
        parent = max(parent, peak(process.pid))
        worker = max([worker, *map(peak, children(process.pid))])
        time.sleep(0.05)
    return parent, worker


def long_mp3(path: Path) -> Path:
    """Write three hours of MP3: a minute again and again, whose frames decode alone."""
    minute = song(path.with_name("minute.mp3"), 60).read_bytes()
    first = minute.index(b"\xff\xfb")
    with path.open("wb") as file:
        for _ in range(60 * HOURS):
            file.write(minute[first:])
    return path


if __name__ == "__main__":
    with scratch() as folder:
        songs = folder / "songs"
        songs.mkdir()
        for i in range(40):
            song(songs / f"{i}.mp3", 40, seed=i)
        for name, target in (("40 songs", songs), (f"{HOURS} hours in one file", long_mp3(folder / "long.mp3"))):
            parent, worker = watched(target, store=folder / "library.sqlite")
            print(f"{name:22} command {parent:4.0f} MB (budget 200), worker {worker:4.0f} MB (budget 350)")
