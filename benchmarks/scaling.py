"""Measure how a scan scales with its workers, on new songs of 2 minutes.

Prints the throughput of one worker and the ratio of two workers to one, for local processes and for a Dask cluster; the
CPU time per song; the time until the first result is in the library; and the size of the library per song. The cost of
starting is excluded: throughput and CPU time are differences between a scan of 140 songs and one of 20.

    python benchmarks/scaling.py [--check]
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from common import Report, emotag, parser, scratch, song

FEW, MANY, SECONDS = 20, 140, 120
PACKET_SIZE = 417
"""Bytes of one MP3 packet of the songs."""


def time_to_first_result(music: Path, store: Path) -> float:
    """Return the seconds from the start of a scan until the library has features of a song."""
    environment = {**os.environ, "EMOTAG_STORE": str(store)}
    command = [sys.executable, "-m", "tagger", "scan", "--csv", os.devnull, str(music)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(0.02)
        if store.exists():
            with closing(sqlite3.connect(store)) as database:
                tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'features'").fetchone()
                if tables[0] and database.execute("SELECT 1 FROM features LIMIT 1").fetchone():
                    break
    elapsed = time.perf_counter() - began
    process.kill()
    process.wait()
    return elapsed


def make_songs(folder: Path, count: int) -> Path:
    """Return a folder of songs with different audio; each is some packets shorter than the one before."""
    music = folder / f"{count} songs"
    music.mkdir()
    originals = [song(folder / f"{count}-{i}.mp3", SECONDS, seed=i).read_bytes() for i in range(4)]
    for i in range(count):
        (music / f"{i:03}.mp3").write_bytes(originals[i % 4][: -PACKET_SIZE * (i // 4 + 1)])
    return music


def store_path(music: Path, *options: str) -> Path:
    """Return the path of the library that a scan of a folder with some options writes."""
    return music.with_name(f"{music.name} {' '.join(options)}".replace("/", "_"))


def throughput(few: Path, many: Path, *options: str) -> tuple[float, float]:
    """Return songs per second, and CPU seconds per song of the command and of the workers that it starts."""
    small, large = (
        emotag("scan", "--csv", os.devnull, *options, music, store=store_path(music, *options)) for music in (few, many)
    )
    return (MANY - FEW) / (large.wall - small.wall), (large.cpu - small.cpu) / (MANY - FEW)


def main() -> None:
    """Run the benchmark."""
    from distributed import LocalCluster

    options = parser(__doc__).parse_args()
    report = Report()
    with scratch() as folder:
        few, many = make_songs(folder, FEW), make_songs(folder, MANY)
        (one, cpu), (two, _) = (throughput(few, many, "-j", str(jobs)) for jobs in (1, 2))
        report.add("throughput of 1 worker", 3600 * one, "songs/h")
        report.add("CPU time per song, command and worker", 1000 * cpu, "ms")
        report.add("throughput of 2 workers / 1", two / one, decimals=2, at_least=1.8)
        dask = []
        for jobs in (1, 2):
            with LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as cluster:
                dask.append(throughput(few, many, "--dask", cluster.scheduler_address))
        report.add("throughput of 2 Dask workers / 1", dask[1][0] / dask[0][0], decimals=2)
        report.add("CPU time per song, command without Dask's workers", 1000 * dask[1][1], "ms", decimals=1)
        report.add("time to the first result", time_to_first_result(few, folder / "first.sqlite"), "s", decimals=1)
        size = store_path(many, "-j", "2").stat().st_size
        report.add("size of the library per song", size / MANY / 1000, "kB", decimals=1)
    report.exit(options.check)


if __name__ == "__main__":
    main()
