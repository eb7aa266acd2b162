"""Measure the page of the map in Chromium: size, time until the songs are drawn, and the time of a frame while moving.

The library is made of files that do not exist: the store has their predictions and tags, as after a scan. Prints the
time of `emotag map`, the size of the page, the times until the first paint and until the songs are drawn, the time of a
frame (median and 95th percentile) while the map moves with all songs in sight and while it is zoomed, and the times of
a search and of a filter.

    python benchmarks/map_page.py [SONGS...] [--check]
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from common import Report, emotag, parser, scratch

from tagger.emotions import MOODS, Prediction
from tagger.library.records import FileStat
from tagger.library.store import Store
from tagger.tags.basic_tags import BasicTags
from tests.browser import CHROMIUM_OPTIONS

SONGS = (20_000, 100_000)
GENRES = ("Rock", "Pop", "Jazz", "Classical", "Electronic", "Folk", "Metal", "Soul", "Blues", "Reggae", "Ambient", "")
FRAMES = 40

MOVE = """zoom => new Promise((resolve) => {
    const times = [];
    resetView();
    zoomAtCentre(zoom);
    const step = () => {
        const began = performance.now();
        state.x += 0.001 * (times.length % 2 ? 1 : -1);
        draw();
        times.push(performance.now() - began);
        if (times.length < FRAMES) requestAnimationFrame(step);
        else resolve(times);
    };
    requestAnimationFrame(step);
})""".replace("FRAMES", str(FRAMES))

TIME = "(action) => { const began = performance.now(); ACTION; draw(); return performance.now() - began; }"


def fill(path: Path, music: Path, count: int) -> None:
    """Make a library of songs of several artists, without files."""
    r = random.Random(0)
    with Store(str(path)) as store:
        for i in range(count):
            artist, album = f"Artist {i // 100}", f"Album {i // 10}"
            audio = store.add_audio(f"{i:064x}", 180.0 + i % 120, {})
            probabilities = tuple(r.random() for _ in MOODS)
            valence, arousal = r.gauss(0.05, 0.22), r.gauss(0, 0.28)
            point = [max(-1.0, min(1.0, value)) for value in (valence, arousal)]
            deviations = [abs(r.gauss(0.2, 0.02)) for _ in range(2)]
            store.add_prediction(audio, "benchmark", Prediction(*point, 0.6, probabilities, *deviations))
            key = str(music / artist / album / f"{i % 10 + 1:02} Song number {i}.flac").encode()
            tags = BasicTags(f"Song number {i}", artist, album, tuple(filter(None, [r.choice(GENRES)])))
            store.set_file(key, FileStat(1, 1, i), audio, tags)


def measure(chromium: Any, page_path: Path, count: int, report: Report) -> None:
    """Open a page and report its times."""
    large = count > SONGS[0]
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.goto(page_path.as_uri())
    page.wait_for_timeout(500)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    drawn = page.evaluate("performance.getEntriesByName('drawn')[0].startTime")
    report.add(f"{count} songs: first paint", paint, "ms")
    report.add(f"{count} songs: until the songs are drawn", drawn, "ms", at_most=4000 if large else 1500)
    for zoom, name in ((1, "all in sight"), (8, "zoomed")):
        times = page.evaluate(MOVE, zoom)
        report.add(f"{count} songs: frame, {name}", statistics.median(times), "ms", at_most=100 if large else 40)
        report.add(f"{count} songs: frame, {name}, 95 %", statistics.quantiles(times, n=20)[-1], "ms")
    for action, name in (
        ("element('search').value = 'song 12'; applyFilters()", "first search"),
        ("element('search').value = 'song 123'; applyFilters()", "next search"),
        ("facets[MOOD].checked.add(1); applyFilters()", "filter by mood"),
    ):
        time = page.evaluate(TIME.replace("ACTION", action))
        report.add(f"{count} songs: {name}", time, "ms", at_most=1000 if large else 300)
    page.close()


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "songs", nargs="*", type=int, default=list(SONGS), help=f"numbers of songs [default: {SONGS}]"
    )
    options = arguments.parse_args()
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("Chromium is missing")
    report = Report()
    with scratch() as folder, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS))
        for count in options.songs:
            store, page = folder / f"{count}.sqlite", folder / f"{count}.html"
            fill(store, folder / "Music", count)
            report.add(f"{count} songs: emotag map", emotag("map", "-o", page, store=store).wall, "s", decimals=1)
            size = page.stat().st_size / 1e6
            report.add(f"{count} songs: size of the page", size, "MB", decimals=1, at_most=0.15 * count / 1000)
            measure(chromium, page, count, report)
        chromium.close()
    report.exit(options.check)


if __name__ == "__main__":
    main()
