"""Measure the peak memory of a scan: of the command and of its largest worker process.

Prints both for a scan of 40 songs, and for a scan of one file that lasts 3 hours, with the default model and so with
the network of the embedding. Works on Linux only (``/proc``).

    python benchmarks/memory.py [--check]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from common import Report, parser, scratch, song

HOURS = 3
SONGS = 40


def peak_memory(pid: int) -> float:
    """Return the peak memory of a process in MB so far; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0.0)


def child_processes(pid: int) -> list[int]:
    """Return the children of a process; none if it has ended."""
    try:
        return [int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]
    except OSError:
        return []


def scan_memory(*arguments: str | Path, store: Path) -> tuple[float, float]:
    """Run a scan; return the peak memory of the command and of its largest worker, in MB."""
    environment = {**os.environ, "EMOTAG_STORE": str(store)}
    command = [sys.executable, "-m", "tagger", "scan", "--csv", os.devnull, *map(str, arguments)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    parent, worker = 0.0, 0.0
    while process.poll() is None:
        parent = max(parent, peak_memory(process.pid))
        worker = max([worker, *map(peak_memory, child_processes(process.pid))])
        time.sleep(0.05)
    return parent, worker


def long_mp3(path: Path) -> Path:
    """Write an MP3 file of 3 hours: one minute, repeated; each MP3 frame can be decoded independently."""
    minute = song(path.with_name("minute.mp3"), 60).read_bytes()
    first_frame = minute.index(b"\xff\xfb")
    with path.open("wb") as file:
        for _ in range(60 * HOURS):
            file.write(minute[first_frame:])
    return path


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__).parse_args()
    report = Report()
    with scratch() as folder:
        songs = folder / "songs"
        songs.mkdir()
        for i in range(SONGS):
            song(songs / f"{i}.mp3", 40, seed=i)
        targets = ((f"{SONGS} songs", songs), (f"one file of {HOURS} hours", long_mp3(folder / "long.mp3")))
        for name, target in targets:
            parent, worker = scan_memory(target, store=folder / "library.sqlite")
            report.add(f"{name}: command", parent, "MB", at_most=200)
            report.add(f"{name}: largest worker", worker, "MB", at_most=350)
    report.exit(options.check)


if __name__ == "__main__":
    main()
