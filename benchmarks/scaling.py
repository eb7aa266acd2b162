"""Throughput of 1 and of 2 workers on the same new songs, and the time to the first result."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

from common import emotag, scratch, song

SONGS, SECONDS, RUNS = 40, 90, 3


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


with scratch() as folder:
    music = folder / "music"
    music.mkdir()
    originals = [song(folder / f"{i}.mp3", SECONDS, seed=i) for i in range(4)]
    for i in range(SONGS):
        copy = Path(shutil.copy(originals[i % 4], music / f"{i:03}.mp3"))
        # Other audio, as far as anybody can tell: one packet less or more.
        copy.write_bytes(copy.read_bytes()[: -417 * (i // 4 + 1)])
    rows: dict[int, list[float]] = {1: [], 2: []}
    start = []
    for run in range(RUNS):
        empty, _, _ = emotag("scan", "--csv", os.devnull, originals[0], store=folder / f"start{run}.sqlite")
        start.append(empty)
        for jobs in rows:
            store = folder / f"{run}-{jobs}.sqlite"
            wall, _, _ = emotag("scan", "--csv", os.devnull, "-j", str(jobs), music, store=store)
            rows[jobs].append(wall)
    one, two = (statistics.median(rows[jobs]) for jobs in (1, 2))
    print(f"{SONGS} songs of {SECONDS} s: 1 worker {one:.1f} s, 2 workers {two:.1f} s")
    ratios = [a / b for a, b in zip(rows[1], rows[2], strict=True)]
    print(f"throughput of 2 over 1: {statistics.median(ratios):.2f} (budget 1.8)")
    print(f"{3600 * SONGS / two:.0f} songs an hour with 2 workers")
    print(f"a scan of one song, start to end: {statistics.median(start):.1f} s")
    print(f"time to the first committed result: {first_result(music, folder / 'first.sqlite'):.1f} s")
