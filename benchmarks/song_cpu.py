"""CPU of analysing a 4-minute stereo MP3, all in, over PyAV's decoding of the whole song."""

from __future__ import annotations

import av
import numpy as np
from common import median_cpu, scratch, song

from tagger.analysis import analyse
from tagger.audio.decode import identity
from tagger.features import affect, marsyas


def decode(path: str) -> None:
    with av.open(path) as container:
        container.streams.audio[0].codec_context.thread_count = 1
        for _ in container.decode(audio=0):
            pass


with scratch() as folder:
    path = str(song(folder / "song.mp3", 240))
    noise = np.random.default_rng(0).normal(scale=0.1, size=marsyas.SAMPLES)
    decoding, analysis = median_cpu(lambda: decode(path)), median_cpu(lambda: analyse(path))
    print(f"decoding the whole song   {1000 * decoding:7.1f} ms")
    print(f"emotag, all in            {1000 * analysis:7.1f} ms   {analysis / decoding:.2f} x decoding (budget 1.6)")
    print(f"  hashing its packets     {1000 * median_cpu(lambda: identity(path)):7.1f} ms")
    print(f"  the 72 features         {1000 * median_cpu(lambda: marsyas.extract(noise)):7.1f} ms   (budget 25)")
    window = noise[: affect.SAMPLES].astype(np.float32)
    print(f"  a 10-second window      {1000 * median_cpu(lambda: affect.extract(window)):7.1f} ms   (budget 20)")
