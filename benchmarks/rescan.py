"""Measure a rescan of unchanged files, compared with a bare walk of the folders.

Prints the wall time of `os.walk` with `os.stat` of each file, that of `emotag scan`, their ratio (medians of 5 runs)
and the peak memory of the command. The files are hard links of a few songs that the library already has.
The ratio has a budget for 100 000 files or more; with fewer, starting the command takes most of the time.

    python benchmarks/rescan.py [FILES] [--check]
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

from common import Report, emotag, parser, scratch, song

from tagger.library.store import Store
from tagger.library.walk import walk

FILES = 100_000
FILES_PER_FOLDER = 500
RUNS = 5


def bare_walk(root: Path) -> float:
    """Return the seconds to list all files below a folder with their status."""
    began = time.perf_counter()
    for folder, _, files in os.walk(root):
        for name in files:
            os.stat(os.path.join(folder, name))
    return time.perf_counter() - began


def add_links_to_library(path: Path, root: Path) -> None:
    """Add all hard links below a folder to a library that has one file of each song."""
    with Store(str(path)) as store:
        query = "SELECT inode, audio, tags_current FROM file WHERE tags_current IS NOT NULL"
        by_inode = {inode: values for inode, *values in store.database.execute(query)}
        for file in walk([str(root)]):
            audio, tagged = by_inode[file.stat.inode]
            store.set_file(file.key, file.stat, audio)
            store.set_tags_current(file.key, file.stat, tagged)


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("files", nargs="?", type=int, default=FILES, help=f"number of files [default: {FILES}]")
    options = arguments.parse_args()
    report = Report()
    with scratch() as folder:
        music, store = folder / "music", folder / "library.sqlite"
        songs = [song(folder / f"{i}.flac", 6, rate=22050, seed=i) for i in range(8)]
        for i in range(options.files):
            subfolder = music / f"{i // FILES_PER_FOLDER:04}"
            subfolder.mkdir(parents=True, exist_ok=True)
            os.link(songs[i % len(songs)], subfolder / f"{i}.flac")
        # Only the first folder is scanned; the other links are added to the library directly.
        emotag("scan", music / "0000", store=store)
        add_links_to_library(store, music)
        walks, scans, peaks = [], [], []
        for _ in range(RUNS):
            walks.append(bare_walk(music))
            run = emotag("scan", music, store=store)
            scans.append(run.wall)
            peaks.append(run.peak)
        ratio = statistics.median(scan / walk_time for scan, walk_time in zip(scans, walks, strict=True))
        report.add("os.walk and os.stat", statistics.median(walks), "s", decimals=2)
        report.add("rescan", statistics.median(scans), "s", decimals=2)
        report.add("rescan / walk", ratio, decimals=2, at_most=3 if options.files >= FILES else None)
        report.add("peak memory of the command", max(peaks), "MB", at_most=200)
    report.exit(options.check)


if __name__ == "__main__":
    main()
