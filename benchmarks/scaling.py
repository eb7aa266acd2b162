"""Throughput of 1 and of 2 workers on the same new songs, and the time to the first result."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from common import emotag, scratch, song

FEW, MANY, SECONDS = 20, 140, 120
PACKET = 417
"""Bytes of one packet of the songs."""


def first_result(music: Path, store: Path) -> float:
    """Return the seconds until the store holds a prediction."""
    environment = {**os.environ, "EMOTAG_STORE": str(store)}
    command = [sys.executable, "-m", "tagger", "scan", "--csv", os.devnull, str(music)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(0.02)
        if store.exists():
            with sqlite3.connect(store) as database:
                tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'features'").fetchone()
                if tables[0] and database.execute("SELECT 1 FROM features LIMIT 1").fetchone():
                    break
    elapsed = time.perf_counter() - began
    process.kill()
    process.wait()
    return elapsed


def library(folder: Path, count: int) -> Path:
    """Make songs that are different audio as far as anybody can tell: each is some packets shorter than the last."""
    music = folder / f"{count} songs"
    music.mkdir()
    originals = [song(folder / f"{count}-{i}.mp3", SECONDS, seed=i).read_bytes() for i in range(4)]
    for i in range(count):
        (music / f"{i:03}.mp3").write_bytes(originals[i % 4][: -PACKET * (i // 4 + 1)])
    return music


def throughput(few: Path, many: Path, *options: str) -> tuple[float, float]:
    """Return songs a second, and CPU seconds a song of the command and the workers it started itself.

    What starting costs is in both sizes, and so not in their difference.
    """
    walls, cpus = {}, {}
    for music in (few, many):
        store = music.with_name(f"{music.name} {' '.join(options)}".replace("/", "_"))
        walls[music], cpus[music], _ = emotag("scan", "--csv", os.devnull, *options, music, store=store)
    return (MANY - FEW) / (walls[many] - walls[few]), (cpus[many] - cpus[few]) / (MANY - FEW)


if __name__ == "__main__":
    from distributed import LocalCluster

    with scratch() as folder:
        few, many = library(folder, FEW), library(folder, MANY)
        (one, cpu), (two, _) = (throughput(few, many, "-j", str(jobs)) for jobs in (1, 2))
        print(f"songs of {SECONDS} s: 1 worker {3600 * one:.0f} an hour ({1000 * cpu:.0f} ms of CPU a song, all in)")
        print(f"throughput of 2 workers over 1: {two / one:.2f} (budget 1.8)")
        dask = []
        for jobs in (1, 2):
            with LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as cluster:
                dask.append(throughput(few, many, "--dask", cluster.scheduler_address))
        print(f"throughput of 2 Dask workers over 1: {dask[1][0] / dask[0][0]:.2f}")
        print(f"the command itself, with Dask's workers elsewhere: {1000 * dask[1][1]:.1f} ms of CPU a song")
        store = folder / "first.sqlite"
        print(f"time to the first committed result: {first_result(few, store):.1f} s")
        size = folder / f"{many.name} -j 2"
        print(f"library store: {size.stat().st_size / MANY / 1000:.1f} kB a song")
