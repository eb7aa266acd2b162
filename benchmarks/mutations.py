"""Damaged files through reading and writing of tags: no crash, no hang, no changed audio, one line for each failure.

Usage: mutations.py [N], 10000 by default. Each file is one of every kind, cut, with bits flipped, or with a piece
of another put in.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

from common import scratch, song

from tagger import tags
from tagger.audio.decode import identity
from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tests.sounds import MADE
from tests.tags.conftest import ENCODED

EMOTION = Emotion(-0.4, 0.5, ("sad-lonely",), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
SECONDS = 20
"""After which a file has hung."""


def mutated(content: bytes, other: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        kind = chance.choice(("cut", "flip", "flip", "splice"))
        # Tags are near the beginning and the end.
        place = chance.choice((chance.randrange(min(600, len(data) or 1)), chance.randrange(len(data) or 1)))
        if chance.random() < 0.3:
            place = max(0, len(data) - place)
        if kind == "cut":
            del data[place:]
        elif kind == "flip":
            for _ in range(chance.choice((1, 8, 60))):
                if data:
                    data[min(len(data) - 1, place + chance.randrange(80))] ^= 1 << chance.randrange(8)
        else:
            start = chance.randrange(len(other))
            data[place:place] = other[start : start + chance.randrange(2000)]
    return bytes(data)


def run(job: tuple[str, int]) -> str:
    """Return what became of one mutated file, in a word, and the whole story if that is not well."""
    folder, seed = job
    chance = random.Random(seed)
    originals = sorted(Path(folder).glob("song.*"))
    original, other = chance.choice(originals), chance.choice(originals)
    path = Path(folder) / f"{seed}{original.suffix}"
    path.write_bytes(mutated(original.read_bytes(), other.read_bytes(), chance))
    before = path.read_bytes()
    signal.alarm(SECONDS)
    try:
        try:
            audio = identity(str(path))
        except AudioError:
            audio = None
        try:
            tags.read(str(path))
            changed = tags.write(str(path), EMOTION, MAKER).changed
        except TagError as error:
            if "\n" in str(error) or path.read_bytes() != before:
                return f"BAD {original.suffix} {seed}: {error}"
            return "refused"
        if not changed or tags.read(str(path)).moods[-1] != "sad-lonely":
            return f"BAD {original.suffix} {seed}: not written"
        return "written" if audio == identity(str(path)) else f"BAD {original.suffix} {seed}: audio changed"
    except BaseException as error:
        return f"BAD {original.suffix} {seed}: {error!r}"
    finally:
        signal.alarm(0)
        path.unlink(missing_ok=True)


def hung(*_: object) -> None:
    raise TimeoutError(f"hung for {SECONDS} s")


def started() -> None:
    signal.signal(signal.SIGALRM, hung)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with scratch() as folder:
        for suffix in ENCODED:
            rate, codec = 48000 if suffix == ".opus" else 44100, "wmav2" if suffix == ".wma" else None
            path = song(folder / f"song{suffix}", 0.5, rate=rate, codec=codec)
        for suffix, make in MADE.items():
            make(folder / f"song{suffix}")
        for path in list(folder.glob("song.*")):
            tagged = Path(shutil.copy(path, path.with_name(f"song.tagged{path.suffix}")))
            tags.write(str(tagged), Emotion(0.1, 0.2, ("Epic", "quiet-still"), (0.1,) * 6), MAKER)
        results: Counter[str] = Counter()
        with get_context("spawn").Pool(os.cpu_count(), started) as pool:
            jobs = ((str(folder), seed) for seed in range(count))
            for result in pool.imap_unordered(run, jobs, chunksize=20):
                results[result.split(" ")[0]] += 1
                if result.startswith("BAD"):
                    print(result, flush=True)
        litter = [p.name for p in folder.iterdir() if not p.name.startswith("song.")]
        print(f"{count} damaged files: {dict(results)}, litter: {litter}")
