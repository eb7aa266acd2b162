"""A file of Monkey's Audio is the same audio whatever tags are at its end."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutagen.apev2 import APEv2

from tagger.audio.decode import hash_audio
from tests.sounds import ape

ID3V1 = b"TAG" + bytes(125)


@pytest.mark.parametrize("length", range(40, 130))
def test_any_tags_at_the_end(tmp_path: Path, length: int) -> None:
    path = ape(tmp_path / "song.ape")
    bare = path.read_bytes()
    audio = hash_audio(str(path))
    tag = APEv2()
    tag["text"] = "TAG" * (length // 3) + "T" * (length % 3)  # for some length, where an ID3v1 tag would begin
    tag.save(path)
    tagged = path.read_bytes()
    for content in (tagged, bare + ID3V1, tagged + ID3V1):
        path.write_bytes(content)
        assert hash_audio(str(path)) == audio
