"""Read and write tags of damaged files, and check that nothing bad happens.

Each file is a small audio file of some format that was truncated, had bits flipped, or got a part of another file. The
tag reader and writer must finish within 20 seconds, fail with a `TagError` of one line or write tags that can be read
back, and never change the audio, nor a file that they reject, nor leave other files behind.

Prints each file for which this does not hold, with the seed that reproduces it, and the counts of all results.

    python benchmarks/damaged_files.py [FILES] [--check]
"""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

from common import parser, scratch, song

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tests.sounds import MADE
from tests.tags.conftest import ENCODED

EMOTION = Emotion(-0.4, 0.5, ("sad-lonely",), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
TIMEOUT = 20
"""Seconds after which reading or writing counts as hanging."""


def damaged(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Return the content of a file after one or more random damages."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        kind = rng.choice(("cut", "flip", "flip", "splice"))
        # Half of the damages are near the beginning, where most tags are, and some near the end.
        position = rng.choice((rng.randrange(min(600, len(data) or 1)), rng.randrange(len(data) or 1)))
        if rng.random() < 0.3:
            position = max(0, len(data) - position)
        if kind == "cut":
            del data[position:]
        elif kind == "flip":
            for _ in range(rng.choice((1, 8, 60))):
                if data:
                    data[min(len(data) - 1, position + rng.randrange(80))] ^= 1 << rng.randrange(8)
        else:
            start = rng.randrange(len(other))
            data[position:position] = other[start : start + rng.randrange(2000)]
    return bytes(data)


def check_file(job: tuple[str, int]) -> str:
    """Damage, read and write a file; return ``written``, ``rejected``, or ``BAD`` with a description."""
    folder, seed = job
    rng = random.Random(seed)
    originals = sorted(Path(folder).glob("song.*"))
    original, other = rng.choice(originals), rng.choice(originals)
    path = Path(folder) / f"{seed}{original.suffix}"
    path.write_bytes(damaged(original.read_bytes(), other.read_bytes(), rng))
    before = path.read_bytes()
    signal.alarm(TIMEOUT)
    try:
        try:
            audio = hash_audio(str(path))
        except AudioError:
            audio = None
        try:
            tags.read(str(path))
            changed = tags.write(str(path), EMOTION, MAKER).changed
        except TagError as error:
            if "\n" in str(error) or path.read_bytes() != before:
                return f"BAD {original.suffix} {seed}: {error}"
            return "rejected"
        if not changed or tags.read(str(path)).moods[-1] != "sad-lonely":
            return f"BAD {original.suffix} {seed}: not written"
        return "written" if audio == hash_audio(str(path)) else f"BAD {original.suffix} {seed}: audio changed"
    except BaseException as error:
        return f"BAD {original.suffix} {seed}: {error!r}"
    finally:
        signal.alarm(0)
        path.unlink(missing_ok=True)


def raise_timeout(*_: object) -> None:
    """Handle the alarm signal."""
    raise TimeoutError(f"no result after {TIMEOUT} s")


def start_worker() -> None:
    """Install the handler of the alarm signal in a worker process."""
    signal.signal(signal.SIGALRM, raise_timeout)


def make_originals(folder: Path) -> None:
    """Write a file of each format, with tags of emotag and without."""
    for suffix in ENCODED:
        rate, codec = 48000 if suffix == ".opus" else 44100, "wmav2" if suffix == ".wma" else None
        song(folder / f"song{suffix}", 0.5, rate=rate, codec=codec)
    for suffix, make in MADE.items():
        make(folder / f"song{suffix}")
    for path in list(folder.glob("song.*")):
        tagged = Path(shutil.copy(path, path.with_name(f"song.tagged{path.suffix}")))
        tags.write(str(tagged), Emotion(0.1, 0.2, ("Epic", "quiet-still"), (0.1,) * 6), MAKER)


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("files", nargs="?", type=int, default=10_000, help="number of files [default: 10000]")
    options = arguments.parse_args()
    with scratch() as folder:
        make_originals(folder)
        results: Counter[str] = Counter()
        with get_context("spawn").Pool(os.cpu_count(), start_worker) as pool:
            jobs = ((str(folder), seed) for seed in range(options.files))
            for result in pool.imap_unordered(check_file, jobs, chunksize=20):
                results[result.split(" ")[0]] += 1
                if result.startswith("BAD"):
                    print(result, flush=True)
        left_behind = [p.name for p in folder.iterdir() if not p.name.startswith("song.")]
    counts = ", ".join(f"{count} {name}" for name, count in sorted(results.items()))
    print(f"{options.files} damaged files: {counts}; files left behind: {', '.join(left_behind) or 'none'}")
    raise SystemExit(1 if options.check and (results["BAD"] or left_behind) else 0)


if __name__ == "__main__":
    main()
