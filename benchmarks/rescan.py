"""A rescan of N unchanged files over a bare walk of them: wall time, and the memory of the command.

The files are hard links of a few songs, which the store holds; usage: rescan.py [N], 100000 by default.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from common import emotag, scratch, song

from tagger.library.store import Store
from tagger.library.walk import walk

FOLDER = 500
"""Files a folder."""

RUNS = 5


def bare_walk(root: Path) -> float:
    began = time.perf_counter()
    for folder, _, files in os.walk(root):
        for name in files:
            os.stat(os.path.join(folder, name))
    return time.perf_counter() - began


def fill(path: Path, root: Path) -> None:
    with Store(str(path)) as store:
        query = "SELECT inode, audio, tagged FROM file WHERE tagged IS NOT NULL"
        known = {inode: rest for inode, *rest in store.database.execute(query)}
        for file in walk([str(root)]):
            audio, tagged = known[file.stat.inode]
            store.set_file(file.key, file.stat, audio)
            store.set_tagged(file.key, file.stat, tagged)


count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
with scratch() as folder:
    songs = [song(folder / f"{i}.flac", 6, rate=22050, seed=i) for i in range(8)]
    for i in range(count):
        place = folder / "music" / f"{i // FOLDER:04}"
        place.mkdir(parents=True, exist_ok=True)
        os.link(songs[i % len(songs)], place / f"{i}.flac")
    store = folder / "library.sqlite"
    # One file of each song is scanned; that the others hold the same songs is put into the store by hand.
    emotag("scan", folder / "music" / "0000", store=store)
    fill(store, folder / "music")
    walks, scans, ratios, memory = [], [], [], 0.0
    for _ in range(RUNS):
        walks.append(bare_walk(folder / "music"))
        wall, _, peak = emotag("scan", folder / "music", store=store)
        scans.append(wall)
        ratios.append(wall / walks[-1])
        memory = max(memory, peak)
    print(f"os.walk and stat {statistics.median(walks):6.2f} s")
    print(f"rescan           {statistics.median(scans):6.2f} s   {statistics.median(ratios):.2f} x the walk (budget 3)")
    print(f"peak memory      {memory:6.0f} MB  (budget 200)")
